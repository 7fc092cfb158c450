"""The window itself: actions, panels, dialogs, settings."""

from pathlib import Path

from PIL import Image
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QKeySequence, QScreen
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QProgressBar,
    QScrollArea,
    QToolButton,
    QTreeWidget,
    QWidget,
)

from medviewer.app.jobs import Lane
from medviewer.app.paths import config_path
from medviewer.app.thumbnails import Thumbnails
from medviewer.app.view_store import PaneMode
from medviewer.app.window_presets import WindowPreset
from medviewer.core.windowing import VoiWindow
from medviewer.io.dicom_write import SeriesHeader, write_series
from medviewer.ui.dialogs.cheat_sheet import CheatSheet
from medviewer.ui.dialogs.command_palette import CommandPalette
from medviewer.ui.dialogs.preferences import PreferencesDialog
from medviewer.ui.dialogs.shortcut_page import ShortcutPage, key_profiles
from medviewer.ui.status_bar import JobLine
from tests.phantoms import sphere_geometry, sphere_volume, write_spheres
from tests.pointer import drag
from tests.shell_window import dialogs, drop_paths, is_read, shown_window


def texts_of(widget):
    return {label.text() for label in widget.findChildren(QLabel)}


def test_the_cheat_sheet_lists_every_action_with_its_keys(window):
    sheet = CheatSheet(window.table, window)
    shown = texts_of(sheet)
    for action in window.table:
        assert action.text in shown
        keys = window.table.shortcuts(action.id)
        native = QKeySequence.SequenceFormat.NativeText
        text = "   ".join(QKeySequence(key).toString(native) for key in keys)
        assert not text or text in shown
    sheet.deleteLater()


def test_the_cheat_sheet_is_read_without_scrolling_where_there_is_room(window, qtbot):
    window.resize(1600, 1000)
    sheet = CheatSheet(window.table, window)
    sheet.show()
    (area,) = sheet.findChildren(QScrollArea)
    qtbot.waitUntil(lambda: area.viewport().height() > 100)
    assert area.verticalScrollBar().maximum() == 0
    assert sheet.height() < window.height()
    sheet.close()


def test_every_disabled_action_says_what_is_missing(window):
    window.table.refresh()
    disabled = [a for a in window.table if not window.table.qaction(a.id).isEnabled()]
    assert {"image.fit", "window.7", "layout.mpr", "file.export_volume"} <= {
        action.id for action in disabled
    }
    for action in disabled:
        reason = action.missing()
        assert reason.endswith(".")
        assert reason in window.table.qaction(action.id).toolTip()


def test_no_two_actions_share_a_default_key(window):
    assert window.table.conflicts({}) == {}


def test_the_keys_of_the_reading_room_are_as_designed(window):
    designed = {
        "window.0": "0", "window.1": "1", "window.2": "2", "window.9": "9",
        "tool.window": "W", "tool.pan": "P", "tool.zoom": "Z",
        "tool.crosshair": "X", "navigate.previous_image": "Up", "navigate.next_image": "Down",
        "navigate.back_ten": "PgUp", "navigate.forward_ten": "PgDown",
        "navigate.first_image": "Home", "navigate.last_image": "End",
        "navigate.previous_series": "Left", "navigate.next_series": "Right",
        "navigate.next_view": "Tab", "image.cine": "Space", "image.fit": "F",
        "view.text_level": "I", "image.invert": "V", "image.flip_horizontal": "H",
        "image.flip_vertical": "Shift+H", "layout.are_reference_lines_shown": "O",
        "layout.is_linked": "K", "layout.mpr": "M", "layout.mpr3d": "Alt+3",
        "ai.overlays": "S", "image.reset": "Esc", "help.cheat_sheet": "F1",
        "help.palette": "Ctrl+K", "view.browser": "F9",
    }  # fmt: skip
    assert {name: window.table.shortcuts(name)[0] for name in designed} == designed


def test_every_button_has_an_icon_and_a_name(window):
    for button in window.tool_bar.findChildren(QToolButton):
        if button.objectName() == "qt_toolbar_ext_button":
            continue
        assert not button.icon().isNull()
        assert button.toolTip()
        assert button.accessibleName()


