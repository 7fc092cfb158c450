"""Measurement reports of another origin: written by highdicom, regions on pixels or as segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from highdicom import UID, sr
from highdicom.spatial import ReferenceToImageTransformer
from pydicom import dcmread
from pydicom.sr.codedict import codes
from pydicom.uid import generate_uid

from medviewer.core.volume import Volume
from medviewer.core.windowing import VoiWindow
from medviewer.io.dicom_write import SeriesHeader, write_series
from tests.dicom_series import enhanced, write

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt
    from pydicom import Dataset

    from medviewer.core.geometry import VolumeGeometry

POINT_IJK = np.array([6.0, 9.0, 3.0])
"""The bright voxel of :func:`write_bright`: unlike along every axis."""
SHAPE = (8, 20, 16)
HEADER = {
    "PatientBirthDate": "", "PatientSex": "", "StudyDate": "", "StudyTime": "", "StudyID": "",
    "AccessionNumber": "", "ReferringPhysicianName": "",
}  # fmt: skip


def write_bright(folder: Path, geometry: VolumeGeometry, name: str = "bright") -> list[Dataset]:
    """Write a series with one bright voxel and return it; the name decides its UIDs."""
    voxels = np.zeros(geometry.shape, np.int16)
    i, j, k = POINT_IJK.astype(int)
    voxels[k, j, i] = 1000
    volume = Volume("bright", voxels, geometry, modality="MR", vois=(VoiWindow(500, 1000),))
    files = write_series(volume, folder, SeriesHeader(name))
    return [dcmread(path) for path in files]


def write_bright_enhanced(folder: Path) -> Dataset:
    """Write one enhanced object with the bright voxel, its frames stored from the top down."""
    rows, columns = SHAPE[1:]
    stored = np.zeros(SHAPE, np.uint16)
    i, j, k = POINT_IJK.astype(int)
    stored[k, j, i] = 1000
    frames = [{"position": (-20.0, 31.0, 90.0 - 4.0 * n), "indices": (n + 1,)} for n in range(8)]
    dataset = enhanced(frames, stored, FrameOfReferenceUID=generate_uid(), **HEADER)
    assert (dataset.Rows, dataset.Columns) == (rows, columns)
    write(folder, dataset)
    return dataset


def enhanced_point() -> npt.NDArray[np.float64]:
    """Where the bright voxel of :func:`write_bright_enhanced` lies, patient LPS mm."""
    i, j, k = POINT_IJK  # spacing (1.5, 0.5) along columns and rows
    return np.array([-20.0 + 0.5 * i, 31.0 + 1.5 * j, 90.0 - 4.0 * k])


def on_image(image: Dataset, point_lps_mm: npt.ArrayLike, frame: int | None = None) -> npt.NDArray:
    """(column, row) of a patient point as Graphic Data count, and how far off the image it is."""
    transformer = ReferenceToImageTransformer.for_image(image, frame_number=frame)
    return transformer(np.atleast_2d(np.asarray(point_lps_mm, float)))[0]


def image_through(images: Sequence[Dataset], point_lps_mm: npt.ArrayLike) -> Dataset:
    """Image of a series that holds a point."""
    return min(images, key=lambda image: abs(on_image(image, point_lps_mm)[2]))


def region(
    image: Dataset, kind: str, data: npt.ArrayLike, frames: Sequence[int] | None = None
) -> sr.ImageRegion:
    """Region on an image."""
    source = sr.SourceImageForRegion(image.SOPClassUID, image.SOPInstanceUID, frames)
    written = "POLYLINE" if kind == "MULTIPOINT" else kind  # which highdicom does not write
    item = sr.ImageRegion(written, np.asarray(data, float), source)
    item.GraphicType = kind
    return item


def around(kind: str, x: float, y: float) -> list[tuple[float, float]]:
    """Graphic Data of a region whose bounding box has its middle at (x, y)."""
    return {
        "POINT": [(x, y)],
        "MULTIPOINT": [(x - 2, y - 1), (x + 2, y + 1)],
        "POLYLINE": [(x - 2, y - 3), (x + 2, y - 3), (x + 2, y + 3), (x - 2, y + 3),
                     (x - 2, y - 3)],
        "CIRCLE": [(x, y), (x + 3, y)],
        "ELLIPSE": [(x - 4, y), (x + 4, y), (x, y - 2), (x, y + 2)],
    }[kind]  # fmt: skip


def planar(
    name: str, where: sr.ImageRegion | sr.ImageRegion3D | sr.ReferencedSegmentationFrame
) -> sr.PlanarROIMeasurementsAndQualitativeEvaluations:
    """Measurement group (TID 1410) of one region."""
    is_segment = isinstance(where, sr.ReferencedSegmentationFrame)
    return sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(uid=UID(), identifier=name),
        finding_type=codes.SCT.Nodule,
        **{"referenced_segment" if is_segment else "referenced_region": where},
    )


def volumetric(
    name: str, where: Sequence[sr.ImageRegion] | sr.ReferencedSegment
) -> sr.VolumetricROIMeasurementsAndQualitativeEvaluations:
    """Measurement group (TID 1411) of contours or of a segment."""
    is_segment = isinstance(where, sr.ReferencedSegment)
    return sr.VolumetricROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=sr.TrackingIdentifier(uid=UID(), identifier=name),
        finding_type=codes.SCT.Nodule,
        **{"referenced_segment" if is_segment else "referenced_regions": where},
    )


def write_report(path: Path, evidence: Sequence[Dataset], *groups: Sequence[Dataset]) -> Path:
    """Write measurement groups as a TID 1500 report."""
    person = sr.PersonObserverIdentifyingAttributes(name="Reader^Other")
    observer = sr.ObserverContext(codes.DCM.Person, person)
    content = sr.MeasurementReport(
        observation_context=sr.ObservationContext(observer_person_context=observer),
        procedure_reported=codes.LN.CTUnspecifiedBodyRegion,
        imaging_measurements=list(groups),
        title=codes.DCM.ImagingMeasurementReport,
    )
    document = sr.Comprehensive3DSR(
        evidence=list(evidence),
        content=content,
        series_instance_uid=UID(),
        series_number=7,
        sop_instance_uid=UID(),
        instance_number=1,
        manufacturer="other",
    )
    document.save_as(path)
    return path
