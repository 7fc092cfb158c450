"""What the reader set is in force at once and survives damage."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QComboBox,
)

from medviewer.app.paths import config_path
from medviewer.app.window_presets import WindowPreset
from medviewer.core.windowing import VoiWindow
from medviewer.ui.dialogs.preferences import PreferencesDialog
from medviewer.ui.dialogs.shortcut_page import ShortcutPage, key_profiles
from tests.pointer import drag
from tests.shell_window import dialogs, opened, shown_window


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


def test_a_search_for_a_key_leaves_no_empty_groups(window):
    page = ShortcutPage(window.table, {}, window)
    page._search.setText("invert")
    root = page._list.invisibleRootItem()
    heads = [root.child(n) for n in range(root.childCount())]
    assert [head.text(0) for head in heads if not head.isHidden()] == ["Image"]
    page._search.setText("")
    assert not any(head.isHidden() for head in heads)
    page.deleteLater()


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
