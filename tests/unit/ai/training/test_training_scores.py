"""Scores on cases small enough to be worked out by hand."""

import numpy as np
import pytest
import torch
from monai.metrics import compute_hausdorff_distance

from medviewer.ai.training.bootstrap import interval, mean_interval
from medviewer.ai.training.calibration import Platt, crossfitted_error, finding_entries, fit_platt
from medviewer.ai.training.classification_scores import (
    area_under_curve,
    calibration_error,
    mean_area,
    sigmoid,
)
from medviewer.ai.training.detection_scores import (
    FreeResponsePoint,
    MatchedImage,
    average_precision,
    free_response_points,
    match_boxes,
)
from medviewer.ai.training.froc import ScanDetections, free_response_curve
from medviewer.ai.training.overlap import dice, surface_distance_95
from medviewer.ai.training.pointing import score_pointing


def test_dice_of_half_overlapping_bars():
    found, reference = np.zeros(8, bool), np.zeros(8, bool)
    found[:4] = True
    reference[2:6] = True
    assert dice(found, reference) == pytest.approx(0.5)
    assert dice(np.zeros(3, bool), np.zeros(3, bool)) == 1.0


def test_surface_distance_of_shifted_planes_is_the_shift():
    found, reference = np.zeros((12, 9, 9), bool), np.zeros((12, 9, 9), bool)
    found[2] = True
    reference[5] = True
    assert surface_distance_95(found, reference, (2.0, 1.0, 1.0)) == pytest.approx(6.0)
    assert np.isnan(surface_distance_95(found, np.zeros_like(found), (1, 1, 1)))


@pytest.mark.filterwarnings("ignore:.*always_return_as_numpy.*:FutureWarning")
def test_surface_distance_agrees_with_monai():
    rng = np.random.default_rng(4)
    for _ in range(3):
        masks = []
        for _ in range(2):
            grid = np.mgrid[:20, :22, :18].astype(float)
            centre = rng.uniform(8, 11, 3)[:, None, None, None]
            masks.append((((grid - centre) / rng.uniform(3, 6)) ** 2).sum(0) < 1)
        found, reference = masks
        expected = compute_hausdorff_distance(
            torch.from_numpy(found[None, None]).float(),
            torch.from_numpy(reference[None, None]).float(),
            include_background=True,
            percentile=95,
            spacing=[1.0, 0.8, 1.5],
        )
        mine = surface_distance_95(found, reference, (1.0, 0.8, 1.5))
        assert mine == pytest.approx(float(expected), abs=0.05)


def test_area_under_the_curve_counts_the_pairs_in_order():
    labels = np.array([0, 0, 1, 1])
    assert area_under_curve(labels, np.array([0.1, 0.4, 0.35, 0.8])) == pytest.approx(0.75)
    assert np.isnan(area_under_curve(np.ones(3), np.arange(3.0)))


def test_calibration_error_of_two_bins():
    probabilities = np.array([0.15, 0.15, 0.85, 0.85])
    labels = np.array([0, 1, 1, 1])
    # first bin: 0.5 seen against 0.15 said; second: 1.0 against 0.85; half of the cases each
    assert calibration_error(labels, probabilities) == pytest.approx(0.25)


def test_mean_area_leaves_out_a_class_that_is_never_there():
    labels = np.array([[0, 0], [1, 0], [0, 0], [1, 0]])
    scores = np.array([[0.1, 0], [0.9, 0], [0.2, 0], [0.8, 0]])
    assert mean_area(["a", "b", "c", "d"], labels, scores)["value"] == pytest.approx(1.0)


def test_intervals_draw_patients_not_images():
    values = np.array([0.0] * 50 + [1.0] * 50)
    two = mean_interval(["a"] * 50 + ["b"] * 50, values)
    many = mean_interval([str(n) for n in range(100)], values)
    assert two["value"] == many["value"] == pytest.approx(0.5)
    assert (two["low"], two["high"]) == (0.0, 1.0)
    assert many["high"] - many["low"] < 0.25
    assert interval(["a"], lambda index: float(len(index)))["n"] == 1


def test_platt_scaling_finds_slope_and_offset_again():
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 3, 4000)
    labels = (rng.random(4000) < sigmoid(0.5 * logits + 1)).astype(float)
    rule = fit_platt(labels, logits)
    assert rule.slope == pytest.approx(0.5, abs=0.06)
    assert rule.intercept == pytest.approx(1.0, abs=0.12)
    patients = [str(n) for n in range(4000)]
    assert crossfitted_error(labels, logits, patients) < 0.03
    assert calibration_error(labels, sigmoid(logits)) > 0.05
    assert fit_platt(np.ones(3), np.arange(3.0)).slope == 1.0


