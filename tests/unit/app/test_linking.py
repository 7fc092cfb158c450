"""Views that follow each other by patient position."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from medviewer.app.arranging import Arranging
from medviewer.app.linking import ViewLinking
from medviewer.app.session import Session
from medviewer.app.view_store import PaneMode, ViewStore
from medviewer.core.cuts import cut_of, image_stack_mm
from medviewer.core.planes import Orientation
from medviewer.core.volume import Frame, ImageStack
from medviewer.core.windowing import VoiWindow
from tests.opened import index_of
from tests.phantoms import CENTRE_LPS_MM, axis_directions, rotation, sphere_geometry, sphere_volume


@pytest.fixture
def desk(qapp):
    session, store = Session(), ViewStore()
    arranging, linking = Arranging(session, store), ViewLinking(session, store)
    return SimpleNamespace(session=session, store=store, arranging=arranging, linking=linking)


def volume_named(name, direction="LPH", frame_of_reference="F1", **geometry):
    grid = sphere_geometry(axis_directions()[direction], **geometry)
    return replace(sphere_volume(grid), id=name, frame_of_reference_uid=frame_of_reference)


def side_by_side(desk, *images):
    desk.store.update_grid(layout=f"1x{len(images)}")
    for index, image in enumerate(images):
        desk.session.put_image(image, is_complete=True)
        desk.arranging.show(index, image.id)


def position_mm(desk, index) -> float:
    pane = desk.store.pane(index)
    cut = cut_of(desk.session.image(pane.volume_id), pane.slice)
    return float(cut.centre_lps_mm @ (0, 0, 1))


def test_views_of_one_frame_of_reference_scroll_to_the_same_place(desk):
    fine = volume_named("fine", shape=(53, 44, 52), spacing_ijk_mm=(1.2, 1.4, 1.1))
    side_by_side(desk, volume_named("coarse"), fine)
    for index in (0, 5, 25):
        desk.store.update_slice(0, slice_index=index)
        assert position_mm(desk, 1) == pytest.approx(position_mm(desk, 0), abs=0.56)


def test_series_stored_in_opposite_orders_are_counted_alike(desk):
    side_by_side(desk, volume_named("up"), volume_named("down", direction="LPF"))
    desk.store.update_slice(0, slice_index=4)
    assert position_mm(desk, 1) == pytest.approx(position_mm(desk, 0))
    assert desk.store.pane(1).slice.slice_index == 4


def test_a_view_across_is_not_scrolled(desk):
    side_by_side(desk, volume_named("axial"), volume_named("sagittal", direction="PHL"))
    before = desk.store.pane(1).slice.slice_index
    desk.store.update_slice(0, slice_index=3)
    assert desk.store.pane(1).slice.slice_index == before


def shown_region(desk, index):
    """Patient point in the middle of a square view, and millimetres over the view."""
    pane = desk.store.pane(index)
    cut = cut_of(desk.session.image(pane.volume_id), pane.slice)
    corners = cut.corners_lps_mm
    over_mm = max(np.linalg.norm(np.diff(corners[:3], axis=0), axis=1)) / pane.slice.zoom
    x, y = pane.slice.pan_fraction
    return cut.centre_lps_mm - over_mm * (x * cut.plane.right + y * cut.plane.down), over_mm


@pytest.mark.parametrize("direction", ["LPH", "LPF", "RAH"])
def test_linked_views_of_one_frame_of_reference_show_the_same_part_of_the_patient(desk, direction):
    narrow = volume_named("narrow", direction, shape=(26, 30, 30), spacing_ijk_mm=(1.1, 1.1, 2.2))
    side_by_side(desk, volume_named("wide", shape=(26, 44, 44)), narrow)
    desk.store.update_slice(0, zoom=2.5, pan_fraction=(0.2, -0.1))
    (here, here_mm), (there, there_mm) = shown_region(desk, 0), shown_region(desk, 1)
    assert there_mm == pytest.approx(here_mm)
    assert there == pytest.approx(here, abs=1.11)
    desk.store.update_slice(1, zoom=1.0, pan_fraction=(0.0, 0.0))
    assert shown_region(desk, 0)[1] == pytest.approx(shown_region(desk, 1)[1])


def test_linked_views_of_two_frames_of_reference_zoom_by_as_much(desk):
    old, new = volume_named("old", frame_of_reference="F0"), volume_named("new")
    desk.session.merge(index_of(old, new))
    side_by_side(desk, new, old)
    desk.store.update_slice(1, rotation_deg=90.0)
    desk.store.update_grid(is_linked=False)
    desk.store.update_slice(1, zoom=2.0)
    assert desk.store.pane(0).slice.zoom == 1.0
    desk.store.update_grid(is_linked=True)
    desk.store.update_slice(0, zoom=1.5, pan_fraction=(0.1, 0.0))
    assert desk.store.pane(1).slice.zoom == 3.0
    assert desk.store.pane(1).slice.pan_fraction == pytest.approx((0.1, 0.0))


def test_a_view_across_and_one_of_another_patient_are_not_zoomed(desk):
    across, other = volume_named("sagittal", "PHL"), volume_named("other", frame_of_reference="F2")
    desk.session.merge(index_of(other, patient_id="P2"))
    side_by_side(desk, volume_named("axial"), across, other)
    desk.store.update_slice(0, zoom=2.0)
    assert [desk.store.pane(i).slice.zoom for i in (1, 2)] == [1.0, 1.0]


def test_unlinked_views_stay_where_they_are(desk):
    side_by_side(desk, volume_named("a"), volume_named("b"))
    desk.store.update_grid(is_linked=False)
    before = desk.store.pane(1).slice.slice_index
    desk.store.update_slice(0, slice_index=3)
    assert desk.store.pane(1).slice.slice_index == before


def test_two_frames_of_reference_of_a_patient_keep_the_offset_they_were_linked_with(desk):
    old, new = volume_named("old", frame_of_reference="F0"), volume_named("new")
    desk.session.merge(index_of(old, new))
    side_by_side(desk, new, old)
    desk.store.update_grid(is_linked=False)
    desk.store.update_slice(1, slice_index=16)  # three further on: the manual offset
    desk.store.update_grid(is_linked=True)
    for index in (14, 2, 25, 10):
        desk.store.update_slice(0, slice_index=index)
        assert desk.store.pane(1).slice.slice_index == min(index + 3, 25)
    desk.store.update_slice(1, slice_index=20)
    assert desk.store.pane(0).slice.slice_index == 17


def test_different_patients_are_never_linked(desk):
    mine, other = volume_named("mine"), volume_named("other", frame_of_reference="F2")
    desk.session.merge(index_of(mine, patient_id="P1"))
    desk.session.merge(index_of(other, patient_id="P2"))
    side_by_side(desk, mine, other)
    before = desk.store.pane(1).slice.slice_index
    desk.store.update_slice(0, slice_index=3)
    assert desk.store.pane(1).slice.slice_index == before


def test_an_image_without_a_place_is_never_linked(desk):
    film = ImageStack("film", [Frame(np.zeros((4, 4))) for _ in range(5)])
    side_by_side(desk, film, volume_named("a"))
    before = desk.store.pane(1).slice.slice_index
    desk.store.update_slice(0, slice_index=3)
    assert desk.store.pane(1).slice.slice_index == before


def mpr(desk, direction="LPH"):
    volume = volume_named("ct", direction)
    desk.session.put_image(volume, is_complete=True)
    desk.arranging.show(0, "ct")
    desk.store.update_grid(layout="mpr")
    return volume


@pytest.mark.parametrize("direction", ["LPH", "RAF", "PHL"])
def test_the_crosshair_moves_every_mpr_view_to_its_point(desk, direction):
    volume = mpr(desk, direction)
    point = tuple(float(v) for v in CENTRE_LPS_MM + np.array((6.0, -7.0, 8.0)))
    desk.store.update_slice(1, focus_lps_mm=point)
    for index in range(3):
        pane = desk.store.pane(index)
        cut = cut_of(volume, pane.slice)
        assert pane.slice.focus_lps_mm == point
        assert abs(cut.position_mm - np.array(point) @ cut.plane.normal) <= 1.11


def test_scrolling_one_mpr_view_moves_the_crosshair_in_the_others(desk):
    volume = mpr(desk)
    desk.store.update_slice(0, slice_index=5)
    cut = cut_of(volume, desk.store.pane(0).slice)
    for index in range(3):
        focus = np.array(desk.store.pane(index).slice.focus_lps_mm)
        assert focus @ cut.plane.normal == pytest.approx(cut.position_mm)
    assert desk.store.pane(1).slice.slice_index == 22


def test_mpr_views_share_window_and_zoom_but_two_panes_of_a_volume_do_not(desk):
    mpr(desk)
    lung = VoiWindow(-400.0, 1500.0)
    desk.store.update_slice(2, voi=lung, zoom=2.5)
    assert [desk.store.pane(i).slice.voi for i in range(3)] == [lung] * 3
    assert [desk.store.pane(i).slice.zoom for i in range(3)] == [2.5] * 3
    desk.store.update_grid(layout="1x2")
    desk.arranging.show(1, "ct")
    desk.store.update_slice(0, voi=VoiWindow(40.0, 400.0))
    assert desk.store.pane(1).slice.voi != desk.store.pane(0).slice.voi


def test_a_pan_is_shared_along_the_patient_axis_the_views_have_in_common(desk):
    mpr(desk)
    desk.store.update_slice(0, pan_fraction=(0.2, 0.1))  # axial: to the left, to the back
    assert desk.store.pane(1).slice.pan_fraction == pytest.approx((0.2, 0.0))
    assert desk.store.pane(2).slice.pan_fraction == pytest.approx((0.1, 0.0))


def test_turning_one_mpr_view_turns_all_about_the_crosshair(desk):
    volume = mpr(desk)
    focus = tuple(float(v) for v in CENTRE_LPS_MM + np.array((5.0, 4.0, -3.0)))
    desk.store.update_slice(0, focus_lps_mm=focus)
    turn = rotation((0, 0, 1), 20)
    desk.store.update_slice(0, oblique=tuple(float(v) for v in turn.reshape(-1)))
    for index in range(3):
        cut = cut_of(volume, desk.store.pane(index).slice)
        assert np.array(focus) @ cut.plane.normal == pytest.approx(cut.position_mm, abs=1e-6)
    coronal = cut_of(volume, desk.store.pane(1).slice)
    assert coronal.plane.normal == pytest.approx(turn @ (0, 1, 0))
    assert coronal.position_mm == pytest.approx(float(np.array(focus) @ coronal.plane.normal))


@pytest.mark.parametrize("angle_deg", range(5, 45, 5))
def test_scrolling_one_turned_plane_leaves_the_others_where_they_are(desk, angle_deg):
    volume = volume_named("ct")
    desk.session.put_image(volume, is_complete=True)
    desk.arranging.show(0, "ct")
    desk.store.update_grid(layout="mpr")
    centre = tuple(float(v) for v in volume.geometry.centre_lps_mm)  # halfway between two images
    desk.store.update_slice(0, focus_lps_mm=centre)
    turn = rotation((1, 0, 0), angle_deg)
    desk.store.update_slice(0, oblique=tuple(float(v) for v in turn.reshape(-1)))
    before = [cut_of(volume, desk.store.pane(n).slice).position_mm for n in range(3)]
    step_mm = image_stack_mm(volume.geometry, desk.store.pane(0).slice)[2]
    for n in range(1, 6):
        desk.store.update_slice(0, slice_index=desk.store.pane(0).slice.slice_index + 1)
        after = [cut_of(volume, desk.store.pane(n).slice).position_mm for n in range(3)]
        assert after == pytest.approx([before[0] + n * step_mm, *before[1:]])


def test_mpr_opens_at_the_slice_and_in_the_window_being_read(desk):
    volume = volume_named("ct")
    desk.session.put_image(volume, is_complete=True)
    desk.arranging.show(0, "ct")
    lung = VoiWindow(-400.0, 1500.0)
    desk.store.update_slice(0, slice_index=20, voi=lung)
    before = cut_of(volume, desk.store.pane(0).slice)
    desk.store.update_grid(layout="mpr3d")
    axial = desk.store.pane(0)
    assert axial.slice.orientation is Orientation.AXIAL
    assert cut_of(volume, axial.slice).project((0, 0, 0))[2] == pytest.approx(
        before.project((0, 0, 0))[2]
    )
    assert axial.slice.voi == lung
    assert desk.store.pane(3).mode is PaneMode.VOLUME
    assert desk.store.grid.is_crosshair_shown


def test_leaving_mpr_brings_back_the_panes_at_the_place_last_looked_at(desk):
    side_by_side(desk, volume_named("a"), volume_named("b", frame_of_reference="F2"))
    desk.store.update_grid(active=1)
    desk.store.update_grid(layout="mpr")
    point = tuple(float(v) for v in CENTRE_LPS_MM + np.array((0.0, 0.0, 11.0)))
    desk.store.update_slice(0, focus_lps_mm=point)
    desk.store.update_grid(layout="1x2")
    assert [desk.store.pane(i).volume_id for i in (0, 1)] == ["a", "b"]
    assert desk.store.grid.active == 1
    assert position_mm(desk, 1) == pytest.approx(point[2], abs=1.11)
    assert desk.store.pane(1).slice.orientation is Orientation.ACQUISITION
    assert not desk.store.grid.is_crosshair_shown


def test_fewer_panes_keep_the_active_image(desk):
    side_by_side(desk, volume_named("a"), volume_named("b"), volume_named("c"))
    desk.store.update_slice(2, zoom=2.0)
    desk.store.update_grid(active=2)
    desk.store.update_grid(layout="1x1")
    assert desk.store.pane(0).volume_id == "c"
    assert desk.store.pane(0).slice.zoom == 2.0
    assert desk.store.grid.active == 0
