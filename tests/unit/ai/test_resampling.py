"""Between index grids: what is quick must say what the plain way says."""

from itertools import permutations

import numpy as np
import pytest
from scipy import ndimage

from medviewer.ai.label_restoring import labels_on_source, most_probable
from medviewer.ai.model_card import InputGrid, Normalisation, Postprocessing
from medviewer.ai.normalisation import normalise, normaliser
from medviewer.ai.postprocessing import clean_labels, clean_probabilities
from medviewer.ai.preparation import PreparedVolume, prepare_volume
from medviewer.ai.resampling import resample
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.volume import Volume


def smooth_probabilities(shape, n_classes=3, seed=0):
    """Blobs of several classes with smooth borders, some of them at the edge of the grid."""
    rng = np.random.default_rng(seed)
    logits = [ndimage.gaussian_filter(rng.normal(size=shape), 1.5) for _ in range(n_classes)]
    powers = np.exp(40.0 * np.stack(logits))
    return (powers / powers.sum(0)).astype(np.float32)


def index_transform(order, scales, offsets):
    matrix = np.eye(4)
    matrix[:3, :3] = 0.0
    for axis, source in enumerate(order):
        matrix[source, axis] = scales[axis]
        matrix[source, 3] = offsets[axis]
    return matrix


def plainly_restored(probabilities, to_tensor, shape):
    """Interpolate every class at every voxel with scipy, then take the strongest."""
    index = np.moveaxis(np.indices(shape), 0, -1) @ to_tensor[:3, :3].T + to_tensor[:3, 3]
    places = np.moveaxis(index, -1, 0)
    maps = np.stack(
        [
            ndimage.map_coordinates(p.astype(float), places, order=1, mode="nearest")
            for p in probabilities
        ]
    )
    size = np.asarray(probabilities.shape[1:]).reshape(3, 1, 1, 1)
    beyond = ((places < -0.5) | (places > size - 0.5)).any(0)
    ordered = np.sort(maps, axis=0)
    is_clear = ordered[-1] - ordered[-2] > 1e-4
    return np.where(beyond, 0, maps.argmax(0)), is_clear | beyond


@pytest.mark.parametrize("order", list(permutations(range(3))))
@pytest.mark.parametrize(
    ("scales", "offsets"),
    [
        ((0.31, -0.4, 0.23), (0.7, 14.2, -1.4)),
        ((1.0, 0.5, -0.99), (0.0, 0.0, 12.0)),
        ((0.25, 0.25, 0.25), (3.1, 2.2, 4.4)),
        ((1.7, 0.4, 0.4), (0.3, 0.1, 0.2)),
    ],
)
def test_labels_of_a_finer_grid_are_those_of_interpolating_every_voxel(order, scales, offsets):
    probabilities = smooth_probabilities((12, 16, 14))
    to_tensor = index_transform(order, scales, offsets)
    prepared = PreparedVolume(
        probabilities[0], np.linalg.inv(to_tensor), VolumeGeometry((21, 34, 29), np.eye(4))
    )
    found = labels_on_source(probabilities, prepared)
    expected, is_clear = plainly_restored(probabilities, to_tensor, (21, 34, 29))
    if max(abs(s) for s in scales) > 1:  # a coarser axis averages over its step
        assert (found == expected)[is_clear].mean() > 0.9
    else:
        assert np.array_equal(found[is_clear], expected[is_clear])
    assert len(np.unique(found)) == 3


def test_labels_of_the_same_grid_are_copies_whatever_the_axes():
    probabilities = smooth_probabilities((9, 11, 13))
    to_tensor = index_transform((2, 0, 1), (-1.0, 1.0, 1.0), (12.0, 0.0, 0.0))
    prepared = PreparedVolume(
        probabilities[0], np.linalg.inv(to_tensor), VolumeGeometry((13, 9, 11), np.eye(4))
    )
    expected = probabilities.argmax(0).transpose(2, 0, 1)[::-1]
    assert np.array_equal(labels_on_source(probabilities, prepared), expected)


