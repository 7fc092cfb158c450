"""bf16 runs only where it is equal to fp32, and a result says which it was."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import ndimage, stats

from medviewer.ai.card_file import CARD_FILE, read_card
from medviewer.ai.device import CPU, Device, choose
from medviewer.ai.label_restoring import most_probable
from medviewer.ai.loaded_model import load_model
from medviewer.ai.model_card import NetworkSpec, SlidingWindow
from medviewer.ai.model_result import RunOptions
from medviewer.ai.normalisation import normalise
from medviewer.ai.precision import VARIABLE, Precision, choose_precision
from medviewer.ai.preparation import prepare_volume
from medviewer.ai.registry import bundled_folder, scan
from medviewer.ai.runner import run_model
from medviewer.ai.segmentation import probabilities_of
from medviewer.ai.sliding_window import run_tiles, tile_size
from medviewer.core.errors import InferenceError
from medviewer.core.tasks import TaskContext
from medviewer.io.dicom_index import index_paths
from medviewer.io.series_loader import load_image
from tests.unit.ai.planted import dice, planted_volume, standard_volume

NATIVE = Device(CPU, "processor", has_fast_bf16=True)
OTHER = Device(CPU, "processor", has_fast_bf16=False)
CARDS = {path.parent.name: read_card(path) for path in bundled_folder().glob(f"*/{CARD_FILE}")}
EQUAL = {"hippocampus-mr", "lung-ct", "lung-nodule-ct"}

needs_bf16 = pytest.mark.skipif(
    not choose(CPU).has_fast_bf16, reason="this processor has no native bf16"
)


@pytest.fixture(autouse=True)
def without_a_wish(monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)


@pytest.mark.parametrize("name", sorted(CARDS))
def test_only_models_shown_to_be_equal_use_bf16(name):
    expected = Precision.BF16 if name in EQUAL else Precision.FP32
    assert choose_precision(CARDS[name], NATIVE) is expected
    assert choose_precision(CARDS[name], OTHER) is Precision.FP32


def test_an_architecture_that_nobody_compared_stays_in_fp32():
    card = replace(CARDS["hippocampus-mr"], network=NetworkSpec("monai.UNet", {}))
    assert choose_precision(card, NATIVE) is Precision.FP32


def test_the_environment_turns_bf16_off(monkeypatch):
    monkeypatch.setenv(VARIABLE, "fp32")
    assert choose_precision(CARDS["hippocampus-mr"], NATIVE) is Precision.FP32


def test_a_precision_that_does_not_exist_is_named_with_the_remedy(monkeypatch):
    monkeypatch.setenv(VARIABLE, "half")
    with pytest.raises(InferenceError, match=r"'half'.*auto or fp32") as caught:
        choose_precision(CARDS["hippocampus-mr"], OTHER)
    assert VARIABLE in caught.value.hint


@needs_bf16
def test_a_result_says_its_precision_and_what_explains_it_is_fp32():
    noise = np.random.default_rng(0).normal(size=(32, 32, 32))
    volume = standard_volume(ndimage.gaussian_filter(noise, 3).astype(np.float32))
    model = bundled("hippocampus-mr")
    options = RunOptions(runs_anyway=True, wants_saliency=True)
    maps = []
    for precision in Precision:
        result = run_model(replace(model, precision=precision), volume, TaskContext(), options)
        assert result.provenance.parameters["precision"] == str(precision)
        maps.append([item.values for item in result.saliency])
    assert len(maps[0]) == 2
    assert all(np.array_equal(a, b) for a, b in zip(*maps, strict=True))


def labels_of(model, volume):
    """What the network says on its own grid, before anything is cleaned."""
    grid = model.card.input
    values = prepare_volume(volume, grid).values
    window = grid.window or SlidingWindow(values.shape)
    tile = tile_size(values.shape, window.size, grid.multiple, window.overlap)
    return most_probable(
        run_tiles(
            lambda part: probabilities_of(model, part), values, tile, window.overlap,
            TaskContext(),
        )
    )  # fmt: skip


def assert_equal_labels(model, volumes):
    """Compare the labels of all volumes together."""
    assert model.precision is Precision.BF16
    plain = replace(model, precision=Precision.FP32)
    expected, found = [], []
    for volume in volumes:
        expected.append(labels_of(plain, volume).ravel())
        found.append(labels_of(model, volume).ravel())
    before, after = np.concatenate(expected), np.concatenate(found)
    for label in model.card.labels:
        assert np.count_nonzero(before == label.number) > 1000
        assert dice(before == label.number, after == label.number) >= 0.995


def bundled(name):
    return load_model(name, scan(), choose(CPU))


def read(path):
    study = index_paths([path], TaskContext()).studies[0]
    series = study.series[0]
    return load_image(series.volumes[0], series, study, TaskContext())


@needs_bf16
def test_bf16_finds_the_hippocampus_of_fp32(data_folder):
    paths = sorted((data_folder / "hippocampus-mr" / "images").glob("*.nii.gz"))[::52]
    assert_equal_labels(bundled("hippocampus-mr"), map(read, paths))


@needs_bf16
def test_bf16_finds_the_lungs_of_fp32(data_folder):
    assert_equal_labels(
        bundled("lung-ct"), [read(data_folder / "lung-ct" / "scans" / "R01-001.nii.gz")]
    )


@needs_bf16
def test_bf16_scores_nodules_as_fp32_does(data_folder):
    model = bundled("lung-nodule-ct")
    cubes = np.load(data_folder / "lung-ct" / "nodule_patches_1mm.npz")["hu"][::6, 1:49, 1:49, 1:49]
    scores = []
    for precision in Precision:
        twin = replace(model, precision=precision)
        scores.append([highest_score(twin, cube.astype(np.float32)) for cube in cubes])
    plain, quick = scores
    assert max(plain) > 0.5 > min(plain)
    assert np.abs(np.subtract(plain, quick)).max() < 0.01
    assert stats.spearmanr(plain, quick).statistic > 0.99


def highest_score(model, hu):
    values = torch.from_numpy(normalise(hu, model.card.input.normalisation))[None, None]
    logit = float(model.forward(values)["heatmap"].max())
    return model.card.calibrate(logit, "nodule", "finding")


@needs_bf16
def test_bf16_finds_the_shapes_of_a_network_trained_here(segmenter):
    volumes = [planted_volume(np.random.default_rng(seed))[0] for seed in range(20)]
    assert_equal_labels(segmenter, map(standard_volume, volumes))
