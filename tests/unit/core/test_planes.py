import numpy as np
import pytest

from medviewer.core.errors import GeometryError
from medviewer.core.orientation import direction_letters
from medviewer.core.planes import (
    Orientation,
    Plane,
    acquisition_plane,
    anatomical_plane,
    first_position_through,
    is_read_backwards,
    plane_for,
    slice_positions,
)
from tests.phantoms import axis_directions, oblique_directions, rotation, sphere_geometry

ALONG_AXES = axis_directions()
ANATOMICAL = (Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL)


@pytest.mark.parametrize(
    ("orientation", "letters"), [("axial", "LP"), ("coronal", "LF"), ("sagittal", "PF")]
)
def test_anatomical_planes_follow_the_radiological_convention(orientation, letters):
    plane = anatomical_plane(Orientation(orientation))
    assert direction_letters(plane.right) + direction_letters(plane.down) == letters


@pytest.mark.parametrize("name", ALONG_AXES)
def test_recorded_slices_are_turned_like_the_nearest_anatomical_plane(name):
    geometry = sphere_geometry(ALONG_AXES[name])
    plane = acquisition_plane(geometry)
    reference = anatomical_plane(Orientation(geometry.plane))
    assert plane.right == pytest.approx(reference.right)
    assert plane.down == pytest.approx(reference.down)
    assert plane.normal == pytest.approx(reference.normal)


@pytest.mark.parametrize("name", oblique_directions())
def test_oblique_slices_keep_their_own_axes(name):
    geometry = sphere_geometry(oblique_directions()[name])
    plane = plane_for(Orientation.ACQUISITION, geometry)
    in_plane = np.abs(np.stack([plane.right, plane.down]) @ geometry.direction[:, :2])
    assert np.sort(in_plane.ravel()) == pytest.approx([0, 0, 1, 1], abs=1e-9)
    assert abs(plane.normal @ geometry.slice_normal) == pytest.approx(1)


@pytest.mark.parametrize("name", ALONG_AXES)
@pytest.mark.parametrize("orientation", ANATOMICAL)
def test_a_cut_along_the_grid_passes_through_every_recorded_position(name, orientation):
    geometry = sphere_geometry(ALONG_AXES[name])
    plane = anatomical_plane(orientation)
    first, step, n = slice_positions(plane, geometry)
    axis = int(np.argmax(np.abs(plane.normal @ geometry.direction)))
    assert n == geometry.shape[::-1][axis]
    assert step == pytest.approx(geometry.spacing_ijk_mm[axis])
    centres = np.zeros((n, 3))
    centres[:, axis] = np.arange(n)
    along = np.sort(geometry.ijk_to_lps(centres) @ plane.normal)
    assert first + step * np.arange(n) == pytest.approx(along)


@pytest.mark.parametrize("steps", [-3.2, 0.0, 0.3, 7.5 - 1e-12, 7.5, 7.5 + 1e-12, 8.5, 8.7])
def test_one_image_of_a_shifted_cut_runs_through_the_point(steps):
    plane = anatomical_plane(Orientation.AXIAL)
    first = first_position_through((1, 2, -(10 + 2 * steps)), plane, first_mm=10.0, step_mm=2.0)
    assert abs(first - 10.0) <= 1.00001
    images = (10 + 2 * steps - first) / 2.0
    assert images == pytest.approx(round(images))


@pytest.mark.parametrize("half", [7.5, 8.5])
def test_rounding_does_not_move_a_cut_through_a_point_halfway_between_two_images(half):
    plane = anatomical_plane(Orientation.AXIAL)
    points = [(0, 0, -(half + noise)) for noise in (-1e-12, 0, 1e-12)]
    shifted = [first_position_through(point, plane, 0.0, 1.0) for point in points]
    assert shifted == pytest.approx([0.5] * 3)


@pytest.mark.parametrize("name", oblique_directions())
@pytest.mark.parametrize("orientation", ANATOMICAL)
def test_a_cut_at_an_angle_covers_the_grid_symmetrically(name, orientation):
    geometry = sphere_geometry(oblique_directions()[name])
    plane = anatomical_plane(orientation)
    first, step, n = slice_positions(plane, geometry)
    last = first + step * (n - 1)
    along = geometry.corners_lps_mm @ plane.normal
    assert first >= along.min()
    assert last <= along.max()
    assert (first + last) / 2 == pytest.approx(geometry.centre_lps_mm @ plane.normal)
    assert along.max() - last < 1.5 * step


def test_images_page_towards_the_feet_the_back_and_the_right():
    geometry = sphere_geometry()
    towards = [direction_letters(plane_for(o, geometry).normal) for o in ANATOMICAL]
    assert towards == ["F", "P", "R"]


@pytest.mark.parametrize("name", [*ALONG_AXES, *oblique_directions()])
def test_recorded_slices_page_towards_the_feet_the_back_and_the_right(name):
    geometry = sphere_geometry({**ALONG_AXES, **oblique_directions()}[name])
    towards = direction_letters(acquisition_plane(geometry).normal)[0]
    assert towards in "FPR"
    is_first_last = direction_letters(geometry.slice_normal)[0] in "HAL"
    assert is_read_backwards(geometry.slice_normal) is is_first_last


def test_a_rotated_plane_keeps_right_angles():
    plane = anatomical_plane(Orientation.CORONAL).rotated(rotation((1, 2, 3), 40))
    axes = np.stack([plane.right, plane.down, plane.normal])
    assert axes @ axes.T == pytest.approx(np.eye(3))


def test_axes_that_are_not_at_right_angles_are_refused():
    with pytest.raises(GeometryError, match="right angles"):
        Plane(np.array([1.0, 0, 0]), np.array([0.1, 1, 0]), np.array([0, 0, 1.0]))
