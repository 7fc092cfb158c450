"""Results are kept whole or not at all, and a full disk loses nothing."""

import errno
import os

import numpy as np
import pytest

from medviewer.ai.model_result import ModelResult, RunStatus
from medviewer.app.result_archive import load_results
from medviewer.app.results_store import ResultsStore
from medviewer.app.session import Session
from medviewer.core.findings import Finding, FindingSet, ReviewState
from medviewer.core.provenance import Provenance
from medviewer.core.saliency import SaliencyMap
from medviewer.core.segmentation import Segment, Segmentation, pixel_geometry
from medviewer.ui.error_text import error_text


def result_of(model_id, identity, value=1):
    provenance = Provenance(model_id, "1", "ab" * 32, ("image",), "2026-01-01T00:00:00+00:00")
    labels = np.full((1, 4, 5), value, np.uint8)
    segmentation = Segmentation(
        identity, labels, pixel_geometry(4, 5), (Segment(value, "x"),), "", provenance, "image",
        is_on_pixels=True,
    )  # fmt: skip
    findings = FindingSet(
        "set", (Finding("f", "x", 0.5, box_px=(0, 0, 2, 2)),), "", "image", provenance
    )
    return ModelResult(
        RunStatus.OK, model_id, provenance, "image", (4, 5), findings=findings,
        segmentations=(segmentation,),
    )  # fmt: skip


@pytest.fixture
def store(qapp, tmp_path):
    session = Session()
    store = ResultsStore(session, tmp_path / "results")
    store.session = session
    return store


def full_disk(_handle):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def kept(tmp_path):
    return {r.model_id: r for r in load_results(tmp_path / "results", "image")}


@pytest.mark.parametrize("n_written", [0, 1])
def test_a_full_disk_keeps_the_old_file_and_the_new_result_and_writes_it_later(
    store, tmp_path, monkeypatch, n_written
):
    """Also where the arrays still fit and the document does not."""
    store.put(result_of("model", "old"))
    failures, real, calls = [], os.fsync, []
    store.saving_failed.connect(failures.append)

    def fsync(handle):
        calls.append(handle)
        (real if len(calls) <= n_written else full_disk)(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    store.put(result_of("model", "new", 2))
    assert kept(tmp_path)["model"].segmentations[0].id == "old"
    assert (kept(tmp_path)["model"].segmentations[0].labels == 1).all()
    assert store.of_image("image")[0].segmentations[0].id == "new"
    (failure,) = failures
    assert str(tmp_path / "results") in str(failure)
    assert "No space left" in str(failure)
    text = error_text(failure)
    assert str(tmp_path / "results") in text.detail
    assert "make room" in text.remedy
    monkeypatch.undo()
    store.put(result_of("other", "another"))
    assert kept(tmp_path)["model"].segmentations[0].id == "new"
    assert (kept(tmp_path)["model"].segmentations[0].labels == 2).all()
    assert set(kept(tmp_path)) == {"model", "other"}
    assert not list((tmp_path / "results").rglob(".*")), "a temporary file was left"


def test_a_verdict_writes_the_document_and_leaves_the_arrays_alone(store, tmp_path):
    store.put(result_of("model", "same"))
    (arrays,) = (tmp_path / "results").rglob("*.npz")
    before = arrays.stat().st_mtime_ns, arrays.stat().st_ino
    finding = store.of_image("image")[0].findings.findings[0]
    store.review("image", finding, ReviewState.ACCEPTED, "")
    assert (arrays.stat().st_mtime_ns, arrays.stat().st_ino) == before
    assert kept(tmp_path)["model"].findings.findings[0].review is ReviewState.ACCEPTED


def test_a_new_run_takes_the_place_of_the_old_arrays(store, tmp_path):
    store.put(result_of("model", "first"))
    store.put(result_of("model", "second", 2))
    assert len(list((tmp_path / "results").rglob("*.npz"))) == 1
    assert (kept(tmp_path)["model"].segmentations[0].labels == 2).all()


def test_heat_maps_join_the_result_as_it_is_now_and_replace_those_of_their_score(store, tmp_path):
    """A verdict given while the maps were made stays."""
    old = result_of("model", "labels")
    store.put(old)
    store.review("image", old.findings.findings[0], ReviewState.REJECTED, "vessel")
    first, second, other = (
        SaliencyMap(f"map{n}", np.full((4, 5), n, np.float32), label, "Grad-CAM", "l", True,
                    source_id="image", provenance=old.provenance, finding_id=finding)
        for n, (label, finding) in enumerate([("x", "f"), ("x", "f"), ("x", "")])
    )  # fmt: skip
    store.add_saliency(old, [first, other])
    store.add_saliency(old, [second])
    (result,) = store.of_image("image")
    assert [s.id for s in result.saliency] == ["map1", "map2"]
    assert result.findings.findings[0].review is ReviewState.REJECTED
    (again,) = load_results(tmp_path / "results", "image")
    assert [(s.id, s.finding_id) for s in again.saliency] == [("map1", "f"), ("map2", "")]
    assert again.findings.findings[0].comment == "vessel"


def test_heat_maps_of_a_run_that_was_replaced_are_forgotten(store):
    old = result_of("model", "old")
    store.put(old)
    store.put(result_of("model", "new"))
    late = SaliencyMap("map", np.ones((4, 5), np.float32), "x", "Grad-CAM", "l", True)
    store.add_saliency(old, [late])
    assert store.of_image("image")[0].saliency == ()
