"""Move and resize the mark of the selected finding with the mouse."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from medviewer.core.findings import FindingSet

if TYPE_CHECKING:
    from medviewer.core.display import OverlayDisplay
    from medviewer.core.findings import Finding
    from medviewer.rendering.findings_overlay import FindingMark
    from medviewer.rendering.slice_scene import SliceScene

_REACH_PX = 7.0
"""How near to a rim or a corner a press resizes."""
_LEAST_DIAMETER_MM = 1.0
_LEAST_SIDE_PX = 2.0

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Grip:
    """What a press on a mark takes hold of; positions in device pixels.

    Attributes
    ----------
    corner : tuple of int, or None
        Of a box, (0, 0) the upper left one in the image; ``None`` for a ring.
    is_resizing : bool
        Whether the rim or a corner moves; else the whole mark.
    """

    mark: FindingMark
    start: Point
    is_resizing: bool
    corner: tuple[int, int] | None = None


def grip_at(scene: SliceScene, selected_id: str, place: Point) -> Grip | None:
    """Find what a press would take hold of: only the mark of the selected finding.

    Parameters
    ----------
    scene : SliceScene
    selected_id : str
        Id of the selected finding.
    place : tuple of float
        Device pixel.
    """
    mark = next((m for m in scene.finding_marks() if m.finding.id == selected_id), None)
    if mark is None:
        return None
    if mark.finding.box_px is not None:
        return _box_grip(scene, mark, place)
    distance = math.hypot(place[0] - mark.x, place[1] - mark.y)
    if abs(distance - mark.radius_px) <= _REACH_PX:
        return Grip(mark, place, is_resizing=True)
    return Grip(mark, place, is_resizing=False) if distance < mark.radius_px else None


def edited(scene: SliceScene, grip: Grip, now: Point) -> Finding:
    """Return the finding as it is after a drag to a device pixel."""
    if grip.mark.finding.box_px is not None:
        return _edited_box(scene, grip, now)
    return _edited_ring(scene, grip, now)


def with_finding(
    results: list[tuple[Any, OverlayDisplay]], finding: Finding
) -> list[tuple[Any, OverlayDisplay]]:
    """Return results in which a finding of the same id is replaced."""
    return [(_replaced(result, finding), display) for result, display in results]


def owner_of(results: list[tuple[Any, OverlayDisplay]], finding: Finding) -> FindingSet | None:
    """Set that holds a finding of this id."""
    sets = (r for r, _ in results if isinstance(r, FindingSet))
    return next((s for s in sets if any(f.id == finding.id for f in s.findings)), None)


def _replaced(result: Any, finding: Finding) -> Any:
    if not isinstance(result, FindingSet) or all(f.id != finding.id for f in result.findings):
        return result
    findings = tuple(finding if f.id == finding.id else f for f in result.findings)
    return replace(result, findings=findings)


def _box_grip(scene: SliceScene, mark: FindingMark, place: Point) -> Grip | None:
    x0, y0, x1, y1 = mark.finding.box_px or (0.0, 0.0, 0.0, 0.0)
    for corner in ((0, 0), (1, 0), (0, 1), (1, 1)):
        at = scene.image_to_display((x0, x1)[corner[0]] - 0.5, (y0, y1)[corner[1]] - 0.5)
        if at is not None and math.dist(at, place) <= _REACH_PX:
            return Grip(mark, place, is_resizing=True, corner=corner)
    inside = scene.display_to_image(*place)
    if inside is None:
        return None
    column, row = inside[0] + 0.5, inside[1] + 0.5
    is_within = x0 <= column <= x1 and y0 <= row <= y1
    return Grip(mark, place, is_resizing=False) if is_within else None


def _edited_ring(scene: SliceScene, grip: Grip, now: Point) -> Finding:
    finding, frame = grip.mark.finding, scene.screen_frame
    if frame is None or finding.centre_lps_mm is None:
        return finding
    if grip.is_resizing:
        before = math.hypot(grip.start[0] - grip.mark.x, grip.start[1] - grip.mark.y)
        after = math.hypot(now[0] - grip.mark.x, now[1] - grip.mark.y)
        grown = (finding.diameter_mm or 0.0) + 2.0 * (after - before) * frame.mm_per_px
        return replace(finding, diameter_mm=max(_LEAST_DIAMETER_MM, grown))
    right, down = (now[0] - grip.start[0], now[1] - grip.start[1])
    moved = (right * frame.right + down * frame.down) * frame.mm_per_px
    x, y, z = (np.asarray(finding.centre_lps_mm) + moved).tolist()
    return replace(finding, centre_lps_mm=(x, y, z))


def _edited_box(scene: SliceScene, grip: Grip, now: Point) -> Finding:
    finding = grip.mark.finding
    start, end = scene.display_to_image(*grip.start), scene.display_to_image(*now)
    if start is None or end is None or finding.box_px is None:
        return finding
    right, down = end[0] - start[0], end[1] - start[1]
    x0, y0, x1, y1 = finding.box_px
    if grip.corner is None:
        return replace(finding, box_px=(x0 + right, y0 + down, x1 + right, y1 + down))
    if grip.corner[0]:
        x1 = max(x1 + right, x0 + _LEAST_SIDE_PX)
    else:
        x0 = min(x0 + right, x1 - _LEAST_SIDE_PX)
    if grip.corner[1]:
        y1 = max(y1 + down, y0 + _LEAST_SIDE_PX)
    else:
        y0 = min(y0 + down, y1 - _LEAST_SIDE_PX)
    return replace(finding, box_px=(x0, y0, x1, y1))
