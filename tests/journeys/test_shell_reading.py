"""From a folder on disk to an image on screen, in the real window."""

import threading

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QProgressBar, QPushButton, QTreeWidget

from medviewer.core.windowing import VoiWindow
from medviewer.io.dicom_write import SeriesHeader, write_series
from medviewer.ui.panels.series_model import VOLUME_MIME, Role
from medviewer.ui.panels.series_rows import RowKind
from tests.phantoms import sphere_volume, write_spheres
from tests.shell_window import dialogs, drop_paths, is_idle, is_read, shown_window


@pytest.fixture
def two_series(tmp_path):
    """A folder with two series of one study."""
    folder = tmp_path / "study"
    for name in ("Thin slices", "Bone kernel"):
        header = SeriesHeader(key=f"series/{name}", series_description=name)
        write_series(sphere_volume(), folder / name, header)
    return folder


def rows(window, kind=RowKind.SERIES):
    return [row for row in window.browser.model.rows if row.kind is kind]


def index_of(window, row):
    return window.browser.model.index(window.browser.model.rows.index(row))


def open_folder(window, qtbot, folder):
    assert drop_paths(window, folder)
    qtbot.waitUntil(lambda: is_read(window), timeout=20_000)


def shown_buttons(window):
    return [b for b in window.empty_state.findChildren(QPushButton) if b.isVisible()]


def key(window, *args):
    QTest.keyClick(window, *args)
    QTest.qWait(20)


def test_a_dropped_folder_fills_the_browser_and_shows_its_series(window, qtbot, tmp_path):
    assert window.empty_state.isVisible()
    open_folder(window, qtbot, write_spheres(tmp_path / "spheres"))
    assert [row.kind for row in window.browser.model.rows] == [
        RowKind.PATIENT,
        RowKind.STUDY,
        RowKind.SERIES,
    ]
    assert window.grid is not None
    assert window.grid.isVisible()
    assert not window.empty_state.isVisible()
    row = rows(window)[0]
    assert window.services.view_store.pane(0).volume_id == row.volume.id
    assert not window.browser.view.selectionModel().hasSelection()


