from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import ndimage

from medviewer.ai.case_hash import hash_values
from medviewer.ai.device import Device, memory_errors
from medviewer.ai.gate_reference import GateReference
from medviewer.ai.model_card import TrainingFacts
from medviewer.ai.model_result import RunOptions, RunStatus
from medviewer.ai.runner import run_model
from medviewer.ai.stopping import stops_between_layers
from medviewer.core.errors import DeviceMemoryError, InferenceError, InputMismatchError
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.tasks import TaskCancelled, TaskContext
from medviewer.core.volume import Frame, ImageStack, Volume
from tests.unit.ai.planted import all_storages, dice, planted_volume, standard_volume, stored_as


@pytest.fixture(scope="module")
def case():
    return planted_volume(np.random.default_rng(77))


def run(model, volume, **options):
    return run_model(model, volume, TaskContext(), RunOptions(**options))


def test_the_trained_model_finds_both_halves(segmenter, case):
    values, truth = case
    result = run(segmenter, standard_volume(values))
    labels = result.segmentations[0].labels
    assert result.status is RunStatus.OK
    assert dice(labels == 1, truth == 1) > 0.8
    assert dice(labels == 2, truth == 2) > 0.8
    assert set(result.timing_s) >= {"prepare", "check", "run"}


@pytest.mark.parametrize(("order", "flips"), all_storages())
def test_every_way_to_store_a_volume_gives_the_same_labels(segmenter, case, order, flips):
    values, _ = case
    source = standard_volume(values, origin=(12.0, -30.0, 55.0))
    expected = run(segmenter, source).segmentations[0].labels
    turned, geometry = stored_as(values, source.geometry, order, flips)
    result = run(segmenter, Volume("turned", turned, geometry))
    expected_turned, _ = stored_as(expected, source.geometry, order, flips)
    assert result.segmentations[0].geometry == geometry
    assert np.array_equal(result.segmentations[0].labels, expected_turned)


def rotated_volume(values, degrees):
    """Resample onto a grid turned about the left-right axis, around the same centre."""
    source = standard_volume(values)
    angle = np.deg2rad(degrees)
    turn = np.array(
        [[1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)]]
    )
    shape = tuple(n + 12 for n in values.shape)
    affine = np.eye(4)
    affine[:3, :3] = turn
    affine[:3, 3] = source.geometry.centre_lps_mm - turn @ ((np.array(shape[::-1]) - 1) / 2)
    geometry = VolumeGeometry(shape, affine)
    indices = np.moveaxis(np.indices(shape), 0, -1)[..., ::-1]
    ijk = source.geometry.lps_to_ijk(geometry.ijk_to_lps(indices))
    kji = np.moveaxis(ijk[..., ::-1], -1, 0)
    sampled = ndimage.map_coordinates(values, kji, order=1, mode="nearest")
    return Volume("oblique", sampled.astype(np.float32), geometry)


def centroid_lps(labels, geometry, number):
    return geometry.ijk_to_lps(np.argwhere(labels == number)[:, ::-1]).mean(0)


@pytest.mark.parametrize("degrees", [8, 20, 35])
def test_an_oblique_series_gives_masks_at_the_same_place_within_a_millimetre(
    segmenter, case, degrees
):
    values, truth = case
    volume = rotated_volume(values, degrees)
    segmentation = run(segmenter, volume).segmentations[0]
    straight = standard_volume(values).geometry
    for number in (1, 2):
        found = centroid_lps(segmentation.labels, segmentation.geometry, number)
        assert np.linalg.norm(found - centroid_lps(truth, straight, number)) < 1.0


