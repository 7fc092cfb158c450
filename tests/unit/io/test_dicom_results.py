"""DICOM SEG and SR: written, read back by highdicom and here, at the same place."""

import numpy as np
import pydicom
import pytest
from highdicom.ko import KeyObjectSelectionDocument
from highdicom.seg import segread
from highdicom.sr import srread

from medviewer.core.errors import DataError, ExportError
from medviewer.core.findings import Finding, FindingSet, ReviewState, Unplaced
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.provenance import Provenance
from medviewer.core.segmentation import Code, Segment, Segmentation
from medviewer.core.volume import Volume
from medviewer.io.dicom_kos import write_key_images
from medviewer.io.dicom_seg import SegHeader, read_segmentation, write_segmentation
from medviewer.io.dicom_sr import read_report, write_findings
from medviewer.io.dicom_write import SeriesHeader, write_series

SHAPE = (9, 14, 11)
TURN = np.deg2rad(20)
GEOMETRIES = {
    "straight": np.diag([0.8, 0.9, 2.5]),
    "reversed": np.diag([0.8, 0.9, -2.5]),
    "permuted": np.array([[0, 0, 2.5], [0.8, 0, 0], [0, 0.9, 0]]),
    "oblique": np.array(
        [[1, 0, 0], [0, np.cos(TURN), -np.sin(TURN)], [0, np.sin(TURN), np.cos(TURN)]]
    )
    @ np.diag([0.8, 0.9, 2.5]),
}


@pytest.fixture(params=sorted(GEOMETRIES))
def series(request, tmp_path):
    """A series on disk, its geometry and frame of reference."""
    affine = np.eye(4)
    affine[:3, :3] = GEOMETRIES[request.param]
    affine[:3, 3] = (12, -30, 101)
    geometry = VolumeGeometry(SHAPE, affine)
    voxels = np.random.default_rng(0).integers(0, 900, SHAPE).astype(np.int16)
    volume = Volume("v", voxels, geometry, modality="MR")
    files = write_series(volume, tmp_path / "series", SeriesHeader("seg-test"))

    frame = str(pydicom.dcmread(files[0], stop_before_pixels=True).FrameOfReferenceUID)
    return files, geometry, frame


def labels_and_points():
    labels = np.zeros(SHAPE, np.uint8)
    labels[2:6, 3:8, 1:5] = 1
    labels[5:8, 8:12, 5:9] = 2
    return labels


def places(segmentation, number):
    points = segmentation.geometry.ijk_to_lps(np.argwhere(segmentation.labels == number)[:, ::-1])
    return points[np.lexsort(np.round(points, 2).T)]


@pytest.mark.parametrize("is_label_map", [False, True])
def test_a_segmentation_returns_at_the_same_place(series, tmp_path, is_label_map):
    files, geometry, frame = series
    provenance = Provenance("blob-mr", "1.2.0", "ab" * 32)
    segments = (
        Segment(1, "upper", Code("261183002", "SCT", "Upper"), (230, 120, 60)),
        Segment(2, "lower"),
    )
    written = Segmentation("x", labels_and_points(), geometry, segments, frame, provenance)
    path = tmp_path / "seg.dcm"
    write_segmentation(written, files, path, SegHeader("AI", is_label_map))
    found = read_segmentation(path)
    for number in (1, 2):
        assert np.abs(places(found, number) - places(written, number)).max() < 0.01
        assert found.volume_ml(number) == pytest.approx(written.volume_ml(number), rel=1e-4)
    assert [s.label for s in found.segments] == ["upper", "lower"]
    assert found.segments[0].code == segments[0].code
    assert np.abs(np.subtract(found.segments[0].color_rgb, (230, 120, 60))).max() <= 2
    assert found.frame_of_reference_uid == frame
    assert (found.provenance.creator, found.provenance.version) == ("blob-mr", "1.2.0")
    assert segread(path).segmented_property_types is not None


