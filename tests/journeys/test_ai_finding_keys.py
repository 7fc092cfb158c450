"""Keys that walk findings and fade results: they work wherever the results came from, or say why
they do nothing."""

import numpy as np
import pydicom
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from medviewer.ai import registry
from medviewer.ai.model_result import ModelResult, RunStatus
from medviewer.ai.networks import build_network
from medviewer.app.view_store import PaneMode
from medviewer.core.findings import Finding, FindingSet
from medviewer.core.provenance import Provenance
from medviewer.io.dicom_sr import write_findings
from medviewer.io.dicom_write import SeriesHeader, write_series
from tests.shell_window import drop_paths, is_read, shown_window
from tests.unit.ai.planted import SEGMENTER, base_card, standard_volume, write_model

WAIT_MS = 60_000
PLACES_IJK = ((5.0, 20.0, 3.0), (15.0, 6.0, 12.0))


@pytest.fixture
def window(qapp, tmp_path, monkeypatch):
    """The window on its first page, with one model that reads MR volumes."""
    network = build_network(SEGMENTER.name, SEGMENTER.parameters)
    write_model(tmp_path / "models" / "ellipsoid-mr", network, base_card())
    monkeypatch.setattr(registry, "bundled_folder", lambda: tmp_path / "models")
    with shown_window(1280, 720) as window:
        yield window


def open_volume(window, qtbot, folder):
    """A noisy MR series off the origin; returns its files."""
    values = np.random.default_rng(3).normal(100, 20, (16, 24, 20)).astype(np.int16)
    volume = standard_volume(values, modality="MR", origin=(5.0, -40.0, 12.0))
    files = write_series(volume, folder / "images", SeriesHeader("keys"))
    return volume, files


def show(window, qtbot, folder):
    assert drop_paths(window, folder)
    qtbot.waitUntil(lambda: is_read(window), timeout=WAIT_MS)
    return window.services.session.image(window.services.view_store.pane(0).volume_id)


def findings_at(geometry, frame_of_reference_uid, image_id, places=PLACES_IJK):
    provenance = Provenance("ellipsoid-mr", "1.0.0", "0" * 64, (image_id,), "2026-01-01")
    findings = tuple(
        Finding(f"f{n}", "upper", 0.9 - n / 10, tuple(geometry.ijk_to_lps(ijk).tolist()), 4.0)
        for n, ijk in enumerate(places)
    )
    return FindingSet("set", findings, frame_of_reference_uid, image_id, provenance)


def put_findings(window, image, places=PLACES_IJK):
    found = findings_at(image.geometry, image.frame_of_reference_uid, image.id, places)
    result = ModelResult(
        RunStatus.OK, "ellipsoid-mr", found.provenance, image.id, (24, 12), findings=found
    )
    window.services.results.put(result)
    return found.findings


def slice_panes(window):
    store = window.services.view_store
    return [n for n in range(3) if store.pane(n).mode is PaneMode.SLICE]


def off_centre_px(window, pane, finding):
    """Distance of the drawn mark from the middle of its view; ``None`` where none is drawn."""
    view = window.grid.view(pane)
    marks = [m for m in view.scene.finding_marks() if m.finding.id == finding.id]
    if not marks:
        return None
    return float(np.hypot(marks[0].x - view.width() / 2, marks[0].y - view.height() / 2))