@pytest.mark.parametrize("spacing_kji", [(2.0, 1.0, 1.0), (0.5, 1.0, 2.0), (1.5, 1.5, 0.7)])
def test_another_spacing_is_resampled_and_the_labels_return_to_the_source(segmenter, spacing_kji):
    rng = np.random.default_rng(3)
    fine, truth = planted_volume(rng)
    zoom = 1 / np.asarray(spacing_kji)
    values = ndimage.zoom(fine, zoom, order=1, grid_mode=True, mode="nearest")
    expected = ndimage.zoom(truth, zoom, order=0, grid_mode=True, mode="nearest")
    spacing = np.asarray(truth.shape) / np.asarray(values.shape)
    segmentation = run(segmenter, standard_volume(values, spacing)).segmentations[0]
    assert segmentation.labels.shape == values.shape
    assert dice(segmentation.labels > 0, expected > 0) > 0.85


def test_a_crop_of_the_image_is_read_like_the_whole(segmenter, case):
    values, truth = case
    window = np.s_[1:, 2:-2, :]
    cropped = standard_volume(np.ascontiguousarray(values[window]))
    labels = run(segmenter, cropped).segmentations[0].labels
    assert dice(labels == 1, truth[window] == 1) > 0.75


def test_a_two_dimensional_image_is_refused_by_a_volume_model(segmenter):
    stack = ImageStack("frame", [Frame(np.zeros((20, 20), np.uint8))])
    with pytest.raises(InputMismatchError, match="two-dimensional"):
        run(segmenter, stack)


def test_another_modality_is_refused_unless_the_reader_insists(segmenter, case):
    volume = standard_volume(case[0], modality="CT")
    refused = run(segmenter, volume)
    assert refused.status is RunStatus.REFUSED
    assert "CT" in refused.reason
    assert refused.segmentations == ()
    insisted = run(segmenter, volume, runs_anyway=True)
    assert insisted.status is RunStatus.OK
    assert "Run anyway" in insisted.warnings[0]
    assert insisted.provenance.parameters["run_anyway"] is True


@pytest.mark.parametrize("fill", [0.0, np.nan])
def test_an_image_without_content_is_refused(segmenter, fill):
    volume = standard_volume(np.full((16, 24, 12), fill, np.float32))
    assert run(segmenter, volume).status is RunStatus.REFUSED


def test_a_few_values_that_are_not_numbers_are_named_and_can_be_overridden(segmenter, case):
    values = case[0].copy()
    values[0, 0, :5] = np.nan
    assert (
        f"5 of {values.size} values are not numbers"
        in run(segmenter, standard_volume(values)).reason
    )
    result = run(segmenter, standard_volume(values), runs_anyway=True)
    assert result.status is RunStatus.OK
    assert (result.segmentations[0].labels == 1).any()


def test_a_range_of_the_card_refuses_with_both_numbers(segmenter, case):
    gate = GateReference(ranges={"largest_extent_mm": (10.0, 23.0)})
    strict = replace(segmenter, card=replace(segmenter.card, gate=gate))
    reason = run(strict, standard_volume(case[0])).reason
    assert "24" in reason
    assert "23" in reason


def test_a_training_case_is_recognised_in_every_storage(segmenter, case):
    facts = TrainingFacts(segmenter.card.training.data, case_hashes=(hash_values(case[0]),))
    model = replace(segmenter, card=replace(segmenter.card, training=facts))
    source = standard_volume(case[0])
    turned, geometry = stored_as(case[0], source.geometry, (2, 0, 1), (True, False, True))
    for volume in (source, Volume("turned", turned, geometry)):
        assert any("training cases" in w for w in run(model, volume).warnings)
    other = standard_volume(case[0] + 1)
    assert run(model, other).warnings == ()


def test_cancelling_stops_the_run(segmenter, case):
    context = TaskContext()

    def cancel_at_first_tile(progress):
        if progress.message == "infer.window":
            context.cancel()

    context.on_progress = cancel_at_first_tile
    with pytest.raises(TaskCancelled):
        run_model(segmenter, standard_volume(case[0]), context, RunOptions())


