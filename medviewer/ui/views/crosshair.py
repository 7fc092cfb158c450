"""The crosshair on one view: where the other planes run through it, and where it is taken."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF

from medviewer.core.cuts import shown_plane
from medviewer.ui.views.view_colors import ACCENT, PLANES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QColor

    from medviewer.core.display import SliceState
    from medviewer.core.geometry import VolumeGeometry
    from medviewer.rendering.screen_frame import ScreenFrame

GAP_PX = 14.0
"""Nothing is drawn this near to the focus: it is what the reader looks at."""
_LETTER_PX = 26.0
"""Lines end before the letters at the edges."""
_HANDLE_SHARE = 0.36
_HANDLE_RADIUS_PX = 12.0


@dataclass(frozen=True, slots=True)
class CrosshairLine:
    """One line through the centre: a unit direction on the screen and its plane's colour."""

    right: float
    down: float
    color: QColor


@dataclass(frozen=True, slots=True)
class Crosshair:
    """Centre in logical pixels and the lines through it.

    Attributes
    ----------
    distance_mm : float
        Of the focus from the shown cut.
    can_turn : bool
        Whether its ends turn the MPR planes.
    """

    centre: QPointF
    lines: tuple[CrosshairLine, ...]
    distance_mm: float
    can_turn: bool

    def handles(self, area: QRectF) -> list[QPointF]:
        """Points near the ends of the lines that turn the planes."""
        if not self.can_turn:
            return []
        reach = _HANDLE_SHARE * min(area.width(), area.height())
        points = [
            self.centre + QPointF(line.right * reach * side, line.down * reach * side)
            for line in self.lines
            for side in (-1.0, 1.0)
        ]
        inside = area.adjusted(4, 4, -4, -4)
        return [point for point in points if inside.contains(point)]

    def is_handle(self, position: QPointF, area: QRectF) -> bool:
        """Whether a position is on a handle."""
        return any(
            math.hypot(position.x() - h.x(), position.y() - h.y()) <= _HANDLE_RADIUS_PX
            for h in self.handles(area)
        )

    def segments(self, area: QRectF) -> list[tuple[QPointF, QPointF, QColor]]:
        """Halves of the lines from the gap to the edges of the view."""
        inner = area.adjusted(_LETTER_PX, _LETTER_PX, -_LETTER_PX, -_LETTER_PX)
        found = []
        for line in self.lines:
            for side in (-1.0, 1.0):
                step = QPointF(line.right * side, line.down * side)
                reach = _reach(self.centre, step, inner)
                if reach > GAP_PX:
                    start, end = self.centre + step * GAP_PX, self.centre + step * reach
                    found.append((start, end, line.color))
        return found


def _reach(start: QPointF, step: QPointF, area: QRectF) -> float:
    """How far one gets from a point in a direction before leaving a rectangle."""
    reach = math.inf
    for at, by, low, high in (
        (start.x(), step.x(), area.left(), area.right()),
        (start.y(), step.y(), area.top(), area.bottom()),
    ):
        if abs(by) > 1e-6:
            reach = min(reach, ((high if by > 0 else low) - at) / by)
    return reach


def crosshair_of(
    frame: ScreenFrame,
    focus_lps_mm: tuple[float, float, float],
    geometry: VolumeGeometry | None,
    peers: Sequence[SliceState],
    ratio: float,
) -> Crosshair:
    """Lay the crosshair on a view.

    Parameters
    ----------
    peers : sequence of SliceState
        The other MPR views; without any the lines are those of the screen.
    ratio : float
        Device pixels per logical pixel.
    """
    x, y, distance_mm = (float(v) for v in frame.lps_to_display(focus_lps_mm))
    lines = []
    for peer in peers:
        if geometry is None:
            break
        along = np.cross(frame.normal, shown_plane(geometry, peer).normal)
        right, down = float(along @ frame.right), float(along @ frame.down)
        length = math.hypot(right, down)
        if length > 1e-3:
            color = PLANES[peer.orientation]
            lines.append(CrosshairLine(right / length, down / length, color))
    can_turn = bool(lines)
    if not lines:
        lines = [CrosshairLine(1.0, 0.0, ACCENT), CrosshairLine(0.0, 1.0, ACCENT)]
    return Crosshair(QPointF(x / ratio, y / ratio), tuple(lines), distance_mm, can_turn)
