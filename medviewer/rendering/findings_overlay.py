"""Findings over an image: rings, boxes and outlines on the images they touch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medviewer.core.findings import ReviewState
from medviewer.core.outlines import parts_within
from medviewer.rendering.feathered_lines import FeatheredLines

if TYPE_CHECKING:
    import numpy.typing as npt
    from vtkmodules.vtkRenderingCore import vtkRenderer

    from medviewer.core.arrays import PointLps, PointsLps
    from medviewer.core.display import OverlayDisplay
    from medviewer.core.findings import Finding, FindingSet
    from medviewer.core.outlines import Outline
    from medviewer.rendering.screen_frame import ScreenFrame
    from medviewer.rendering.slice_sources import SliceImage

AI_RGB = (180, 140, 255)
READER_RGB = (255, 224, 138)
_LAYER_MM = 1.2
_LINE_PX = 2.0
_RING_MARGIN = 1.3
"""A ring is this much wider than the finding, so that it does not cover its edge."""
_LEAST_RADIUS_PX = 9.0
_LEAST_EXTENT_PX = 4.0
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
        Of the ring, or half the longer side of the box or of what is drawn on the image.
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
        marks, segments, colors = [], [], []
        for number, finding in enumerate(self._findings.findings, start=1):
            if finding.score is not None and finding.score < display.score_threshold:
                continue
            lines = self._lines_of(finding, image, frame)
            if not lines:
                continue
            marks.append(_mark(finding, number, lines, frame))
            pieces = [np.stack([line[:-1], line[1:]], axis=1) for line in lines]
            segments += pieces
            n_segments = sum(map(len, pieces))
            colors.append(np.tile(_color(finding, display.opacity), (n_segments, 1)))
        if marks:
            self.marks = tuple(marks)
            self._lines.show(np.concatenate(segments), np.concatenate(colors), frame, _LINE_PX)

    def hide(self) -> None:
        """Draw nothing."""
        self.marks = ()
        self._lines.hide()

    def close(self) -> None:
        """Remove everything."""
        self._lines.close()

    def _lines_of(self, finding: Finding, image: SliceImage, frame: ScreenFrame) -> list[PointsLps]:
        """Lines on the cut, each ``(n, 3)``; none where the finding does not touch it."""
        if finding.outlines:
            parts = [p for each in finding.outlines for p in _outline_parts(each, image, frame)]
            return [_seen(part, frame) for part in parts]
        if finding.centre_lps_mm is not None:
            return _ring(finding, image, frame) if image.is_in_patient else []
        if finding.box_px is not None and image.frame_index == self._findings.frame_index:
            return [_box(finding.box_px, image)]
        return []


def _mark(finding: Finding, number: int, lines: list[PointsLps], frame: ScreenFrame) -> FindingMark:
    on_screen = frame.lps_to_display(np.concatenate(lines))[:, :2]
    low, high = on_screen.min(axis=0), on_screen.max(axis=0)
    x, y = ((low + high) / 2.0).tolist()
    grips = tuple(map(tuple, on_screen[:-1][:: max(len(on_screen) // 4, 1)].tolist()))
    return FindingMark(finding, number, x, y, float((high - low).max()) / 2.0, grips)


def _outline_parts(outline: Outline, image: SliceImage, frame: ScreenFrame) -> list[PointsLps]:
    """Lines and points of an outline that lie within an image's thickness, on the cut."""
    if outline.frame_index is not None:
        is_here = outline.frame_index == image.frame_index
        return [_on_pixels(outline.points, image)] if is_here else []
    if not image.is_in_patient:
        return []
    heights = (outline.points - frame.centre) @ frame.normal
    parts = parts_within(outline, heights, image.half_thickness_mm)
    return [p - np.outer((p - frame.centre) @ frame.normal, frame.normal) for p in parts]


def _seen(part: PointsLps, frame: ScreenFrame) -> PointsLps:
    """Return a line as it is, or a ring around what is too small to be seen."""
    extent_px = float(np.ptp(frame.lps_to_display(part)[:, :2], axis=0).max())
    if extent_px > _LEAST_EXTENT_PX:
        return part
    return _circle(part.mean(axis=0), _LEAST_RADIUS_PX * frame.mm_per_px, frame)


def _ring(finding: Finding, image: SliceImage, frame: ScreenFrame) -> list[PointsLps]:
    centre = np.asarray(finding.centre_lps_mm, float)
    distance_mm = float((centre - frame.centre) @ frame.normal)
    radius_mm = (finding.diameter_mm or 0.0) / 2.0
    if abs(distance_mm) > max(radius_mm, image.half_thickness_mm):
        return []
    on_cut = centre - distance_mm * frame.normal
    radius = max(radius_mm * _RING_MARGIN, _LEAST_RADIUS_PX * frame.mm_per_px)
    return [_circle(on_cut, radius, frame)]


def _circle(centre: PointLps, radius_mm: float, frame: ScreenFrame) -> PointsLps:
    angle = np.linspace(0.0, 2.0 * np.pi, _RING_SEGMENTS + 1)[:, np.newaxis]
    return centre + radius_mm * (np.cos(angle) * frame.right + np.sin(angle) * frame.down)


def _box(box_px: tuple[float, float, float, float], image: SliceImage) -> PointsLps:
    x0, y0, x1, y1 = box_px
    return _on_pixels(np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0)]), image)


def _on_pixels(points: npt.NDArray[np.float64], image: SliceImage) -> PointsLps:
    """Place (column, row) that count pixel edges: (0, 0) to (1, 1) is the first pixel."""
    index = np.column_stack([points - 0.5, np.zeros(len(points)), np.ones(len(points))])
    return np.asarray((index @ image.sample.index_to_lps.T)[:, :3])


def _color(finding: Finding, opacity: float) -> npt.NDArray[np.uint8]:
    rgb = READER_RGB if finding.score is None else AI_RGB
    faded = _REJECTED_ALPHA if finding.review is ReviewState.REJECTED else 1.0
    return np.array([*rgb, round(255 * opacity * faded)], np.uint8)
