"""A model reads the box a reader draws in a larger volume."""

from dataclasses import replace

import numpy as np
import pytest

from medviewer.ai.model_result import RunOptions, RunStatus
from medviewer.ai.reading_box import boxed, side_of_head
from medviewer.ai.runner import run_model
from medviewer.core.errors import InputMismatchError
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.tasks import TaskContext
from medviewer.core.volume import Volume
from tests.unit.ai.planted import dice, planted_volume, stored_as

HEAD = (60, 70, 150)
PLACES = {"left": (20, 24, 110), "right": (20, 24, 20)}


def head_with_part(side):
    """A bright head around the origin; the planted ellipsoid to its left or right."""
    rng = np.random.default_rng(5)
    values, truth = planted_volume(rng)
    whole = rng.normal(90, 15, HEAD).astype(np.float32)
    labels = np.zeros(HEAD, np.uint8)
    k, j, i = PLACES[side]
    window = np.s_[k : k + 16, j : j + 24, i : i + 12]
    whole[window], labels[window] = values, truth
    affine = np.eye(4)
    affine[:3, 3] = (-75.0, -35.0, -30.0)
    volume = Volume("head", whole, VolumeGeometry(HEAD, affine), modality="MR")
    low = volume.geometry.ijk_to_lps((float(i), float(j), float(k)))
    high = volume.geometry.ijk_to_lps((i + 11.0, j + 23.0, k + 15.0))
    return volume, labels, (*low.tolist(), *high.tolist())


def run(model, volume, box, **options):
    return run_model(model, volume, TaskContext(), RunOptions(box_lps_mm=box, **options))


@pytest.fixture(scope="module")
def localised(segmenter):
    gate = replace(segmenter.card.gate, ranges={"largest_extent_mm": (10.0, 60.0)})
    return replace(segmenter, card=replace(segmenter.card, gate=gate, is_localised=True))


@pytest.mark.parametrize("side", sorted(PLACES))
@pytest.mark.parametrize(
    ("order", "flips"),
    [((0, 1, 2), (False,) * 3), ((2, 0, 1), (True, False, True)), ((1, 2, 0), (True,) * 3)],
)
def test_labels_of_a_box_lie_on_the_whole_grid_and_the_side_is_told(localised, side, order, flips):
    volume, truth, box = head_with_part(side)
    voxels, geometry = stored_as(volume.voxels, volume.geometry, order, flips)
    expected, _ = stored_as(truth, volume.geometry, order, flips)
    turned = Volume("head", voxels, geometry, modality="MR")
    refused = run(localised, turned, None)
    assert refused.status is RunStatus.REFUSED, "the gate judges the whole where there is no box"
    result = run(localised, turned, box)
    assert result.status is RunStatus.OK
    segmentation = result.segmentations[0]
    assert segmentation.geometry == geometry
    for number in (1, 2):
        assert dice(segmentation.labels == number, expected == number) > 0.75
    assert f"Side: {side}." in result.warnings
    assert result.provenance.parameters["box_lps_mm"] == list(box)


def test_the_gate_judges_the_box(localised):
    volume, _, box = head_with_part("left")
    wide = (-70.0, *box[1:3], 60.0, *box[4:])
    refused = run(localised, volume, wide)
    assert refused.status is RunStatus.REFUSED
    assert "131" in refused.reason


def test_a_box_keeps_values_and_places():
    volume, _, box = head_with_part("left")
    part, window = boxed(volume, box)
    assert np.array_equal(part.voxels, volume.voxels[window])
    index = np.array([3.0, 4.0, 5.0])
    whole = index + np.array([window[axis].start for axis in (2, 1, 0)])
    assert np.allclose(part.geometry.ijk_to_lps(index), volume.geometry.ijk_to_lps(whole))


def test_a_box_beside_the_image_is_refused_in_words():
    volume, _, _ = head_with_part("left")
    with pytest.raises(InputMismatchError, match="at least 8"):
        boxed(volume, (300.0, 300.0, 300.0, 340.0, 340.0, 340.0))


def test_the_side_is_the_headers_or_unknown_where_no_box_tells_it(localised):
    volume, _, box = head_with_part("left")
    assert side_of_head(volume, None) == ""
    assert side_of_head(replace(volume, attributes={"laterality": "R"}), None) == "right"
    middle = (-10.0, *box[1:3], 10.0, *box[4:])
    assert side_of_head(volume, middle) == ""
    part, _ = boxed(volume, box)
    result = run(localised, part, None, runs_anyway=True)
    assert any("Side: unknown" in warning for warning in result.warnings)
