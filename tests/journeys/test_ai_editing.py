"""A reader moves and resizes the marks of findings in the real window."""

import numpy as np
import pydicom
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from medviewer.app.paths import data_path
from medviewer.app.result_archive import load_results
from medviewer.core.display import OverlayDisplay
from medviewer.core.findings import Finding, FindingSet
from medviewer.core.volume import Frame, ImageStack
from medviewer.io.dicom_sr import read_report
from tests.ai_page import WAIT_MS, button, findings_result, image_id, open_study
from tests.opened import index_of
from tests.pointer import drag

pytestmark = pytest.mark.usefixtures("trained_models")


def selected_mark(window, qtbot):
    view = window.grid.views[0]
    store = window.services.view_store

    def marks():
        chosen = store.grid.selected_finding
        return [m for m in view.scene.finding_marks() if m.finding.id == chosen]

    qtbot.waitUntil(lambda: bool(marks()), timeout=WAIT_MS)
    return view, marks()[0]


def kept_finding(window):
    return load_results(data_path("results"), image_id(window))[0].findings.findings[0]


def test_the_selected_mark_is_moved_resized_undone_and_shared(window, qtbot, study):
    block = open_study(window, qtbot, study)
    results = window.services.results
    results.put(findings_result(window))
    qtbot.waitUntil(lambda: block.findings is not None)
    QTest.keyClick(window, Qt.Key.Key_N)
    view, mark = selected_mark(window, qtbot)
    before, mm_per_px = mark.finding, view.scene.screen_frame.mm_per_px
    assert mark.radius_px > 20, "the ring is too small for this test"
    assert len(mark.grips) == 4

    drag(view, (mark.x, mark.y), (mark.x + 30, mark.y - 12))
    moved = kept_finding(window)
    step = np.subtract(moved.centre_lps_mm, before.centre_lps_mm)
    frame = view.scene.screen_frame
    expected = (30 * frame.right - 12 * frame.down) * mm_per_px
    assert np.allclose(step, expected, atol=1e-6)
    assert moved.diameter_mm == before.diameter_mm
    assert moved.edited_by
    assert moved.edited_at
    table = block.findings._table
    qtbot.waitUntil(lambda: "edited by" in table.item(0, 1).toolTip())

    view, mark = selected_mark(window, qtbot)
    rim = (mark.x + mark.radius_px, mark.y)
    drag(view, rim, (rim[0] + 10, rim[1]))
    grown = kept_finding(window)
    assert grown.diameter_mm == pytest.approx(before.diameter_mm + 20 * mm_per_px, abs=1e-6)
    assert grown.centre_lps_mm == moved.centre_lps_mm

    QTest.mouseClick(button(block.findings, "Accept"), Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(window.ai.saved, timeout=WAIT_MS):
        window.ai.save_dicom_in(study.parent / "shared")
    written = read_report(study.parent / "shared" / "ellipsoid-mr" / "sr.dcm").sets[0].findings[0]
    assert np.allclose(written.centre_lps_mm, grown.centre_lps_mm, atol=1e-3)
    assert written.diameter_mm == pytest.approx(grown.diameter_mm, abs=1e-3)
    assert written.edited_by == grown.edited_by

    key_images = pydicom.dcmread(study.parent / "shared" / "ellipsoid-mr" / "kos.dcm")
    references = key_images.CurrentRequestedProcedureEvidenceSequence[0]
    assert len(references.ReferencedSeriesSequence[0].ReferencedSOPSequence) == 1

    for expected_finding in (grown, moved, before):
        qtbot.waitUntil(window.table.qaction("ai.undo_review").isEnabled)
        QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda e=expected_finding: kept_finding(window) == e)


def test_a_mark_that_is_not_selected_stays_and_the_tool_works(window, qtbot, study):
    block = open_study(window, qtbot, study)
    window.services.results.put(findings_result(window))
    qtbot.waitUntil(lambda: block.findings is not None)
    QTest.keyClick(window, Qt.Key.Key_N)
    view, mark = selected_mark(window, qtbot)
    window.services.view_store.update_grid(selected_finding="")
    drag(view, (mark.x, mark.y), (mark.x + 30, mark.y - 12))
    kept = kept_finding(window)
    assert not kept.edited_by
    assert window.services.view_store.pane(0).slice.voi is not None, "windowing went on"


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ((40.0, 60.0), (10, 20, 50, 65)),
        ((10.0, 60.0), (20, 20, 40, 65)),
        ((25.0, 40.0), (20, 25, 50, 65)),
    ],
    ids=["lower-right", "lower-left", "inside"],
)
def test_boxes_of_a_radiograph_are_moved_inside_and_resized_at_corners(desk, start, expected):
    pixels = np.random.default_rng(0).integers(0, 255, (90, 80)).astype(np.uint8)
    image = ImageStack("film", [Frame(pixels)], modality="DX", kind="radiograph")
    desk.session.merge(index_of(image))
    desk.session.put_image(image, is_complete=True)
    desk.grid.show_volume(0, "film")
    box = Finding("box", "opacity", 0.9, box_px=(10.0, 20.0, 40.0, 60.0))
    found = FindingSet("set", (box,), "", "film")
    desk.grid.set_results([(found, OverlayDisplay())])
    desk.store.update_grid(selected_finding="box")
    view = desk.grid.views[0]
    view.grab()
    edited = []
    desk.grid.finding_edited.connect(lambda source, finding: edited.append((source, finding)))
    begin = view.scene.image_to_display(start[0] - 0.5, start[1] - 0.5)
    end = view.scene.image_to_display(start[0] + 9.5, start[1] + 4.5)
    drag(view, begin, end)
    assert edited[0][0] == "film"
    assert np.allclose(edited[0][1].box_px, expected, atol=1e-6)
