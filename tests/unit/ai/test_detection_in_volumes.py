"""Lesions in volumes: placed in the patient whatever the storage, inside the lungs alone."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from medviewer.ai import result_document
from medviewer.ai.candidate_search import find_candidates
from medviewer.ai.candidates import Candidates, separate
from medviewer.ai.detection_3d import solidity_name
from medviewer.ai.device import choose
from medviewer.ai.loaded_model import LoadedModel
from medviewer.ai.lung_region import lung_region
from medviewer.ai.model_card import (
    Calibration,
    CardLabel,
    InputGrid,
    Normalisation,
    OperatingPoint,
    Postprocessing,
    SlidingWindow,
)
from medviewer.ai.model_result import RunOptions
from medviewer.ai.result_document import WriteOptions, write_result
from medviewer.ai.runner import run_model
from medviewer.core.findings import ReviewState
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.segmentation import Segment, Segmentation
from medviewer.core.tasks import TaskContext
from medviewer.core.volume import Volume
from tests.unit.ai.planted import all_storages, base_card, standard_volume, stored_as

LUNG, TISSUE, AIR = -850.0, 40.0, -1000.0
WINDOW = Normalisation("window", -1000.0, 400.0, (-1.0, 1.0), (-1.0, 1.0))


class BlobFinder(nn.Module):
    """Scores a cell by the tissue within 10 voxels, less where there is more: known answers.

    The way to the centre is that of the tissue's centre of mass, the diameter is 10 voxels.
    """

    def around(self, values, cells=5):
        halved = nn.functional.avg_pool3d(values, 2)
        return nn.functional.avg_pool3d(halved, cells, 1, cells // 2)

    def forward(self, values):
        tissue = (values > 0.2).float()
        shares = self.around(tissue)
        boxes = []
        for axis in (2, 1, 0):
            shape = [1] * 5
            shape[axis + 2] = -1
            index = torch.arange(values.shape[axis + 2]).float().reshape(shape)
            place = self.around(tissue * index) / shares.clamp(min=1e-6)
            cells = torch.arange(shares.shape[axis + 2]).float().reshape(shape)
            boxes.append((place + 0.5) / 2 - cells)
        boxes.append(torch.full_like(shares, float(np.log(10))))
        ratings = torch.full_like(shares, 3.0)
        return {
            "heatmap": shares * 40 - 6 - 60 * (self.around(tissue, 9) - 0.12).clamp(min=0),
            "boxes": torch.cat(boxes, 1),
            "solidity": ratings,
            "suspicion": -ratings,
        }


def card(region="whole", window=None, spacing=1.0, **changes):
    grid = InputGrid(
        3, WINDOW, "SPL", (spacing,) * 3, multiple=16, fill=-1.0, window=window, region=region
    )
    fields = {
        "id": "blob-ct",
        "task": "detection",
        "modalities": ("CT",),
        "input": grid,
        "labels": (CardLabel("nodule", 1, "Nodule"),),
        "postprocessing": Postprocessing("sigmoid", stride=2, candidate_floor=0.05),
        "operating_points": (OperatingPoint("nodule", 0.6, "finding", is_default=True),),
        "calibration": (Calibration("nodule", "finding", 1.0, 0.0, "platt"),),
    }
    return base_card(**(fields | changes))


def model(**options):
    return LoadedModel(card(**options), BlobFinder(), choose("cpu"))


def ball(shape, centre, radius, spacing=(1.0, 1.0, 1.0)):
    grids = np.indices(shape)
    away = sum(((g - c) * s) ** 2 for g, c, s in zip(grids, centre, spacing, strict=True))
    return away <= radius**2


def findings(volume, loaded=None):
    result = run_model(loaded or model(), volume, TaskContext(), RunOptions())
    return result.findings.findings


def one_blob():
    shape = (44, 48, 40)
    values = np.full(shape, LUNG, np.float32)
    values[ball(shape, (20.4, 27.3, 14.6), 5)] = TISSUE
    volume = standard_volume(values, origin=(12.0, -30.0, 55.0))
    truth = np.argwhere(values == TISSUE).mean(0)
    return volume, volume.geometry.ijk_to_lps(truth[::-1])


@pytest.mark.parametrize(("order", "flips"), all_storages())
def test_a_lesion_is_placed_within_a_millimetre_in_every_storage(order, flips):
    source, truth = one_blob()
    turned, geometry = stored_as(source.voxels, source.geometry, order, flips)
    found = findings(Volume("turned", turned, geometry))
    assert np.linalg.norm(np.asarray(found[0].centre_lps_mm) - truth) < 1.0
    assert found[0].diameter_mm == pytest.approx(10)


@pytest.mark.parametrize("degrees", [8, 20, 40])
def test_a_lesion_is_placed_within_a_millimetre_in_an_oblique_series(degrees):
    angle = np.deg2rad(degrees)
    shape, centre = (52, 56, 50), (26.0, 31.0, 22.0)
    values = np.full(shape, LUNG, np.float32)
    values[ball(shape, centre, 5)] = TISSUE
    affine = np.eye(4)
    affine[:3, :3] = [
        [1, 0, 0], [0, np.cos(angle), -np.sin(angle)], [0, np.sin(angle), np.cos(angle)],
    ]  # fmt: skip
    affine[:3, 3] = (5, -9, 100)
    volume = Volume("oblique", values, VolumeGeometry(shape, affine))
    found = findings(volume)
    truth = volume.geometry.ijk_to_lps(centre[::-1])
    assert np.linalg.norm(np.asarray(found[0].centre_lps_mm) - truth) < 1.0


@pytest.mark.parametrize("spacing", [(2.5, 0.7, 0.7), (0.6, 0.9, 1.3)])
def test_a_lesion_is_placed_within_a_millimetre_where_voxels_are_not_cubes(spacing):
    shape = tuple(int(46 / s) for s in spacing)
    centre = [20.0 / s for s in spacing]
    values = np.full(shape, LUNG, np.float32)
    values[ball(shape, centre, 6, spacing)] = TISSUE
    volume = standard_volume(values, spacing)
    found = findings(volume)
    truth = volume.geometry.ijk_to_lps(np.argwhere(values == TISSUE).mean(0)[::-1])
    assert np.linalg.norm(np.asarray(found[0].centre_lps_mm) - truth) < 1.0


def test_tiles_give_each_lesion_once_and_at_the_same_place_as_one_window():
    shape = (64, 112, 96)
    values = np.full(shape, LUNG, np.float32)
    centres = [(20, 20, 20), (33, 56, 48), (40, 70, 47), (50, 100, 80), (30, 40, 8)]
    for centre in centres:
        values[ball(shape, centre, 5)] = TISSUE
    volume = standard_volume(values)
    whole = findings(volume)
    tiled = findings(volume, model(window=SlidingWindow((48, 48, 48), 0.5)))
    places = [np.asarray(sorted(f.centre_lps_mm for f in group if f.score > 0.9))
              for group in (whole, tiled)]  # fmt: skip
    assert places[0] == pytest.approx(np.asarray(sorted(c[::-1] for c in centres)), abs=0.6)
    assert places[1] == pytest.approx(places[0], abs=0.6)


def test_of_candidates_within_one_another_the_strongest_stays():
    places = np.asarray([[0, 0, 0], [0, 0, 9], [0, 0, 3.5], [0, 0, 30]], np.float32)
    found = Candidates(
        places,
        np.asarray([1.0, 3, 2, 0]),
        np.asarray([4.0, 20, 4, 4]),
        {"solidity": np.arange(4.0)},
    )
    kept = separate(found, 1.0)
    # 20 mm around the strongest swallow the others but the far one.
    assert kept.places[:, 2].tolist() == [9, 30]
    assert kept.ratings["solidity"].tolist() == [1, 3]
    # With voxels of 2 mm they lie 11 and 18 mm away: outside its 10 mm.
    assert separate(found, 2.0).places[:, 2].tolist() == [9, 3.5, 0, 30]


def test_ratings_have_the_words_of_the_radiologists_scale():
    assert [solidity_name(v) for v in (1.2, 3.0, 4.6)] == ["non-solid", "part-solid", "solid"]


def chest():
    """At 2 mm: a body with two lungs, outside air, a table, and a nodule at the pleura."""
    shape = (100, 90, 120)
    body = np.full(shape, AIR, np.float32)
    k, j, i = np.indices(shape)
    trunk = ((j - 45) / 37) ** 2 + ((i - 60) / 52) ** 2 <= 1
    body[trunk] = TISSUE
    body[(j > 85) & (j < 88)] = 100
    lungs = np.zeros(shape, bool)
    for middle in (35, 85):
        lungs |= ((k - 50) / 37) ** 2 + ((j - 45) / 27) ** 2 + ((i - middle) / 18) ** 2 <= 1
    body[lungs] = LUNG
    nodule = ball(shape, (50, 45, 18), 4.5)
    body[nodule & trunk] = TISSUE
    rng = np.random.default_rng(0)
    return body + rng.normal(0, 20, shape).astype(np.float32), lungs | nodule


def on_voxels(region, shape):
    return region.repeat(2, 0).repeat(2, 1).repeat(2, 2)[tuple(slice(n) for n in shape)]


def test_the_lung_region_holds_the_lungs_and_little_else():
    hu, lungs = chest()
    fine = on_voxels(lung_region(hu, 2.0), hu.shape)
    assert (fine & lungs).sum() / lungs.sum() > 0.999
    assert fine.sum() / lungs.sum() < 2.2
    assert not fine[:, 85:].any()
    assert not fine[:, :3].any()


def test_a_part_of_a_chest_still_has_a_lung_region_and_a_small_cube_has_none():
    hu, lungs = chest()
    part = (slice(20, 90), slice(None), slice(0, 70))
    fine = on_voxels(lung_region(hu[part], 2.0), hu[part].shape)
    inside = lungs[part] & (np.arange(70) < 53)
    assert (fine & inside).sum() / inside.sum() > 0.99
    assert lung_region(hu[40:66, 30:56, 20:46], 2.0) is None
    assert lung_region(np.full((80, 80, 80), TISSUE, np.float32), 2.0) is None


def test_only_what_lies_in_the_lungs_is_found_and_outside_tiles_are_not_run():
    hu, _ = chest()
    hu[ball(hu.shape, (50, 45, 40), 4)] = TISSUE
    hu[ball(hu.shape, (10, 4, 10), 4)] = TISSUE
    loaded = model(region="lungs", window=SlidingWindow((48, 48, 48), 0.2), spacing=2.0)
    source = standard_volume(hu, (2.0, 2.0, 2.0))
    truth, outside = ((80, 90, 100), (20, 8, 20))
    for order, flips in [((0, 1, 2), (False,) * 3), ((2, 0, 1), (True, False, True))]:
        turned, geometry = stored_as(hu, source.geometry, order, flips)
        result = run_model(loaded, Volume("v", turned, geometry), TaskContext(), RunOptions())
        places = np.asarray([f.centre_lps_mm for f in result.findings.findings])
        assert np.linalg.norm(places - truth, axis=1).min() < 1
        assert np.linalg.norm(places - outside, axis=1).min() > 20
        assert not result.warnings
    calls = []

    def forward(tile):
        calls.append(tile.shape)
        return BlobFinder()(tile)

    padded = np.pad(hu, [(0, -n % 16) for n in hu.shape], constant_values=AIR)
    corner = np.zeros([-(-n // 2) for n in padded.shape], bool)
    corner[:20, :20, :20] = True
    find_candidates(forward, padded, corner, loaded.card.input, TaskContext())
    assert len(calls) == 1


def test_a_field_of_view_without_lungs_is_searched_whole_and_says_so():
    volume, truth = one_blob()
    result = run_model(model(region="lungs"), volume, TaskContext(), RunOptions())
    assert any("No lungs" in text for text in result.warnings)
    found = result.findings.findings
    assert np.linalg.norm(np.asarray(found[0].centre_lps_mm) - truth) < 1.0


def test_the_result_names_place_size_solidity_and_suspicion_and_keeps_faint_ones_apart(tmp_path):
    shape = (48, 48, 48)
    values = np.full(shape, LUNG, np.float32)
    values[ball(shape, (14, 14, 14), 5)] = TISSUE
    values[ball(shape, (34, 34, 34), 3.2)] = TISSUE
    loaded = model()
    result = run_model(loaded, standard_volume(values), TaskContext(), RunOptions())
    documents = [
        write_result(result, loaded.card, {}, tmp_path, WriteOptions(writes_all_candidates=wanted))
        for wanted in (False, True)
    ]
    strong, everything = (document.detections for document in documents)
    assert len(strong) == 1
    assert len(everything) == 2
    entry = strong[0]
    assert entry["label"] == "nodule"
    assert entry["centre_lps_mm"] == pytest.approx([14, 14, 14], abs=0.6)
    assert entry["diameter_mm"] == pytest.approx(10)
    assert entry["solidity"] == "solid"
    assert 1 < entry["suspicion_rating"] < 1.5
    assert 0.05 <= everything[1]["score"] < 0.6 <= entry["score"] <= 1


@pytest.mark.parametrize(("reviews", "expected"), [("xx", ["seg"]), ("x.", ["seg", "sr"])])
def test_label_maps_are_written_although_every_finding_was_rejected(
    monkeypatch, tmp_path, reviews, expected
):
    """A report of nothing is left out; the rest is not lost with it."""
    written = []
    monkeypatch.setattr(result_document, "write_segmentation", lambda *_: written.append("seg"))
    monkeypatch.setattr(result_document, "write_findings", lambda *_: written.append("sr"))
    loaded, (volume, _) = model(), one_blob()
    result = run_model(loaded, volume, TaskContext(), RunOptions())
    strongest = result.findings.findings[0]
    states = {"x": ReviewState.REJECTED, ".": ReviewState.OPEN}
    found = tuple(replace(strongest, id=str(n), review=states[r]) for n, r in enumerate(reviews))
    labels = np.ones(volume.voxels.shape, np.uint8)
    segments = Segmentation("s", labels, volume.geometry, (Segment(1, "x"),))
    result = replace(
        result, findings=replace(result.findings, findings=found), segmentations=(segments,)
    )
    result_document.write_dicom(result, loaded.card, tmp_path, ("seg", "sr"), ())
    assert written == expected
