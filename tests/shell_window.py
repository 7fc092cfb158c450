"""The program's window for tests, dressed, shown and closed again."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel

from medviewer.app.services import Services
from medviewer.ui.main_window import MainWindow
from medviewer.ui.theme import apply_theme
from tests.phantoms import write_spheres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QWidget
    from pytestqt.qtbot import QtBot

NO_BUTTON = Qt.MouseButton.NoButton
NO_MODIFIER = Qt.KeyboardModifier.NoModifier


@contextmanager
def dressed() -> Iterator[QApplication]:
    """Dress the application as the program does; undressed afterwards."""
    if not os.environ.get("DISPLAY") and os.environ.get("QT_QPA_PLATFORM") == "offscreen":
        pytest.skip("the window needs a display (run under xvfb-run)")
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    style, palette, font = application.style().name(), application.palette(), application.font()
    apply_theme(application, "dark")
    try:
        yield application
    finally:
        application.setStyleSheet("")
        application.setStyle(style)
        application.setPalette(palette)
        application.setFont(font)


@contextmanager
def shown_window(width: int = 1440, height: int = 900) -> Iterator[MainWindow]:
    """Open the window on screen; closed, destroyed and undressed afterwards."""
    with dressed():
        window = MainWindow(Services())
        window.resize(width, height)
        window.move(0, 0)
        window.show()
        window.activateWindow()
        assert QTest.qWaitForWindowActive(window)
        try:
            yield window
        finally:
            window.close()
            window.deleteLater()


def drop_paths(window: MainWindow, *paths: Path) -> bool:
    """Drag files or folders over the window and let go; whether they were taken."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    action = Qt.DropAction.CopyAction
    place = window.rect().center()
    enter = QDragEnterEvent(place, action, mime, NO_BUTTON, NO_MODIFIER)
    QApplication.sendEvent(window, enter)
    if not enter.isAccepted():
        return False
    drop = QDropEvent(QPointF(place), action, mime, NO_BUTTON, NO_MODIFIER)
    QApplication.sendEvent(window, drop)
    return drop.isAccepted()


def is_idle(window: MainWindow) -> bool:
    """Whether nothing is being read or decoded."""
    loading = window.services.loading
    shown = loading.shown_ids()
    return not loading.is_opening and not any(loading.is_loading(i) for i in shown)


def is_read(window: MainWindow) -> bool:
    """Whether every shown image is complete."""
    session = window.services.session
    shown = window.services.loading.shown_ids()
    return bool(shown) and is_idle(window) and all(session.image(i) is not None for i in shown)


def dialogs() -> list[QDialog]:
    """Dialogs on screen."""
    found = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog)]
    return [dialog for dialog in found if dialog.isVisible()]


def opened(window: MainWindow, qtbot: QtBot, folder: Path) -> None:
    """Drop a small study below a folder on the window and wait until it is read."""
    assert drop_paths(window, write_spheres(folder / "spheres"))
    qtbot.waitUntil(lambda: is_read(window), timeout=20_000)


def texts_of(widget: QWidget) -> set[str]:
    """Sentences of all labels in a widget."""
    return {label.text() for label in widget.findChildren(QLabel)}
