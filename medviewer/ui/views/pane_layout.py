"""Where the panes of a layout lie in the grid, in whole pixels."""

from __future__ import annotations

from PySide6.QtCore import QRect

GAP_PX = 1
_MPR_FIRST_SHARE = 0.6
"""Share of the width the axial view gets beside the other two."""


def pane_rects(layout: str, width: int, height: int) -> list[QRect]:
    """Rectangles of the panes in reading order, with one pixel between them."""
    if layout == "mpr":
        return _one_and_two(width, height)
    rows, columns = (2, 2) if layout == "mpr3d" else (int(n) for n in layout.split("x"))
    x_edges, y_edges = _edges(width, columns), _edges(height, rows)
    return [QRect(x0, y0, x1 - x0, y1 - y0) for (y0, y1) in y_edges for (x0, x1) in x_edges]


def _one_and_two(width: int, height: int) -> list[QRect]:
    """Put the first pane left, the others above one another on the right."""
    split = max(1, min(round(width * _MPR_FIRST_SHARE), width - 1))
    right = split + GAP_PX
    (_, y0), (y1, y2) = _edges(height, 2)
    return [
        QRect(0, 0, split, height),
        QRect(right, 0, width - right, y0),
        QRect(right, y1, width - right, y2 - y1),
    ]


def _edges(length: int, n: int) -> list[tuple[int, int]]:
    """Start and end of ``n`` equal parts with a gap between them."""
    usable = length - GAP_PX * (n - 1)
    cuts = [round(usable * part / n) for part in range(n + 1)]
    return [(cuts[p] + p * GAP_PX, cuts[p + 1] + p * GAP_PX) for p in range(n)]
