"""The window in other languages: nothing is clipped when texts grow, and Chinese is Chinese."""

import re

import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QLabel, QPushButton

from medviewer.ui.dialogs.about import AboutDialog
from medviewer.ui.dialogs.preferences import PreferencesDialog
from tests.phantoms import write_spheres
from tests.shell_window import drop_paths, is_read, shown_window
from tests.speaking import speaking


class LongerTexts(QTranslator):
    """Pretends a language whose words are 1.4 times as long."""

    def translate(self, _context, source, _disambiguation=None, _n=-1):
        longer = max(1, round(0.4 * len(re.sub(r"\{.*?\}", "", source))))
        return f"{source}{'x' * longer}"

    def isEmpty(self):  # noqa: N802 - Qt's name
        return False


@pytest.fixture
def longer(qapp):
    translator = LongerTexts()
    qapp.installTranslator(translator)
    yield
    qapp.removeTranslator(translator)


def clipped(root):
    """Texts on screen that have less room than they need."""
    found = []
    for widget in root.findChildren(QLabel) + root.findChildren(QAbstractButton):
        if not widget.isVisible() or not widget.text() or getattr(widget, "wordWrap", bool)():
            continue
        if isinstance(widget, QLabel | QPushButton | QCheckBox):
            needed = widget.minimumSizeHint().width()
            if widget.width() < needed - 1:
                found.append((widget.text(), widget.width(), needed))
    return found


def test_texts_of_the_window_have_room_to_grow(longer, qapp, qtbot, tmp_path):
    with shown_window(1280, 720) as window:
        assert clipped(window) == []
        assert drop_paths(window, write_spheres(tmp_path / "spheres"))
        qtbot.waitUntil(lambda: is_read(window), timeout=20_000)
        window.window_commands.toggle_panel("inspector")
        qtbot.waitUntil(window.inspector.isVisible)
        inside = window.inspector.width()
        assert window.display_panel.minimumSizeHint().width() <= inside
        assert clipped(window) == []


def test_texts_of_the_dialogs_have_room_to_grow(longer, qapp):
    with shown_window(1280, 720) as window:
        for dialog in (
            PreferencesDialog(window.services, window.table, window),
            AboutDialog(window),
        ):
            dialog.show()
            assert clipped(dialog) == []
            dialog.deleteLater()


def test_chinese_speaks_chinese_everywhere(qapp, qtbot):
    with speaking(qapp, "zh_CN"), shown_window() as window:
        for action in window.table:
            assert re.search(r"[\u4e00-\u9fff]|AI|MPR", action.text), action.id
            missing = action.missing()
            assert not missing or re.search(r"[\u4e00-\u9fff]", missing), action.id
