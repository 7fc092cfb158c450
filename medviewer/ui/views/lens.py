"""The magnifier: a round piece of the view, drawn larger at the image's own resolution."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPen

from medviewer.rendering.capture import grab
from medviewer.ui.views.view_colors import ACCENT

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkRenderWindow

FACTOR = 2.5
RADIUS_PX = 90


def picture(window: vtkRenderWindow, centre_px: tuple[float, float]) -> QImage:
    """Cut a square of device pixels out of what a window last rendered.

    Beyond the window's edges it is black.
    """
    pixels = grab(window)
    radius = RADIUS_PX * 2
    padded = np.pad(pixels, ((radius, radius), (radius, radius), (0, 0)))
    x, y = (round(v) + radius for v in centre_px)
    square = np.ascontiguousarray(padded[y - radius : y + radius, x - radius : x + radius])
    rows, columns = square.shape[:2]
    image = QImage(square.data, columns, rows, columns * 3, QImage.Format.Format_RGB888)
    return image.copy()


def paint_lens(painter: QPainter, centre: QPointF, image: QImage, ratio: float) -> None:
    """Paint the magnified piece as a disc around its centre."""
    source = RADIUS_PX * ratio
    middle = image.width() / 2.0
    box = QRectF(middle - source, middle - source, 2 * source, 2 * source)
    piece = image.copy(box.toRect())
    disc = QImage(piece.size(), QImage.Format.Format_ARGB32_Premultiplied)
    disc.fill(0)
    inner = QPainter(disc)
    inner.setRenderHint(QPainter.RenderHint.Antialiasing)
    path = QPainterPath()
    path.addEllipse(QRectF(1, 1, disc.width() - 2, disc.height() - 2))
    inner.setClipPath(path)
    inner.drawImage(0, 0, piece)
    inner.setClipping(False)
    inner.setPen(QPen(ACCENT, 1.5 * ratio))
    inner.drawPath(path)
    inner.end()
    disc.setDevicePixelRatio(ratio)
    painter.drawImage(centre - QPointF(RADIUS_PX, RADIUS_PX), disc)
