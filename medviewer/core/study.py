"""What the headers say: patients, studies, series, and the volumes a series splits into."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from medviewer.core.planes import is_read_backwards

if TYPE_CHECKING:
    from pathlib import Path

    from medviewer.core.geometry import VolumeGeometry


UNREAD_WARNING = "geometry.unread"
"""Code of what is said of gaps while headers are still being read."""


class SeriesKind(StrEnum):
    """How a series can be shown."""

    VOLUME = "volume"
    STACK = "stack"
    RADIOGRAPH = "radiograph"
    CINE = "cine"
    NOT_IMAGE = "not_image"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class SeriesWarning:
    """Something the reader must know about a volume, with its numbers.

    Attributes
    ----------
    code : str
        ``geometry.gap``, ``geometry.unequal_spacing``, ``geometry.duplicate``,
        ``geometry.tilt``, ``pixels.lossy``, ...
    message : str
        English sentence with the numbers.
    facts : mapping
        The numbers, for the translated sentence.
    """

    code: str
    message: str
    facts: dict[str, object] = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True)
class FrameReference:
    """One frame of one file, or one tile of a mosaic frame.

    Attributes
    ----------
    tile : int or None
        Number of the tile from 0, row by row, in a frame that holds many slices (mosaic).
    """

    path: Path
    frame_index: int = 0
    sop_instance_uid: str = ""
    instance_number: int | None = None
    tile: int | None = None


@dataclass(frozen=True, slots=True)
class Regridding:
    """How recorded slices come onto the regular grid of a corrected volume.

    Attributes
    ----------
    slice_indices : tuple of float
        Place of each recorded frame along the grid's slice axis, in slices.
    offsets_px : tuple of (float, float)
        Column and row of the grid on which the first pixel of each frame lies.
    """

    slice_indices: tuple[float, ...]
    offsets_px: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class VolumeRecord:
    """One thing to put into a view: a volume, a stack or a single image, from headers only.

    Attributes
    ----------
    id : str
        Unique and stable within the program: derived from UIDs and split values.
    label : str
        What tells it from its siblings (``"echo 2"``, ``"b = 1000"``, ``"time 3"``); may be "".
    kind : SeriesKind
        VOLUME where the frames form a regular (possibly corrected) grid.
    shape : tuple of int
        ``(slices, rows, columns)``.
    geometry : VolumeGeometry or None
        After any correction; ``None`` where there is no patient geometry.
    spacing_mm : tuple of float, or None
        ``(slice, row, column)``; a radiograph has 0.0 for slice; ``None`` where unknown.
    frames : tuple of FrameReference
        Of a volume in slice order along the normal; of a stack in reading order.
    dimension : str
        Axis along which siblings differ for a slider (``"time"``, ``"echo"``, ``"b_value"``,
        ``"phase"``), else "".
    group : str
        Siblings of one 4-D data set share it; else "".
    dimension_value : float or None
        Position on that axis (ms, s/mm2, number).
    """

    id: str
    label: str
    kind: SeriesKind
    shape: tuple[int, int, int]
    frames: tuple[FrameReference, ...]
    geometry: VolumeGeometry | None = None
    spacing_mm: tuple[float, float, float] | None = None
    frame_of_reference_uid: str = ""
    warnings: tuple[SeriesWarning, ...] = ()
    dimension: str = ""
    group: str = ""
    dimension_value: float | None = None
    regridding: Regridding | None = None
    """Set where the frames must be sheared or interpolated to form ``geometry``."""
    voxel_type: str = "int16"
    """numpy name of the type that holds the values of every frame."""

    @property
    def plane(self) -> str | None:
        """``axial``, ``coronal``, ``sagittal``, ``oblique``, or ``None`` without geometry."""
        return None if self.geometry is None else self.geometry.plane

    @property
    def is_read_backwards(self) -> bool:
        """Whether a reader's first image is the last slice: :meth:`recorded_index` says which."""
        if self.kind is not SeriesKind.VOLUME or self.geometry is None:
            return False
        return is_read_backwards(self.geometry.slice_normal)

    def frame_of_slice(self, index: int) -> int:
        """Place in :attr:`frames` of what a slice was (mostly) made of; the last beyond the end."""
        if self.regridding is not None:
            places = self.regridding.slice_indices
            return min(range(len(places)), key=lambda n: abs(places[n] - index))
        return min(index, len(self.frames) - 1)

    def recorded_index(self, image_index: int, count: int | None = None) -> int:
        """Slice shown as a reader's image (both from 0), and the other way round.

        Parameters
        ----------
        count : int, optional
            How many there are, where not the slices of ``shape`` are counted.
        """
        n = self.shape[0] if count is None else count
        return n - 1 - image_index if self.is_read_backwards else image_index


@dataclass(frozen=True, slots=True)
class SeriesRecord:
    """One SeriesInstanceUID as the headers describe it."""

    series_instance_uid: str
    modality: str
    description: str = ""
    kind: SeriesKind = SeriesKind.NOT_IMAGE
    n_instances: int = 0
    series_number: int | None = None
    series_date: str = ""
    body_part: str = ""
    protocol_name: str = ""
    volumes: tuple[VolumeRecord, ...] = ()
    reason: str = ""
    """Why the series is refused or not an image; empty otherwise."""
    result_files: tuple[Path, ...] = ()
    """Segmentations and measurement reports among its files."""
    presentation_files: tuple[Path, ...] = ()
    """Grayscale presentation states among its files."""


def series_order(series: SeriesRecord) -> tuple[object, ...]:
    """Sort key: by number; without one by description, where ``2`` comes before ``10``."""
    number = series.series_number
    parts = re.split(r"(\d+)", series.description.lower())
    words = tuple((0, int(p), "") if p.isdecimal() else (1, 0, p) for p in parts if p)
    return (
        number is None,
        number or 0,
        words if number is None else (),
        series.series_instance_uid,
    )


@dataclass(frozen=True, slots=True)
class PatientRecord:
    """Whose study it is; values as decoded, DA dates as ``YYYYMMDD``."""

    patient_id: str = ""
    patient_name: str = ""
    patient_birth_date: str = ""
    patient_sex: str = ""


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """One StudyInstanceUID."""

    study_instance_uid: str
    patient: PatientRecord
    study_date: str = ""
    study_time: str = ""
    description: str = ""
    accession_number: str = ""
    institution_name: str = ""
    patient_age: str = ""
    series: tuple[SeriesRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class UnreadableFile:
    """A file that cannot be shown, and why, for a person."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True)
class IndexResult:
    """What a folder holds."""

    studies: tuple[StudyRecord, ...]
    unreadable: tuple[UnreadableFile, ...] = ()
