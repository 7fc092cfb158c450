"""A second run of a model takes over what the reader decided about the first."""

from dataclasses import replace

import pytest

from medviewer.ai.model_result import ModelResult, RunStatus
from medviewer.app.carried_decisions import carry_decisions
from medviewer.app.result_archive import load_results
from medviewer.app.results_store import ResultsStore
from medviewer.app.session import Session
from medviewer.core.findings import Finding, FindingSet, ReviewState
from medviewer.core.provenance import Provenance

FIRST = Finding("a", "nodule", 0.8, (10.0, 20.0, -30.0), 8.0)


def run_of(*findings, status=RunStatus.OK):
    provenance = Provenance("model", "1", "ab" * 32, ("image",), "2026-01-01T00:00:00+00:00")
    found = FindingSet("set", findings, "1.2.3", "image", provenance) if findings else None
    return ModelResult(status, "model", provenance, "image", (4, 5), findings=found)


def carried(old, *new):
    before, after = run_of(old).findings, FindingSet("later", new, "1.2.3", "image")
    return carry_decisions(before, after).findings


def test_a_finding_found_again_keeps_its_decision_and_takes_the_new_score():
    old = replace(
        FIRST, review=ReviewState.ACCEPTED, comment="new since May", reviewed_by="reader",
        reviewed_at="2026-01-01T00:00:00+00:00",
    )  # fmt: skip
    far = Finding("z", "nodule", 0.9, (10.0, 20.0, 30.0), 8.0)
    near = Finding("b", "nodule", 0.6, (11.0, 21.0, -29.0), 7.0, solidity="solid")
    first, second = carried(old, far, near)
    assert first == far
    assert second == replace(old, score=0.6, centre_lps_mm=(11.0, 21.0, -29.0), diameter_mm=7.0,
                             solidity="solid")  # fmt: skip


def test_an_edited_mark_stays_where_the_reader_put_it():
    old = replace(FIRST, diameter_mm=9.5, edited_by="reader", edited_at="now")
    (found,) = carried(old, Finding("b", "nodule", 0.6, (12.0, 20.0, -30.0), 4.0))
    assert (found.centre_lps_mm, found.diameter_mm) == ((10.0, 20.0, -30.0), 9.5)
    assert (found.score, found.edited_by) == (0.6, "reader")


def test_the_nearest_of_two_takes_the_decision_and_each_gets_one_alone():
    old = replace(FIRST, review=ReviewState.REJECTED)
    one = Finding("b", "nodule", 0.9, (13.0, 20.0, -30.0), 4.0)
    other = Finding("c", "nodule", 0.5, (9.0, 20.0, -30.0), 4.0)
    reviews = [f.review for f in carried(old, one, other)]
    assert reviews == [ReviewState.OPEN, ReviewState.REJECTED]


@pytest.mark.parametrize(
    ("fields", "stays"),
    [
        ({"review": ReviewState.ACCEPTED}, True),
        ({"comment": "look again"}, True),
        ({"edited_by": "reader"}, True),
        ({"review": ReviewState.REJECTED, "comment": "vessel"}, True),
        ({"review": ReviewState.REJECTED}, False),
        ({}, False),
    ],
)
def test_what_is_not_found_again_stays_where_a_reader_made_something_of_it(fields, stays):
    old = replace(FIRST, **fields)
    elsewhere = Finding("b", "nodule", 0.9, (10.0, 20.0, -35.0), 8.0)
    assert carried(old, elsewhere) == ((elsewhere, old) if stays else (elsewhere,))


def test_boxes_are_compared_in_pixels_and_labels_are_not_mixed():
    old = Finding("a", "fracture", 0.8, box_px=(10, 10, 40, 30), review=ReviewState.ACCEPTED)
    near, far, another = (
        Finding("b", "fracture", 0.5, box_px=(14, 14, 44, 34)),
        Finding("c", "fracture", 0.5, box_px=(60, 10, 90, 30)),
        Finding("d", "hardware", 0.5, box_px=(10, 10, 40, 30)),
    )
    found = carried(old, another, far, near)
    assert [f.id for f in found] == ["d", "c", "a"]
    assert found[2].box_px == near.box_px


def test_the_store_carries_decisions_over_keeps_them_on_disk_and_can_take_them_back(qapp, tmp_path):
    session = Session()
    store = ResultsStore(session, tmp_path)
    lost = Finding("l", "nodule", 0.3, (90.0, 0.0, 0.0), 5.0)
    store.put(run_of(FIRST, lost))
    store.review("image", FIRST, ReviewState.ACCEPTED, "cancer")
    store.review("image", lost, ReviewState.REJECTED, "")
    again = Finding("b", "nodule", 0.7, FIRST.centre_lps_mm, 8.0)
    store.put(run_of(again))
    (result,) = load_results(tmp_path, "image")
    (found,) = result.findings.findings
    assert (found.id, found.review, found.comment) == ("a", ReviewState.ACCEPTED, "cancer")
    store.undo()  # the rejection went with its finding
    assert store.of_image("image")[0].findings.findings[0].review is ReviewState.OPEN
    assert not store.can_undo


def test_a_refusal_keeps_what_was_decided_and_nothing_else(qapp, tmp_path):
    session = Session()
    store = ResultsStore(session, tmp_path)
    other = Finding("o", "nodule", 0.3, (90.0, 0.0, 0.0), 5.0)
    store.put(run_of(FIRST, other))
    store.review("image", FIRST, ReviewState.ACCEPTED, "cancer")
    store.put(run_of(status=RunStatus.REFUSED))
    (result,) = store.of_image("image")
    assert [f.comment for f in result.findings.findings] == ["cancer"]
