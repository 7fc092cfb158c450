"""Write volumes as NIfTI or NRRD: modality values with their place in the patient."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import numpy as np

from medviewer.core.errors import ExportError
from medviewer.core.volume import ImageStack, Volume
from medviewer.io.atomic_file import replacing
from medviewer.io.dicom_index import index_paths
from medviewer.io.nifti import write_nifti
from medviewer.io.nrrd import write_nrrd
from medviewer.io.series_loader import load_image

if TYPE_CHECKING:
    from pathlib import Path

    from medviewer.core.study import IndexResult, SeriesRecord, StudyRecord, VolumeRecord
    from medviewer.core.tasks import TaskContext

_WRITERS = {(".nii", ".nii.gz"): write_nifti, (".nrrd",): write_nrrd}


def write_volume(volume: Volume, path: Path) -> None:
    """Write a volume; the name decides the format. An existing file is replaced when complete.

    Raises
    ------
    ExportError
        The name has another ending, or the file cannot be written.
    """
    name = path.name.lower()
    ends = next((ends for ends in _WRITERS if name.endswith(ends)), None)
    if ends is None:
        msg = f"{path.name}: the name must end with .nii.gz, .nii or .nrrd."
        raise ExportError(msg)
    try:
        with replacing(path) as temporary:
            _WRITERS[ends](volume.voxels, volume.geometry.affine_ijk_to_lps, temporary)
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror or error}."
        raise ExportError(msg, hint="Check the folder and its free space.") from error


def export_volume(path: Path, volume_id: str, output: Path, context: TaskContext) -> str:
    """Write one volume of a folder.

    Parameters
    ----------
    path : Path
        Folder, file or archive.
    volume_id : str
        :attr:`VolumeRecord.id`; "" for the largest volume.
    output : Path
    context : TaskContext

    Returns
    -------
    str
        What was written, and what was corrected or left empty in it.

    Raises
    ------
    ExportError
        There is no such volume, or it has no place in a patient.
    DataError
        It cannot be decoded.
    """
    study, series, record = _chosen(index_paths([path], context), volume_id, path)
    volume = _as_volume(load_image(record, series, study, context))
    write_volume(volume, output)
    shape = " x ".join(map(str, volume.voxels.shape))
    written = f"{output}: {record.id}, {shape} {volume.voxels.dtype} values."
    return "\n".join([written, *(str(warning.message) for warning in volume.warnings)])


def _chosen(
    result: IndexResult, volume_id: str, path: Path
) -> tuple[StudyRecord, SeriesRecord, VolumeRecord]:
    located = [(s, r, v) for s in result.studies for r in s.series for v in r.volumes]
    if volume_id:
        found = [each for each in located if each[2].id == volume_id]
        if not found:
            msg = f"{path}: there is no volume {volume_id}."
            raise ExportError(msg, hint="medviewer inspect lists the ids.")
        return found[0]
    placed = [each for each in located if each[2].geometry is not None]
    if not placed:
        msg = f"{path}: there is no volume."
        raise ExportError(msg, hint="medviewer inspect says what is there.")
    return max(placed, key=lambda each: prod(each[2].shape))


def _as_volume(image: Volume | ImageStack) -> Volume:
    """Return the volume, or the only gray image of a stack as a volume of one slice."""
    if isinstance(image, Volume):
        return image
    frame = image.frames[0] if len(image.frames) == 1 else None
    if frame is None or frame.geometry is None or frame.is_color:
        msg = f"{image.id} is not a gray volume with a place in a patient."
        raise ExportError(msg, hint="Only volumes can be written as NIfTI or NRRD.")
    return Volume(image.id, np.ascontiguousarray(frame.pixels[None]), frame.geometry)
