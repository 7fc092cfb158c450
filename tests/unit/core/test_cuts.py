"""Where a view cuts the patient."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from medviewer.core.cuts import cut_of, index_nearest, n_images, recorded_slice, reference_segment
from medviewer.core.display import SliceState
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.planes import Orientation
from medviewer.core.volume import Frame, ImageStack
from tests.phantoms import CENTRE_LPS_MM, axis_directions, rotation, sphere_geometry, sphere_volume

PLANES = (Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL)


@pytest.mark.parametrize("name", ["LPH", "RAF", "PHL", "FLA"])
@pytest.mark.parametrize("orientation", [*PLANES, Orientation.ACQUISITION])
def test_the_nearest_image_runs_within_half_a_step_of_the_point(name, orientation):
    volume = sphere_volume(sphere_geometry(axis_directions()[name]))
    point = CENTRE_LPS_MM + np.array((3.3, -4.4, 5.5))
    state = SliceState(orientation)
    index = index_nearest(volume, state, point)
    cut = cut_of(volume, SliceState(orientation, slice_index=index))
    step_mm = np.abs(cut.plane.normal @ volume.geometry.direction) @ volume.geometry.spacing_ijk_mm
    assert abs(cut.position_mm - point @ cut.plane.normal) <= step_mm / 2 + 1e-9
    assert 0 < index < n_images(volume, state)


@pytest.mark.parametrize("name", axis_directions())
def test_the_first_image_of_stack_and_mpr_is_the_most_cranial_anterior_or_left(name):
    geometry = sphere_geometry(axis_directions()[name])
    volume = sphere_volume(geometry)
    towards = {"axial": (0, 0, 1), "coronal": (0, -1, 0), "sagittal": (1, 0, 0)}[geometry.plane]
    for orientation in (Orientation.ACQUISITION, Orientation(geometry.plane)):
        state = SliceState(orientation)
        n = n_images(volume, state)
        cuts = [cut_of(volume, replace(state, slice_index=k)) for k in range(n)]
        height_mm = [float(cut.centre_lps_mm @ towards) for cut in cuts]
        assert height_mm == sorted(height_mm, reverse=True)
        slices = [recorded_slice(volume, replace(state, slice_index=k)) for k in range(n)]
        is_up = geometry.slice_normal @ towards > 0
        assert slices == sorted(range(n), reverse=bool(is_up))


def test_a_cut_across_shows_no_recorded_slice():
    assert recorded_slice(sphere_volume(), SliceState(Orientation.CORONAL, slice_index=3)) is None


def test_a_turned_cut_runs_exactly_through_its_focus():
    volume = sphere_volume()
    focus = tuple(CENTRE_LPS_MM + np.array((1.7, 2.9, -3.1)))
    turn = rotation((1, 1, 0), 25)
    state = SliceState(Orientation.AXIAL, focus_lps_mm=focus, oblique=tuple(turn.reshape(-1)))
    index = index_nearest(volume, state, focus)
    cut = cut_of(volume, replace(state, slice_index=index))
    assert cut.position_mm == pytest.approx(float(np.array(focus) @ cut.plane.normal))


def test_a_coronal_cut_crosses_an_axial_one_in_a_line_from_side_to_side():
    volume = sphere_volume()
    axial = cut_of(volume, SliceState(Orientation.AXIAL, slice_index=10))
    coronal = cut_of(volume, SliceState(Orientation.CORONAL, slice_index=7))
    segment = reference_segment(axial, coronal)
    width_mm = volume.geometry.shape[2] * volume.geometry.spacing_ijk_mm[0]
    assert np.linalg.norm(segment[1] - segment[0]) == pytest.approx(width_mm)
    assert segment @ axial.plane.normal == pytest.approx(axial.position_mm)
    assert segment @ coronal.plane.normal == pytest.approx(coronal.position_mm)


def test_parallel_cuts_have_no_reference_line():
    volume = sphere_volume()
    cuts = [cut_of(volume, SliceState(Orientation.AXIAL, slice_index=k)) for k in (3, 9)]
    assert reference_segment(*cuts) is None


def test_a_frame_without_a_place_has_no_cut():
    stack = ImageStack("x", [Frame(np.zeros((4, 4))), None])
    assert cut_of(stack, SliceState()) is None
    assert cut_of(stack, SliceState(slice_index=1)) is None
    assert index_nearest(stack, SliceState(), (0, 0, 0)) is None


def test_the_nearest_frame_of_an_irregular_stack_is_found_by_its_plane():
    z_mm = [0.0, 2.0, 10.0, 11.0]
    frames = [
        Frame(
            np.zeros((6, 6)),
            geometry=VolumeGeometry.from_axes((1, 6, 6), (0.0, 0.0, z), np.eye(3), (1.0, 1.0, 1.0)),
        )
        for z in z_mm
    ]
    assert index_nearest(ImageStack("x", frames), SliceState(), (2.0, 2.0, 8.9)) == 2
