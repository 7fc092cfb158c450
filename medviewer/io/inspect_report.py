"""What a folder holds, as the JSON of ``medviewer inspect``."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from medviewer.core.errors import DataError
from medviewer.core.volume import ImageStack, Volume
from medviewer.io.dicom_index import IndexBuilder, index_into
from medviewer.io.file_formats import plain_format
from medviewer.io.pixel_hash import px_sha256

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from medviewer.core.arrays import FrameArray
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
    unreadable = [{"path": str(u.path), "reason": u.reason} for u in result.unreadable]
    report = {"studies": studies, "unreadable": unreadable}
    if pixels:
        _add_pixels(report, builder, context)
    return report


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


def _add_pixels(report: dict[str, Any], builder: IndexBuilder, context: TaskContext) -> None:
    """Decode every file, add ``files`` to each series, and what failed to ``unreadable``."""
    listed = {entry["path"] for entry in report["unreadable"]}
    for study in report["studies"]:
        for series in study["series"]:
            uids = study["study_instance_uid"], series["series_instance_uid"]
            series["files"] = []
            for path, not_image in builder.paths(*uids):
                context.checkpoint(None, "inspect.pixels")
                entry = _hashed(path, not_image)
                series["files"].append(entry)
                if entry["reason"] and not not_image and entry["path"] not in listed:
                    report["unreadable"].append({"path": entry["path"], "reason": entry["reason"]})


def _hashed(path: Path, not_image: str) -> dict[str, Any]:
    try:
        digest = px_sha256(path) if plain_format(path) is None else _plain_sha256(path)
    except DataError as error:
        reason = f"This is {not_image}, not an image." if not_image else str(error)
        return {"path": str(path), "px_sha256": None, "reason": reason}
    return {"path": str(path), "px_sha256": digest, "reason": None}


def _plain_sha256(path: Path) -> str:
    """Hash of the decoded values of a file that is no DICOM."""
    digest = hashlib.sha256()
    file_format = plain_format(path)
    if file_format is None:
        return ""
    for record in file_format.describe(path).volumes:
        image = file_format.load(record)
        arrays = [image.voxels] if isinstance(image, Volume) else _pixels(image)
        for array in arrays:
            digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _pixels(stack: ImageStack) -> list[FrameArray]:
    return [frame.pixels for frame in stack.frames if frame is not None]


def as_text(report: dict[str, Any]) -> str:
    """Lay the report out for a person."""
    lines = []
    for study in report["studies"]:
        who = study["patient_name"] or study["patient_id"] or "unknown patient"
        lines.append(f"{who}  {study['study_date']}".rstrip())
        for series in study["series"]:
            title = f"{series['modality']} {series['description']}".strip()
            lines.append(f"  {title}: {series['kind']}, {series['instances']} files")
            lines += [_volume_text(volume) for volume in series["volumes"]]
    if report["unreadable"]:
        lines.append(f"{len(report['unreadable'])} files cannot be shown:")
        lines += [f"  {entry['path']}: {entry['reason']}" for entry in report["unreadable"]]
    return "\n".join(lines) or "There is nothing to show."


def _volume_text(volume: dict[str, Any]) -> str:
    shape = " x ".join(map(str, volume["shape"]))
    spacing = volume["spacing_mm"]
    mm = "" if spacing is None else ", " + " x ".join(f"{s:.3g}" for s in spacing) + " mm"
    text = f"    {volume['id']}: {shape}{mm}"
    return "\n".join([text, *(f"      ! {w['message']}" for w in volume["warnings"])])
