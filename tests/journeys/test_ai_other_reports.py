"""Regions of reports of other origin are seen where they belong, in every view, not elsewhere."""

import numpy as np
import pytest
from highdicom import sr
from highdicom.seg import segread
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from medviewer.app.view_store import PaneMode
from medviewer.core.findings import FindingSet
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.segmentation import Segment, Segmentation
from medviewer.io.dicom_seg import SegHeader, write_segmentation
from tests import reports
from tests.ai_page import WAIT_MS
from tests.dicom_series import image as radiograph
from tests.dicom_series import write
from tests.phantoms import axis_directions, oblique_directions
from tests.shell_window import drop_paths, is_read

KINDS = ("POINT", "MULTIPOINT", "POLYLINE", "CIRCLE", "ELLIPSE")
DIRECTIONS = {
    "flipped": axis_directions()["RAF"],
    "left-handed oblique": oblique_directions()["left-handed double oblique"],
}


def show(window, qtbot, folder):
    assert drop_paths(window, folder)
    qtbot.waitUntil(lambda: is_read(window), timeout=WAIT_MS)
    results = window.services.shared_results
    qtbot.waitUntil(
        lambda: any(isinstance(i, FindingSet) for i in results.items()), timeout=WAIT_MS
    )
    window.inspector.show_page("ai")
    qtbot.waitUntil(lambda: bool(window.ai.panel.shared_blocks), timeout=WAIT_MS)
    return window.services.session.image(window.services.view_store.pane(0).volume_id)


def marks_by_slice(window, n):
    """Labels of the marks drawn on each image of the first view."""
    store, view = window.services.view_store, window.grid.view(0)
    found = {}
    for index in range(n):
        store.update_slice(0, slice_index=index)
        view.scene.apply(view.state)
        found[index] = [mark.finding.id for mark in view.scene.finding_marks()]
    return found


def sand_pixels(window):
    """Pixels of the first view in the colour of a person's marks."""
    image = window.grid.view(0).grab().toImage()
    image = image.convertToFormat(image.Format.Format_RGB888)
    values = np.frombuffer(image.constBits(), np.uint8)
    values = values.reshape(image.height(), image.bytesPerLine())[:, : image.width() * 3]
    values = values.reshape(image.height(), image.width(), 3)[80:-80, 80:-80].astype(int)
    red, blue = values[..., 0], values[..., 2]
    return int(((red > 150) & (red - blue > 60)).sum())


def report_block(window):
    return next(b for b in window.ai.panel.shared_blocks if b.findings is not None)


def labels_of(widget):
    return " ".join(label.text() for label in widget.findChildren(QLabel) if label.text())


def write_series_and_report(folder, direction):
    geometry = VolumeGeometry.from_axes(
        reports.SHAPE, (12.0, -30.0, 101.0), direction, (0.7, 1.6, 4.0)
    )
    images = reports.write_bright(folder, geometry)
    point = geometry.ijk_to_lps(reports.POINT_IJK)
    image = reports.image_through(images, point)
    x, y = reports.on_image(image, point)[:2]
    groups = [reports.planar(k, reports.region(image, k, reports.around(k, x, y))) for k in KINDS]
    reports.write_report(folder / "sr.dcm", images, *groups)
    return point


@pytest.mark.parametrize("name", DIRECTIONS)
def test_regions_are_seen_on_their_slice_alone_around_the_point_they_mean(
    window, qtbot, tmp_path, name
):  # fmt: skip
    point = write_series_and_report(tmp_path, DIRECTIONS[name])
    show(window, qtbot, tmp_path)
    drawn = marks_by_slice(window, reports.SHAPE[0])
    holding = [index for index, marks in drawn.items() if marks]
    assert len(holding) == 1
    assert drawn[holding[0]] == list(KINDS)
    window.services.view_store.update_slice(0, slice_index=holding[0])
    qtbot.waitUntil(lambda: sand_pixels(window) > 200, timeout=WAIT_MS)
    view = window.grid.view(0)
    expected = view.scene.screen_frame.lps_to_display(point)[:2]
    voxel_px = 0.7 / view.scene.screen_frame.mm_per_px
    for mark in view.scene.finding_marks():
        assert np.hypot(mark.x - expected[0], mark.y - expected[1]) < voxel_px / 2, mark.finding.id
        assert view.scene.value_at(mark.x, mark.y) == 1000, "the bright voxel is inside"
    window.services.view_store.update_slice(0, slice_index=(holding[0] + 2) % reports.SHAPE[0])
    qtbot.waitUntil(lambda: sand_pixels(window) == 0, timeout=WAIT_MS)


