"""Lungs by density and network together, on a chest made of spheres and boxes."""

import numpy as np
import pytest
from scipy import ndimage

from medviewer.ai.lung_refinement import refine_lungs

SPACING = 3.0
SHAPE = (48, 60, 80)
LUNG, TISSUE, FAT, AIR = -820.0, 45.0, -105.0, -1000.0


def ellipsoid(centre, radii):
    grid = np.ogrid[tuple(slice(n) for n in SHAPE)]
    terms = [((g - c) / r) ** 2 for g, c, r in zip(grid, centre, radii, strict=True)]
    return sum(terms) <= 1


LEFT = ellipsoid((24, 30, 56), (18, 20, 13))
RIGHT = ellipsoid((24, 30, 24), (18, 20, 13))
BODY = ellipsoid((24, 30, 40), (60, 29, 38))
WINDPIPE = ellipsoid((24, 12, 40), (60, 3, 3))


@pytest.fixture
def chest():
    rng = np.random.default_rng(3)
    hu = np.where(BODY, TISSUE, AIR)
    hu = np.where(WINDPIPE, AIR, np.where(LEFT | RIGHT, LUNG, hu))
    return hu + rng.normal(0, 15, SHAPE)


def network_says(left, right):
    """Probabilities as soft and as coarse as those of a network."""
    parts = [ndimage.gaussian_filter(side.astype(np.float32), 1.5) for side in (left, right)]
    return np.stack([1 - parts[0] - parts[1], *parts]).astype(np.float32)


def labelled(probabilities, hu, spacing_mm):
    return refine_lungs(probabilities, hu, spacing_mm).argmax(0)


def dice(found, true):
    return 2 * (found & true).sum() / (found.sum() + true.sum())


def both(labels):
    return dice(labels == 1, LEFT), dice(labels == 2, RIGHT)


@pytest.mark.parametrize("grow", [-2, 2])
def test_the_border_of_aerated_lung_is_that_of_the_density(chest, grow):
    change = ndimage.binary_dilation if grow > 0 else ndimage.binary_erosion
    wrong = [change(side, iterations=abs(grow)) for side in (LEFT, RIGHT)]
    alone = min(dice(wrong[0], LEFT), dice(wrong[1], RIGHT))
    assert min(both(labelled(network_says(*wrong), chest, SPACING))) > 0.985 > alone + 0.05


def test_opaque_lung_is_the_networks(chest):
    chest[:, 34:][(LEFT | RIGHT)[:, 34:]] = 20.0
    found = labelled(network_says(LEFT, RIGHT), chest, SPACING)
    assert min(both(found)) > 0.95
    without = labelled(network_says(LEFT & (chest < -400), RIGHT), chest, SPACING)
    assert dice(without == 1, LEFT) < 0.85


def test_a_shallow_layer_of_fluid_behind_the_lung_is_kept(chest):
    fluid = np.zeros(SHAPE, bool)
    fluid[:, 45:] = (LEFT | RIGHT)[:, 45:]
    chest[fluid] = 15.0
    found = labelled(network_says(LEFT, RIGHT), chest, SPACING)
    assert (found[fluid] > 0).mean() > 0.8
    shell = ndimage.binary_dilation(LEFT | RIGHT) & ~(LEFT | RIGHT)
    grown = labelled(network_says(*map(ndimage.binary_dilation, (LEFT, RIGHT))), chest, SPACING)
    assert (grown[shell & ~ndimage.binary_dilation(fluid)] > 0).mean() < 0.05


def test_fat_that_the_network_takes_for_lung_is_left_out(chest):
    belly = ellipsoid((6, 30, 40), (8, 24, 30)) & ~(LEFT | RIGHT)
    chest[belly] = FAT
    taken = belly & ndimage.binary_dilation(LEFT | RIGHT, iterations=2)
    found = labelled(network_says(LEFT | taken, RIGHT), chest, SPACING)
    assert (found[belly] > 0).mean() < 0.05
    assert min(both(found)) > 0.97


def test_opaque_lung_as_dense_as_fat_is_kept_within_the_lung(chest):
    mixed = ellipsoid((24, 34, 56), (11, 10, 8))
    chest[mixed] = FAT
    found = labelled(network_says(LEFT, RIGHT), chest, SPACING)
    assert (found[mixed] > 0).mean() > 0.95
    assert min(both(found)) > 0.97


def test_air_outside_the_patient_and_in_the_windpipe_is_no_lung(chest):
    found = labelled(network_says(LEFT, RIGHT), chest, SPACING)
    assert not found[~BODY].any()
    assert (found[WINDPIPE] > 0).mean() < 0.02


def test_nothing_stays_nothing(chest):
    nothing = np.zeros(SHAPE, bool)
    assert not labelled(network_says(nothing, nothing), chest, SPACING).any()


def test_the_border_lies_between_the_voxels_as_the_density_says():
    """A plane at 20.3 voxels, blurred by the voxels' size, is found there by interpolation."""
    hu = np.full((24, 24, 60), TISSUE)
    hu[:, :, 5:20] = LUNG
    hu[:, :, 20] = TISSUE + (LUNG - TISSUE) * 0.8
    is_lung = np.zeros(hu.shape, bool)
    is_lung[:, :, 5:21] = True
    soft = refine_lungs(network_says(is_lung, np.zeros_like(is_lung)), hu, 6.0)
    line = soft[1][12, 12]
    last = int(np.flatnonzero(line > 0.5)[-1])
    place = last + (line[last] - 0.5) / (line[last] - line[last + 1])
    assert place == pytest.approx(20.3, abs=0.12)
    assert np.allclose(soft.sum(0), 1)
