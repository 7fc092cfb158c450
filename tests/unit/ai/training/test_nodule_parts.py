"""Targets, pasted nodules and scores of the nodule recipe, on cases worked out by hand."""

import numpy as np
import pytest
import torch

from medviewer.ai.training.intensity import vary_scanner
from medviewer.ai.training.nodule_calibration import FindingCalibration, fit_finding_calibration
from medviewer.ai.training.nodule_data import Nodule, equivalent_diameter
from medviewer.ai.training.nodule_maps import encode_nodules, nodule_loss
from medviewer.ai.training.nodule_matching import Matched, curve, match_case, threshold_at
from medviewer.ai.training.nodule_paste import ShapeBank, occupancy, paste_nodule
from medviewer.ai.training.nodule_patches import cut_patch
from medviewer.ai.training.nodule_scores import describe_misses, score_nodules
from medviewer.ai.training.recipe import Case

SIDE = 32


def ball(radius, side=None):
    half = int(np.ceil(radius)) + 1
    n = side or 2 * half + 1
    k, j, i = np.indices((n, n, n)) - (n - 1) / 2
    return k**2 + j**2 + i**2 <= radius**2


def encoded(*nodules, mask=None):
    mask = np.zeros((SIDE,) * 3, np.float32) if mask is None else mask
    return encode_nodules(nodules, mask, np.ones((SIDE,) * 3, bool))


def test_a_nodule_becomes_a_peak_in_its_cell_with_its_way_size_and_ratings():
    maps = encoded(Nodule(np.array([10.0, 13.0, 20.5]), 8.0, 0.75, float("nan")))
    # Voxel 10 has its centre 10.5 voxels from the edge: 5.25 cells, so cell 5 and a quarter.
    # Its core reaches 0.3 radii and a third of a cell: 0.95 cells from 5.25, 6.75 and 10.5.
    core = np.argwhere(maps["heatmap"] == 1).tolist()
    assert core == [[4, 6, 10], [5, 6, 10], [5, 7, 10]]
    assert maps["boxes"][:, 5, 6, 10] == pytest.approx([0.5, 0.75, 0.25, np.log(8)])
    # One cell further along the columns the centre lies half a cell behind.
    assert maps["boxes"][0, 5, 6, 11] == pytest.approx(-0.5)
    assert maps["heatmap"][5, 6, 11] == pytest.approx(np.exp(-0.5 / 0.72**2))
    assert maps["ratings"][0, 5, 6, 10] == 0.75
    assert maps["rated"][:, 5, 6, 10].tolist() == [1.0, 0.0]
    assert maps["counted"].all()


@pytest.mark.parametrize(("diameter_mm", "n_cells"), [(5.0, 1), (12.0, 8), (24.0, 32)])
def test_the_core_of_a_nodule_is_asked_for_and_counts_by_the_root_of_its_size(diameter_mm, n_cells):
    maps = encoded(Nodule(np.array([15.5, 15.5, 15.5]), diameter_mm))
    core = maps["heatmap"] == 1
    away = np.linalg.norm((np.argwhere(core) + 0.5) * 2 - 16, axis=1)
    assert away.max() < diameter_mm / 2
    assert core.sum() == n_cells
    assert maps["weights"][core].sum() == pytest.approx(core.sum() ** 0.5)
    assert (maps["weights"][~core] == 1).all()


def test_nodules_that_do_not_count_or_lie_outside_are_neither_right_nor_wrong():
    maps = encoded(
        Nodule(np.array([16.0, 16.0, 16.0]), 6.0, is_counted=False),
        Nodule(np.array([-2.0, 4.0, 4.0]), 10.0),
    )
    assert maps["heatmap"].max() == 0
    assert maps["counted"][8, 8, 8] == 0
    assert maps["counted"][0, 2, 2] == 0
    assert maps["counted"][15, 15, 15] == 1
    assert maps["counted"][8, 8, 14] == 1


def test_the_loss_vanishes_for_the_perfect_answer_and_grows_with_each_error():
    mask = np.zeros((SIDE,) * 3, np.float32)
    mask[12:20, 12:20, 12:20] = 1
    maps = encoded(Nodule(np.array([15.5, 15.5, 15.5]), 10.0, 1.0, 0.0), mask=mask)
    targets = {key: torch.from_numpy(value)[None] for key, value in maps.items()}
    certain = 20.0

    def answer(**changes):
        perfect = {
            "heatmap": torch.where(targets["heatmap"] == 1, certain, -certain)[:, None],
            "boxes": targets["boxes"],
            "solidity": torch.full_like(targets["ratings"][:, :1], certain),
            "suspicion": torch.full_like(targets["ratings"][:, :1], -certain),
            "mask": ((targets["mask"] > 0.5).float() * 2 - 1)[:, None] * certain,
        }
        return float(nodule_loss(perfect | changes, targets))

    assert answer() == pytest.approx(0, abs=1e-3)
    assert answer(boxes=targets["boxes"] + 1) == pytest.approx(0.4 * 4 * (1 - 0.1), abs=2e-3)
    assert answer(solidity=torch.full((1, 1, 16, 16, 16), -certain)) > 2
    assert answer(heatmap=torch.full((1, 1, 16, 16, 16), -certain)) == pytest.approx(20, abs=0.1)