@pytest.mark.parametrize("zoom", [1.0, 4.0])
def test_the_next_finding_is_shown_by_every_linked_view_before_the_page_was_ever_opened(
    window, qtbot, tmp_path, zoom
):
    open_volume(window, qtbot, tmp_path / "study")
    image = show(window, qtbot, tmp_path / "study")
    window.commands.set_layout("mpr")
    window.services.view_store.update_slice(0, zoom=zoom)
    assert not window.ai.panel.isVisible()
    findings = put_findings(window, image)
    for expected in (findings[0], findings[1], findings[0]):
        QTest.keyClick(window, Qt.Key.Key_N)
        for pane in slice_panes(window):
            offset = off_centre_px(window, pane, expected)
            assert offset is not None, f"view {pane} shows another slice"
            assert zoom == 1.0 or offset < 2.0
    window.inspector.show_page("ai")
    qtbot.waitUntil(lambda: window.ai.panel.blocks[0].findings is not None)
    QTest.keyClick(window, Qt.Key.Key_N)
    assert window.ai.panel.blocks[0].findings.selected.id == findings[1].id
    assert window.services.view_store.grid.selected_finding == findings[1].id
    if zoom == 1.0:
        states = [window.services.view_store.pane(p).slice for p in slice_panes(window)]
        assert {s.pan_fraction for s in states} == {(0.0, 0.0)}, "what fits was moved"


def test_the_only_finding_is_gone_back_to_after_scrolling_away(window, qtbot, tmp_path):
    open_volume(window, qtbot, tmp_path / "study")
    image = show(window, qtbot, tmp_path / "study")
    put_findings(window, image, PLACES_IJK[:1])
    store = window.services.view_store
    QTest.keyClick(window, Qt.Key.Key_N)
    index = store.pane(0).slice.slice_index
    for _ in range(2):
        store.update_slice(0, slice_index=(index + 6) % 16)
        QTest.keyClick(window, Qt.Key.Key_N)
        assert store.pane(0).slice.slice_index == index


def test_a_finding_that_falls_below_the_score_hands_its_verdict_to_no_other(
    window, qtbot, tmp_path
):
    open_volume(window, qtbot, tmp_path / "study")
    image = show(window, qtbot, tmp_path / "study")
    put_findings(window, image)
    QTest.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ShiftModifier)
    panel = window.ai.panel.blocks[0].findings
    assert panel.selected.id == "f1"
    panel._slider.setValue(850)
    assert [finding.id for finding in panel.shown] == ["f0"]
    assert panel.selected is None
    assert window.services.view_store.grid.selected_finding == ""


def test_keys_that_have_nothing_to_do_say_so(window, qtbot, tmp_path):
    open_volume(window, qtbot, tmp_path / "study")
    show(window, qtbot, tmp_path / "study")
    qtbot.waitUntil(window.table.qaction("ai.next_finding").isEnabled)
    QTest.keyClick(window, Qt.Key.Key_N)
    assert window.status.message() == "There is no finding to go to on this image."
    QTest.keyClick(window, Qt.Key.Key_A)
    assert window.status.message() == "There is no result on this image."


def test_a_report_of_other_origin_is_walked_and_faded_like_our_own(window, qtbot, tmp_path):
    volume, files = open_volume(window, qtbot, tmp_path / "study")
    frame = str(pydicom.dcmread(files[0], stop_before_pixels=True).FrameOfReferenceUID)
    write_findings(
        findings_at(volume.geometry, frame, ""), files, tmp_path / "study" / "sr.dcm", {}
    )
    image = show(window, qtbot, tmp_path / "study")
    shared = window.services.shared_results
    qtbot.waitUntil(lambda: bool(shared.items()), timeout=WAIT_MS)
    (item,) = shared.items()
    results = window.services.results
    QTest.keyClick(window, Qt.Key.Key_N)
    state = window.services.view_store.pane(0).slice
    assert round(float(image.geometry.lps_to_ijk(state.focus_lps_mm)[2])) == 3
    assert window.services.view_store.grid.selected_finding == "", "a mark of others was editable"
    QTest.keyClick(window, Qt.Key.Key_A)
    assert results.display(item).opacity == pytest.approx(0.8)
    QTest.keyClick(window, Qt.Key.Key_D)
    assert results.display(item).opacity == pytest.approx(1.0)
    drawn = [display for each, display in window.grid.views[0].shown_results if each is item]
    assert drawn[0].opacity == pytest.approx(1.0)
    assert window.status.message() == ""
