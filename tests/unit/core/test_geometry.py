import numpy as np
import pytest

from medviewer.core.errors import GeometryError
from medviewer.core.geometry import VolumeGeometry
from tests.phantoms import axis_directions, oblique_directions, sphere_geometry

DIRECTIONS = axis_directions() | oblique_directions()


@pytest.mark.parametrize("name", DIRECTIONS)
def test_index_to_patient_and_back_is_the_identity(name):
    geometry = sphere_geometry(DIRECTIONS[name])
    ijk = np.random.default_rng(1).uniform(-5, 60, (20, 3))
    assert geometry.lps_to_ijk(geometry.ijk_to_lps(ijk)) == pytest.approx(ijk)


@pytest.mark.parametrize("name", DIRECTIONS)
def test_the_parts_of_an_affine_are_those_it_was_made_of(name):
    geometry = sphere_geometry(DIRECTIONS[name], spacing_ijk_mm=(0.7, 0.9, 3.0))
    assert geometry.spacing_ijk_mm == pytest.approx((0.7, 0.9, 3.0))
    assert geometry.direction == pytest.approx(DIRECTIONS[name])
    assert geometry.slice_normal == pytest.approx(DIRECTIONS[name][:, 2])


def test_one_step_along_each_index_is_one_spacing_along_its_axis():
    geometry = sphere_geometry(axis_directions()["PFR"], spacing_ijk_mm=(2, 3, 5))
    steps = geometry.ijk_to_lps(np.eye(3)) - geometry.origin_lps_mm
    assert steps == pytest.approx(np.array([[0, 2, 0], [0, 0, -3], [-5, 0, 0]]))


def test_the_centre_lies_between_the_outer_voxels():
    geometry = VolumeGeometry((3, 5, 9), np.diag([2.0, 2.0, 10.0, 1.0]))
    assert geometry.centre_lps_mm == pytest.approx([8, 4, 10])


def test_corners_reach_half_a_voxel_beyond_the_centres():
    geometry = VolumeGeometry((3, 5, 9), np.diag([2.0, 2.0, 10.0, 1.0]))
    assert geometry.corners_lps_mm.min(axis=0) == pytest.approx([-1, -1, -5])
    assert geometry.corners_lps_mm.max(axis=0) == pytest.approx([17, 9, 25])


@pytest.mark.parametrize(
    ("point", "is_inside"), [((-0.9, 0, 0), True), ((-1.1, 0, 0), False), ((16.9, 8.9, 24.9), True)]
)
def test_a_point_is_contained_up_to_the_edge_of_the_outer_voxels(point, is_inside):
    geometry = VolumeGeometry((3, 5, 9), np.diag([2.0, 2.0, 10.0, 1.0]))
    assert geometry.contains(point) is is_inside


@pytest.mark.parametrize(
    ("affine", "rule"),
    [
        (np.eye(3), "finite 4x4"),
        (np.diag([1, np.nan, 1, 1]), "finite 4x4"),
        (np.diag([1.0, 0.0, 1.0, 1.0]), "must be positive"),
        (np.array([[1, 0, 0, 0], [0, 1, 0.2, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]), "right angles"),
    ],
    ids=["shape", "not finite", "no spacing", "sheared"],
)
def test_what_is_not_a_regular_grid_is_refused_with_the_rule(affine, rule):
    with pytest.raises(GeometryError, match=rule):
        VolumeGeometry((2, 2, 2), affine)


def test_a_geometry_does_not_change_with_the_array_it_was_made_of():
    affine = np.eye(4)
    geometry = VolumeGeometry((2, 2, 2), affine)
    affine[0, 3] = 99.0
    assert geometry.origin_lps_mm[0] == 0.0
    with pytest.raises(ValueError, match="read-only"):
        geometry.affine_ijk_to_lps[0, 3] = 1.0


def test_geometries_are_equal_up_to_rounding_and_hash_alike():
    a = VolumeGeometry((2, 2, 2), np.eye(4))
    close, far = np.eye(4), np.eye(4)
    close[0, 3], far[0, 3] = 1e-6, 0.1
    assert a == VolumeGeometry((2, 2, 2), close)
    assert hash(a) == hash(VolumeGeometry((2, 2, 2), close))
    assert a != VolumeGeometry((2, 2, 2), far)
    assert a != VolumeGeometry((2, 2, 3), np.eye(4))
    assert a != "geometry"
