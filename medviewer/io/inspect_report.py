"""What a folder holds, as the JSON of ``medviewer inspect``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medviewer.io.dicom_index import IndexBuilder, index_into

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from medviewer.core.study import SeriesRecord, StudyRecord, VolumeRecord
    from medviewer.core.tasks import TaskContext


def inspect(paths: Sequence[Path], *, pixels: bool, context: TaskContext) -> dict[str, Any]:
    """Index paths and describe every study, series and volume.

    Parameters
    ----------
    paths : sequence of Path
        Folders, files, archives.
    pixels : bool
        Decode every file too: each series then has ``files`` with the hash of its pixels.

    Returns
    -------
    dict
        Ready for ``json.dumps``; all keys are always present (README, "inspect").
    """
    builder = IndexBuilder()
    result = index_into(builder, paths, context)
    studies = [_study(study) for study in result.studies]
    if pixels:
        _add_pixels(studies, builder, context)
    unreadable = [{"path": str(u.path), "reason": u.reason} for u in result.unreadable]
    return {"studies": studies, "unreadable": unreadable}


def _study(study: StudyRecord) -> dict[str, Any]:
    return {
        "study_instance_uid": study.study_instance_uid,
        "patient_name": study.patient.patient_name,
        "patient_id": study.patient.patient_id,
        "study_date": study.study_date,
        "series": [_series(series) for series in study.series],
    }


def _series(series: SeriesRecord) -> dict[str, Any]:
    return {
        "series_instance_uid": series.series_instance_uid,
        "modality": series.modality,
        "description": series.description,
        "kind": str(series.kind),
        "instances": series.n_instances,
        "volumes": [_volume(volume) for volume in series.volumes],
    }


def _volume(volume: VolumeRecord) -> dict[str, Any]:
    geometry = volume.geometry
    return {
        "id": volume.id,
        "shape": list(volume.shape),
        "spacing_mm": None if volume.spacing_mm is None else list(volume.spacing_mm),
        "affine_lps": None if geometry is None else geometry.affine_ijk_to_lps.tolist(),
        "plane": volume.plane,
        "frame_of_reference_uid": volume.frame_of_reference_uid,
        "warnings": [{"code": w.code, "message": w.message} for w in volume.warnings],
    }


def _add_pixels(studies: list[dict[str, Any]], builder: IndexBuilder, context: TaskContext) -> None:
    raise NotImplementedError