def test_the_next_finding_is_marked_in_every_plane(window, qtbot, tmp_path):
    write_series_and_report(tmp_path, DIRECTIONS["flipped"])
    show(window, qtbot, tmp_path)
    window.commands.set_layout("mpr")
    store = window.services.view_store
    for _ in KINDS:
        QTest.keyClick(window, Qt.Key.Key_N)
        chosen = report_block(window).findings.selected
        for pane in range(3):
            if store.pane(pane).mode is not PaneMode.SLICE:
                continue
            view = window.grid.view(pane)
            qtbot.waitUntil(
                lambda v=view, c=chosen: c.id in [m.finding.id for m in v.scene.finding_marks()],
                timeout=WAIT_MS,
            )


def test_a_region_on_one_frame_of_an_enhanced_object_is_seen_there(window, qtbot, tmp_path):
    image = reports.write_bright_enhanced(tmp_path)
    x, y = reports.POINT_IJK[:2] + 0.5
    where = reports.region(image, "CIRCLE", reports.around("CIRCLE", x, y), [4])
    reports.write_report(tmp_path / "sr.dcm", [image], reports.planar("circle", where))
    show(window, qtbot, tmp_path)
    drawn = marks_by_slice(window, 8)
    (index,) = (index for index, marks in drawn.items() if marks)
    window.services.view_store.update_slice(0, slice_index=index)
    view = window.grid.view(0)
    view.scene.apply(view.state)
    (mark,) = view.scene.finding_marks()
    assert view.scene.value_at(mark.x, mark.y) == 1000
    expected = view.scene.screen_frame.lps_to_display(reports.enhanced_point())[:2]
    assert np.hypot(mark.x - expected[0], mark.y - expected[1]) < 1.0


def test_a_region_on_a_radiograph_is_seen_on_its_pixels(window, qtbot, tmp_path):
    stored = np.zeros((40, 60), np.uint16)
    stored[10, 20] = 4000
    picture = radiograph(
        stored, Modality="DX", SOPClassUID="1.2.840.10008.5.1.4.1.1.1.1",
        ImagerPixelSpacing=[0.2, 0.2], **reports.HEADER,
    )  # fmt: skip
    write(tmp_path, picture)
    where = reports.region(picture, "POLYLINE", reports.around("POLYLINE", 20.5, 10.5))
    reports.write_report(tmp_path / "sr.dcm", [picture], reports.planar("a", where))
    show(window, qtbot, tmp_path)
    qtbot.waitUntil(lambda: sand_pixels(window) > 100, timeout=WAIT_MS)
    (mark,) = window.grid.view(0).scene.finding_marks()
    assert window.grid.view(0).scene.value_at(mark.x, mark.y) == 4000
    low, high = (window.grid.view(0).scene.image_to_display(*p) for p in ((18, 7), (22, 13)))
    assert mark.radius_px == pytest.approx((high[1] - low[1]) / 2, rel=0.01)


def test_a_finding_that_is_a_segment_is_gone_to_and_a_missing_one_is_said(
    window, qtbot, tmp_path
):  # fmt: skip
    geometry = VolumeGeometry.from_axes(
        reports.SHAPE, (12.0, -30.0, 101.0), DIRECTIONS["flipped"], (0.7, 1.6, 4.0)
    )
    images = reports.write_bright(tmp_path / "images", geometry)
    labels = np.zeros(reports.SHAPE, np.uint8)
    labels[2:5, 4:7, 3:6] = 1
    labels[5, 4:9, 3:10] = 1
    labels[1, 12:15, 8:13] = 2
    segments = (Segment(1, "big"), Segment(2, "small"))
    frame = images[0].FrameOfReferenceUID
    files = sorted((tmp_path / "images").iterdir())
    seg = Segmentation("s", labels, geometry, segments, frame)
    for name in ("seg", "gone"):
        write_segmentation(seg, files, tmp_path / f"{name}.dcm", SegHeader(name))
    here, gone = (segread(tmp_path / f"{name}.dcm") for name in ("seg", "gone"))
    groups = [
        reports.volumetric(name, sr.ReferencedSegment.from_segmentation(each, 1))
        for name, each in (("here", here), ("gone", gone))
    ]
    reports.write_report(tmp_path / "sr.dcm", [*images, here, gone], *groups)
    (tmp_path / "gone.dcm").unlink()
    show(window, qtbot, tmp_path)
    qtbot.waitUntil(
        lambda: report_block(window).findings.shown[0].centre_lps_mm is not None, timeout=WAIT_MS
    )
    block = report_block(window)
    assert "no. 2 (in a segmentation that is not open)" in labels_of(block)
    assert "read-only" in labels_of(block)
    assert "Score from" not in labels_of(block), "nobody scored these"
    QTest.keyClick(window, Qt.Key.Key_N)
    state = window.services.view_store.pane(0).slice
    centre = geometry.ijk_to_lps((6.0, 6.0, 5.0))
    assert np.allclose(state.focus_lps_mm, centre, atol=0.01)
    QTest.keyClick(window, Qt.Key.Key_N)
    assert block.findings.selected.id == "gone"
    assert window.services.view_store.pane(0).slice.slice_index == state.slice_index
