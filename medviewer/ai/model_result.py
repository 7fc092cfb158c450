"""What a run returns: core values in patient or pixel coordinates, never model coordinates."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from medviewer.core.findings import Classification, FindingSet
    from medviewer.core.provenance import Provenance
    from medviewer.core.saliency import SaliencyMap
    from medviewer.core.segmentation import Segmentation


class RunStatus(StrEnum):
    """How a run ended."""

    OK = "ok"
    REFUSED = "refused"


@dataclass(frozen=True)
class RunOptions:
    """What a reader may choose.

    Attributes
    ----------
    runs_anyway : bool
        Runs although the input gate refuses; written into the result.
    wants_saliency : bool
        Explain every class or segment.
    frame_index : int
        Frame of an :class:`ImageStack`.
    box_lps_mm : tuple of 6 float, or None
        The part of a volume to read: lowest then highest x, y, z in patient LPS mm.
    """

    runs_anyway: bool = False
    wants_saliency: bool = False
    frame_index: int = 0
    box_lps_mm: tuple[float, ...] | None = None


@dataclass(frozen=True)
class ExplainedScore:
    """What a reader asks a heat map of: a segment's or a class' label, or one finding too."""

    label: str
    finding_id: str = ""


@dataclass(frozen=True, eq=False)
class ModelResult:
    """One run of one model on one image.

    Attributes
    ----------
    image_shape : tuple of int
        Rows and columns of the image the model looked at.
    reason : str
        Why the model refused; empty otherwise.
    warnings : tuple of str
        What a reader must know: run anyway, training case, less memory than wanted.
    timing_s : dict of str to float
        Seconds of each stage.
    """

    status: RunStatus
    model_id: str
    provenance: Provenance
    source_id: str
    image_shape: tuple[int, int]
    frame_index: int = 0
    reason: str = ""
    classification: Classification | None = None
    findings: FindingSet | None = None
    segmentations: tuple[Segmentation, ...] = ()
    saliency: tuple[SaliencyMap, ...] = ()
    warnings: tuple[str, ...] = ()
    timing_s: dict[str, float] = field(default_factory=dict)

    @property
    def identity(self) -> tuple[str, ...]:
        """What tells one run from another; reviews and explanations leave it as it is."""
        parts = (self.classification, self.findings, *self.segmentations)
        return tuple(part.id for part in parts if part is not None)

    def saliency_of(self, score: ExplainedScore) -> SaliencyMap | None:
        """Heat map of a score; ``None`` where there is none yet."""
        asked = (score.label, score.finding_id)
        return next((s for s in self.saliency if (s.label, s.finding_id) == asked), None)
