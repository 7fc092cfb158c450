"""Detections over an image: rings and boxes on the images they touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medviewer.core.findings import ReviewState
from medviewer.rendering.feathered_lines import FeatheredLines

if TYPE_CHECKING:
    import numpy.typing as npt
    from vtkmodules.vtkRenderingCore import vtkRenderer

    from medviewer.core.display import OverlayDisplay
    from medviewer.core.findings import Finding, FindingSet
    from medviewer.rendering.screen_frame import ScreenFrame
    from medviewer.rendering.slice_sources import SliceImage

AI_RGB = (180, 140, 255)
READER_RGB = (255, 224, 138)
_LAYER_MM = 1.2
_LINE_PX = 2.0
_RING_MARGIN = 1.3
"""A ring is this much wider than the finding, so that it does not cover its edge."""
_LEAST_RADIUS_PX = 9.0
_RING_SEGMENTS = 64
_REJECTED_ALPHA = 0.35


@dataclass(frozen=True, slots=True)
class FindingMark:
    """Where a drawn finding is on the screen, for its number and for the pointer.

    Attributes
    ----------
    finding : Finding
    number : int
        From 1, the place in its set; what the list shows.
    x, y : float
        Centre in device pixels from the top left.
    radius_px : float
        Of the ring, or half the longer side of the box.
    grips : tuple of (x, y)
        Four points of the outline, in device pixels: a quarter apart, or the corners.
    """

    finding: Finding
    number: int
    x: float
    y: float
    radius_px: float
    grips: tuple[tuple[float, float], ...] = ()


class FindingsOverlay:
    """Draws a :class:`FindingSet`; violet for a model's, sand for a reader's own."""

    def __init__(self, findings: FindingSet, renderer: vtkRenderer) -> None:
        self._findings = findings
        self._lines = FeatheredLines(renderer, _LAYER_MM, has_halo=True)
        self.marks: tuple[FindingMark, ...] = ()

    def show(self, image: SliceImage, frame: ScreenFrame, display: OverlayDisplay) -> None:
        """Draw the findings that touch an image."""
        self.hide()
        if not display.is_visible:
            return
        marks, outlines, colors = [], [], []
        for number, finding in enumerate(self._findings.findings, start=1):
            if finding.score is not None and finding.score < display.score_threshold:
                continue
            outline = self._outline(finding, image, frame)
            if outline is None:
                continue
            on_screen = frame.lps_to_display(outline)[:, :2]
            low, high = on_screen.min(axis=0), on_screen.max(axis=0)
            x, y = ((low + high) / 2.0).tolist()
            grips = tuple(map(tuple, on_screen[:: len(on_screen) // 4].tolist()))
            radius = float((high - low).max()) / 2.0
            marks.append(FindingMark(finding, number, x, y, radius, grips))
            outlines.append(np.stack([outline, np.roll(outline, -1, axis=0)], axis=1))
            colors.append(np.tile(_color(finding, display.opacity), (len(outline), 1)))
        if marks:
            self.marks = tuple(marks)
            self._lines.show(np.concatenate(outlines), np.concatenate(colors), frame, _LINE_PX)

    def hide(self) -> None:
        """Draw nothing."""
        self.marks = ()
        self._lines.hide()

    def close(self) -> None:
        """Remove everything."""
        self._lines.close()

    def _outline(
        self, finding: Finding, image: SliceImage, frame: ScreenFrame
    ) -> npt.NDArray[np.float64] | None:
        """Corners of a closed line on the cut, ``(n, 3)``; ``None`` where it does not touch."""
        if finding.centre_lps_mm is not None:
            return _ring(finding, image, frame) if image.is_in_patient else None
        if finding.box_px is not None and image.frame_index == self._findings.frame_index:
            return _box(finding.box_px, image)
        return None


def _ring(
    finding: Finding, image: SliceImage, frame: ScreenFrame
) -> npt.NDArray[np.float64] | None:
    centre = np.asarray(finding.centre_lps_mm, float)
    distance_mm = float((centre - frame.centre) @ frame.normal)
    radius_mm = (finding.diameter_mm or 0.0) / 2.0
    if abs(distance_mm) > max(radius_mm, image.half_thickness_mm):
        return None
    on_cut = centre - distance_mm * frame.normal
    radius = max(radius_mm * _RING_MARGIN, _LEAST_RADIUS_PX * frame.mm_per_px)
    angle = np.linspace(0.0, 2.0 * np.pi, _RING_SEGMENTS, endpoint=False)[:, np.newaxis]
    return on_cut + radius * (np.cos(angle) * frame.right + np.sin(angle) * frame.down)


def _box(box_px: tuple[float, float, float, float], image: SliceImage) -> npt.NDArray[np.float64]:
    """Rectangle whose numbers count pixel edges: (0, 0, 1, 1) is the first pixel."""
    x0, y0, x1, y1 = (value - 0.5 for value in box_px)
    index = np.array([[x, y, 0.0, 1.0] for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))])
    return (index @ image.sample.index_to_lps.T)[:, :3]


def _color(finding: Finding, opacity: float) -> npt.NDArray[np.uint8]:
    rgb = READER_RGB if finding.score is None else AI_RGB
    faded = _REJECTED_ALPHA if finding.review is ReviewState.REJECTED else 1.0
    return np.array([*rgb, round(255 * opacity * faded)], np.uint8)
