"""What the models of chest CT accept when no header says what the image is."""

import numpy as np
import pytest
import yaml
from scipy import ndimage

from medviewer.ai.card_schema import parse
from medviewer.ai.gate_reference import GateReference
from medviewer.ai.input_gate import check, image_statistics
from medviewer.ai.model_card import InputGrid
from medviewer.ai.preparation import prepare_volume
from medviewer.ai.registry import bundled_folder
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.volume import Volume
from tests.unit.ai.planted import base_card, standard_volume, stored_as

AIR, LUNG, TISSUE, BONE = -1000.0, -860.0, 40.0, 900.0
SPACING_MM = 3.0
SHAPE = (72, 70, 86)
MODELS = ("lung-ct", "lung-nodule-ct")


def ellipsoid(centre, radii):
    grids = np.indices(SHAPE)
    return sum(((g - c) / r) ** 2 for g, c, r in zip(grids, centre, radii, strict=True)) <= 1


def trunk():
    _, j, i = np.indices(SHAPE)
    values = np.full(SHAPE, AIR)
    values[((j - 34) / 28) ** 2 + ((i - 43) / 38) ** 2 <= 1] = TISSUE
    return values


def recorded(values, noise=25.0):
    """Blur and noise, and the lowest value that a scanner stores."""
    rng = np.random.default_rng(0)
    blurred = ndimage.gaussian_filter(values, 0.5) + rng.normal(0, noise, values.shape)
    return np.maximum(blurred, -1024).astype(np.float32)


def chest(noise=25.0):
    values = trunk()
    for side in (27, 59):
        values[ellipsoid((36, 34, side), (30, 20, 12))] = LUNG
    values[ellipsoid((36, 34, 17), (4, 4, 4))] = TISSUE
    return recorded(values, noise)


def head():
    """A skull with brain, a sinus full of air, and foam of a headrest under it."""
    values = np.full(SHAPE, AIR)
    values[62:68, 20:64, 15:70] = -965.0
    values[ellipsoid((36, 34, 43), (30, 32, 26))] = TISSUE
    values[ellipsoid((36, 34, 43), (28, 30, 24))] = BONE
    values[ellipsoid((36, 34, 43), (26, 28, 22))] = TISSUE
    values[ellipsoid((20, 14, 43), (5, 5, 7))] = AIR
    return recorded(values)


def abdomen():
    """Bowel gas, and the lowest part of one lung in the upper slices."""
    values = trunk()
    for place in ((20, 20, 30), (30, 18, 50), (44, 22, 40), (26, 40, 60)):
        values[ellipsoid(place, (5, 4, 6))] = AIR
    values[ellipsoid((72, 40, 28), (9, 12, 9))] = LUNG
    return recorded(values)


def knee():
    values = np.full(SHAPE, AIR)
    values[:, 20:50, 28:58] = TISSUE
    values[:, 28:42, 36:50] = BONE
    return recorded(values)


def magnetic_resonance():
    values = np.where(chest() > -300, 400.0, 0.0)
    return np.abs(values + np.random.default_rng(1).normal(0, 20, SHAPE)).astype(np.float32)


def card_of(model):
    about = yaml.safe_load((bundled_folder() / model / "about.yaml").read_text())
    ranges = {name: tuple(limits) for name, limits in about["gate_ranges"].items()}
    grid = parse(InputGrid, about["input"])
    return base_card(modalities=("CT",), input=grid, gate=GateReference(ranges))


def messages(model, volume):
    card = card_of(model)
    return [p.message for p in check(card, prepare_volume(volume, card.input))]


def isotropic(values):
    return standard_volume(values, (SPACING_MM,) * 3)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("phantom", [head, abdomen, knee, magnetic_resonance])
def test_what_is_no_chest_is_told_by_its_share_of_lung(model, phantom):
    (message,) = messages(model, isotropic(phantom()))
    assert message.startswith("The share of what is not air that has the density of lung is 0")


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("noise", [5.0, 60.0])
def test_a_chest_passes_clear_or_noisy(model, noise):
    assert messages(model, isotropic(chest(noise))) == []


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("order", "flips"), [((2, 0, 1), (True, False, True)), ((1, 2, 0), (False, True, False))]
)
def test_a_chest_passes_however_its_axes_are_stored(model, order, flips):
    source = isotropic(chest())
    turned, geometry = stored_as(source.voxels, source.geometry, order, flips)
    assert messages(model, Volume("turned", turned, geometry)) == []


@pytest.mark.parametrize("model", MODELS)
def test_thick_slices_and_crops_of_a_chest_pass(model):
    values = chest()
    thick = values.reshape(36, 2, *SHAPE[1:]).mean(1).astype(np.float32)
    assert messages(model, standard_volume(thick, (6.0, 3.0, 3.0))) == []
    assert messages(model, isotropic(values[20:50, :, :46])) == []


@pytest.mark.parametrize("middle", [(36, 34, 17), (36, 34, 27)], ids=["at the pleura", "in lung"])
def test_a_cube_of_51_mm_around_a_nodule_passes(middle):
    part = tuple(slice(c - 8, c + 9) for c in middle)
    assert messages("lung-nodule-ct", isotropic(chest()[part])) == []


def test_cubes_around_real_nodules_pass(data_folder):
    from medviewer.ai.training.nodule_data import GRID, read_cubes

    low, high = card_of("lung-nodule-ct").gate.ranges["aerated_share"]
    cases = read_cubes(data_folder)
    shares = []
    for case in cases:
        hu = case.arrays["hu"]
        prepared = prepare_volume(Volume("cube", hu, VolumeGeometry(hu.shape, np.eye(4))), GRID)
        shares.append(image_statistics(prepared, GRID.normalisation)["aerated_share"])
    assert len(cases) > 100
    assert min(shares) > 3 * low
    assert max(shares) <= high
