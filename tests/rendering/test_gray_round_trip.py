"""From a radiograph's file to gray on the screen: modality, VOI, presentation, each once."""

import numpy as np
import pydicom
import pytest
from pydicom.dataset import FileMetaDataset
from pydicom.pixels import apply_modality_lut, apply_windowing
from pydicom.uid import ComputedRadiographyImageStorage, ExplicitVRLittleEndian

from medviewer.core.display import SliceState
from medviewer.core.tasks import TaskContext
from medviewer.io.dicom_index import index_paths
from medviewer.io.dicom_write import derived_uid
from medviewer.io.series_loader import load_image

ROWS, COLUMNS = 64, 96
# Every stored value from 0 to 4095 twice over: what a 12-bit detector gives, once across.
STORED = (np.arange(ROWS * COLUMNS, dtype=np.uint16) * 2 // 3).reshape(ROWS, COLUMNS)


def _write(path, **elements):
    ds = pydicom.Dataset()
    ds.SOPClassUID = ComputedRadiographyImageStorage
    ds.SOPInstanceUID, ds.StudyInstanceUID, ds.SeriesInstanceUID = (
        derived_uid("gray", n) for n in range(3)
    )
    ds.Modality, ds.PatientID, ds.InstanceNumber = "CR", "GRAY", 1
    ds.Rows, ds.Columns, ds.SamplesPerPixel = ROWS, COLUMNS, 1
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.PixelSpacing = [0.5, 0.5]
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    ds.PixelData = STORED.tobytes()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.save_as(path, enforce_file_format=True)
    return ds


def _picture(folder, make_view):
    """Gray of every image pixel, drawn one to one."""
    study = index_paths([folder], TaskContext()).studies[0]
    (series,) = study.series
    (record,) = series.volumes
    view = make_view(COLUMNS, ROWS)
    view.scene.set_image(load_image(record, series, study, TaskContext()))
    return view.picture(SliceState(is_interpolated=False))[:, :, 0].astype(float)


def _expected(ds):
    """pydicom's gray; its output range is that of the modality values."""
    shown = apply_windowing(apply_modality_lut(STORED, ds), ds).astype(float)
    slope, intercept = float(ds.get("RescaleSlope", 1)), float(ds.get("RescaleIntercept", 0))
    gray = (shown - intercept) / (4095 * slope) * 255
    return 255 - gray if ds.PhotometricInterpretation == "MONOCHROME1" else gray


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize("rescale", [{}, {"RescaleSlope": 2, "RescaleIntercept": -1000}])
def test_the_screen_shows_pydicoms_gray_within_one_level(
    tmp_path, make_view, photometric, function, rescale
):
    slope, intercept = rescale.get("RescaleSlope", 1), rescale.get("RescaleIntercept", 0)
    ds = _write(
        tmp_path / "image.dcm",
        PhotometricInterpretation=photometric,
        WindowCenter=2000 * slope + intercept,
        WindowWidth=1500 * slope,
        VOILUTFunction=function,
        **rescale,
    )
    difference = _picture(tmp_path, make_view) - _expected(ds)
    assert np.abs(difference).max() <= 1


@pytest.mark.parametrize(
    ("photometric", "shape", "is_inverted"),
    [
        ("MONOCHROME2", "IDENTITY", False),
        ("MONOCHROME1", "INVERSE", True),
        ("MONOCHROME1", None, True),
    ],
)
def test_an_image_is_inverted_once_however_often_its_header_says_so(
    tmp_path, make_view, photometric, shape, is_inverted
):
    elements = {"PresentationLUTShape": shape} if shape else {}
    _write(
        tmp_path / "image.dcm",
        PhotometricInterpretation=photometric,
        WindowCenter=2048,
        WindowWidth=4096,
        **elements,
    )
    gray = _picture(tmp_path, make_view)
    ends = (255, 0) if is_inverted else (0, 255)
    assert (gray[0, 0], gray[-1, -1]) == pytest.approx(ends, abs=1)


def test_a_voi_lut_of_the_header_is_applied_as_it_stands(tmp_path, make_view):
    item = pydicom.Dataset()
    table = (np.linspace(0, 1, 4096) ** 2 * 255).astype(np.uint16)
    item.add_new("LUTDescriptor", "US", [4096, 0, 8])
    item.add_new("LUTData", "US", table.tolist())
    _write(tmp_path / "image.dcm", VOILUTSequence=[item])
    assert np.abs(_picture(tmp_path, make_view) - table[STORED]).max() <= 1
