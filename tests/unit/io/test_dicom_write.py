from dataclasses import replace

import numpy as np
import pydicom
import pytest
import SimpleITK as sitk  # noqa: N813 - the name its documentation uses

from medviewer.core.errors import ExportError
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.tasks import TaskCancelled, TaskContext
from medviewer.core.windowing import VoiWindow
from medviewer.io.dicom_write import SeriesHeader, derived_uid, write_series
from tests.phantoms import (
    SPHERES,
    axis_directions,
    measured_centre,
    oblique_directions,
    sphere_geometry,
    sphere_volume,
)

DIRECTIONS = axis_directions() | oblique_directions()
HEADER = SeriesHeader("test")
TYPE_1 = (
    "ImageType",
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "Modality",
    "FrameOfReferenceUID",
    "PixelSpacing",
    "ImageOrientationPatient",
    "ImagePositionPatient",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "Rows",
    "Columns",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PixelData",
)


def _read_with_simpleitk(folder):
    names = sitk.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder))
    image = sitk.ReadImage(names)
    geometry = VolumeGeometry.from_axes(
        image.GetSize()[::-1],
        image.GetOrigin(),
        np.array(image.GetDirection()).reshape(3, 3),
        image.GetSpacing(),
    )
    return geometry, sitk.GetArrayFromImage(image)


@pytest.mark.parametrize("name", DIRECTIONS)
def test_another_reader_finds_the_spheres_where_they_are(tmp_path, name):
    written = sphere_volume(sphere_geometry(DIRECTIONS[name], shape=(18, 40, 48)))
    write_series(written, tmp_path, HEADER)
    geometry, voxels = _read_with_simpleitk(tmp_path)
    read = replace(written, voxels=voxels, geometry=geometry, is_loaded=np.ones(18, bool))
    assert voxels.sum() == written.voxels.sum(dtype=int)
    for ball in SPHERES:
        error_mm = np.linalg.norm(measured_centre(read, ball) - measured_centre(written, ball))
        assert error_mm < 1e-3


def test_rescale_gives_back_the_hounsfield_units(tmp_path):
    volume = sphere_volume()
    paths = write_series(volume, tmp_path, HEADER, rescale_intercept=-1024)
    ds = pydicom.dcmread(paths[12])
    assert (ds.pixel_array == volume.voxels[12] + 1024).all()
    assert (ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType) == (1, -1024, "HU")


@pytest.mark.parametrize("modality", ["CT", "MR"])
def test_type_1_attributes_have_values_and_uids_are_valid(tmp_path, modality):
    path = write_series(sphere_volume(modality=modality), tmp_path, HEADER)[3]
    ds = pydicom.dcmread(path)
    for keyword in TYPE_1:
        assert ds[keyword].value not in (None, ""), keyword
    own = {"CT": ["RescaleIntercept", "RescaleSlope"], "MR": ["ScanningSequence"]}
    assert all(ds[keyword].value not in (None, "") for keyword in own[modality])
    for element in ds.iterall():
        if element.VR == "UI":
            assert pydicom.uid.UID(element.value).is_valid, element.keyword
    assert ds.file_meta.TransferSyntaxUID == pydicom.uid.ExplicitVRLittleEndian


def test_instances_differ_and_share_series_and_frame_of_reference(tmp_path):
    headers = [
        pydicom.dcmread(p, stop_before_pixels=True)
        for p in write_series(sphere_volume(), tmp_path, HEADER)
    ]
    assert len({ds.SOPInstanceUID for ds in headers}) == len(headers) == 26
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"):
        assert len({ds[keyword].value for ds in headers}) == 1
    assert [ds.InstanceNumber for ds in headers] == list(range(1, 27))


def test_the_same_key_gives_the_same_uids_and_another_series_number_another_series():
    assert derived_uid("a", 1) == derived_uid("a", 1) != derived_uid("a", 2)


def test_windows_are_written_with_their_names(tmp_path):
    vois = (VoiWindow(-600, 1500, explanation="Lung"), VoiWindow(40, 400, explanation="Körper"))
    path = write_series(replace(sphere_volume(), vois=vois), tmp_path, HEADER)[0]
    ds = pydicom.dcmread(path)
    assert list(ds.WindowCenter) == [-600, 40]
    assert list(ds.WindowCenterWidthExplanation) == ["Lung", "Körper"]


def test_an_odd_number_of_bytes_is_padded(tmp_path):
    volume = sphere_volume(sphere_geometry(shape=(3, 3, 5)))
    assert all(p.stat().st_size % 2 == 0 for p in write_series(volume, tmp_path, HEADER))


def test_cancelling_stops_writing(tmp_path):
    context = TaskContext()
    context.cancel()
    with pytest.raises(TaskCancelled):
        write_series(sphere_volume(), tmp_path, HEADER, context=context)
    assert not list(tmp_path.glob("*.dcm"))


@pytest.mark.parametrize(
    ("change", "intercept", "rule"),
    [
        ({"modality": "PT"}, 0, "must be CT or MR"),
        ({"modality": "MR"}, -1024, "no rescale"),
        ({"voxels": np.zeros((26, 44, 52), np.float32)}, 0, "whole numbers"),
        ({"voxels": np.full((26, 44, 52), 32000, np.int16)}, -1024, "fit signed 16 bits"),
    ],
)
def test_what_a_classic_series_cannot_hold_is_refused(tmp_path, change, intercept, rule):
    with pytest.raises(ExportError, match=rule):
        write_series(
            replace(sphere_volume(), **change), tmp_path, HEADER, rescale_intercept=intercept
        )