@pytest.mark.parametrize("diameter", [4.0, 9.0, 21.0])
def test_a_drawn_shape_has_the_wanted_diameter_and_place(diameter):
    rotation, _ = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))
    shift = np.array([0.4, -0.3, 0.2])
    drawn = occupancy(ball(6.0), diameter, shift, rotation)
    assert (6 * drawn.sum() / np.pi) ** (1 / 3) == pytest.approx(diameter, rel=0.06)
    middle = np.asarray(drawn.shape) // 2
    places = np.indices(drawn.shape).reshape(3, -1)
    centre = (places * drawn.ravel()).sum(1) / drawn.sum()
    assert centre - middle == pytest.approx(shift, abs=0.1)


def test_a_pasted_nodule_is_brighter_than_lung_where_its_mask_says_and_nowhere_else():
    bank = ShapeBank([ball(4.0)], np.asarray([equivalent_diameter(ball(4.0))]))
    n_seen = 0
    for seed in range(16):
        rng = np.random.default_rng(seed)
        before = rng.normal(-860, 15, (48, 48, 48)).astype(np.float32)
        hu, mask = before.copy(), np.zeros_like(before)
        nodule = paste_nodule(hu, mask, [], bank, rng)
        reach = nodule.diameter_mm / 2 + 2
        if nodule.centre.min() < reach or nodule.centre.max() > 47 - reach:
            continue
        n_seen += 1
        change = hu - before
        far = mask == 0
        places = np.argwhere(mask > 0.5)
        assert np.abs(places.mean(0) - nodule.centre).max() < 1.0
        assert change[far].max() < 0.5 * change.max()
        middle = tuple(np.rint(nodule.centre).astype(int))
        assert change[middle] > 40
        assert equivalent_diameter(mask > 0.5) == pytest.approx(nodule.diameter_mm, rel=0.25)
        assert nodule.is_counted == (nodule.diameter_mm >= 4.2)
    assert n_seen > 5


def test_nothing_is_pasted_on_another_nodule_or_outside_the_lung():
    bank = ShapeBank([ball(4.0)], np.asarray([8.0]))
    rng = np.random.default_rng(0)
    lung = np.full((48, 48, 48), -860.0, np.float32)
    taken = [Nodule(np.full(3, 24.0), 60.0)]
    assert paste_nodule(lung, np.zeros_like(lung), taken, bank, rng) is None
    tissue = np.full((48, 48, 48), 40.0, np.float32)
    assert paste_nodule(tissue, np.zeros_like(tissue), [], bank, rng) is None


def test_scanner_variation_keeps_hounsfield_units_on_a_step():
    rng = np.random.default_rng(3)
    values = rng.normal(-800, 60, (16, 16, 16)).astype(np.float32)
    for _ in range(8):
        varied = vary_scanner(values, rng)
        assert abs(varied.mean() - values.mean()) < 70
        assert any(np.array_equal(np.rint(varied / s) * s, varied) for s in (1, 4, 8, 12))


def planted_cube():
    hu = np.full((51, 51, 51), -850, np.int16)
    mask = np.zeros(hu.shape, bool)
    mask[20:28, 22:30, 24:32] = True
    hu[mask] = 40
    diameter = equivalent_diameter(mask)
    row = [23.5, 25.5, 27.5, diameter, 1.0, 0.5, 1.0]
    facts = {"kind": "cube", "diameter_mm": diameter, "solidity": 1.0, "suspicion": 0.5}
    return Case("cube", "p", {"hu": hu, "mask": mask, "lesions": np.asarray([row])}, facts)


def test_patches_say_where_the_nodule_lies_after_every_turn_and_shift():
    case = planted_cube()
    places = []
    for seed in range(60):
        hu, mask, valid, (nodule,) = cut_patch(case, 32, np.random.default_rng(seed))
        assert hu.shape == mask.shape == valid.shape == (32, 32, 32)
        inside = (mask > 0.5) & valid
        if not (nodule.centre > 7).all() or not (nodule.centre < 24).all():
            continue
        assert np.argwhere(inside).mean(0) == pytest.approx(nodule.centre, abs=0.8)
        assert equivalent_diameter(inside) == pytest.approx(nodule.diameter_mm, rel=0.1)
        assert hu[tuple(np.rint(nodule.centre).astype(int))] > -50
        places.append(nodule.centre)
    assert len(places) > 5
    assert np.std(places, axis=0).min() > 3


def matched(hit, misses=(), is_scan=False, n_lesions=1, diameter=8.0):
    return Matched(is_scan, n_lesions, hit, 0, np.asarray(misses, float), diameter)


