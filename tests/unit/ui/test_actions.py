"""The action table: one row feeds menus, keys and buttons."""

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from medviewer.ui.actions import Action, ActionTable


@pytest.fixture
def host(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    return widget


@pytest.fixture
def table(host):
    return ActionTable(host, {"file": "File", "view": "View"})


def test_a_row_becomes_a_live_action_with_its_keys(table):
    done = []
    table.add([Action("file.do", "Do it", lambda: done.append(1), ("Ctrl+D", "F5"))])
    action = table.qaction("file.do")
    assert [key.toString() for key in action.shortcuts()] == ["Ctrl+D", "F5"]
    action.trigger()
    assert done == [1]


def test_a_disabled_action_says_why_and_an_enabled_one_its_key(table):
    missing = ["No image."]
    table.add([Action("file.do", "Do it", list, ("F5",), missing=lambda: missing[0])])
    table.refresh()
    assert not table.qaction("file.do").isEnabled()
    assert table.qaction("file.do").toolTip() == "Do it  (F5)\nNo image."
    missing[0] = ""
    table.refresh()
    assert table.qaction("file.do").isEnabled()
    assert table.qaction("file.do").toolTip() == "Do it  (F5)"


def test_a_switch_shows_its_state(table):
    state = [False]
    table.add(
        [Action("view.grid", "Grid", lambda: state.__setitem__(0, True), is_on=lambda: state[0])]
    )
    table.refresh()
    assert not table.qaction("view.grid").isChecked()
    table.qaction("view.grid").trigger()
    table.refresh()
    assert table.qaction("view.grid").isChecked()


def test_a_row_of_the_same_id_takes_its_place_and_keeps_the_button(table):
    table.add([Action("file.do", "Old", lambda: pytest.fail("old"))])
    before = table.qaction("file.do")
    done = []
    table.add([Action("file.do", "New", lambda: done.append(1))])
    assert table.qaction("file.do") is before
    assert before.text() == "New"
    before.trigger()
    assert done == [1]


def test_an_unknown_group_is_refused_by_name(table):
    with pytest.raises(KeyError, match=r"other\.thing.*'other'"):
        table.add([Action("other.thing", "Thing", list)])


def test_the_users_keys_replace_the_default_and_conflicts_are_named(table):
    table.add([Action("file.a", "A", list, ("F5",)), Action("view.b", "B", list, ("F6",))])
    assert table.conflicts({"view.b": ("F5",)}) == {"F5": ("file.a", "view.b")}
    table.set_overrides({"view.b": ("Ctrl+B",), "file.a": ()})
    assert table.qaction("view.b").shortcut() == QKeySequence("Ctrl+B")
    assert table.qaction("file.a").shortcuts() == []


def test_a_menu_holds_the_actions_of_its_group_in_sections(table, host):
    table.add(
        [
            Action("view.a", "A", list),
            Action("file.x", "X", list),
            Action("view.b", "B", list, section=1),
        ]
    )
    menu = table.menu("view", host)
    assert [a.text() for a in menu.actions()] == ["A", "", "B"]
