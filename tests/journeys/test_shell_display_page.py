"""What the inspector's page on the display does to the active view, in the real window."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from medviewer.core.display import SlabMode
from tests.phantoms import write_spheres
from tests.shell_window import drop_paths, is_read


@pytest.fixture
def page(window, qtbot, tmp_path):
    """The page of a window that shows spheres."""
    assert drop_paths(window, write_spheres(tmp_path / "spheres"))
    qtbot.waitUntil(lambda: is_read(window), timeout=20_000)
    return window.display_panel


def test_enter_in_a_number_field_gives_the_keys_back_to_the_views(page, window, qtbot):
    box = page._width
    qtbot.waitUntil(box.isVisible)
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "700")
    QTest.keyClick(box, Qt.Key.Key_Return)
    pane = window.services.view_store.pane(0)
    assert pane.slice.voi.width == 700
    QTest.keyClick(window.focusWidget() or window, Qt.Key.Key_7)
    pane = window.services.view_store.pane(0)
    assert (pane.slice.voi.width, pane.slice.voi.center) == (1500, -400)


def test_the_projection_that_is_chosen_is_the_one_that_is_computed(page, window, qtbot):
    store, box = window.services.view_store, page._slab_mode
    qtbot.waitUntil(box.isVisible)
    box.setFocus()
    for mode in (SlabMode.MIP, SlabMode.MINIP, SlabMode.MEAN):
        QTest.keyClick(box, Qt.Key.Key_Down)
        assert store.pane(0).slice.slab_mode is mode, "a bare string means no mode at all"
    for _ in range(3):
        QTest.keyClick(box, Qt.Key.Key_Up)
    assert store.pane(0).slice.slab_mode is SlabMode.NONE