def test_average_precision_of_one_hit_one_miss_one_lost():
    true = np.array([[0, 0, 10, 10], [50, 50, 60, 60]], float)
    found = np.array([[0, 0, 10, 9], [100, 100, 110, 110]], float)
    image = match_boxes(found, np.array([0.9, 0.8]), true)
    assert image.hits.tolist() == [True, False]
    assert average_precision([image]) == pytest.approx(0.5)
    # a false positive that is stronger than the hit halves the precision there
    worse = match_boxes(found, np.array([0.7, 0.8]), true)
    assert average_precision([worse]) == pytest.approx(0.25)


def test_a_true_box_is_met_once():
    true = np.array([[0, 0, 10, 10]], float)
    found = np.repeat(true, 2, 0)
    assert match_boxes(found, np.array([0.5, 0.6]), true).hits.tolist() == [False, True]


def _scan(centres, scores, lesions, diameters, excluded=()):
    empty = np.zeros((0, 3))
    return ScanDetections(
        np.asarray(centres, float).reshape(-1, 3),
        np.asarray(scores, float),
        np.asarray(lesions, float).reshape(-1, 3),
        np.asarray(diameters, float),
        np.asarray(excluded, float) if len(excluded) else empty,
        np.full(len(excluded), 10.0),
    )


def test_free_response_by_hand():
    first = _scan(
        [[0, 0, 1], [0, 0, 2], [30, 0, 0], [80, 0, 0]],
        [0.9, 0.95, 0.8, 0.7],
        [[0, 0, 0], [50, 0, 0]],
        [10, 10],
        [[80, 0, 0]],
    )
    second = _scan([[0, 0, 0]], [0.6], [], [])
    curve = free_response_curve([first, second])
    # one of two lesions, by its strongest candidate; the mark of no consequence does not count
    assert curve.at(0) == pytest.approx(0.5)
    assert curve.false_positives.max() == pytest.approx(1.0)
    assert curve.cpm == pytest.approx(0.5)
    outside = _scan([[0, 0, 5.0]], [0.9], [[0, 0, 0]], [10])
    assert free_response_curve([outside]).at(8) == 0.0


def test_free_response_points_keep_to_their_rate_of_wrong_boxes():
    first = MatchedImage(np.array([3.0, 2.0, -1.0]), np.array([True, False, True]), 2)
    second = MatchedImage(np.array([1.0]), np.array([False]), 0)
    points = free_response_points([first, second], (0.0, 0.4, 0.5, 8.0))
    assert points == [
        FreeResponsePoint(3.0, 0.5, 0.0),
        FreeResponsePoint(2.0, 0.5, 0.5),
        FreeResponsePoint(-1.0, 1.0, 1.0),
    ]


def test_a_threshold_counts_every_box_of_the_same_score():
    first = MatchedImage(np.array([3.0, 1.0]), np.array([True, True]), 2)
    second = MatchedImage(np.array([1.0, 1.0]), np.array([False, False]), 0)
    points = free_response_points([first, second], (0.5, 1.0))
    assert points == [FreeResponsePoint(3.0, 0.5, 0.0), FreeResponsePoint(1.0, 1.0, 1.0)]


def test_the_default_point_of_findings_is_nearest_to_the_wanted_rate():
    points = [FreeResponsePoint(3.0, 0.5, 0.0), FreeResponsePoint(0.0, 1.0, 0.5)]
    entries = finding_entries("fracture", Platt(2.0, 1.0), points, 0.4)
    assert [row["is_default"] for row in entries["operating_points"]] == [False, True]
    assert entries["operating_points"][1]["threshold"] == pytest.approx(1 / (1 + np.exp(-1)))
    assert entries["calibration"][0]["scope"] == "finding"


def test_an_interval_of_no_cases_is_not_a_number():
    entry = interval([], lambda index: 1.0)
    assert np.isnan(entry["value"])
    assert entry["n"] == 0


def test_the_pointing_game_counts_maxima_in_boxes_and_the_middle_as_control():
    boxes = np.asarray([[0.0, 0.0, 0.3, 0.3], [0.8, 0.4, 1.0, 0.6]])
    hit, miss = np.zeros((10, 20)), np.zeros((10, 20))
    hit[5, 17] = 1  # x 0.875, y 0.55: in the second box
    miss[9, 0] = 1
    away, near = np.full(2, 0.5), np.asarray([0.1, 0.2])
    nothing = np.zeros((0, 4))
    trials = [(hit, boxes, away), (miss, boxes, near), (None, boxes, near), (hit, nothing, near)]
    assert score_pointing(trials) == {
        "pointing_game": 0.5,
        "pointing_game_control": 0.5,
        "pointing_game_boxes": 2.0,
    }
    assert score_pointing([]) == {}
