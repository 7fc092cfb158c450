"""Explanations lie in the patient where the network looked, however the image was stored."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from medviewer.ai.device import choose
from medviewer.ai.explanation import explain_result
from medviewer.ai.loaded_model import LoadedModel, load_model
from medviewer.ai.model_card import (
    Calibration,
    CardLabel,
    InputGrid,
    Normalisation,
    OperatingPoint,
    Postprocessing,
    SaliencySpec,
    SlidingWindow,
)
from medviewer.ai.model_result import RunOptions
from medviewer.ai.registry import scan
from medviewer.ai.runner import run_model
from medviewer.ai.training.finding_saliency import finding_reference
from medviewer.app.inference import usual_options
from medviewer.core.errors import InferenceError
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.tasks import TaskContext
from medviewer.core.volume import Volume
from tests.unit.ai.planted import base_card, planted_volume, standard_volume, stored_as

STORAGES = [
    ((0, 1, 2), (False, False, False)),
    ((2, 0, 1), (True, False, True)),
    ((1, 2, 0), (False, True, False)),
    ((0, 2, 1), (True, True, True)),
    ((2, 1, 0), (False, False, True)),
]
EXPLAINED = RunOptions(runs_anyway=True, wants_saliency=True)


@pytest.fixture(scope="module")
def segmenter(models_folder):
    entries = [e for e in scan([models_folder], bundled=models_folder) if e.id == "ellipsoid-mr"]
    model = load_model("ellipsoid-mr", entries[:1], choose("cpu"))
    spec = SaliencySpec("network.upsamples.1", reference={"upper": 1.0, "lower": 1.0})
    return replace(model, card=replace(model.card, saliency=spec))


def hot_place(item):
    """Centre of mass of the strong part of a map, patient LPS mm."""
    values = np.where(item.values > 0.5 * item.values.max(), item.values, 0)
    kji = np.argwhere(values > 0)
    weights = values[values > 0]
    return item.geometry.ijk_to_lps((kji * weights[:, None]).sum(0)[::-1] / weights.sum())


def maps_of(model, volume):
    result = run_model(model, volume, TaskContext(), EXPLAINED)
    return {item.label: item for item in result.saliency}


@pytest.fixture(scope="module")
def planted():
    values, labels = planted_volume(np.random.default_rng(3), (19, 27, 22))
    return standard_volume(values, origin=(10.0, -20.0, 300.0)), labels


@pytest.mark.parametrize(("order", "flips"), STORAGES)
def test_a_segments_heat_lies_at_one_place_of_the_patient_in_every_storage(
    segmenter, planted, order, flips
):
    source, _ = planted
    expected = {name: hot_place(item) for name, item in maps_of(segmenter, source).items()}
    turned, geometry = stored_as(source.voxels, source.geometry, order, flips)
    found = maps_of(segmenter, Volume("turned", turned, geometry))
    assert set(found) == {"upper", "lower"}
    for name, item in found.items():
        assert np.linalg.norm(hot_place(item) - expected[name]) < 0.5
    assert expected["upper"][2] > expected["lower"][2] + 2, "they are told apart, head up"


@pytest.mark.parametrize("degrees", [8, 25])
def test_a_segments_heat_lies_on_the_segment_in_an_oblique_anisotropic_series(segmenter, degrees):
    angle, spacing = np.deg2rad(degrees), np.array([0.8, 0.9, 1.4])
    turn = np.array([[1, 0, 0], [0, np.cos(angle), -np.sin(angle)],
                     [0, np.sin(angle), np.cos(angle)]])  # fmt: skip
    shape = (18, 34, 36)
    affine = np.eye(4)
    affine[:3, :3] = turn * spacing
    affine[:3, 3] = (-7, 50, -90)
    geometry = VolumeGeometry(shape, affine)
    k, j, i = np.indices(shape)
    away = geometry.ijk_to_lps(np.stack([i, j, k], axis=-1)) - geometry.centre_lps_mm
    inside = np.linalg.norm(away / (4.0, 5.0, 5.5), axis=-1) < 1
    values = np.random.default_rng(1).normal(100, 15, shape) + 120 * inside
    result = run_model(
        segmenter, Volume("oblique", values.astype(np.float32), geometry), TaskContext(), EXPLAINED
    )
    (segmentation,) = result.segmentations
    for item in result.saliency:
        number = next(s.number for s in segmentation.segments if s.label == item.label)
        place = hot_place(item)
        assert np.linalg.norm(place - segmentation.segment_centre(number)) < 5
        assert np.linalg.norm(place - geometry.centre_lps_mm) < 6


def test_heat_beyond_the_image_is_cleared(segmenter, planted):
    source, _ = planted
    for item in maps_of(segmenter, source).values():
        assert item.values.shape == (24, 32, 24)
        hot = item.geometry.ijk_to_lps(np.argwhere(item.values > 0)[:, ::-1])
        assert len(hot) > 100
        assert all(source.geometry.contains(point) for point in hot)


def test_explaining_a_result_later_says_what_the_run_would_have_said(segmenter, planted):
    source, _ = planted
    result = run_model(segmenter, source, TaskContext(), EXPLAINED)
    again = explain_result(segmenter, source, result, "", TaskContext())
    assert [item.label for item in again] == ["upper", "lower"]
    for before, after in zip(result.saliency, again, strict=True):
        assert np.allclose(before.values, after.values, atol=1e-5)
        assert after.geometry == before.geometry
        assert (after.provenance, after.source_id) == (result.provenance, source.id)


def test_an_image_read_in_many_parts_says_that_it_is_not_explained(segmenter, planted):
    source, _ = planted
    grid = replace(segmenter.card.input, window=SlidingWindow((16, 16, 16), 0.25))
    model = replace(segmenter, card=replace(segmenter.card, input=grid))
    result = run_model(model, source, TaskContext(), EXPLAINED)
    assert result.saliency == ()
    assert any("too large to be explained" in warning for warning in result.warnings)
    with pytest.raises(InferenceError, match="too large to be explained"):
        explain_result(model, source, result, "", TaskContext())


class Finder(nn.Module):
    """Scores a cell by the bright voxels within 5 cells around it."""

    def __init__(self):
        super().__init__()
        self.features = nn.Conv3d(1, 1, 2, 2, bias=False)
        nn.init.constant_(self.features.weight, 1 / 8)

    def forward(self, values):
        seen = functional.relu(self.features(values))
        shares = functional.avg_pool3d(seen, 5, 1, 2)
        boxes = torch.full((1, 4, *shares.shape[2:]), 0.25)
        boxes[:, 3] = float(np.log(10))
        return {"heatmap": shares * 60 - 6, "boxes": boxes}


@pytest.fixture(scope="module")
def finder():
    rule = Normalisation("window", -1000.0, 400.0, (-1.0, 1.0), (-1.0, 1.0))
    card = base_card(
        id="blob-ct",
        task="detection",
        modalities=("CT",),
        input=InputGrid(3, rule, "SPL", (1.0, 1.0, 1.0), multiple=16, fill=-1.0,
                        window=SlidingWindow((96, 96, 96), 0.25)),
        labels=(CardLabel("nodule", 1, "Nodule"),),
        postprocessing=Postprocessing("sigmoid", stride=2, candidate_floor=0.05),
        operating_points=(OperatingPoint("nodule", 0.6, "finding", is_default=True),),
        calibration=(Calibration("nodule", "finding", 1.0, 0.0, "platt"),),
        saliency=SaliencySpec("features", "hirescam", reference={"nodule": 0.2}),
    )  # fmt: skip
    return LoadedModel(card, Finder().eval(), choose("cpu"))


CENTRES = ((24.0, 30.0, 26.0), (70.0, 40.0, 92.0))


def two_blobs():
    shape = (100, 70, 120)
    values = np.full(shape, -850.0, np.float32)
    grids = np.indices(shape)
    for centre, hu in zip(CENTRES, (60.0, 20.0), strict=True):
        away = sum((g - c) ** 2 for g, c in zip(grids, centre, strict=True))
        values[away <= 4.5**2] = hu
    return standard_volume(values, origin=(12.0, -30.0, 55.0))


@pytest.mark.parametrize(("order", "flips"), STORAGES)
def test_the_heat_of_one_finding_lies_on_it_and_not_on_the_other(finder, order, flips):
    source = two_blobs()
    turned, geometry = stored_as(source.voxels, source.geometry, order, flips)
    volume = Volume("turned", turned, geometry)
    result = run_model(finder, volume, TaskContext(), RunOptions(runs_anyway=True))
    places = [source.geometry.ijk_to_lps(centre[::-1]) for centre in CENTRES]
    for finding, place in zip(result.findings.findings[:2], places, strict=True):
        assert np.linalg.norm(np.subtract(finding.centre_lps_mm, place)) < 2.5
        (item,) = explain_result(finder, volume, result, finding.id, TaskContext())
        assert (item.finding_id, item.method, item.source_id) == (finding.id, "HiResCAM", "turned")
        assert np.linalg.norm(hot_place(item) - place) < 1.5
        away = item.geometry.ijk_to_lps(np.argwhere(item.values > 0.05)[:, ::-1]) - place
        assert np.linalg.norm(away, axis=1).max() < 9
        assert item.is_above_threshold == (finding.score >= 0.6)


def test_findings_in_volumes_are_explained_one_by_one(finder):
    result = run_model(finder, two_blobs(), TaskContext(), EXPLAINED)
    assert result.saliency == ()
    assert any("one by one" in warning for warning in result.warnings)


class Cubes:
    """A recipe whose cases are the networks' inputs."""

    def tensor(self, case):
        return case


def cube(value, side=32):
    values = np.full((side, side, side), -0.8, np.float32)
    values[12:20, 14:22, 8:16] = value
    return values


def test_the_scale_of_findings_is_measured_on_those_that_reach_the_operating_point(finder):
    """A cube without a finding, and a whole scan, say nothing."""
    spec = replace(finder.card.saliency, reference={}, percentile=99.9)
    card = replace(finder.card, saliency=spec)
    cases = [cube(0.6), cube(-0.8), cube(0.5), np.zeros((96, 96, 112), np.float32)]
    found = finding_reference(card, finder.network, Cubes(), cases)
    assert found.checks["maps"] == 2
    assert found.checks["hottest_voxels_from_finding"] < 6
    assert 0.02 < found.reference["nodule"] < 1.0
    assert (found.layer, found.method) == ("features", "hirescam")
    nothing = finding_reference(card, finder.network, Cubes(), [cube(-0.8)])
    assert nothing.reference == {}
    assert finding_reference(replace(card, saliency=None), finder.network, Cubes(), cases) is None


def test_a_detector_in_volumes_is_not_asked_to_explain_whole_images(finder, segmenter):
    assert not usual_options(finder.card).wants_saliency
    assert not usual_options(segmenter.card).wants_saliency
