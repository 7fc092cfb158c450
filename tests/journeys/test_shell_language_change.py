"""Another language at once: the window is made anew around everything that is open."""

import re
import threading

import numpy as np
import pytest
import shiboken6
from PySide6.QtCore import QEvent, QLocale, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel

from medviewer.app.jobs import Lane
from medviewer.core.windowing import VoiWindow
from medviewer.ui.dialogs.preferences import PreferencesDialog
from medviewer.ui.window_keeper import WindowKeeper
from tests.phantoms import write_spheres
from tests.shell_window import dressed, drop_paths, is_read

WAIT_MS = 20_000


@pytest.fixture
def keeper(qapp):
    """The program as it starts, in English, on screen."""
    with dressed():
        keeper = WindowKeeper(qapp)
        keeper.set_device("Abacus")
        keeper.window.resize(1280, 720)
        keeper.window.show()
        keeper.window.activateWindow()
        assert QTest.qWaitForWindowActive(keeper.window)
        yield keeper
        keeper.undress()
        QLocale.setDefault(QLocale("en"))
        keeper.window.close()
        keeper.window.deleteLater()
        keeper.deleteLater()


def choose_language(keeper, qtbot, code):
    """Choose a language in the preferences; returns the window that was there before."""
    before = keeper.window
    before.table.qaction("file.preferences").trigger()
    dialog = before.findChild(PreferencesDialog)
    box = next(b for b in dialog.findChildren(QComboBox) if b.findData(code) >= 0)
    box.setCurrentIndex(box.findData(code))
    dialog.ok_button.click()
    return before


def change_language(keeper, qtbot, code):
    before = choose_language(keeper, qtbot, code)
    qtbot.waitUntil(lambda: keeper.window is not before, timeout=WAIT_MS)
    assert QTest.qWaitForWindowActive(keeper.window)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert not shiboken6.isValid(before)


def is_chinese(text):
    return re.search(r"[\u4e00-\u9fff]", text) is not None


def middle(view):
    """Gray values of the middle of a view, where no text is."""
    image = view.grab().toImage().convertToFormat(view.grab().toImage().Format.Format_Grayscale8)
    values = np.frombuffer(image.constBits(), np.uint8)
    values = values.reshape(image.height(), image.bytesPerLine())[:, : image.width()]
    return values[100:-100, 100:-100].copy()


def test_everything_open_is_shown_as_before_in_the_new_language(keeper, qtbot, tmp_path):
    assert drop_paths(keeper.window, write_spheres(tmp_path / "spheres"))
    qtbot.waitUntil(lambda: is_read(keeper.window), timeout=WAIT_MS)
    services = keeper.window.services
    store, session = services.view_store, services.session
    keeper.window.commands.set_layout("mpr3d")
    store.update_slice(0, zoom=1.5, voi=VoiWindow(120.0, 300.0), pan_fraction=(0.1, 0.0))
    store.update_slice(1, slice_index=9)
    store.update_grid(active=1, are_reference_lines_shown=True)
    keeper.window.inspector.show_page("ai")
    panes, grid = [store.pane(n) for n in range(4)], store.grid
    image = session.image(panes[0].volume_id)
    place = keeper.window.geometry()
    picture = middle(keeper.window.grid.view(0))
    assert np.ptp(picture) > 50
    for code, is_right in (("zh_CN", is_chinese), ("en", lambda text: not is_chinese(text))):
        change_language(keeper, qtbot, code)
        window = keeper.window
        assert window.services is services
        assert is_right(window.table.definition("file.open_folder").text)
        labels = [x.text() for x in window.status.findChildren(QLabel) if x.isVisible()]
        assert any(map(is_right, labels))
        assert "Abacus" in labels
        assert session.image(panes[0].volume_id) is image, "the image was read again"
        assert store.grid == grid
        assert [store.pane(n) for n in range(4)] == panes
        assert window.geometry() == place
        assert window.inspector.current == "ai"
        assert window.grid.isVisible()
        again = middle(window.grid.view(0))
        assert np.abs(again.astype(int) - picture).mean() < 1.0


def test_the_new_window_alone_answers_from_then_on(keeper, qtbot, tmp_path):
    assert drop_paths(keeper.window, write_spheres(tmp_path / "spheres"))
    qtbot.waitUntil(lambda: is_read(keeper.window), timeout=WAIT_MS)
    keeper.window.complete()
    change_language(keeper, qtbot, "zh_CN")
    window, services = keeper.window, keeper.window.services
    # A slot of the window before would raise in here, and the test fail by it.
    services.results.results_changed.emit("")
    services.results.displays_changed.emit()
    services.shared_results.changed.emit()
    services.inference.changed.emit()
    services.settings.update(is_window_drag_inverted=True)
    before = services.view_store.pane(0).slice.slice_index
    QTest.keyClick(window.grid.view(0), Qt.Key.Key_Down)
    assert services.view_store.pane(0).slice.slice_index == before + 1
    window.window_commands.close_study()
    assert window.empty_state.isVisible()
    assert drop_paths(window, tmp_path / "spheres")
    qtbot.waitUntil(lambda: is_read(window), timeout=WAIT_MS)


def test_running_work_goes_on_and_is_listed_in_the_new_window(keeper, qtbot):
    go_on = threading.Event()
    job = keeper.window.services.runner.submit(
        Lane.COMPUTE, "surface:slow", lambda _context: go_on.wait(20)
    )
    try:
        change_language(keeper, qtbot, "zh_CN")
        jobs = keeper.window.status.jobs
        qtbot.waitUntil(lambda: len(jobs.shown) == 1)
        assert is_chinese(jobs.shown[0].title)
        with qtbot.waitSignal(job.succeeded, timeout=WAIT_MS):
            go_on.set()
        qtbot.waitUntil(lambda: jobs.shown == [])
    finally:
        go_on.set()


def test_an_export_is_told_by_the_window_that_began_it_and_the_language_waits(keeper, qtbot):
    go_on = threading.Event()
    keeper.window.services.runner.submit(
        Lane.COMPUTE, "export:slow", lambda _context: go_on.wait(20)
    )
    try:
        before = choose_language(keeper, qtbot, "zh_CN")
        QTest.qWait(200)
        assert keeper.window is before
    finally:
        go_on.set()
    qtbot.waitUntil(lambda: keeper.window is not before, timeout=WAIT_MS)
    assert is_chinese(keeper.window.table.definition("file.open_folder").text)