@pytest.mark.parametrize(
    ("scale", "offset", "n"), [(1.9, 0.4, 30), (0.37, -0.2, 160), (5.3, 2.0, 11), (-1.0, 59.5, 60)]
)
def test_interpolation_along_an_axis_is_the_sum_over_its_triangle(scale, offset, n):
    values = np.random.default_rng(4).normal(size=(60, 7, 5)).astype(np.float32)
    half = max(1.0, abs(scale))
    expected = []
    for position in scale * np.arange(n) + offset:
        taps = np.arange(-80, 150)
        weights = np.maximum(0, 1 - np.abs(taps - position) / half)
        line = np.tensordot(weights / weights.sum(), values[np.clip(taps, 0, 59)], 1)
        is_inside = -0.5 <= position <= 59.5
        expected.append(line if is_inside else np.full((7, 5), -9.0))
    for axis in range(3):
        order = [[0, 1, 2], [1, 0, 2], [1, 2, 0]][axis]
        turned = np.moveaxis(values, 0, axis)
        matrix = np.eye(4)
        matrix[axis, axis], matrix[axis, 3] = scale, offset
        shape = list(turned.shape)
        shape[axis] = n
        found = resample(turned, matrix, shape, -9.0)
        assert np.allclose(found, np.transpose(np.stack(expected), order), atol=1e-5)


@pytest.mark.parametrize("method", ["none", "zscore", "percentiles", "window"])
def test_parts_of_an_image_are_normalised_like_the_whole(method):
    values = np.random.default_rng(5).normal(100, 40, (10, 12, 14)).astype(np.float32)
    values[3, 4, 5], values[7, 1, 1] = np.nan, np.inf
    low, high = (1, 99) if method == "percentiles" else (50.0, 150.0)
    rule = Normalisation(method, low, high, (-1.0, 1.0), (-1.5, 1.2))
    whole = normalise(values, rule)
    assert np.isfinite(whole).all()
    apply = normaliser(values, rule)
    assert np.array_equal(np.concatenate([apply(values[:4]), apply(values[4:])]), whole)


def test_a_large_volume_prepared_in_slabs_is_what_one_slab_gives(monkeypatch):
    values = np.random.default_rng(6).integers(-1000, 400, (30, 40, 50)).astype(np.int16)
    volume = Volume("ct", values, VolumeGeometry(values.shape, np.diag([0.7, 0.7, 1.2, 1.0])))
    rule = Normalisation("window", -900.0, 300.0, (-1.0, 1.0), (-1.0, 1.0))
    grid = InputGrid(3, rule, "SPL", (2.0, 2.0, 2.0), multiple=8, fill=-1.0)
    whole = prepare_volume(volume, grid).values
    monkeypatch.setattr("medviewer.ai.resampling._SLAB_VOXELS", 3000)
    assert np.allclose(prepare_volume(volume, grid).values, whole, atol=1e-6)


def test_cleaning_keeps_the_largest_part_fills_its_holes_and_drops_what_is_tiny():
    labels = np.zeros((20, 20, 20), np.uint8)
    labels[2:10, 2:10, 2:10] = 1
    labels[5, 5, 5] = 0
    labels[6, 6, 6:9] = 2
    labels[15:17, 15:17, 15:17] = 1
    rule = Postprocessing(is_largest_component_kept=True, are_holes_filled=True)
    expected = labels.copy()
    expected[5, 5, 5] = 1
    expected[15:17, 15:17, 15:17] = 0
    assert np.array_equal(clean_labels(labels, [1, 2], rule, 1.0), expected)
    tiny = Postprocessing(minimum_volume_ml=4.0)
    assert not (clean_labels(labels, [1, 2], tiny, 1.0) == 2).any()
    assert (clean_labels(labels, [1, 2], tiny, 1.0) == 1)[15:17, 15:17, 15:17].all()


def test_probabilities_say_what_cleaning_decided():
    probabilities = smooth_probabilities((8, 9, 10))
    labels = most_probable(probabilities)
    assert np.array_equal(labels, probabilities.argmax(0))
    cleaned = labels.copy()
    cleaned[labels == 2] = 0
    cleaned[0, 0, :3] = 1
    clean_probabilities(probabilities, labels, cleaned)
    assert np.array_equal(probabilities.argmax(0), cleaned)
