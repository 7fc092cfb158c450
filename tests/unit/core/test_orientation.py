import numpy as np
import pytest

from medviewer.core.orientation import direction_letters, plane_name


@pytest.mark.parametrize(
    ("direction", "letters"),
    [
        ((1, 0, 0), "L"),
        ((-2, 0, 0), "R"),
        ((0, 1, 0), "P"),
        ((0, -1, 0), "A"),
        ((0, 0, 5), "H"),
        ((0, 0, -1), "F"),
        ((2, 1, 0), "LP"),
        ((-1, 0, -3), "FR"),
        ((3, -2, 1), "LAH"),
        ((1, 0.1, 0.1), "L"),
        ((0, 0, 0), ""),
    ],
)
def test_letters_name_the_main_axis_first_and_small_components_not_at_all(direction, letters):
    assert direction_letters(direction) == letters


def test_opposite_directions_have_opposite_letters():
    opposite = str.maketrans("LRPAHF", "RLAPFH")
    for direction in np.random.default_rng(3).standard_normal((50, 3)):
        assert direction_letters(-direction) == direction_letters(direction).translate(opposite)


@pytest.mark.parametrize(
    ("normal", "name"),
    [
        ((0, 0, 1), "axial"),
        ((0, -2, 0), "coronal"),
        ((3, 0, 0), "sagittal"),
        ((1, 1, 0), "oblique"),
    ],
)
def test_planes_are_named_by_their_normal(normal, name):
    assert plane_name(normal) == name


@pytest.mark.parametrize(("tilt_deg", "name"), [(14.9, "axial"), (15.1, "oblique")])
def test_beyond_fifteen_degrees_a_plane_is_oblique(tilt_deg, name):
    tilt = np.deg2rad(tilt_deg)
    assert plane_name((0, np.sin(tilt), np.cos(tilt))) == name
