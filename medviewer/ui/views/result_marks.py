"""What is written beside the results of models: numbers, the mark under the pointer, the legend."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt

from medviewer.core.findings import FindingSet
from medviewer.core.saliency import SaliencyMap
from medviewer.rendering.heat_colors import heat_table
from medviewer.ui.finding_words import solidity_text
from medviewer.ui.views.corner_text import number
from medviewer.ui.views.halo_text import device_ratio, draw_text, line_height, text_width
from medviewer.ui.views.view_colors import AI, DIM, LINE_HALO
from medviewer.ui.views.view_text import (
    CORNER_HEIGHT_SHARE,
    MARGIN,
    paint_color_bar,
    wrapped,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from PySide6.QtGui import QPainter

    from medviewer.core.display import OverlayDisplay
    from medviewer.core.findings import Finding
    from medviewer.core.provenance import Provenance
    from medviewer.rendering.findings_overlay import FindingMark

translate = QCoreApplication.translate

_NOTE_ABOVE_BOTTOM_PX = 44.0
_NOTE_PX = 11
_NOTE_WIDTH_SHARE = 0.66
"""Of the view's width that is free between the corner texts of a large view."""
_CORNERS_PX = 80.0
"""Height of the corner texts of a small view."""
_NARROW_PX = 300
_GRIP_PX = 5.0
_REACH_PX = 6.0
"""How far outside its ring the pointer still means a mark."""

Results = list[tuple[Any, "OverlayDisplay"]]


def paint_numbers(painter: QPainter, marks: Iterable[FindingMark]) -> None:
    """Write the number of each mark at its upper right, as the list of findings counts."""
    ratio = device_ratio(painter)
    for mark in marks:
        reach = mark.radius_px * 0.75
        place = QPointF((mark.x + reach) / ratio + 3.0, (mark.y - reach) / ratio - 15.0)
        draw_text(painter, place, str(mark.number), 12, AI)


def paint_grips(painter: QPainter, marks: Iterable[FindingMark], selected_id: str) -> None:
    """Draw what the selected finding's mark is resized by: four points of its ring or box."""
    ratio, half = device_ratio(painter), _GRIP_PX / 2.0
    for mark in marks:
        if mark.finding.id != selected_id:
            continue
        for x, y in mark.grips:
            place = QRectF(x / ratio - half, y / ratio - half, _GRIP_PX, _GRIP_PX)
            painter.fillRect(place.adjusted(-1.0, -1.0, 1.0, 1.0), LINE_HALO)
            painter.fillRect(place, AI)


def mark_at(marks: Iterable[FindingMark], position_px: tuple[float, float]) -> FindingMark | None:
    """Smallest mark that holds a device pixel."""
    x, y = position_px
    near = [m for m in marks if math.hypot(m.x - x, m.y - y) <= m.radius_px + _REACH_PX]
    return min(near, key=lambda mark: mark.radius_px, default=None)


def mark_text(finding: Finding, provenance: Provenance | None) -> str:
    """Label, score, size, solidity and model of a finding."""
    parts = [finding.label.replace("_", " ")]
    if finding.score is not None:
        parts.append(number(finding.score, 2))
    if finding.diameter_mm is not None:
        parts.append(f"{number(finding.diameter_mm, 1)} mm")
    parts.append(solidity_text(finding))
    if provenance is not None:
        parts.append(_maker(provenance))
    return "  \u00b7  ".join(part for part in parts if part)


def paint_pointed_mark(
    painter: QPainter,
    marks: Iterable[FindingMark],
    results: Results,
    pointer: QPointF,
) -> None:
    """Say beside the pointer what it points at."""
    ratio = device_ratio(painter)
    mark = mark_at(marks, (pointer.x() * ratio, pointer.y() * ratio))
    if mark is None:
        return
    owners = (r for r, _ in results if isinstance(r, FindingSet))
    owner = next((r for r in owners if mark.finding in r.findings), None)
    text = mark_text(mark.finding, None if owner is None else owner.provenance)
    draw_text(painter, pointer + QPointF(14.0, -22.0), text, 12, AI)


def paint_result_notes(
    painter: QPainter, area: QRectF, results: Results, above_px: float = _NOTE_ABOVE_BOTTOM_PX
) -> None:
    """Write the legend of heat maps, and that what a model said is for research, at the bottom.

    Parameters
    ----------
    above_px : float
        Distance of the last line from the bottom; more where a long legend would lie on the
        corner text beside it.
    """
    legends = [_legend(result) for result, _ in results if isinstance(result, SaliencyMap)]
    room = area.width() * _NOTE_WIDTH_SHARE
    if any(text_width(text, _NOTE_PX) > room for text in legends):
        above_px = max(above_px, min(area.height() * CORNER_HEIGHT_SHARE, _CORNERS_PX))
        room = area.width() - 2.0 * MARGIN
    lines = [(line, DIM) for text in legends for line in wrapped(text, room, _NOTE_PX)]
    if results:
        lines.append((translate("SliceView", "Research use"), AI))
    if area.width() < _NARROW_PX:  # the corners leave no room between them
        above_px = max(above_px, area.height() * CORNER_HEIGHT_SHARE + line_height(_NOTE_PX))
    y = area.bottom() - above_px - line_height(_NOTE_PX) * (len(lines) - 1)
    for text, color in lines:
        place = QPointF(area.center().x(), y)
        draw_text(painter, place, text, _NOTE_PX, color, Qt.AlignmentFlag.AlignHCenter)
        y += line_height(_NOTE_PX)


def paint_heat_bar(painter: QPainter, area: QRectF, results: Results, left: float = 0.0) -> None:
    """Draw the colours of the heat map that is shown, black where it is clear.

    Parameters
    ----------
    left : float
        Pixels to keep free at the left, for another bar.
    """
    shown = next((pair for pair in results if isinstance(pair[0], SaliencyMap)), None)
    if shown is not None:
        table = heat_table(*shown).astype(float)
        drawn = table[:, 3:] > 0
        colors = np.where(drawn, table[:, :3], 0).astype(np.uint8)
        low, high = translate("SliceView", "weak"), translate("SliceView", "strong")
        paint_color_bar(painter, area.adjusted(left, 0.0, 0.0, 0.0), colors, low, high)


def _legend(result: SaliencyMap) -> str:
    maker = "" if result.provenance is None else _maker(result.provenance)
    what = translate("SliceView", "shows what influenced the score, not where disease is")
    parts = (maker, result.label.replace("_", " "), result.method, what)
    return "  \u00b7  ".join(part for part in parts if part)


def _maker(provenance: Provenance) -> str:
    return f"{provenance.creator} {provenance.version}".strip()