def opened(window, qtbot, tmp_path):
    assert drop_paths(window, write_spheres(tmp_path / "spheres"))
    qtbot.waitUntil(lambda: is_read(window), timeout=20_000)


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


def test_the_palette_finds_and_runs_an_action(window, qtbot):
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    (palette,) = (d for d in dialogs() if isinstance(d, CommandPalette))
    QTest.keyClicks(palette.field, "series browser")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert window.browser.isVisible()


def test_a_page_of_the_inspector_is_one_line(window):
    page = QLabel("findings")
    window.inspector.add_page("findings", "Findings", "list-bullets", page)
    window.inspector.show_page("findings")
    window.window_commands.toggle_panel("inspector")
    assert page.isVisible()
    assert window.inspector.current == "findings"
    assert window.services.settings.settings.inspector_page == "findings"


def test_a_damaged_settings_file_does_not_keep_the_window_from_opening(qapp):
    path = config_path("settings.json")
    path.parent.mkdir(parents=True)
    path.write_text("{", encoding="utf-8")
    with shown_window() as window:
        assert window.services.settings.damaged_file.name in window.status.message()


def test_a_damaged_window_geometry_costs_nothing(qapp):
    path = config_path("window.json")
    path.parent.mkdir(parents=True)
    path.write_text('{"geometry": 7}', encoding="utf-8")
    with shown_window() as window:
        assert window.isVisible()


def test_a_changed_shortcut_works_at_once_and_a_conflict_cannot_be_accepted(window, qtbot):
    window.dialogs.preferences()
    (dialog,) = (d for d in dialogs() if isinstance(d, PreferencesDialog))
    page = dialog.findChild(ShortcutPage)
    page.set_key("view.browser", "F10")
    assert "F10" in page.problem()
    assert not dialog.ok_button.isEnabled()
    page.set_key("view.browser", "F8")
    assert page.problem() == ""
    dialog.ok_button.click()
    QTest.keyClick(window, Qt.Key.Key_F8)
    assert window.browser.isVisible()
    QTest.keyClick(window, Qt.Key.Key_F9)
    assert window.browser.isVisible()


def test_an_error_of_a_slot_is_shown_with_details(window, qapp):
    from medviewer.ui.application import exception_hook

    hook = exception_hook(lambda: window)
    try:
        raise KeyError("lost")
    except KeyError as error:
        hook(type(error), error, error.__traceback__)
    (dialog,) = dialogs()
    assert "KeyError" in dialog.details()
    dialog.close()


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


def test_every_key_profile_names_actions_that_exist_and_has_no_conflict(window):
    for name, keys in key_profiles().items():
        assert set(keys) <= {action.id for action in window.table}, name
        assert window.table.conflicts(keys) == {}, name


def test_a_key_profile_is_chosen_in_the_preferences(window):
    window.dialogs.preferences()
    (dialog,) = (d for d in dialogs() if isinstance(d, PreferencesDialog))
    page = dialog.findChild(ShortcutPage)
    profile = page.findChild(QComboBox)
    assert profile.currentText() == "medviewer"
    profile.setCurrentIndex(profile.findText("RadiAnt"))
    profile.activated.emit(profile.currentIndex())
    dialog.ok_button.click()
    assert window.table.shortcuts("tool.pan") == ("M",)
    assert window.table.shortcuts("tool.window") == ("W",)


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


def test_the_theme_changes_at_once_and_views_stay_black(window, qapp):
    from medviewer.ui.theme import LIGHT, apply_theme, tokens

    apply_theme(qapp, "light")
    assert tokens() is LIGHT
    assert LIGHT.panel in qapp.styleSheet()
    apply_theme(qapp, "dark")


def test_presets_edited_in_the_preferences_are_on_the_keys_at_once(window):
    mine = WindowPreset("Mine", 333.0, 44.0, 7)
    window.services.settings.update(window_presets=(mine,))
    assert window.table.qaction("window.7").text().startswith("Mine  333 / 44")
    assert window.commands.preset_of_key(7) == mine


