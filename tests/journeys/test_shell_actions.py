"""The table of actions as the reader meets it: cheat sheet, keys, buttons, palette."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QLabel,
    QListWidget,
    QScrollArea,
    QToolButton,
    QWidget,
)

from medviewer.ui.dialogs.cheat_sheet import CheatSheet
from medviewer.ui.dialogs.command_palette import CommandPalette
from medviewer.ui.views.mouse_tools import TOOLS
from tests.shell_window import dialogs, texts_of


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


def test_a_long_gesture_narrows_no_other_row_of_the_cheat_sheet(window, qtbot):
    window.resize(1600, 1000)
    sheet = CheatSheet(window.table, window)
    sheet.show()
    label = next(x for x in sheet.findChildren(QLabel) if x.text() == "Zoom at the pointer")
    qtbot.waitUntil(lambda: label.width() > 50)
    assert label.width() > label.sizeHint().width()
    assert label.height() < 1.5 * label.fontMetrics().height()
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


def test_the_palette_finds_and_runs_an_action(window, qtbot):
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    (palette,) = (d for d in dialogs() if isinstance(d, CommandPalette))
    QTest.keyClicks(palette.field, "series browser")
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert window.browser.isVisible()


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


def test_the_tool_in_hand_is_always_marked_on_the_tool_bar(window):
    store, shown = window.services.view_store, window.tool_bar.findChildren(QToolButton)

    def marked():
        window.table.refresh()
        ids = [b.defaultAction().objectName() for b in shown if b.defaultAction() is not None]
        return [
            name for name in ids if name[:5] == "tool." and window.table.qaction(name).isChecked()
        ]

    for name in TOOLS:
        store.update_grid(tool=name)
        assert marked() == [f"tool.{name}"]
    store.update_grid(tool="probe")
    assert marked() == ["tool.probe"]
    store.update_grid(tool="pan")
    assert marked() == ["tool.pan"]
    (more,) = (button for button in shown if button.objectName() == "moreTools")
    assert more.accessibleName() == "Value under the pointer"
    more.click()
    assert store.grid.tool == "probe"
