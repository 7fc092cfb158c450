import numpy as np
import pytest

from medviewer.processing.phantom import (
    NODULES,
    Ellipsoid,
    Tube,
    chest_geometry,
    chest_phantom,
    paint,
    sphere,
)
from tests.phantoms import (
    SPHERES,
    axis_directions,
    measured_centre,
    oblique_directions,
    sphere_geometry,
    sphere_volume,
)

DIRECTIONS = axis_directions() | oblique_directions()


def test_there_are_48_different_axis_directions():
    assert len({d.tobytes() for d in axis_directions().values()}) == 48


@pytest.mark.parametrize("name", DIRECTIONS)
def test_a_painted_sphere_has_its_centre_where_it_was_put(name):
    volume = sphere_volume(sphere_geometry(DIRECTIONS[name]))
    for ball in SPHERES:
        error_mm = np.linalg.norm(measured_centre(volume, ball) - ball.centre_lps_mm)
        assert error_mm < 0.1 * min(volume.geometry.spacing_ijk_mm)


def test_a_painted_sphere_has_its_volume():
    geometry = sphere_geometry(spacing_ijk_mm=(0.8, 0.8, 0.8), shape=(60, 60, 60))
    centre = tuple(geometry.centre_lps_mm + 0.3)
    covered = paint(geometry, [sphere(centre, 20.0, 1000)], background=0) / 1000.0
    assert covered.sum() * 0.8**3 == pytest.approx(np.pi / 6 * 20.0**3, rel=0.01)


def test_distances_are_exact_for_spheres_and_tubes():
    ball = sphere((1, 2, 3), 8.0, 1)
    tube = Tube((0, 0, 0), (10, 0, 0), 2.0, 1)
    assert ball.distance_mm(np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 10.0]])) == pytest.approx([-4, 3])
    points = np.array([[5.0, 0.0, 6.0], [13.0, 4.0, 0.0], [5.0, 0.0, 0.0]])
    assert tube.distance_mm(points) == pytest.approx([4, 3, -2])


def test_a_shape_outside_the_grid_changes_nothing():
    far = Ellipsoid((5000, 0, 0), (10, 20, 30), 700)
    assert (paint(sphere_geometry(), [far], background=7) == 7).all()


def test_the_same_seed_gives_the_same_noise_and_another_seed_other_noise():
    a, b, c = (paint(sphere_geometry(), [], noise=10, seed=s) for s in (1, 1, 2))
    assert (a == b).all()
    assert (a != c).any()
    assert np.std(a) == pytest.approx(10, rel=0.05)


@pytest.fixture(scope="module")
def chest():
    return chest_phantom(chest_geometry(1.5, 1.5))


def _value(volume, point_lps_mm):
    i, j, k = np.rint(volume.geometry.lps_to_ijk(point_lps_mm)).astype(int)
    return int(volume.voxels[k, j, i])


@pytest.mark.parametrize("nodule", NODULES, ids=lambda n: f"{n.value:g} HU")
def test_each_nodule_lies_in_free_lung(chest, nodule):
    assert _value(chest, nodule.centre_lps_mm) == nodule.value
    directions = np.random.default_rng(0).standard_normal((200, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    around = np.array(nodule.centre_lps_mm) + directions * (nodule.radii_mm[0] + 2.0)
    values = np.array([_value(chest, point) for point in around])
    assert np.median(values) == -860
    assert (values < -700).mean() > 0.9, "touches the chest wall or a vessel"


def test_the_chest_lies_as_in_a_patient(chest):
    assert _value(chest, (25, -30, -46)) == 45, "heart on the left"
    assert _value(chest, (-78, -6, -120)) == 60, "liver on the right"
    assert _value(chest, (84, -44, -116)) == -950, "stomach bubble on the left, in front"
    assert _value(chest, (0, 76, 16)) == 320, "spine behind"
    assert _value(chest, (0, 0, 0)) > -200
    assert _value(chest, (0, -130, 0)) == -1000, "air in front of the chest"
