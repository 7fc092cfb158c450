"""Detections: where a model or a reader saw something."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from medviewer.core.outlines import Outline
    from medviewer.core.provenance import Provenance


class ReviewState(StrEnum):
    """What the reader decided about a finding."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class Unplaced(StrEnum):
    """Why a reported finding has no place over an image."""

    NO_IMAGE = "no_image"
    """The image it was drawn on is not open."""
    NO_FRAME_OF_REFERENCE = "no_frame_of_reference"
    """Its image is a slice of a volume that names no frame of reference."""
    ELSEWHERE = "elsewhere"
    """It lies on another image, or in another frame of reference."""
    NO_SEGMENTATION = "no_segmentation"
    """The segmentation that holds its shape is not open."""
    NO_SEGMENT = "no_segment"
    """The segmentation has no such segment, or the segment is empty."""
    UNKNOWN_REGION = "unknown_region"
    """Its region is damaged or of a kind that is not shown."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One detection in patient space (3-D) or on one image (2-D).

    Attributes
    ----------
    id : str
        Stable tracking identifier.
    label : str
        Machine label of the card.
    score : float or None
        Calibrated score in [0, 1]; ``None`` for a reader's own mark.
    centre_lps_mm : tuple of float or None
        Patient LPS mm; ``None`` for a 2-D image without geometry.
    diameter_mm : float or None
    box_px : tuple of float or None
        ``(x0, y0, x1, y1)`` in pixels of the source image, for 2-D images.
    reviewed_by, reviewed_at : str
        Who decided and when, ISO 8601; empty while nobody did.
    edited_by, edited_at : str
        Who last moved or resized the mark and when; empty where it is as it was found.
    solidity : str
        ``"solid"``, ``"part-solid"`` or ``"non-solid"``; empty where nothing says so.
    suspicion_rating : float or None
        What radiologists' rating of suspicion a model expects, 1 (lowest) to 5 (highest). An
        opinion learned from opinions, not a probability of malignancy.
    outlines : tuple of Outline
        What was drawn around it, on one image or several; empty where a ring or box marks it.
    unplaced : Unplaced or None
        Why it is listed but not drawn; ``None`` where it has a place.
    """

    id: str
    label: str
    score: float | None = None
    centre_lps_mm: tuple[float, float, float] | None = None
    diameter_mm: float | None = None
    box_px: tuple[float, float, float, float] | None = None
    review: ReviewState = ReviewState.OPEN
    comment: str = ""
    reviewed_by: str = ""
    reviewed_at: str = ""
    edited_by: str = ""
    edited_at: str = ""
    solidity: str = ""
    suspicion_rating: float | None = None
    outlines: tuple[Outline, ...] = ()
    unplaced: Unplaced | None = None


@dataclass(frozen=True, eq=False)
class FindingSet:
    """The findings of one run on one image (``frame_index`` of an :class:`ImageStack`)."""

    id: str
    findings: tuple[Finding, ...]
    frame_of_reference_uid: str = ""
    source_id: str = ""
    provenance: Provenance | None = None
    frame_index: int = 0

    @property
    def is_on_pixels(self) -> bool:
        """Whether its places are pixels of the image ``source_id``, not points of a patient."""
        return any(f.box_px is not None for f in self.findings)


@dataclass(frozen=True, slots=True)
class ClassProbability:
    """One class of a classification."""

    label: str
    probability: float
    is_above_threshold: bool
    threshold: float


@dataclass(frozen=True, eq=False)
class Classification:
    """Calibrated probabilities for one image."""

    id: str
    classes: tuple[ClassProbability, ...]
    source_id: str = ""
    provenance: Provenance | None = None
    frame_index: int = 0
