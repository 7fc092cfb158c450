"""Segmentations and reports that come with a study lie on its images and say who made them."""

import numpy as np
import pydicom
import pytest
from PySide6.QtWidgets import QCheckBox, QLabel

from medviewer.core.findings import Finding, FindingSet
from medviewer.core.provenance import Provenance
from medviewer.core.segmentation import Segment, Segmentation
from medviewer.io.dicom_seg import SegHeader, write_segmentation
from medviewer.io.dicom_sr import write_findings
from medviewer.io.dicom_write import SeriesHeader, write_series
from tests.ai_page import WAIT_MS, colored_pixels
from tests.shell_window import drop_paths, is_read
from tests.unit.ai.planted import standard_volume


def texts_of(widget):
    return " ".join(label.text() for label in widget.findChildren(QLabel))


def shared_blocks(window, qtbot, n, *paths):
    assert drop_paths(window, *paths)
    qtbot.waitUntil(lambda: is_read(window), timeout=WAIT_MS)
    window.inspector.show_page("ai")
    panel = window.ai.panel
    qtbot.waitUntil(lambda: len(panel.shared_blocks) == n, timeout=WAIT_MS)
    return panel.shared_blocks


@pytest.fixture
def shared_study(tmp_path):
    """A series with a SEG and an SR of ours, and a SEG whose frame of reference is another."""
    values = np.random.default_rng(3).normal(100, 20, (16, 24, 20)).astype(np.int16)
    volume = standard_volume(values, modality="MR", origin=(5.0, -40.0, 12.0))
    files = write_series(volume, tmp_path / "study" / "images", SeriesHeader("shared"))
    header = pydicom.dcmread(files[0], stop_before_pixels=True)
    frame = str(header.FrameOfReferenceUID)
    labels = np.zeros(values.shape, np.uint8)
    labels[4:12, 6:18, 5:15] = 1
    segmentation = Segmentation(
        "s", labels, volume.geometry, (Segment(1, "Box", color_rgb=(250, 40, 40)),), frame,
        Provenance("boxer", "1.2"),
    )  # fmt: skip
    folder = tmp_path / "study" / "results"
    folder.mkdir()
    write_segmentation(segmentation, files, folder / "seg.dcm", SegHeader("ours"))
    centre = tuple(volume.geometry.ijk_to_lps((9.0, 11.0, 8.0)).tolist())
    findings = FindingSet(
        "f", (Finding("a", "nodule", 0.8, centre, 6.0),), frame, "", Provenance("finder", "2.0")
    )
    write_findings(findings, files, folder / "sr.dcm", {})
    moved = pydicom.dcmread(folder / "seg.dcm")
    moved.FrameOfReferenceUID = frame + ".9"
    moved.SOPInstanceUID = moved.file_meta.MediaStorageSOPInstanceUID = frame + ".99"
    moved.save_as(folder / "elsewhere.dcm")
    return tmp_path / "study"


def test_masks_and_findings_of_a_study_are_drawn_listed_and_named_by_their_maker(
    window, qtbot, shared_study
):  # fmt: skip
    blocks = shared_blocks(window, qtbot, 3, shared_study)
    texts = [texts_of(block) for block in blocks]
    boxes = [b.findChild(QCheckBox) for b in blocks]
    seg = next(n for n, b in enumerate(boxes) if b and b.text() == "Segmentation in the study")
    report = next(n for n, b in enumerate(boxes) if b and b.text() == "Report in the study")
    assert "boxer 1.2" in texts[seg]
    assert "AI model" in texts[seg], "our objects say that they are a network's"
    assert "finder 2.0" in texts[report]
    assert "AI model" not in texts[report]
    refused = next(t for t in texts if "elsewhere.dcm" in t)
    assert "lies in the frame of reference" in refused
    qtbot.waitUntil(lambda: colored_pixels(window) > 200, timeout=WAIT_MS)
    drawn = [r for r, _ in window.grid.views[0].shown_results]
    assert sorted(type(r).__name__ for r in drawn) == ["FindingSet", "Segmentation"]
    assert drawn[0].frame_of_reference_uid == drawn[1].frame_of_reference_uid
    found = next(r for r in drawn if isinstance(r, Segmentation))
    assert np.count_nonzero(found.labels) == 8 * 12 * 10
    assert blocks[report].findings.shown[0].diameter_mm == pytest.approx(6.0)
    boxes[seg].click()
    boxes[report].click()
    qtbot.waitUntil(lambda: colored_pixels(window) < 50, timeout=WAIT_MS)


def test_closing_the_study_takes_its_results_away(window, qtbot, shared_study):
    shared_blocks(window, qtbot, 3, shared_study)
    window.window_commands.close_study()
    assert window.services.shared_results.items() == []


@pytest.mark.corpus
def test_a_segmentation_of_another_program_lies_on_its_ct(window, qtbot, corpus_folder):
    folder = corpus_folder / "dcmqi" / "segmentations"
    (block,) = shared_blocks(window, qtbot, 1, folder / "ct-3slice", folder / "liver.dcm")
    text = texts_of(block)
    assert "QIICR" in text
    assert "SlicerEditor" in text
    assert "AI model" not in text
    qtbot.waitUntil(lambda: colored_pixels(window) > 200, timeout=WAIT_MS)
    assert window.services.inference.running is None
    result = window.services.shared_results.items()[0]
    image = window.services.session.image(window.services.view_store.pane(0).volume_id)
    assert np.allclose(image.geometry.centre_lps_mm, result.geometry.centre_lps_mm, atol=0.01)
