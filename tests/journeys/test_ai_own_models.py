"""The user's own models in the window: added in the background, run, refused with the reason,
removed again."""

import shutil
import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QFileDialog, QLabel, QMessageBox, QPushButton

from medviewer.ai import model_import, registry
from medviewer.ai.model_result import RunStatus
from medviewer.app.paths import data_path
from medviewer.ui.dialogs.own_models_section import OwnModelsSection
from medviewer.ui.dialogs.preferences import PreferencesDialog
from tests.ai_page import WAIT_MS, button, image_id, run_model
from tests.shell_window import dialogs, drop_paths, is_read, shown_window


@pytest.fixture(autouse=True)
def bundled(models_folder, tmp_path, monkeypatch):
    """The program brings along the disc model alone; the ellipsoid model can be added."""
    shutil.copytree(models_folder / "disc-xray", tmp_path / "bundled" / "disc-xray")
    monkeypatch.setattr(registry, "bundled_folder", lambda: tmp_path / "bundled")


def models_page(window):
    """The preferences, opened at the models by the menu's action."""
    window.complete()
    window.table.qaction("ai.models").trigger()
    dialog = window.findChild(PreferencesDialog)
    section = dialog.findChild(OwnModelsSection)
    assert section.isVisible(), "another page is in front"
    return dialog, section


def choose_folder(section, monkeypatch, folder):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    action = next(
        a for a in button(section, "Add a model…").menu().actions() if "folder" in a.text()
    )
    action.trigger()


def settled(window, qtbot):
    qtbot.waitUntil(lambda: not window.services.own_models.is_busy, timeout=WAIT_MS)


def said(section):
    return " ".join(label.text() for label in section.findChildren(QLabel) if label.isVisible())


def remove_buttons(section):
    found = section.findChildren(QPushButton)
    return [b.objectName() for b in found if b.objectName().startswith("remove-") and b.isVisible()]


def answer(dialog, qtbot, text):
    box = dialog.findChild(QMessageBox)
    QTest.mouseClick(button(box, text), Qt.MouseButton.LeftButton)


def test_a_model_is_added_run_and_removed_and_its_marks_go_with_it(
    window, qtbot, study, models_folder, monkeypatch
):
    threads = []
    real = model_import.load_network
    monkeypatch.setattr(
        model_import,
        "load_network",
        lambda *a: (threads.append(threading.current_thread()), real(*a))[1],
    )
    assert drop_paths(window, study)
    qtbot.waitUntil(lambda: is_read(window), timeout=WAIT_MS)
    window.inspector.show_page("ai")
    qtbot.waitUntil(lambda: "No installed model" in said(window.ai.panel))
    dialog, section = models_page(window)
    ticked = dialog.findChild(QCheckBox, "auto-disc-xray")
    ticked.setChecked(True)
    choose_folder(section, monkeypatch, models_folder / "ellipsoid-mr")
    assert window.services.own_models.is_busy
    assert not button(section, "Add a model…").isEnabled()
    settled(window, qtbot)
    assert threads
    assert threads[0] is not threading.main_thread(), "the window waited for the weights"
    assert "“Ellipsoid” was added." in said(section)
    qtbot.waitUntil(lambda: bool(remove_buttons(section)))
    assert remove_buttons(section) == ["remove-ellipsoid-mr"], "a bundled model can be removed"
    dialog.findChild(QCheckBox, "auto-ellipsoid-mr").setChecked(True)
    assert dialog.findChild(QCheckBox, "auto-disc-xray").isChecked(), "a tick was lost"
    dialog.ok_button.click()
    settings = window.services.settings
    assert settings.settings.auto_run_models == ("disc-xray", "ellipsoid-mr")

    qtbot.waitUntil(lambda: bool(window.ai.panel.blocks))
    result = run_model(window, qtbot, window.ai.panel.blocks[0])
    assert result.status is RunStatus.OK
    view = window.grid.views[0]
    assert [r for r, _ in view.shown_results] == list(result.segmentations)

    dialog, section = models_page(window)
    QTest.mouseClick(button(section, "Remove…"), Qt.MouseButton.LeftButton)
    answer(dialog, qtbot, "Cancel")
    assert window.services.inference.entry("ellipsoid-mr") is not None
    qtbot.waitUntil(lambda: dialog.findChild(QMessageBox) is None)
    QTest.mouseClick(button(section, "Remove…"), Qt.MouseButton.LeftButton)
    answer(dialog, qtbot, "Remove")
    qtbot.waitUntil(lambda: "“Ellipsoid” was removed." in said(section), timeout=WAIT_MS)
    assert list(data_path("models").iterdir()) == []
    assert settings.settings.auto_run_models == ("disc-xray",)
    dialog.ok_button.click()
    assert settings.settings.auto_run_models == ("disc-xray",), "the dialog brought it back"
    qtbot.waitUntil(lambda: not window.ai.panel.blocks)
    assert view.shown_results == [], "marks without a model in the list"
    assert window.services.results.of_image(image_id(window)), "the result itself is kept"


