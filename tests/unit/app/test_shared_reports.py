"""Reports of other origin: every kind of region gets its place in the patient, or says why not."""

import numpy as np
import pydicom
import pytest
from highdicom import sr
from highdicom.seg import segread

from medviewer.app.jobs import JobRunner
from medviewer.app.session import Session
from medviewer.app.shared_results import SharedResults
from medviewer.core.findings import FindingSet, Unplaced
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.segmentation import Segment, Segmentation
from medviewer.core.tasks import TaskContext
from medviewer.io.dicom_index import index_paths
from medviewer.io.dicom_seg import SegHeader, write_segmentation
from tests import reports
from tests.dicom_series import image as radiograph
from tests.dicom_series import write
from tests.phantoms import axis_directions, oblique_directions

KINDS = ("POINT", "MULTIPOINT", "POLYLINE", "CIRCLE", "ELLIPSE")
SPACING_IJK_MM = (0.7, 1.6, 4.0)
DIRECTIONS = {
    "straight": axis_directions()["LPH"],
    "flipped": axis_directions()["RAF"],
    "sagittal": axis_directions()["PFR"],
    **oblique_directions(),
}


@pytest.fixture
def shared(qapp):
    """The results of an empty session; what is merged into it is read."""
    session, runner = Session(), JobRunner()
    results = SharedResults(session, runner)
    results.session = session
    yield results
    assert runner.shutdown(5000)


def open_folder(shared, qtbot, *folders):
    shared.session.merge(index_paths(list(folders), TaskContext()))
    qtbot.waitUntil(lambda: not shared._is_reading, timeout=20_000)
    return [item for item in shared.items() if isinstance(item, FindingSet)]


def geometry_of(direction):
    return VolumeGeometry.from_axes(reports.SHAPE, (12.0, -30.0, 101.0), direction, SPACING_IJK_MM)


def in_voxels(geometry, found, expected):
    """Distance in voxels along each axis."""
    return np.abs(geometry.lps_to_ijk(found) - geometry.lps_to_ijk(expected)).max()


@pytest.mark.parametrize("name", DIRECTIONS)
def test_every_kind_of_region_lands_where_its_image_puts_it(shared, qtbot, tmp_path, name):
    geometry = geometry_of(DIRECTIONS[name])
    images = reports.write_bright(tmp_path, geometry)
    point = geometry.ijk_to_lps(reports.POINT_IJK)
    image = reports.image_through(images, point)
    x, y, off = reports.on_image(image, point)
    assert abs(off) < 0.01
    groups = [
        reports.planar(kind, reports.region(image, kind, reports.around(kind, x, y)))
        for kind in KINDS
    ]
    reports.write_report(tmp_path / "sr.dcm", images, *groups)
    (found,) = open_folder(shared, qtbot, tmp_path)
    assert found.frame_of_reference_uid == image.FrameOfReferenceUID
    assert [f.id for f in found.findings] == list(KINDS)
    column_mm, row_mm = image.PixelSpacing[1], image.PixelSpacing[0]
    sizes = {
        "POINT": 0.0,
        "MULTIPOINT": np.hypot(4 * column_mm, 2 * row_mm),
        "POLYLINE": np.hypot(4 * column_mm, 6 * row_mm),
        "CIRCLE": 6 * column_mm,
        "ELLIPSE": max(8 * column_mm, 4 * row_mm),
    }
    for finding in found.findings:
        assert finding.unplaced is None
        middle = finding.centre_lps_mm
        if finding.id != "MULTIPOINT":  # which lies at one of its points
            assert in_voxels(geometry, middle, point) < 0.01, finding.id
        points = np.concatenate([outline.points for outline in finding.outlines])
        box = (points.min(axis=0) + points.max(axis=0)) / 2.0
        assert in_voxels(geometry, box, point) < 0.01, finding.id
        assert np.ptp(points @ geometry.slice_normal) < 0.01, "the outline lies in its image"
        assert (finding.diameter_mm or 0.0) == pytest.approx(sizes[finding.id], rel=0.01), (
            finding.id
        )