def test_double_click_and_enter_show_a_series_in_the_active_pane(window, qtbot, two_series):
    open_folder(window, qtbot, two_series)
    store, view = window.services.view_store, window.browser.view
    other = next(r for r in rows(window) if r.volume.id != store.pane(0).volume_id)
    first = next(r for r in rows(window) if r.volume.id == store.pane(0).volume_id)
    place = view.visualRect(index_of(window, other)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert store.pane(0).volume_id == other.volume.id
    view.setFocus()
    view.setCurrentIndex(index_of(window, first))
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert store.pane(0).volume_id == first.volume.id
    qtbot.waitUntil(lambda: is_read(window), timeout=20_000)


def test_opening_more_moves_neither_the_selection_nor_what_is_shown(
    window, qtbot, two_series, tmp_path
):
    open_folder(window, qtbot, two_series)
    store, view = window.services.view_store, window.browser.view
    chosen = rows(window)[1]
    view.setCurrentIndex(index_of(window, chosen))
    shown = store.pane(0).volume_id
    with qtbot.waitSignal(window.services.loading.opening_finished, timeout=20_000):
        assert drop_paths(window, write_spheres(tmp_path / "more"))
    QTest.qWait(50)
    assert view.currentIndex().data(Role.ROW).key == chosen.key
    assert store.pane(0).volume_id == shown


def test_a_series_is_dragged_by_its_volume_id(window, qtbot, two_series):
    open_folder(window, qtbot, two_series)
    model, row = window.browser.model, rows(window)[0]
    mime = model.mimeData([index_of(window, row)])
    assert bytes(mime.data(VOLUME_MIME).data()).decode() == row.volume.id


def test_the_arrow_keys_walk_through_images_and_series(window, qtbot, two_series):
    open_folder(window, qtbot, two_series)
    store = window.services.view_store
    window.grid.view(0).setFocus()
    start = store.pane(0).slice.slice_index
    key(window, Qt.Key.Key_Down)
    assert store.pane(0).slice.slice_index == start + 1
    key(window, Qt.Key.Key_Home)
    assert store.pane(0).slice.slice_index == 0
    shown = store.pane(0).volume_id
    key(window, Qt.Key.Key_Right)
    assert store.pane(0).volume_id != shown
    qtbot.waitUntil(lambda: is_read(window), timeout=20_000)


def test_arrow_keys_stay_in_a_list_that_has_the_focus(window, qtbot, two_series):
    open_folder(window, qtbot, two_series)
    store, view = window.services.view_store, window.browser.view
    start = store.pane(0).slice.slice_index
    view.setFocus()
    view.setCurrentIndex(index_of(window, rows(window)[0]))
    QTest.keyClick(view, Qt.Key.Key_Down)
    assert store.pane(0).slice.slice_index == start
    assert view.currentIndex().data(Role.ROW).key == rows(window)[1].key


def test_number_keys_apply_windows_and_zero_goes_back(window, qtbot, tmp_path):
    open_folder(window, qtbot, write_spheres(tmp_path / "spheres"))
    store = window.services.view_store
    window.grid.view(0).setFocus()
    key(window, Qt.Key.Key_7)
    voi = store.pane(0).slice.voi
    assert (voi.width, voi.center) == (1500.0, -400.0)
    key(window, Qt.Key.Key_1)
    assert store.pane(0).slice.voi.explanation == "auto"
    key(window, Qt.Key.Key_0)
    assert store.pane(0).slice.voi is None


def test_the_display_page_follows_the_view_and_the_view_follows_it(window, qtbot, tmp_path):
    open_folder(window, qtbot, write_spheres(tmp_path / "spheres"))
    store = window.services.view_store
    page = window.display_panel
    store.update_slice(0, voi=VoiWindow(50.0, 350.0), is_inverted=True)
    qtbot.waitUntil(lambda: page._width.value() == 350.0)
    assert page._invert.isChecked()
    page._center.setValue(80.0)
    assert store.pane(0).slice.voi == VoiWindow(80.0, 350.0)
    page._invert.click()
    assert not store.pane(0).slice.is_inverted


def test_closing_while_loading_stops_everything(qapp, qtbot, two_series, monkeypatch):
    import medviewer.io.series_loader as series_loader

    started = threading.Event()
    real = series_loader.load_image

    def slow(*args, **kwargs):
        started.set()
        context = args[3]
        while True:  # ends by cancellation alone
            context.checkpoint()
            if context._cancelled.wait(0.01):
                context.checkpoint()
        return real(*args, **kwargs)

    monkeypatch.setattr(series_loader, "load_image", slow)
    with shown_window() as window:
        assert drop_paths(window, two_series)
        qtbot.waitUntil(started.is_set, timeout=20_000)
        window.close()
        assert is_idle(window) or window.services.runner.shutdown(1)


def test_files_that_cannot_be_read_are_listed_with_reasons(window, qtbot, tmp_path):
    folder = write_spheres(tmp_path / "spheres")
    (folder / "broken.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"garbage" * 10)
    open_folder(window, qtbot, folder)
    assert len(window.services.session.unreadable) == 1
    window.table.refresh()
    window.table.qaction("file.unreadable").trigger()
    (dialog,) = dialogs()
    texts = [label.text() for label in dialog.findChildren(QLabel)]
    assert any("1" in text for text in texts)
    dialog.close()


def test_a_folder_with_nothing_in_it_says_so_and_keeps_the_invitation(window, qtbot, tmp_path):
    (tmp_path / "empty").mkdir()
    with qtbot.waitSignal(window.services.loading.opening_finished):
        assert drop_paths(window, tmp_path / "empty")
    assert window.empty_state.isVisible()
    assert "empty" in window.status.message()
    assert "empty" in window.empty_state.notice.sentence
    QTest.qWait(100)
    assert not any(b.text() == "Why?" for b in shown_buttons(window))


def test_a_folder_of_broken_files_says_so_and_lists_them(window, qtbot, tmp_path):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.dcm").write_bytes(b"\0" * 128 + b"DICM" + b"garbage" * 10)
    with qtbot.waitSignal(window.services.loading.opening_finished):
        assert drop_paths(window, tmp_path / "broken")
    assert "1 file" in window.empty_state.notice.sentence
    next(b for b in shown_buttons(window) if b.text() == "Why?").click()
    (dialog,) = dialogs()
    (table,) = dialog.findChildren(QTreeWidget)
    row = table.topLevelItem(0)
    needed = table.fontMetrics().horizontalAdvance(row.text(1))
    n_lines = table.visualItemRect(row).height() / table.fontMetrics().height()
    assert needed < table.columnWidth(1) * int(n_lines)
    dialog.close()
    open_folder(window, qtbot, write_spheres(tmp_path / "spheres"))
    assert window.empty_state.notice.sentence == ""


def test_closing_the_study_brings_the_invitation_back(window, qtbot, tmp_path):
    open_folder(window, qtbot, write_spheres(tmp_path / "spheres"))
    window.table.refresh()
    window.table.qaction("file.close_study").trigger()
    qtbot.waitUntil(lambda: window.empty_state.isVisible())
    assert window.services.session.n_bytes == 0
    qtbot.waitUntil(lambda: rows(window) == [])


def test_the_search_finds_series_and_says_when_nothing_matches(window, qtbot, two_series):
    open_folder(window, qtbot, two_series)
    key(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(window.browser.search_field, "bone k")
    assert [row.series.description for row in rows(window)] == ["Bone kernel"]
    QTest.keyClicks(window.browser.search_field, "zzz")
    assert rows(window) == []
    assert window.browser.hint_label.isVisible()


def test_opening_shows_how_far_it_is_and_can_be_cancelled_where_it_began(window, qtbot):
    def task(context):
        while True:
            context.checkpoint(0.25, "index.files")
            context._cancelled.wait(0.02)

    window.services.loading.open_with(task)
    empty = window.empty_state
    (bar,) = empty.drop_frame.findChildren(QProgressBar)
    qtbot.waitUntil(lambda: bar.value() == 250)
    assert bar.isVisible()
    cancel = next(b for b in empty.drop_frame.findChildren(QPushButton) if b.text() == "Cancel")
    with qtbot.waitSignal(window.services.loading.opening_finished):
        cancel.click()
    assert not bar.isVisible()


def test_hidden_identity_is_hidden_in_the_browser_too(window, qtbot, tmp_path):
    open_folder(window, qtbot, write_spheres(tmp_path / "spheres"))
    patient = index_of(window, rows(window, RowKind.PATIENT)[0])
    view = window.browser.view
    shown = view.grab(view.visualRect(patient)).toImage()
    key(window, Qt.Key.Key_I, Qt.KeyboardModifier.ShiftModifier)
    assert not window.services.view_store.grid.is_identity_shown
    assert view.grab(view.visualRect(patient)).toImage() != shown


def test_hidden_identity_hides_the_dates_in_the_browser_as_the_views_do(window, qtbot, tmp_path):
    open_folder(window, qtbot, write_spheres(tmp_path / "spheres"))
    delegate, (study,) = window.browser.view.itemDelegate(), rows(window, RowKind.STUDY)
    assert "2026-01-01" in delegate.study_text(study)
    series = index_of(window, rows(window)[0])
    shown = window.browser.view.grab(window.browser.view.visualRect(series)).toImage()
    key(window, Qt.Key.Key_I, Qt.KeyboardModifier.ShiftModifier)
    assert "2026" not in delegate.study_text(study)
    assert window.browser.view.grab(window.browser.view.visualRect(series)).toImage() != shown


@pytest.mark.parametrize(
    ("is_loading", "text"),
    [
        (True, "The image is still loading."),
        (False, "The image was not read: that failed, or was stopped."),
    ],
)
def test_the_ai_page_says_why_there_is_no_image_not_that_no_model_reads_it(
    window, qtbot, monkeypatch, is_loading, text
):
    monkeypatch.setattr(window.services.loading, "is_loading", lambda _volume: is_loading)
    window.area.set_shown("inspector", True)
    window.inspector.show_page("ai")
    window.services.view_store.update_pane(0, volume_id="not-decoded-yet")
    panel = window.ai.panel
    panel.refresh()
    texts = [label.text() for label in panel.findChildren(QLabel)]
    assert text in texts


def test_keys_turn_pages_at_once_wherever_the_pointer_is(window, qtbot, tmp_path):
    window.empty_state.findChild(QPushButton).setFocus()
    open_folder(window, qtbot, write_spheres(tmp_path / "spheres"))
    first = window.services.view_store.pane(0).slice.slice_index
    key(QApplication.focusWidget(), Qt.Key.Key_Down)
    assert window.services.view_store.pane(0).slice.slice_index == first + 1
