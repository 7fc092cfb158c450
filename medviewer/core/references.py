"""What reports refer to: open images, frame by frame, and segmentations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from medviewer.core.segmentation import Segmentation
    from medviewer.core.study import FrameReference


@dataclass(frozen=True, slots=True)
class FramePlace:
    """Where a frame of a referenced object is among the open images.

    Attributes
    ----------
    image_id : str
        Of the volume or stack that holds it.
    index : int or None
        Its frame in a stack; ``None`` in a volume.
    """

    reference: FrameReference
    image_id: str
    index: int | None


@dataclass(frozen=True, slots=True)
class Referenced:
    """An open object that a report may refer to: the frames of an image, or a segmentation."""

    frames: tuple[FramePlace, ...] = ()
    segmentation: Segmentation | None = None
    path: Path | None = None
    """File of the segmentation."""
