"""Index results for images made in memory, as if their files had been opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medviewer.core.study import (
    IndexResult,
    PatientRecord,
    SeriesKind,
    SeriesRecord,
    StudyRecord,
    VolumeRecord,
)
from medviewer.core.volume import ImageStack

if TYPE_CHECKING:
    from medviewer.core.volume import Volume


def record_of(image: Volume | ImageStack, **fields: object) -> VolumeRecord:
    """Record of one image."""
    if isinstance(image, ImageStack):
        shape = (len(image.frames), 1, 1)
        return VolumeRecord(image.id, "", SeriesKind(image.kind), shape, (), **fields)
    return VolumeRecord(
        image.id,
        "",
        SeriesKind.VOLUME,
        image.geometry.shape,
        (),
        image.geometry,
        frame_of_reference_uid=image.frame_of_reference_uid,
        **fields,
    )


def index_of(*images: Volume | ImageStack, patient_id: str = "P1") -> IndexResult:
    """One study of one patient with a series for each image."""
    series = tuple(
        SeriesRecord(f"series {i.id}", i.modality, volumes=(record_of(i),)) for i in images
    )
    patient = PatientRecord(patient_id)
    return IndexResult((StudyRecord(f"study of {patient_id}", patient, series=series),))


def index_of_group(dimension: str, *volumes: Volume) -> IndexResult:
    """One 4-D series."""
    records = tuple(
        record_of(v, dimension=dimension, group="4-D", dimension_value=float(n))
        for n, v in enumerate(volumes)
    )
    series = SeriesRecord("series 4-D", "MR", volumes=records)
    return IndexResult((StudyRecord("study 4-D", PatientRecord("P4"), series=(series,)),))