def test_a_region_lies_on_the_frame_of_an_enhanced_object_that_it_names(shared, qtbot, tmp_path):
    image = reports.write_bright_enhanced(tmp_path)
    point, number = reports.enhanced_point(), int(reports.POINT_IJK[2]) + 1
    x, y = reports.POINT_IJK[:2] + 0.5
    on_frame = reports.region(image, "CIRCLE", reports.around("CIRCLE", x, y), [number])
    beyond = reports.region(image, "POINT", [(x, y)], [99])
    groups = reports.planar("here", on_frame), reports.planar("beyond", beyond)
    reports.write_report(tmp_path / "sr.dcm", [image], *groups)
    (found,) = open_folder(shared, qtbot, tmp_path)
    here, missing = found.findings
    offset = np.abs(np.subtract(here.centre_lps_mm, point)) / (0.5, 1.5, 4.0)
    assert offset.max() < 0.01
    assert missing.unplaced is Unplaced.NO_IMAGE


def test_contours_on_several_images_are_one_finding(shared, qtbot, tmp_path):
    geometry = geometry_of(np.eye(3))
    images = reports.write_bright(tmp_path, geometry)
    regions = []
    for k in (2.0, 3.0, 4.0):
        point = geometry.ijk_to_lps((6.0, 9.0, k))
        image = reports.image_through(images, point)
        x, y = reports.on_image(image, point)[:2]
        regions.append(reports.region(image, "POLYLINE", reports.around("POLYLINE", x, y)))
    reports.write_report(tmp_path / "sr.dcm", images, reports.volumetric("all", regions))
    (found,) = open_folder(shared, qtbot, tmp_path)
    (finding,) = found.findings
    heights = sorted(geometry.lps_to_ijk(o.points)[:, 2].mean() for o in finding.outlines)
    assert heights == pytest.approx([2.0, 3.0, 4.0])
    middle = geometry.ijk_to_lps((6.0, 9.0, 3.0))
    assert in_voxels(geometry, finding.centre_lps_mm, middle) < 0.01


def test_what_lies_on_a_radiograph_is_placed_in_its_pixels(shared, qtbot, tmp_path):
    picture = radiograph(
        np.zeros((40, 60), np.uint16), Modality="DX", SOPClassUID="1.2.840.10008.5.1.4.1.1.1.1",
        ImagerPixelSpacing=[0.2, 0.2], **reports.HEADER,
    )  # fmt: skip
    write(tmp_path, picture)
    where = reports.region(picture, "ELLIPSE", reports.around("ELLIPSE", 20.0, 10.0))
    reports.write_report(tmp_path / "sr.dcm", [picture], reports.planar("a", where))
    (found,) = open_folder(shared, qtbot, tmp_path)
    (finding,) = found.findings
    assert found.is_on_pixels
    (volume,) = (v for s in shared.session.studies for r in s.series for v in r.volumes)
    assert found.source_id == volume.id
    assert finding.box_px == pytest.approx((16.0, 8.0, 24.0, 12.0))
    assert finding.outlines[0].frame_index == 0
    assert finding.centre_lps_mm is None


def test_an_image_that_is_opened_later_gives_its_findings_their_place(shared, qtbot, tmp_path):
    geometry = geometry_of(np.eye(3))
    images = reports.write_bright(tmp_path / "images", geometry)
    point = geometry.ijk_to_lps(reports.POINT_IJK)
    image = reports.image_through(images, point)
    x, y = reports.on_image(image, point)[:2]
    path = tmp_path / "sr.dcm"
    group = reports.planar("a", reports.region(image, "POINT", [(x, y)]))
    reports.write_report(path, images, group)
    (found,) = open_folder(shared, qtbot, path)
    assert found.findings[0].unplaced is Unplaced.NO_IMAGE
    assert found.findings[0].centre_lps_mm is None
    (found,) = open_folder(shared, qtbot, tmp_path / "images")
    assert in_voxels(geometry, found.findings[0].centre_lps_mm, point) < 0.01


def test_each_frame_of_reference_has_its_findings_and_names_the_others(shared, qtbot, tmp_path):
    geometry = geometry_of(np.eye(3))
    groups, every = [], []
    for name in ("first", "second"):
        images = reports.write_bright(tmp_path / name, geometry, name)
        image = reports.image_through(images, geometry.ijk_to_lps(reports.POINT_IJK))
        groups.append(reports.planar(name, reports.region(image, "POINT", [(5.5, 5.5)])))
        every += images
    assert len({i.FrameOfReferenceUID for i in every}) == 2
    for image in every:  # of one study, as highdicom asks
        image.StudyInstanceUID = every[0].StudyInstanceUID
    reports.write_report(tmp_path / "sr.dcm", every, *groups)
    sets = open_folder(shared, qtbot, tmp_path)
    assert [s.frame_of_reference_uid for s in sets] == [
        every[0].FrameOfReferenceUID, every[-1].FrameOfReferenceUID
    ]  # fmt: skip
    reasons = [[f.unplaced for f in each.findings] for each in sets]
    assert reasons == [[None, Unplaced.ELSEWHERE], [Unplaced.ELSEWHERE, None]]
    assert sets[0].id != sets[1].id