def test_an_empty_or_foreign_segmentation_is_not_written(series, tmp_path):
    files, geometry, frame = series
    segments = (Segment(1, "upper"),)
    empty = Segmentation("x", np.zeros(SHAPE, np.uint8), geometry, segments, frame)
    with pytest.raises(ExportError, match="empty"):
        write_segmentation(empty, files, tmp_path / "a.dcm", SegHeader())
    foreign = Segmentation("x", labels_and_points(), geometry, segments, "1.2.3")
    with pytest.raises(ExportError, match="frame of reference"):
        write_segmentation(foreign, files, tmp_path / "a.dcm", SegHeader())
    assert not (tmp_path / "a.dcm").exists()


def test_findings_return_at_the_same_place_without_the_rejected(series, tmp_path):
    files, geometry, frame = series
    points = geometry.ijk_to_lps([[3, 4, 2], [7, 9, 6], [5, 5, 5]])
    findings = tuple(
        Finding(f"finding-{n}", "nodule", 0.5 + n / 10, tuple(p), 6.0 + n, review=review)
        for n, (p, review) in enumerate(
            zip(points, (ReviewState.OPEN, ReviewState.ACCEPTED, ReviewState.REJECTED), strict=True)
        )
    )
    provenance = Provenance("nodule-ct", "2.0.0", "cd" * 32)
    path = tmp_path / "sr.dcm"
    codes = {"nodule": Code("27925004", "SCT", "Nodule")}
    write_findings(FindingSet("s", findings, frame, "", provenance), files, path, codes)
    found = read_report(path).sets[0]
    assert [f.id for f in found.findings] == ["finding-0", "finding-1"]
    for written, read in zip(findings, found.findings, strict=False):
        assert np.abs(np.subtract(read.centre_lps_mm, written.centre_lps_mm)).max() < 0.01
        assert read.diameter_mm == pytest.approx(written.diameter_mm)
        assert read.score == pytest.approx(written.score)
        assert read.label == "Nodule"
    assert found.frame_of_reference_uid == frame
    report = srread(path)
    assert report.VerificationFlag == "UNVERIFIED"
    assert len(report.content.get_planar_roi_measurement_groups()) == 2


@pytest.mark.corpus
def test_a_report_says_what_a_reader_edited_and_remarked(series, tmp_path):
    files, geometry, frame = series
    centre = tuple(geometry.ijk_to_lps((4.0, 5.0, 3.0)).tolist())
    findings = (
        Finding("edited", "nodule", 0.8, centre, 7.5, comment="calcified",
                edited_by="Dr. A at Home", edited_at="2026-01-02T03:04:05+00:00"),
        Finding("untouched", "nodule", 0.7, centre, 5.0),
    )  # fmt: skip
    path = tmp_path / "sr.dcm"
    provenance = Provenance("finder", "2.1", "ab" * 32)
    write_findings(FindingSet("s", findings, frame, "", provenance), files, path, {})
    edited, untouched = read_report(path).sets[0].findings
    assert (edited.edited_by, edited.edited_at) == (findings[0].edited_by, findings[0].edited_at)
    assert edited.comment == "calcified"
    assert edited.diameter_mm == pytest.approx(7.5)
    assert (untouched.edited_by, untouched.comment) == ("", "")
    groups = srread(path).content.get_planar_roi_measurement_groups()
    texts = [" ".join(str(i.get("TextValue")) for i in g[0].ContentSequence) for g in groups]
    assert "Place and size edited by" in texts[0]
    assert "Place and size edited by" not in texts[1]


def test_segmentations_of_other_programs_are_read(corpus_folder):
    liver = read_segmentation(corpus_folder / "dcmqi" / "segmentations" / "liver.dcm")
    assert [s.label for s in liver.segments] == ["Liver"]
    assert liver.volume_ml(1) == pytest.approx(70.4, abs=0.1)
    overlaps = read_segmentation(corpus_folder / "dcmqi/segmentations/partial_overlaps.dcm")
    assert len(overlaps.segments) >= 4


