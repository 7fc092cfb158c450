"""Series of small DICOM files with chosen geometry and attributes, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import (
    CTImageStorage,
    EnhancedMRImageStorage,
    ExplicitVRLittleEndian,
    generate_uid,
)

if TYPE_CHECKING:
    from pathlib import Path

AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
CORONAL = (1.0, 0.0, 0.0, 0.0, 0.0, -1.0)
SAGITTAL = (0.0, 1.0, 0.0, 0.0, 0.0, -1.0)


def image(stored: np.ndarray, **attributes: Any) -> Dataset:
    """Data set of a gray image, CT unless said otherwise."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.SOPClassUID, ds.SOPInstanceUID = CTImageStorage, generate_uid()
    ds.StudyInstanceUID, ds.SeriesInstanceUID = "1.2.3", "1.2.3.4"
    ds.Modality, ds.PatientName, ds.PatientID = "CT", "Doe^Jane", "42"
    ds.Rows, ds.Columns = stored.shape[-2:]
    if stored.ndim == 3:
        ds.NumberOfFrames = stored.shape[0]
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated = ds.BitsStored = stored.dtype.itemsize * 8
    ds.HighBit = ds.BitsStored - 1
    ds.PixelRepresentation = int(stored.dtype.kind == "i")
    ds.PixelData = stored.tobytes() + b"\0" * (stored.nbytes % 2)
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    return ds


def draw_over(dataset: Dataset, points: np.ndarray, group: int = 0x6000, **fields: Any) -> None:
    """Add an overlay plane of bool points, shape (rows, columns) or (frames, rows, columns).

    Keyword arguments are origin (row, column from 1), kind, label, frame_origin, data.
    """
    packed = np.packbits(points.ravel(), bitorder="little").tobytes()
    packed += b"\0" * (len(packed) % 2)
    elements = [
        (0x0010, "US", points.shape[-2]),
        (0x0011, "US", points.shape[-1]),
        (0x0040, "CS", fields.get("kind", "G")),
        (0x0050, "SS", list(fields.get("origin", (1, 1)))),
        (0x0100, "US", 1),
        (0x0102, "US", 0),
        (0x1500, "LO", fields.get("label", "")),
        (0x3000, "OW", fields.get("data", packed)),
    ]
    if points.ndim == 3:
        elements.append((0x0015, "IS", points.shape[0]))
    if "frame_origin" in fields:
        elements.append((0x0051, "US", fields["frame_origin"]))
    for element, vr, value in elements:
        dataset.add_new((group, element), vr, value)


def write(folder: Path, dataset: Dataset) -> Path:
    """Write a data set under its own name."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{dataset.SOPInstanceUID}.dcm"
    dataset.save_as(path, enforce_file_format=True)
    return path


def write_slices(
    folder: Path,
    positions: Any,
    orientation: tuple[float, ...] = AXIAL,
    matrix: tuple[int, int] = (6, 8),
    spacing: tuple[float, float] = (1.5, 0.5),
    **attributes: Any,
) -> list[Path]:
    """One file for each position; pixel values are 100 x (number from 1) + row."""
    paths = []
    for number, position in enumerate(positions, 1):
        rows = np.arange(matrix[0], dtype=np.int16)[:, None]
        stored = np.broadcast_to(rows + 100 * number, matrix).astype(np.int16)
        own = {k: v(number) if callable(v) else v for k, v in attributes.items()}
        dataset = image(
            stored,
            ImagePositionPatient=[float(v) for v in position],
            ImageOrientationPatient=list(orientation),
            PixelSpacing=list(spacing),
            **{"InstanceNumber": number, **own},
        )
        paths.append(write(folder, dataset))
    return paths


def item(**attributes: Any) -> Dataset:
    """Item of a sequence."""
    ds = Dataset()
    for keyword, value in attributes.items():
        setattr(ds, keyword, value)
    return ds


def enhanced(frames: list[dict[str, Any]], stored: np.ndarray, **attributes: Any) -> Dataset:
    """Enhanced MR with one item of the per-frame functional groups for each frame.

    A frame's keys: position, echo_time, b_value, direction, time, slope, indices.
    """
    groups = []
    for frame in frames:
        group = item(
            PlanePositionSequence=Sequence([item(ImagePositionPatient=list(frame["position"]))]),
            FrameContentSequence=Sequence([_content(frame)]),
        )
        if "echo_time" in frame:
            echo = item(EffectiveEchoTime=frame["echo_time"])
            group.MREchoSequence = Sequence([echo])
        if "b_value" in frame:
            group.MRDiffusionSequence = Sequence([_diffusion(frame)])
        if "slope" in frame:
            values = item(RescaleSlope=frame["slope"], RescaleIntercept=0, RescaleType="US")
            group.PixelValueTransformationSequence = Sequence([values])
        groups.append(group)
    shared = item(
        PlaneOrientationSequence=Sequence([item(ImageOrientationPatient=list(AXIAL))]),
        PixelMeasuresSequence=Sequence([item(PixelSpacing=[1.5, 0.5], SliceThickness=9)]),
    )
    return image(
        stored,
        SOPClassUID=EnhancedMRImageStorage,
        Modality="MR",
        SharedFunctionalGroupsSequence=Sequence([shared]),
        PerFrameFunctionalGroupsSequence=Sequence(groups),
        **attributes,
    )


def _content(frame: dict[str, Any]) -> Dataset:
    content = Dataset()
    if "time" in frame:
        content.TemporalPositionIndex = frame["time"]
    if "indices" in frame:
        content.DimensionIndexValues = list(frame["indices"])
    return content


def _diffusion(frame: dict[str, Any]) -> Dataset:
    diffusion = item(DiffusionBValue=float(frame["b_value"]))
    if "direction" in frame:
        gradient = item(DiffusionGradientOrientation=list(frame["direction"]))
        diffusion.DiffusionGradientDirectionSequence = Sequence([gradient])
    return diffusion
