"""Volumes against norms of the literature: what is said, and what is not."""

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from medviewer.ai.card_file import parse_card
from medviewer.ai.norm_comparison import compare_with_norms
from medviewer.ai.result_document import WriteOptions, write_result
from medviewer.ai.volume_norms import volume_norms
from medviewer.core.errors import ModelCardError
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.provenance import Provenance
from medviewer.core.segmentation import Segment, Segmentation
from tests.unit.ai.planted import base_card
from tests.unit.ai.test_reading_box import head_with_part, run

NORMS = volume_norms("hippocampus")
SPACING_MM = 1.0


def segmentation(n_voxels=(1500, 1760), facts=None, corner=2):
    """Two segments of so many voxels of 1 mm, away from the border or at it."""
    labels = np.zeros((20, 30, 40), np.uint8)
    inner = np.zeros(tuple(n - 2 * corner for n in labels.shape), np.uint8)
    inner.ravel()[: n_voxels[0]] = 1
    inner.ravel()[n_voxels[0] : sum(n_voxels)] = 2
    labels[(slice(corner, corner + inner.shape[0]), slice(corner, corner + inner.shape[1]),
            slice(corner, corner + inner.shape[2]))] = inner  # fmt: skip
    return Segmentation(
        "id",
        labels,
        VolumeGeometry(labels.shape, np.diag([SPACING_MM, SPACING_MM, SPACING_MM, 1.0])),
        (Segment(1, "anterior"), Segment(2, "posterior")),
        provenance=Provenance("model", parameters=facts or {}),
    )


def text(comparison):
    return " ".join(comparison.notes)


def test_every_shipped_norm_can_be_traced():
    for norm in NORMS:
        assert norm.url.startswith("https://")
        assert norm.ages_years[0] < norm.ages_years[1]
        assert norm.n_subjects > 0
        assert norm.citation
        assert norm.method
        assert set(norm.by_side) == {"left", "right"}
        assert all(0 < side.sd_ml < side.mean_ml for side in norm.by_side.values())


@pytest.mark.parametrize(
    ("side", "mean", "sd"), [("left", "3.26", "0.34"), ("right", "3.43", "0.32")]
)
def test_the_norm_of_the_side_and_the_age_gives_a_z_score(side, mean, sd):
    found = compare_with_norms(segmentation(facts={"side": side, "age_years": 63.0}), NORMS)
    assert found.volume_ml == pytest.approx(3.26)
    (value,) = found.values
    assert value.z == pytest.approx((3.26 - float(mean)) / float(sd))
    assert f"{side} side: {mean} ± {sd} ml; z score " in text(found)
    assert "no diagnosis" in text(found)


def test_both_sides_stand_where_the_side_is_unknown():
    found = compare_with_norms(segmentation(facts={"side": "", "age_years": 63.0}), NORMS)
    assert {value.side for value in found.values} == {"left", "right"}
    assert "side unknown" in text(found)


@pytest.mark.parametrize("facts", [{}, {"side": "left"}, {"age_years": None}, {"age_years": "63"}])
def test_without_an_age_there_is_no_norm(facts):
    found = compare_with_norms(segmentation(facts=facts), NORMS)
    assert not found.values
    assert "age at the study is unknown" in text(found)
    assert "no diagnosis" not in text(found)


@pytest.mark.parametrize(("age", "fits"), [(49.9, 0), (50.0, 1), (77.9, 1), (78.0, 0), (0.5, 0)])
def test_an_age_outside_the_norms_is_said(age, fits):
    found = compare_with_norms(segmentation(facts={"side": "left", "age_years": age}), NORMS)
    assert len(found.values) == fits
    assert (f"No norm for {int(age)} years" in text(found)) is not fits