@pytest.mark.corpus
def test_a_report_rates_solidity_and_suspicion_and_says_that_this_is_no_diagnosis(series, tmp_path):
    files, geometry, frame = series
    centre = tuple(geometry.ijk_to_lps((4.0, 5.0, 3.0)).tolist())
    findings = (
        Finding("rated", "nodule", 0.8, centre, 7.5, solidity="part-solid", suspicion_rating=3.4),
        Finding("plain", "nodule", 0.7, centre, 5.0),
    )
    path = tmp_path / "sr.dcm"
    write_findings(FindingSet("s", findings, frame), files, path, {})
    rated, plain = read_report(path).sets[0].findings
    assert (rated.solidity, rated.suspicion_rating) == ("part-solid", pytest.approx(3.4))
    assert (plain.solidity, plain.suspicion_rating) == ("", None)
    first, second = srread(path).content.get_planar_roi_measurement_groups()
    meanings = [str(m.name.meaning) for m in first.get_measurements()]
    assert "Suspicion as rated by radiologists (1-5), not a diagnosis" in meanings
    (evaluation,) = first.get_qualitative_evaluations()
    assert (evaluation.name.meaning, evaluation.value.meaning) == ("Solidity", "Part-solid")
    assert not second.get_qualitative_evaluations()


def test_the_images_of_accepted_findings_are_key_images(series, tmp_path):
    files, geometry, frame = series
    states = [ReviewState.ACCEPTED, ReviewState.REJECTED, ReviewState.OPEN, ReviewState.ACCEPTED]
    findings = tuple(
        Finding(f"f{k}", "nodule", 0.5, tuple(geometry.ijk_to_lps((5.0, 6.0, k)).tolist()), 4.0,
                review=state)
        for k, state in zip((1.2, 3.0, 5.0, 6.8), states, strict=True)
    )  # fmt: skip
    path = tmp_path / "kos.dcm"
    write_key_images(FindingSet("s", findings, frame), files, path)
    document = KeyObjectSelectionDocument.from_dataset(pydicom.dcmread(path))
    chosen = [str(item.ReferencedSOPSequence[0].ReferencedSOPInstanceUID)
              for item in document.content.get_references()]  # fmt: skip
    by_place = {}
    for file in files:
        header = pydicom.dcmread(file, stop_before_pixels=True)
        k = round(float(geometry.lps_to_ijk(np.array(header.ImagePositionPatient, float))[2]))
        by_place[k] = str(header.SOPInstanceUID)
    assert sorted(chosen) == sorted([by_place[1], by_place[7]])
    assert document.resolve_reference(chosen[0])[0] == str(header.StudyInstanceUID)
    with pytest.raises(ExportError, match="No finding was accepted"):
        write_key_images(FindingSet("s", findings[1:3], frame), files, path)


@pytest.mark.corpus
def test_fractions_above_one_half_are_segments(corpus_folder):
    path = corpus_folder / "highdicom" / "seg_image_ct_true_fractional.dcm"
    found = read_segmentation(path)
    frames = segread(path).get_volume(rescale_fractional=True).array
    assert np.count_nonzero(found.labels) == np.count_nonzero((frames > 0.5).any(axis=-1))


@pytest.mark.corpus
def test_the_maker_of_a_result_is_named_as_the_object_names_it(corpus_folder):
    liver = read_segmentation(corpus_folder / "dcmqi" / "segmentations" / "liver.dcm").provenance
    assert (liver.creator, liver.parameters["manufacturer"]) == ("SlicerEditor", "QIICR")
    assert not liver.parameters["is_ai"]
    path = corpus_folder / "highdicom" / "sr_document_with_multiple_groups.dcm"
    assert read_report(path).sets[0].provenance.parameters["observer"]


def test_reports_of_other_programs_are_read_or_refused_in_words(corpus_folder):
    report = read_report(corpus_folder / "highdicom" / "sr_document.dcm").sets[0]
    (finding,) = report.findings
    assert finding.label == "Spinal cord"
    assert finding.unplaced is Unplaced.NO_IMAGE, "its image was not given"
    with pytest.raises(DataError, match="measurement report"):
        read_report(corpus_folder / "dcmqi" / "segmentations" / "liver.dcm")
