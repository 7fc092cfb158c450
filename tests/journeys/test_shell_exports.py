"""Where the program proposes to write, and what it says afterwards."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from medviewer.app.view_store import PaneMode
from medviewer.core.errors import ExportError
from tests.dicom_series import write_slices
from tests.shell_window import dialogs, drop_paths, is_read, opened


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


def test_exports_are_proposed_where_the_last_one_went_and_never_in_the_study(
    window, qtbot, tmp_path, asked
):
    study, reports = tmp_path / "spheres", tmp_path / "reports"
    reports.mkdir()
    opened(window, qtbot, tmp_path)
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
    opened(window, qtbot, tmp_path)
    window.ai.saved.emit("reports")
    assert window.status.message() == "Written: reports"
    window.ai.failed.emit(ExportError("reports cannot be written."))
    (dialog,) = dialogs()
    dialog.close()
    assert "result" in window.table.definition("ai.save_dicom").missing()


def test_a_key_that_can_do_nothing_now_says_why(window, qtbot, tmp_path):
    qtbot.keyClick(window, Qt.Key.Key_M)
    assert window.status.message() == window.needs.volume()
    opened(window, qtbot, tmp_path)
    view = window.grid.view(0)
    qtbot.waitUntil(lambda: not window.needs.volume())
    qtbot.keyClick(view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.status.message() == "No finding was changed."


def test_a_key_without_a_visible_effect_says_why(window, qtbot, tmp_path):
    opened(window, qtbot, tmp_path)
    for key, word in ((Qt.Key.Key_O, "several views"), (Qt.Key.Key_Right, "no further series")):
        window.status.say("")
        qtbot.keyClick(window.grid.view(0), key)
        assert word in window.status.message()


def test_export_of_a_volume_and_of_an_image(window, qtbot, tmp_path):
    import nibabel

    opened(window, qtbot, tmp_path)
    exports = window.dialogs.exports
    located = window.commands.located
    with qtbot.waitSignal(exports.done, timeout=20_000) as written:
        exports.write_volume(located, tmp_path / "out")
    image = nibabel.load(written.args[0])
    assert image.shape == located.volume.shape[::-1]
    picture = window.grid.view(0).grab().toImage()
    with qtbot.waitSignal(exports.done):
        exports.write_image(picture, tmp_path / "view.png")
    assert (tmp_path / "view.png").stat().st_size > 1000
    with qtbot.waitSignal(exports.failed):
        exports.write_image(picture, tmp_path / "no such folder" / "view.png")


def test_the_window_says_what_was_filled_in_in_an_exported_volume(window, qtbot, tmp_path):
    write_slices(tmp_path / "in", [(0, 0, z) for z in (0, 2, 4, 8, 10, 12)])
    assert drop_paths(window, tmp_path / "in")
    qtbot.waitUntil(lambda: is_read(window), timeout=20_000)
    exports = window.dialogs.exports
    with qtbot.waitSignal(exports.done, timeout=20_000):
        exports.write_volume(window.commands.located, tmp_path / "out.nrrd")
    assert "out.nrrd" in window.status.message()
    assert "Missing slices: 1" in window.status.message()


def test_a_surface_is_exported_from_the_3d_view_that_shows_it(window, qtbot, tmp_path):
    opened(window, qtbot, tmp_path)
    store = window.services.view_store
    export = window.table.definition("file.export_surface")
    assert "Surface" in export.missing()
    store.update_pane(0, mode=PaneMode.VOLUME)
    store.update_volume(0, surface_threshold=0.0)
    assert export.missing() == ""
    exports = window.dialogs.exports
    with qtbot.waitSignal(exports.done, timeout=20_000) as written:
        exports.write_surface(window.commands.image, 0.0, tmp_path / "ball")
    header = Path(written.args[0]).read_bytes()[:84]
    assert b"patient LPS" in header
    assert int.from_bytes(header[80:], "little") > 100
    with qtbot.waitSignal(exports.failed, timeout=20_000):
        exports.write_surface(window.commands.image, 1e6, tmp_path / "nothing")