def test_a_forward_pass_stops_before_its_next_layer_and_the_network_stays_as_it_was(segmenter):
    context, seen = TaskContext(), []
    layers = [m for m in segmenter.network.modules() if not any(m.children())]

    def cancel_at_third(*_anything):
        seen.append(1)
        if len(seen) == 3:
            context.cancel()

    handles = [layer.register_forward_hook(cancel_at_third) for layer in layers]
    values = torch.zeros(1, 1, 16, 24, 16)
    with pytest.raises(TaskCancelled), stops_between_layers(segmenter.network, context):
        segmenter.forward(values)
    assert len(seen) == 3
    for handle in handles:
        handle.remove()
    assert not any(layer._forward_pre_hooks for layer in layers)
    assert segmenter.forward(values).shape == (1, 3, 16, 24, 16)


def test_every_part_of_a_run_has_places_to_stop(segmenter, case):
    """Cancelled at its n-th checkpoint, whichever it is, a run ends there."""
    volume = rotated_volume(case[0], 0)
    counted = []
    run_model(segmenter, volume, TaskContext(counted.append), RunOptions())
    assert len(counted) >= 10
    for n in range(1, len(counted)):
        context, passed = TaskContext(), []

        def stop_at(_progress, context=context, passed=passed, n=n):
            passed.append(1)
            if len(passed) == n:
                context.cancel()

        context.on_progress = stop_at
        with pytest.raises(TaskCancelled):
            run_model(segmenter, volume, context, RunOptions())
        assert len(passed) == n


def on_a_card(segmenter, monkeypatch, message):
    """The model on a graphics card whose forward pass fails; on the processor it works."""
    whole = type(segmenter).forward
    sizes = []

    def forward(model, values):
        if model.device.kind != "cuda":
            return whole(model, values)
        sizes.append(values.numel())
        with memory_errors(model.device):
            raise RuntimeError(message)

    monkeypatch.setattr(type(segmenter), "forward", forward)
    return replace(segmenter, device=Device("cuda", "Test card", has_fast_bf16=False)), sizes


def test_a_card_lost_in_the_middle_hands_over_to_the_processor(segmenter, case, monkeypatch):
    expected = run(segmenter, standard_volume(case[0])).segmentations[0].labels
    model, _ = on_a_card(segmenter, monkeypatch, "CUDA error: unspecified launch failure")
    result = run(model, standard_volume(case[0]))
    assert np.array_equal(result.segmentations[0].labels, expected)
    assert "Test card failed: the model ran on the processor." in result.warnings
    assert result.provenance.parameters["device"] == "cpu"


def test_a_card_whose_memory_is_lost_too_fails_in_words(segmenter, case, monkeypatch):
    model, _ = on_a_card(segmenter, monkeypatch, "CUDA error: device-side assert triggered")

    def lost(*_anything):
        message = "CUDA error: device-side assert triggered"
        raise RuntimeError(message)

    monkeypatch.setattr(type(model.network), "to", lost)
    with pytest.raises(InferenceError, match=r"Test card \(cuda\).*processor"):
        run(model, standard_volume(case[0]))


def test_a_full_card_is_tried_with_smaller_tiles_before_the_processor(segmenter, case, monkeypatch):
    monkeypatch.setattr("medviewer.ai.segmentation._SMALLEST_TILE_VOXELS", 8**3)
    model, sizes = on_a_card(segmenter, monkeypatch, "CUDA out of memory. Tried to allocate")
    result = run(model, standard_volume(case[0]))
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) >= 3
    assert "Test card ran out of memory: the model ran on the processor." in result.warnings
    assert (result.segmentations[0].labels > 0).any()


def test_a_full_device_gets_smaller_tiles_and_says_so(segmenter, case, monkeypatch):
    whole = type(segmenter).forward

    def small_device(model, values):
        if values.numel() > 16 * 16 * 8:
            message = "full"
            raise DeviceMemoryError(message)
        return whole(model, values)

    monkeypatch.setattr(type(segmenter), "forward", small_device)
    with pytest.raises(DeviceMemoryError):
        run(segmenter, standard_volume(case[0]))
    monkeypatch.setattr("medviewer.ai.segmentation._SMALLEST_TILE_VOXELS", 8**3)
    result = run(segmenter, standard_volume(case[0]))
    assert any("smaller tiles" in w for w in result.warnings)
    assert (result.segmentations[0].labels > 0).any()