def test_the_threshold_leaves_the_allowed_number_of_false_positives_in_all_scans():
    scans = [
        matched(-np.inf, [9, 7, 5, 3], is_scan=True, n_lesions=0),
        matched(-np.inf, [8, 6, 4], is_scan=True, n_lesions=0),
    ]
    # One for each scan: 9 and 8 remain, the cut lies between 7 and 8.
    assert threshold_at(scans, 1.0) == pytest.approx(7.5)
    assert threshold_at([*scans, matched(7.2)], 1.0) == pytest.approx(7.1)
    assert threshold_at(scans, 100.0) < 3
    assert np.isnan(threshold_at([matched(3.0)], 1.0))


def test_the_curve_counts_false_positives_in_whole_scans_alone():
    cases = [
        matched(10.0), matched(6.5), matched(-np.inf),
        matched(4.5, [9, 5], is_scan=True), matched(-np.inf, [6], is_scan=True, n_lesions=0),
    ]  # fmt: skip
    found = curve(cases)
    # Four lesions; at one false positive a scan (9 and 6 in two scans) 10 and 6.5 are found.
    assert found.at(1.0) == pytest.approx(0.5)
    assert found.at(1.5) == pytest.approx(0.75)
    assert found.at(0.0) == pytest.approx(0.25)


def test_calibration_assumes_the_prevalence_of_the_whole_source():
    rng = np.random.default_rng(0)
    lesions = [matched(v) for v in rng.normal(1, 1, 200)]
    scan = matched(-np.inf, rng.normal(-2, 1, 300), is_scan=True, n_lesions=0)
    fitted = fit_finding_calibration([*lesions, scan])
    # 300 false marks to 2.6 nodules a scan, curves around 1 and -2: log odds 3 x + 1.5 + log.
    assert fitted.slope == pytest.approx(3, rel=0.25)
    expected = 1.5 + np.log(2651 / 1018 / 300)
    assert fitted.intercept == pytest.approx(expected, abs=0.7)
    assert fitted.thresholds[4.0] > fitted.thresholds[8.0]


def scan_case():
    to_lps = np.eye(4)[[2, 1, 0, 3]]
    to_lps[:3, 3] = (100, 200, 300)
    rows = np.asarray([[10, 20, 30, 10, 0.9, np.nan, 1], [50, 50, 50, 12, np.nan, np.nan, 0]])
    facts = {"kind": "scan", "scan": 0, "diameter_mm": 10.0, "solidity": 0.9, "suspicion": 0.9}
    arrays = {"lesions": rows, "to_lps": to_lps, "hu": np.zeros((8, 8, 8), np.int16)}
    return Case("scan", "s", arrays, facts)


def answer(centres, logits, diameter=9.0):
    n = len(logits)
    same = {name: np.full(n, 3.0, np.float32) for name in ("solidity", "suspicion")}
    return same | {
        "centres": np.asarray(centres, np.float32),
        "logits": np.asarray(logits, np.float32),
        "diameters": np.full(n, diameter, np.float32),
    }


def test_a_scan_is_compared_in_patient_coordinates_and_unmarked_places_do_not_count():
    case = scan_case()
    # Voxel (10, 20, 30) lies at x = 100 + 30, y = 200 + 20, z = 300 + 10.
    prediction = answer(
        [[131, 222, 311], [150, 250, 350], [10, 10, 10]],
        [2.0, 5.0, 3.0],
    )
    found = match_case(case, prediction)
    assert (found.hit, found.hit_index, found.misses.tolist()) == (2.0, 0, [3.0])
    scores = score_nodules([case], [prediction], float("nan"))
    assert scores["metrics"]["lesions_found_in_scans"]["value"] == 1.0
    assert scores["metrics"]["diameter_error_mm"]["value"] == pytest.approx(1.0)
    assert scores["cases"][0]["false_positives"] == 1


def test_the_card_names_what_lies_outside_the_marked_lesions():
    places = [[131, 222, 311], [10, 10, 10], [400, 10, 10]]
    text = describe_misses(scan_case(), answer(places, [2.0, 3.0, 0.2]), FindingCalibration(), 1.0)
    assert "0.95 (9 mm at LPS 10, 10, 10)." in text
    assert "131" not in text
    assert "400" not in text
    clean = describe_misses(scan_case(), answer(places, [2.0, 0.3, 0.2]), FindingCalibration(), 1.0)
    assert clean.endswith("at the operating point: none.")


def test_cubes_alone_are_scored_at_the_fitted_threshold():
    case = planted_cube()
    good = answer([[23.5, 25.5, 27.5]], [1.0])
    far = answer([[3.0, 3.0, 3.0]], [4.0])
    metrics = score_nodules([case, case], [good, far], 0.5)["metrics"]
    assert metrics["sensitivity"]["value"] == 0.5
    assert "cpm" not in metrics
    assert score_nodules([case], [good], 1.5)["metrics"]["sensitivity"]["value"] == 0.0
