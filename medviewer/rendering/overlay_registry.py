"""Which class draws which kind of result: the only dispatch, and the check that it belongs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

from medviewer.core.errors import FrameOfReferenceError
from medviewer.core.findings import Classification, FindingSet
from medviewer.core.saliency import SaliencyMap
from medviewer.core.segmentation import Segmentation
from medviewer.rendering.findings_overlay import FindingsOverlay
from medviewer.rendering.labelmap_overlay import LabelmapOverlay
from medviewer.rendering.saliency_overlay import SaliencyOverlay

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkRenderer

    from medviewer.core.display import OverlayDisplay
    from medviewer.core.volume import ImageStack, Volume
    from medviewer.rendering.screen_frame import ScreenFrame
    from medviewer.rendering.slice_sources import SliceImage

Result: TypeAlias = Segmentation | FindingSet | SaliencyMap | Classification


class SliceOverlay(Protocol):
    """Something drawn over a 2-D image."""

    def show(self, image: SliceImage, frame: ScreenFrame, display: OverlayDisplay) -> None:
        """Draw on an image."""

    def hide(self) -> None:
        """Draw nothing."""

    def close(self) -> None:
        """Remove everything."""


def slice_overlay(result: Result, renderer: vtkRenderer) -> SliceOverlay | None:
    """Make the overlay of a result; ``None`` for a classification, which has no place."""
    if isinstance(result, Segmentation):
        return LabelmapOverlay(result, renderer)
    if isinstance(result, FindingSet):
        return FindingsOverlay(result, renderer)
    if isinstance(result, SaliencyMap):
        return SaliencyOverlay(result, renderer)
    return None


def require_same_frame(result: Result, image: Volume | ImageStack) -> None:
    """Refuse a result that cannot be placed on an image.

    A result in patient coordinates needs the image's FrameOfReferenceUID (PS3.3 C.7.4.1); one in
    pixels, and any where nothing names a frame, needs the very image it was made from.

    Raises
    ------
    FrameOfReferenceError
        The result belongs to something else.
    """
    if isinstance(result, Classification):
        return
    theirs, ours = result.frame_of_reference_uid, image.frame_of_reference_uid
    rule = "in the image's frame of reference"
    if _is_in_pixels(result) or not (theirs or ours):
        theirs, ours, rule = result.source_id, image.id, "made on this very image"
    if theirs != ours:
        msg = (
            f"{type(result).__name__} {result.id} belongs to {theirs or 'nothing named'!r}, the "
            f"image to {ours or 'nothing named'!r}: a result must be {rule}."
        )
        raise FrameOfReferenceError(
            msg, hint="Show it over the series it was made from.", result=theirs, image=ours
        )


def _is_in_pixels(result: Segmentation | FindingSet | SaliencyMap) -> bool:
    if isinstance(result, SaliencyMap):
        return result.geometry is None
    return result.is_on_pixels