def test_the_header_browser_lists_and_finds_elements(window, qtbot, tmp_path):
    opened(window, qtbot, tmp_path)
    window.dialogs.headers()
    (dialog,) = dialogs()
    table = dialog.findChild(QTreeWidget)
    qtbot.waitUntil(lambda: table.topLevelItemCount() > 20, timeout=20_000)
    dialog.findChild(QLineEdit).setText("patient name")
    names = {table.topLevelItem(n).text(0) for n in range(table.topLevelItemCount())}
    assert "(0010,0010)" in names
    assert len(names) < 20
    dialog.close()


def test_thumbnails_appear_and_are_kept_for_the_next_time(window, qtbot, tmp_path):
    opened(window, qtbot, tmp_path)
    thumbnails = window.services.thumbnails
    volume_id = window.services.view_store.pane(0).volume_id
    qtbot.waitUntil(lambda: thumbnails.picture(volume_id) is not None, timeout=20_000)
    again = Thumbnails(window.services.runner, thumbnails.folder)
    n_images = len(window.services.session.locate(volume_id).volume.frames)
    assert again.picture(volume_id, n_images) is not None
    again.clear()
    assert list(thumbnails.folder.glob("*.npy")) == []
    again.deleteLater()


def test_recent_studies_are_offered_at_the_next_start(window, qtbot, tmp_path):
    opened(window, qtbot, tmp_path)
    with shown_window() as again:
        titles = again.empty_state.recent_titles
        qtbot.waitUntil(lambda: bool(titles()), timeout=20_000)
        assert any("Sphere, Phantom" in title for title in titles())


def test_a_recent_picture_of_nobody_goes_by_the_name_of_its_file(window, qtbot, tmp_path):
    Image.new("L", (40, 30), 90).save(tmp_path / "knee.png")
    window.window_commands.open_paths([tmp_path / "knee.png"])
    store = window.services.view_store
    qtbot.waitUntil(lambda: store.pane(0).volume_id != "", timeout=20_000)
    titles = window.empty_state.recent_titles
    window.services.library.search()
    qtbot.waitUntil(lambda: bool(titles()), timeout=20_000)
    assert titles()[0].startswith("knee.png")


def test_a_picture_has_no_dicom_header_and_says_so(window, qtbot, tmp_path):
    Image.new("L", (40, 30), 90).save(tmp_path / "chest.png")
    window.window_commands.open_paths([tmp_path / "chest.png"])
    store = window.services.view_store
    qtbot.waitUntil(lambda: store.pane(0).volume_id != "", timeout=20_000)
    header = window.table.definition("file.headers")
    assert header.missing() == "chest.png is not DICOM: it has no such header."


def test_the_palette_says_when_nothing_is_called_that(window):
    window.dialogs.palette()
    (dialog,) = dialogs()
    listed = dialog.findChild(QListWidget)
    assert listed.count() > 30
    assert listed.viewport().findChildren(QWidget) == [], "a line is drawn, not made of widgets"
    spoken = {listed.item(n).data(Qt.ItemDataRole.AccessibleTextRole) for n in range(10)}
    assert "Open folder…, File, Ctrl+O" in spoken
    dialog.field.setText("no such thing")
    assert listed.item(0).text() == "No action is called “no such thing”."
    dialog.field.returnPressed.emit()
    assert dialog.isVisible()
    dialog.close()


def test_the_drag_of_the_window_can_be_turned_round(window, qtbot, tmp_path):
    opened(window, qtbot, tmp_path)
    view = window.grid.view(0)
    centres = []
    for is_inverted in (False, True):
        window.services.settings.update(is_window_drag_inverted=is_inverted)
        window.services.view_store.update_slice(0, voi=VoiWindow(100.0, 500.0))
        drag(view, (200.0, 200.0), (200.0, 150.0))
        centres.append(window.services.view_store.pane(0).slice.voi.center)
    assert centres[0] < 100.0 < centres[1]


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
