"""The menu of a view changes that view alone."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from medviewer.app.arranging import Arranging
from medviewer.app.session import Session
from medviewer.app.view_store import ViewStore
from medviewer.app.window_presets import WindowPreset
from medviewer.core.cuts import cut_of
from medviewer.core.display import SlabMode
from medviewer.core.overlay_plane import packed_plane
from medviewer.core.planes import Orientation
from medviewer.core.volume import Frame, ImageStack
from medviewer.ui.views.pane_commands import PaneCommands
from medviewer.ui.views.view_menu import view_menu
from tests.opened import index_of
from tests.phantoms import sphere_volume


@pytest.fixture
def desk(qtbot):
    session, store = Session(), ViewStore()
    commands = PaneCommands(session, store)
    commands.arranging = Arranging(session, store)
    qtbot.addWidget(commands)
    return SimpleNamespace(session=session, store=store, commands=commands)


def shown(desk, *images):
    desk.session.merge(index_of(*images))
    for image in images:
        desk.session.put_image(image, is_complete=True)
    desk.commands.arranging.show(0, images[0].id)


def choose(desk, *titles):
    menu = view_menu(desk.commands, desk.commands)
    for title in titles[:-1]:
        menu = next(a.menu() for a in menu.actions() if a.text() == title)
    next(a for a in menu.actions() if a.text() == titles[-1]).trigger()


def titles(desk):
    return [a.text() for a in view_menu(desk.commands, desk.commands).actions() if a.text()]


def test_a_window_of_the_menu_is_applied(desk):
    shown(desk, sphere_volume())
    choose(desk, "Window", "Lung")
    voi = desk.store.pane(0).slice.voi
    assert (voi.center, voi.width) == (-400.0, 1500.0)
    choose(desk, "Window", "As recorded")
    assert desk.store.pane(0).slice.voi is None


def test_another_plane_is_cut_at_the_place_shown(desk):
    volume = sphere_volume()
    shown(desk, volume)
    choose(desk, "Plane", "Coronal")
    state = desk.store.pane(0).slice
    assert state.orientation is Orientation.CORONAL
    cut = cut_of(volume, state)
    assert abs(cut.position_mm - volume.geometry.centre_lps_mm[1]) <= 0.71


def test_a_slab_has_a_mode_and_a_thickness(desk):
    shown(desk, sphere_volume())
    choose(desk, "Slab", "Maximum (MIP)")
    choose(desk, "Slab", "20 mm")
    state = desk.store.pane(0).slice
    assert (state.slab_mode, state.slab_thickness_mm) == (SlabMode.MIP, 20.0)


def test_a_radiograph_is_offered_neither_planes_nor_ct_windows(desk):
    shown(desk, ImageStack("x", [Frame(np.zeros((4, 4)))], kind="radiograph", modality="DX"))
    assert "Plane" not in titles(desk)
    assert "Slab" not in titles(desk)
    menu = view_menu(desk.commands, desk.commands)
    windows = next(a.menu() for a in menu.actions() if a.text() == "Window")
    assert [a.text() for a in windows.actions()] == ["As recorded", "Automatic"]


def test_overlay_planes_are_offered_where_the_image_has_any(desk):
    bare = ImageStack("bare", [Frame(np.zeros((4, 4)))], kind="radiograph")
    plane = packed_plane(np.eye(4, dtype=bool), 0, 0)
    drawn = ImageStack("drawn", [Frame(np.zeros((4, 4)), overlay_planes=(plane,))])
    shown(desk, bare, drawn)
    assert "Overlay planes" not in titles(desk)
    desk.commands.next_series()
    choose(desk, "Overlay planes")
    assert not desk.store.pane(0).slice.are_overlay_planes_shown
    choose(desk, "Overlay planes")
    assert desk.store.pane(0).slice.are_overlay_planes_shown


def test_the_next_series_is_shown_and_a_group_counts_once(desk):
    first, second = sphere_volume(), ImageStack("x", [Frame(np.zeros((4, 4)))], kind="radiograph")
    shown(desk, first, second)
    desk.commands.next_series()
    assert desk.store.pane(0).volume_id == "x"
    desk.commands.next_series()
    assert desk.store.pane(0).volume_id == first.id


def test_mpr_of_a_radiograph_is_refused_with_a_sentence(desk, qtbot):
    shown(desk, ImageStack("x", [Frame(np.zeros((4, 4)))], kind="radiograph"))
    with qtbot.waitSignal(desk.commands.status_text) as said:
        desk.commands.set_layout("mpr")
    assert "regular slices" in said.args[0]
    assert desk.store.grid.layout == "1x1"


def test_the_windows_of_the_menu_are_those_in_force(desk):
    shown(desk, sphere_volume())
    mine = WindowPreset("Mine", 333.0, 44.0, 7)
    desk.commands.presets = lambda: (mine,)
    choose(desk, "Window", "Mine")
    assert desk.store.pane(0).slice.voi == mine.voi


def test_a_colour_picture_is_offered_no_window(desk):
    gray, color = Frame(np.zeros((4, 4), np.int16)), Frame(np.zeros((4, 4, 3), np.uint8))
    shown(desk, ImageStack("film", [gray, color]))
    desk.store.update_slice(0, slice_index=0)
    for_gray_only = {"Window", "Colours", "Invert"}
    assert for_gray_only <= set(titles(desk))
    desk.store.update_slice(0, slice_index=1)
    assert not for_gray_only & set(titles(desk))
