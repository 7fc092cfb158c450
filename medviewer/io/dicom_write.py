"""Core volumes written as classic DICOM series, one file a slice."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, MRImageStorage
from pydicom.valuerep import format_number_as_ds

from medviewer.core.errors import ExportError
from medviewer.core.tasks import TaskContext
from medviewer.core.windowing import VoiWindow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from medviewer.core.volume import Volume

_SOP_CLASSES = {"CT": CTImageStorage, "MR": MRImageStorage}


@dataclass(frozen=True, slots=True)
class SeriesHeader:
    """What a written series says besides its pixels and geometry.

    Attributes
    ----------
    key : str
        The study, series, instance and frame of reference UIDs are derived from it: the same
        key and series number give the same UIDs.
    patient_name, patient_id, study_description, series_description : str
        ``patient_name`` in DICOM's form ``Family^Given``.
    study_date, study_time : str
        ``YYYYMMDD`` and ``HHMMSS``.
    image_comments : str
        ImageComments (0020,4000), for the credit of a public data set.
    series_number : int
        Tells the series of one key apart; they share the study and the frame of reference.
    """

    key: str
    patient_name: str = "Phantom^Chest"
    patient_id: str = "PHANTOM"
    study_description: str = ""
    series_description: str = ""
    study_date: str = "20260101"
    study_time: str = "120000"
    body_part_examined: str = "CHEST"
    manufacturer: str = ""
    image_comments: str = ""
    series_number: int = 1


def write_series(
    volume: Volume,
    folder: Path,
    header: SeriesHeader,
    *,
    rescale_intercept: int = 0,
    context: TaskContext | None = None,
) -> list[Path]:
    """Write a CT or MR volume as a series of single-slice files.

    Parameters
    ----------
    volume : Volume
        Modality "CT" or "MR", integer voxels, any orientation (left-handed grids too: slice k
        lies where the geometry puts it).
    folder : Path
        Made if missing; files are named ``000000.dcm`` ... in order of k.
    header : SeriesHeader
    rescale_intercept : int
        RescaleIntercept of a CT series: stored value = voxel - intercept.
    context : TaskContext, optional
        Checked before each file.

    Returns
    -------
    list of Path
        One file a slice, in order of k.

    Raises
    ------
    ExportError
        The modality has no writer here, or a stored value does not fit 16 bits.

    Notes
    -----
    PS3.3 A.3 (CT), A.4 (MR), C.7.6.2 (image plane); Explicit VR Little Endian.
    """
    stored = _stored_values(volume, rescale_intercept)
    context = TaskContext() if context is None else context
    folder.mkdir(parents=True, exist_ok=True)
    series = _series_dataset(volume, header)
    if volume.modality == "CT":
        series.update(_ct_dataset(volume.unit, rescale_intercept))
    else:
        series.update(_mr_dataset())
    paths = []
    for k, pixels in enumerate(stored):
        context.checkpoint(k / len(stored), "export.slices")
        paths.append(folder / f"{k:06d}.dcm")
        _write_slice(series, volume, k, pixels.tobytes(), paths[-1])
    return paths


def derived_uid(*parts: object) -> UID:
    """Return a valid UID that the parts alone determine (PS3.5 B.2, UUID derived)."""
    name = "/".join(str(part) for part in parts)
    return UID(f"2.25.{uuid.uuid5(uuid.NAMESPACE_URL, f'medviewer/{name}').int}")


def _stored_values(volume: Volume, rescale_intercept: int) -> np.ndarray:
    if volume.modality not in _SOP_CLASSES:
        msg = f"Volume {volume.id}: modality {volume.modality!r} must be CT or MR to be written."
        raise ExportError(msg, hint="Export it as NIfTI instead.", modality=volume.modality)
    if volume.voxels.dtype.kind not in "iu" or (rescale_intercept and volume.modality == "MR"):
        msg = (
            f"Volume {volume.id}: {volume.voxels.dtype} voxels with intercept {rescale_intercept}: "
            "a classic series stores whole numbers, and MR has no rescale."
        )
        raise ExportError(msg, hint="Export it as NIfTI instead.", modality=volume.modality)
    low, high = (int(v) - rescale_intercept for v in (volume.voxels.min(), volume.voxels.max()))
    if low < -32768 or high > 32767:
        msg = f"Volume {volume.id}: stored values {low} to {high} must fit signed 16 bits."
        raise ExportError(msg, hint="Export it as NIfTI instead.", modality=volume.modality)
    return (volume.voxels.astype(np.int32) - rescale_intercept).astype("<i2")


def _series_dataset(volume: Volume, header: SeriesHeader) -> Dataset:
    ds = Dataset()
    ds.SpecificCharacterSet = "ISO_IR 192"
    ds.ImageType = ["DERIVED", "PRIMARY", "AXIAL" if volume.modality == "CT" else "OTHER"]
    ds.SOPClassUID = _SOP_CLASSES[volume.modality]
    ds.StudyDate = ds.SeriesDate = ds.AcquisitionDate = ds.ContentDate = header.study_date
    ds.StudyTime = ds.SeriesTime = ds.AcquisitionTime = ds.ContentTime = header.study_time
    ds.AccessionNumber = ds.ReferringPhysicianName = ds.StudyID = ""
    ds.Modality = volume.modality
    ds.Manufacturer = header.manufacturer
    ds.StudyDescription, ds.SeriesDescription = header.study_description, header.series_description
    ds.PatientName, ds.PatientID = header.patient_name, header.patient_id
    ds.PatientBirthDate = ds.PatientSex = ""
    ds.BodyPartExamined, ds.PatientPosition = header.body_part_examined, "HFS"
    ds.StudyInstanceUID = derived_uid(header.key)
    ds.SeriesInstanceUID = derived_uid(header.key, header.series_number)
    ds.SeriesNumber = header.series_number
    ds.FrameOfReferenceUID = volume.frame_of_reference_uid or derived_uid(header.key, "frame")
    ds.PositionReferenceIndicator = ""
    if header.image_comments:
        ds.ImageComments = header.image_comments
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    _, ds.Rows, ds.Columns = volume.geometry.shape
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 1
    _add_grid(ds, volume)
    _add_windows(ds, volume)
    return ds


def _add_grid(ds: Dataset, volume: Volume) -> None:
    geometry = volume.geometry
    column_mm, row_mm, slice_mm = geometry.spacing_ijk_mm
    ds.PixelSpacing = _decimals([row_mm, column_mm])
    ds.SliceThickness = _decimals([slice_mm])[0]
    ds.ImageOrientationPatient = _decimals([*geometry.direction[:, 0], *geometry.direction[:, 1]])


def _add_windows(ds: Dataset, volume: Volume) -> None:
    windows = [voi for voi in volume.vois if isinstance(voi, VoiWindow)]
    if windows:
        ds.WindowCenter = _decimals([window.center for window in windows])
        ds.WindowWidth = _decimals([window.width for window in windows])
        ds.WindowCenterWidthExplanation = [window.explanation for window in windows]


def _ct_dataset(unit: str, rescale_intercept: int) -> Dataset:
    ds = Dataset()
    ds.KVP = ds.AcquisitionNumber = None
    ds.RescaleIntercept, ds.RescaleSlope = rescale_intercept, 1
    ds.RescaleType = unit or "HU"
    return ds


def _mr_dataset() -> Dataset:
    ds = Dataset()
    ds.ScanningSequence, ds.SequenceVariant, ds.ScanOptions = "RM", "NONE", ""
    ds.MRAcquisitionType = "3D"
    ds.RepetitionTime = ds.EchoTime = ds.EchoTrainLength = None
    return ds


def _write_slice(series: Dataset, volume: Volume, k: int, pixels: bytes, path: Path) -> None:
    ds = Dataset()
    ds.update(series)
    position = volume.geometry.ijk_to_lps([0, 0, k])
    ds.SOPInstanceUID = derived_uid(series.SeriesInstanceUID, k)
    ds.InstanceNumber = k + 1
    ds.ImagePositionPatient = _decimals(position)
    ds.SliceLocation = _decimals([float(position @ volume.geometry.slice_normal)])[0]
    ds.PixelData = pixels + b"\0" * (len(pixels) % 2)
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.save_as(path, enforce_file_format=True)


def _decimals(numbers: Sequence[float] | np.ndarray) -> list[str]:
    """Decimal strings of at most 16 characters, as exact as they can be (PS3.5 6.2)."""
    return [format_number_as_ds(float(number)) for number in numbers]
