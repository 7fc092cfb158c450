"""What a task's adapter is given and returns; the table of adapters is in the runner."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from medviewer.ai.preparation import PreparedImage, PreparedVolume

if TYPE_CHECKING:
    from medviewer.core.arrays import LabelArray
    from medviewer.core.findings import ClassProbability, Finding
    from medviewer.core.messages import Message

MAXIMUM_FINDINGS = 100
"""More candidates than that of one image are not reported."""
Prepared: TypeAlias = PreparedVolume | PreparedImage


@dataclass(frozen=True, eq=False)
class TaskAnswer:
    """What a model says of one image, in the image's own grid and coordinates.

    Attributes
    ----------
    classes : tuple of ClassProbability
        Every class, calibrated.
    findings : tuple of Finding
        All candidates down to the card's floor, strongest first.
    labels : uint8 array or None
        ``(slices, rows, columns)``, or ``(rows, columns)`` of a 2-D image.
    """

    classes: tuple[ClassProbability, ...] = ()
    findings: tuple[Finding, ...] = ()
    labels: LabelArray | None = None
    warnings: list[Message] = field(default_factory=list)