def test_a_volume_that_reaches_the_border_gets_no_z_score():
    facts = {"side": "left", "age_years": 63.0}
    found = compare_with_norms(segmentation(facts=facts, corner=0), NORMS)
    assert found.is_cut
    assert found.values[0].z is None
    assert "z score" not in text(found)
    assert "reaches the border" in text(found)


@pytest.mark.parametrize(("n_voxels", "is_far"), [((0, 1), True), ((1000, 1000), False)])
def test_a_volume_far_from_the_norm_sends_the_reader_to_the_outline(n_voxels, is_far):
    facts = {"side": "left", "age_years": 63.0}
    found = compare_with_norms(segmentation(n_voxels, facts), NORMS)
    assert ("outline may be wrong" in text(found)) is is_far


def test_the_border_of_a_box_counts_and_not_that_of_the_image():
    inside = segmentation()
    places = np.argwhere(inside.labels)[:, ::-1]
    tight = [*places.min(axis=0).tolist(), *places.max(axis=0).tolist()]
    wide = [n - 1 for n in tight[:3]] + [n + 1 for n in tight[3:]]
    for box, is_cut in ((tight, True), (wide, False)):
        facts = {"side": "left", "age_years": 63.0, "box_lps_mm": [float(n) for n in box]}
        assert compare_with_norms(segmentation(facts=facts), NORMS).is_cut is is_cut


def test_nothing_is_compared_where_nothing_was_found_or_no_norm_is_named():
    assert compare_with_norms(segmentation((0, 0)), NORMS) is None
    assert compare_with_norms(segmentation(), volume_norms("")) is None
    assert compare_with_norms(replace(segmentation(), is_on_pixels=True), NORMS) is None


@pytest.mark.parametrize("name", ["nowhere", "../presets/hanging"])
def test_a_card_that_names_norms_which_are_not_there_is_refused(name):
    document = json.loads(json.dumps(asdict(base_card()) | {"volume_norm": name}))
    with pytest.raises(ModelCardError, match="volume_norm"):
        parse_card(document)


def test_a_run_tells_side_and_age_and_the_document_the_comparison(segmenter, tmp_path):
    card = replace(segmenter.card, is_localised=True, volume_norm="hippocampus")
    volume, _, box = head_with_part("left")
    volume = replace(volume, attributes={"patient_age": "63 Y"})
    result = run(replace(segmenter, card=card), volume, box, runs_anyway=True)
    parameters = result.provenance.parameters
    assert (parameters["side"], parameters["age_years"]) == ("left", 63.0)
    document = write_result(result, card, {}, tmp_path, WriteOptions())
    document.write(tmp_path)
    written = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    comparison = written["segmentations"][0]["norm_comparison"]
    assert comparison["side"] == "left"
    assert comparison["values"][0]["norm"]["by_side"]["left"]["mean_ml"] == 3.26
    assert any("z score" in note for note in comparison["notes"])


def test_the_age_stays_out_of_results_that_do_not_need_it(segmenter):
    card = replace(segmenter.card, is_localised=True)
    volume, _, box = head_with_part("left")
    volume = replace(volume, attributes={"patient_age": "63 Y"})
    result = run(replace(segmenter, card=card), volume, box, runs_anyway=True)
    assert "age_years" not in result.provenance.parameters


def test_a_volume_that_no_structure_has_is_doubted_in_words(segmenter):
    volume, _, box = head_with_part("left")
    total_ml = float("nan")
    for limits, is_doubted in ((None, False), ((1e-3, 1e3), False), ((500.0, 600.0), True)):
        card = replace(segmenter.card, is_localised=True, plausible_ml=limits)
        result = run(replace(segmenter, card=card), volume, box, runs_anyway=True)
        doubts = [w for w in result.warnings if "500 to 600 ml are plausible" in w]
        assert bool(doubts) is is_doubted
        (item,) = result.segmentations
        total_ml = sum(item.volume_ml(s.number) for s in item.segments)
    assert f"In all {total_ml:.2f} ml" in doubts[0]
    assert total_ml > 0