@pytest.fixture
def segmented(tmp_path):
    """A series and a SEG of it with two segments; the first is largest on slice 5."""
    geometry = geometry_of(DIRECTIONS["axial tilted 20"])
    images = reports.write_bright(tmp_path / "images", geometry)
    labels = np.zeros(reports.SHAPE, np.uint8)
    labels[2:5, 4:7, 3:6] = 1
    labels[5, 4:9, 3:10] = 1
    labels[1, 12:15, 8:13] = 2
    segmentation = Segmentation(
        "s", labels, geometry, (Segment(1, "big"), Segment(2, "small")),
        images[0].FrameOfReferenceUID,
    )  # fmt: skip
    files = sorted((tmp_path / "images").iterdir())
    (tmp_path / "results").mkdir()
    write_segmentation(segmentation, files, tmp_path / "results" / "seg.dcm", SegHeader("s"))
    return geometry, images, segread(tmp_path / "results" / "seg.dcm")


def test_a_segment_of_an_open_segmentation_is_where_it_is_largest(
    shared, qtbot, tmp_path, segmented
):  # fmt: skip
    geometry, images, seg = segmented
    at = pydicom.Sequence(seg.PerFrameFunctionalGroupsSequence)
    on_slice_3 = next(
        n for n, group in enumerate(at, 1)
        if round(geometry.lps_to_ijk(group.PlanePositionSequence[0].ImagePositionPatient)[2]) == 3
    )  # fmt: skip
    groups = (
        reports.volumetric("big", sr.ReferencedSegment.from_segmentation(seg, 1)),
        reports.planar("one frame", sr.ReferencedSegmentationFrame.from_segmentation(
            seg, frame_number=[on_slice_3], segment_number=1)),
    )  # fmt: skip
    reports.write_report(tmp_path / "results" / "sr.dcm", [*images, seg], *groups)
    (found,) = open_folder(shared, qtbot, tmp_path)
    big, framed = found.findings
    assert in_voxels(geometry, big.centre_lps_mm, geometry.ijk_to_lps((6, 6, 5))) < 0.01
    assert in_voxels(geometry, framed.centre_lps_mm, geometry.ijk_to_lps((4, 5, 3))) < 0.01
    assert found.frame_of_reference_uid == seg.FrameOfReferenceUID


def test_a_segmentation_that_is_not_open_is_said_so(shared, qtbot, tmp_path, segmented):
    _, images, seg = segmented
    group = reports.volumetric("big", sr.ReferencedSegment.from_segmentation(seg, 1))
    reports.write_report(tmp_path / "sr.dcm", [*images, seg], group)
    (tmp_path / "results" / "seg.dcm").unlink()
    (found,) = open_folder(shared, qtbot, tmp_path)
    assert found.findings[0].unplaced is Unplaced.NO_SEGMENTATION


def test_damaged_regions_are_listed_with_the_reason(shared, qtbot, tmp_path):
    geometry = geometry_of(np.eye(3))
    images = reports.write_bright(tmp_path, geometry)
    names = ("odd", "kind", "nan", "few")
    groups = [
        reports.planar(name, reports.region(images[0], "CIRCLE", [(5.0, 5.0), (7.0, 5.0)]))
        for name in names
    ]
    path = reports.write_report(tmp_path / "sr.dcm", images, *groups)
    document = pydicom.dcmread(path)
    regions = []

    def collect(item):
        regions.extend([item] if item.get("ValueType") == "SCOORD" else [])
        for child in item.get("ContentSequence", []):
            collect(child)

    collect(document)
    regions[0].GraphicData = [5.0, 5.0, 7.0]
    regions[1].GraphicType = "CLOUD"
    regions[2].GraphicData = [5.0, float("nan"), 7.0, 5.0]
    regions[3].GraphicData = [5.0, 5.0]
    document.save_as(path)
    (found,) = open_folder(shared, qtbot, tmp_path)
    assert [f.unplaced for f in found.findings] == [Unplaced.UNKNOWN_REGION] * 4
