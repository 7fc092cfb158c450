"""Where the program proposes to write, and what it says afterwards."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from medviewer.core.errors import ExportError
from tests.phantoms import write_spheres
from tests.shell_window import dialogs, drop_paths, is_read


@pytest.fixture
def asked(monkeypatch):
    """What file dialogs were asked to start with; they are cancelled unless an answer is set."""
    log = {"proposed": [], "answer": ""}

    def ask(_parent, _title, proposed, *_filters):
        log["proposed"].append(Path(proposed))
        return log["answer"], ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: ask(*args)[0])
    return log


def opened(window, qtbot, folder):
    assert drop_paths(window, write_spheres(folder))
    qtbot.waitUntil(lambda: is_read(window), timeout=20_000)


def test_exports_are_proposed_where_the_last_one_went_and_never_in_the_study(
    window, qtbot, tmp_path, asked
):
    study, reports = tmp_path / "spheres", tmp_path / "reports"
    reports.mkdir()
    opened(window, qtbot, study)
    window.dialogs.export_image()
    window.ai.save_dicom()
    first, folder = asked["proposed"]
    assert study not in (first.parent, folder)
    assert first.parent == folder
    asked["answer"] = str(reports / "a.png")
    window.dialogs.export_image()
    window.dialogs.export_volume()
    assert asked["proposed"][-1].parent == reports


def test_the_window_says_what_became_of_saving_ai_results(window, qtbot, tmp_path):
    opened(window, qtbot, tmp_path / "spheres")
    window.ai.saved.emit("reports")
    assert window.status.message() == "Written: reports"
    window.ai.failed.emit(ExportError("reports cannot be written."))
    (dialog,) = dialogs()
    dialog.close()
    assert "result" in window.table.definition("ai.save_dicom").missing()


def test_a_key_that_can_do_nothing_now_says_why(window, qtbot, tmp_path):
    qtbot.keyClick(window, Qt.Key.Key_M)
    assert window.status.message() == window.needs.volume()
    opened(window, qtbot, tmp_path / "spheres")
    view = window.grid.view(0)
    qtbot.waitUntil(lambda: not window.needs.volume())
    qtbot.keyClick(view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.status.message() == "No finding was changed."


def test_a_key_without_a_visible_effect_says_why(window, qtbot, tmp_path):
    opened(window, qtbot, tmp_path / "spheres")
    for key, word in ((Qt.Key.Key_O, "several views"), (Qt.Key.Key_Right, "no further series")):
        window.status.say("")
        qtbot.keyClick(window.grid.view(0), key)
        assert word in window.status.message()
