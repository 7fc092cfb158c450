"""The box in which a model reads: drawn in any plane, shown in all of them."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from medviewer.ui.views.view_colors import AI

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.rendering.slice_scene import SliceScene

Box = tuple[float, ...]
"""Lowest then highest x, y, z, patient LPS mm."""

_FIRST_DEPTH_MM = 50.0


def drawn_box(
    start_lps_mm: npt.ArrayLike,
    end_lps_mm: npt.ArrayLike,
    normal: npt.ArrayLike,
    known: Box | None,
) -> Box:
    """Return the box whose outline in a plane was drawn from one corner to the other.

    Parameters
    ----------
    start_lps_mm, end_lps_mm : array, shape (3,)
        Corners in the plane.
    normal : array, shape (3,)
        Of the plane.
    known : tuple of 6 float, or None
        The box so far: across the plane it stays as it is where the plane cuts it; else the
        drawn box is 50 mm deep about the plane.
    """
    ends = np.stack([np.asarray(start_lps_mm, float), np.asarray(end_lps_mm, float)])
    low, high = ends.min(axis=0), ends.max(axis=0)
    across = int(np.argmax(np.abs(np.asarray(normal, float))))
    middle = float(ends[:, across].mean())
    low[across], high[across] = middle - _FIRST_DEPTH_MM / 2.0, middle + _FIRST_DEPTH_MM / 2.0
    if known is not None and known[across] <= middle <= known[across + 3]:
        low[across], high[across] = known[across], known[across + 3]
    return (*low.tolist(), *high.tolist())


def paint_box(painter: QPainter, scene: SliceScene, box: Box, ratio: float) -> None:
    """Draw where a box meets the shown image."""
    places = [scene.lps_to_display(c) for c in product(*zip(box[:3], box[3:], strict=True))]
    known = np.array([place for place in places if place is not None])
    if not len(known) or known[:, 2].min() > 0.0 or known[:, 2].max() < 0.0:
        return
    (x0, y0), (x1, y1) = known[:, :2].min(axis=0) / ratio, known[:, :2].max(axis=0) / ratio
    painter.setPen(QPen(AI, 1.5, Qt.PenStyle.DashLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(QRectF(QPointF(x0, y0), QPointF(x1, y1)))
