"""What the headers say about each frame: the facts that splitting and ordering work on."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable
    from pathlib import Path

    from medviewer.core.study import FrameReference, PatientRecord
    from medviewer.io.modality_lut import ValueRange


@dataclass(frozen=True, slots=True)
class FrameFacts:
    """One image of a series, before it is known which volume it belongs to.

    Attributes
    ----------
    matrix : tuple of int
        (rows, columns).
    position_lps_mm : tuple of float or None
        ImagePositionPatient: centre of the first pixel, patient LPS.
    orientation : tuple of float or None
        ImageOrientationPatient: row direction, then column direction.
    pixel_spacing_mm : tuple of float or None
        (row, column) distance of pixel centres.
    thickness_mm : float or None
        Extent of a single image along its normal; never used as a distance between images.
    time_key : tuple of float
        Orders frames that share a position: temporal position, trigger time, time, number.
    values : mapping
        Split rule to value (:mod:`medviewer.io.series_splitting`); absent where unknown.
    """

    reference: FrameReference
    matrix: tuple[int, int]
    is_color: bool = False
    position_lps_mm: tuple[float, float, float] | None = None
    orientation: tuple[float, ...] | None = None
    pixel_spacing_mm: tuple[float, float] | None = None
    thickness_mm: float | None = None
    time_key: tuple[float, ...] = ()
    values: dict[str, Hashable] = field(default_factory=dict)

    @property
    def has_geometry(self) -> bool:
        """Whether the header places the frame in the patient."""
        return not (
            self.position_lps_mm is None
            or self.orientation is None
            or self.pixel_spacing_mm is None
        )


@dataclass(frozen=True, slots=True)
class StudyFacts:
    """Study and patient attributes of a file."""

    study_instance_uid: str
    patient: PatientRecord
    study_date: str = ""
    study_time: str = ""
    description: str = ""
    accession_number: str = ""
    institution_name: str = ""
    patient_age: str = ""


@dataclass(frozen=True, slots=True)
class SeriesFacts:
    """Series attributes of a file."""

    series_instance_uid: str
    modality: str = ""
    description: str = ""
    series_number: int | None = None
    series_date: str = ""
    body_part: str = ""
    protocol_name: str = ""


@dataclass(frozen=True, slots=True)
class FileFacts:
    """One file, as far as the index needs it.

    Attributes
    ----------
    frames : tuple of FrameFacts
        Empty for a file without image, or one that cannot be shown.
    not_image : str
        Why the object is not an image ("a structured report"); "" for images.
    refusal : str
        Why an image cannot be shown; "" where it can.
    style : str
        ``"slices"``, ``"radiograph"``, ``"cine"`` or ``"stills"``: how such images are read.
    value_range : ValueRange or None
        What the values of its frames can be; ``None`` for colour.
    """

    path: Path
    study: StudyFacts
    series: SeriesFacts
    sop_class_uid: str = ""
    sop_instance_uid: str = ""
    frames: tuple[FrameFacts, ...] = ()
    not_image: str = ""
    refusal: str = ""
    style: str = "slices"
    n_bytes: int = 0
    value_range: ValueRange | None = None