def test_a_model_that_cannot_be_used_says_why_and_changes_nothing(
    window, qtbot, models_folder, tmp_path, monkeypatch
):
    shutil.copytree(models_folder / "ellipsoid-mr", tmp_path / "spoilt")
    weights = tmp_path / "spoilt" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\x55")
    dialog, section = models_page(window)
    before = window.services.inference.entries
    choose_folder(section, monkeypatch, tmp_path / "spoilt")
    settled(window, qtbot)
    text = said(section)
    assert "“spoilt”: The model was not added." in text
    assert "SHA-256" in text
    assert "Install the model again." in text
    assert button(section, "Add a model…").isEnabled()
    assert window.services.inference.entries == before
    assert not list(data_path("models").glob("*"))
    assert remove_buttons(section) == []
    assert dialogs() == [dialog], "said twice"
    dialog.reject()
    qtbot.waitUntil(lambda: window.findChild(PreferencesDialog) is None)
    window.services.own_models.add(tmp_path / "spoilt")
    qtbot.waitUntil(lambda: bool(dialogs()), timeout=WAIT_MS)
    assert "The model was not added." in said(dialogs()[0])
    dialogs()[0].reject()


def test_an_own_model_that_is_refused_is_listed_with_the_reason_and_can_be_removed(qapp, qtbot):
    broken = data_path("models") / "broken"
    broken.mkdir(parents=True)
    (broken / "card.json").write_text("{")
    with shown_window(1280, 720) as window:
        dialog, section = models_page(window)
        assert "cannot be read" in said(section)
        QTest.mouseClick(button(section, "Remove…"), Qt.MouseButton.LeftButton)
        answer(dialog, qtbot, "Remove")
        qtbot.waitUntil(lambda: remove_buttons(section) == [], timeout=WAIT_MS)
        assert not broken.exists()


def test_a_run_ends_when_its_model_is_removed(window, qtbot, study, models_folder):
    shutil.copytree(models_folder / "ellipsoid-mr", data_path("models") / "ellipsoid-mr")
    assert drop_paths(window, study)
    qtbot.waitUntil(lambda: is_read(window), timeout=WAIT_MS)
    window.inspector.show_page("ai")
    qtbot.waitUntil(lambda: bool(window.ai.panel.blocks), timeout=WAIT_MS)
    inference, own = window.services.inference, window.services.own_models
    QTest.mouseClick(button(window.ai.panel.blocks[0], "Run"), Qt.MouseButton.LeftButton)
    assert inference.is_pending("ellipsoid-mr", image_id(window))
    own.remove(own.entries[0])
    settled(window, qtbot)
    qtbot.waitUntil(lambda: inference.running is None, timeout=WAIT_MS)
    assert not inference.is_pending("ellipsoid-mr", image_id(window))
    assert dialogs() == [], "an error was shown for it"
