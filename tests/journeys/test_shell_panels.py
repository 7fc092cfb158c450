"""Panels, full screen and status bar: what stands where, in windows of every size."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QScreen
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QLabel,
    QProgressBar,
)

from medviewer.app.jobs import Lane
from medviewer.io.dicom_write import SeriesHeader, write_series
from medviewer.ui.status_bar import JobLine
from tests.phantoms import sphere_geometry, sphere_volume
from tests.shell_window import dialogs, drop_paths, is_read, opened, shown_window, texts_of


def test_nothing_but_the_invitation_is_shown_while_nothing_is_open(window):
    assert window.empty_state.size() == window.area.size()
    QTest.keyClick(window, Qt.Key.Key_F10)
    assert window.inspector.isVisible()
    assert window.services.settings.settings.is_inspector_shown


def test_panels_collapse_by_key_and_stay_collapsed_at_the_next_start(window, qtbot, tmp_path):
    opened(window, qtbot, tmp_path)
    assert window.browser.isVisible()
    QTest.keyClick(window, Qt.Key.Key_F9)
    QTest.keyClick(window, Qt.Key.Key_F10)
    assert not window.browser.isVisible()
    assert not window.inspector.isVisible()
    with shown_window() as again:
        opened(again, qtbot, tmp_path)
        assert not again.browser.isVisible()
        assert not again.inspector.isVisible()


def test_the_status_bar_says_how_much_memory_images_take_of_their_budget(window, qtbot, tmp_path):
    window.services.settings.update(memory_budget_mb=300)
    assert "Memory 0 MB of 300 MB" in texts_of(window.status)
    write_series(sphere_volume(sphere_geometry(shape=(60, 200, 200))), tmp_path, SeriesHeader("m"))
    assert drop_paths(window, tmp_path)
    qtbot.waitUntil(lambda: is_read(window), timeout=20_000)
    taken = round(window.services.session.n_bytes / 2**20)
    assert taken == 5
    assert f"Memory {taken} MB of 300 MB" in texts_of(window.status)
    window.window_commands.close_study()
    assert "Memory 0 MB of 300 MB" in texts_of(window.status)


def test_work_shows_in_the_status_bar_and_its_button_cancels_it(window, qtbot):
    def task(context):
        while True:
            context.checkpoint(0.4, "load.slices")
            context._cancelled.wait(0.02)

    job = window.services.runner.submit(Lane.IO, "load:Thin slices", task)
    line = window.status.findChild(JobLine)
    qtbot.waitUntil(line.isVisible)
    assert "Thin slices" in line.findChild(QLabel).text()
    assert line.findChild(QProgressBar).value() == 400
    with qtbot.waitSignal(job.cancelled):
        line.cancel.click()
    qtbot.waitUntil(lambda: not line.isVisible())


def test_full_screen_shows_views_alone_and_brings_the_rest_back(window, qtbot, tmp_path):
    opened(window, qtbot, tmp_path)
    QTest.keyClick(window, Qt.Key.Key_F11)
    parts = (window.browser, window.inspector, window.tool_bar, window.status)
    assert [part.isVisible() for part in parts] == [False] * 4
    QTest.keyClick(window, Qt.Key.Key_F11)
    assert [part.isVisible() for part in parts] == [True] * 4


def test_the_inspector_overlays_in_a_small_window_and_what_views_say_stays_beside_it(
    qapp, qtbot, tmp_path
):
    with shown_window(1280, 720) as small:
        opened(small, qtbot, tmp_path)
        assert not small.inspector.isVisible()
        (view,) = small.grid.views
        before = view.grab().toImage()
        QTest.keyClick(small, Qt.Key.Key_F10)
        assert small.inspector.isVisible()
        assert small.grid.geometry().right() == small.area.width() - 1
        edge = small.inspector.mapTo(small, QPoint(0, 0)).x()
        free = view.free_area().width()
        assert view.mapTo(small, QPoint(int(free), 0)).x() == edge
        # The letter of the right side stands where only the image was.
        strip = QRect(int(free) - 30, view.height() // 2 - 20, 28, 40)
        qtbot.waitUntil(lambda: view.grab().toImage().copy(strip) != before.copy(strip))
        QTest.keyClick(small, Qt.Key.Key_F10)
        assert view.free_area() == view.logical_area()
    with shown_window(1600, 900) as large:
        opened(large, qtbot, tmp_path)
        assert large.inspector.isVisible()
        assert large.grid.geometry().right() < large.inspector.geometry().left()


def test_a_page_of_the_inspector_is_one_line(window):
    page = QLabel("findings")
    window.inspector.add_page("findings", "Findings", "list-bullets", page)
    window.inspector.show_page("findings")
    window.window_commands.toggle_panel("inspector")
    assert page.isVisible()
    assert window.inspector.current == "findings"
    assert window.services.settings.settings.inspector_page == "findings"


def test_the_window_fits_on_a_small_screen(qapp, monkeypatch):
    monkeypatch.setattr(QScreen, "availableSize", lambda _screen: QSize(800, 500))
    with shown_window() as window:
        assert window.minimumWidth() <= 800
        assert window.minimumHeight() < 500
        assert window.minimumSizeHint().width() <= 800
        assert window.minimumSizeHint().height() < 500
        window.resize(800, 464)
        window.dialogs.preferences()
        (preferences,) = dialogs()
        assert preferences.height() < 500
        assert preferences.minimumSizeHint().height() < 500
        preferences.close()


def test_both_panels_are_open_only_where_they_leave_the_views_room(qapp, qtbot, monkeypatch):
    monkeypatch.setattr(QScreen, "availableSize", lambda _screen: QSize(800, 500))
    with shown_window(800, 464) as window:
        for name, other in (("browser", "inspector"), ("inspector", "browser")):
            window.area.set_shown(name, True)
            assert (window.area.is_shown(name), window.area.is_shown(other)) == (True, False)


def test_views_beside_each_other_make_room_for_the_inspector_of_a_small_window(
    qapp, qtbot, tmp_path
):
    with shown_window(1280, 720) as window:
        opened(window, qtbot, tmp_path)
        store = window.services.view_store
        window.table.qaction("view.inspector").trigger()
        whole = window.grid.width()
        for layout, makes_room in (("2x1", False), ("mpr", True), ("1x2", True), ("1x1", False)):
            window.commands.set_layout(layout)
            edge = window.inspector.mapTo(window.area, QPoint(0, 0)).x()
            assert (window.grid.geometry().right() < edge) is makes_room, layout
            assert all(
                (view.free_area() == view.logical_area()) is makes_room
                for view in window.grid.views
            )
        window.commands.set_layout("1x2")
        store.update_grid(maximised=1)
        assert window.grid.width() == whole
        window.table.qaction("view.inspector").trigger()
        assert not window.inspector.isVisible()
