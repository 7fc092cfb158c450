"""Pointers that say what a drag does: an arrow with the icon of the tool beside it."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QCursor, QIcon, QPainter, QPen, QPixmap, QPolygonF

from medviewer.ui.icons import icon

_SIZE_PX = 32
_ICONS = {
    "window": "circle-half",
    "zoom": "magnifying-glass-plus",
    "scroll": "arrows-down-up",
    "rotate": "arrow-clockwise",
    "magnifier": "lens",
    "probe": "eyedropper",
    "orbit": "arrows-clockwise",
}
_ARROW = ((1, 1), (1, 15), (4.6, 11.8), (7, 17), (9.4, 15.9), (7.1, 10.9), (11.6, 10.6))


@cache
def tool_cursor(tool: str) -> QCursor:
    """Pointer of a tool; the plain arrow for one that is not known."""
    if tool == "pan":
        return QCursor(Qt.CursorShape.OpenHandCursor)
    if tool in {"crosshair", "reading_box"}:
        return QCursor(Qt.CursorShape.CrossCursor)
    if tool not in _ICONS:
        return QCursor(Qt.CursorShape.ArrowCursor)
    pixmap = QPixmap(_SIZE_PX * 2, _SIZE_PX * 2)
    pixmap.setDevicePixelRatio(2.0)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor("black"), 1.0))
    painter.setBrush(QColor("white"))
    painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in _ARROW]))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 170))
    painter.drawEllipse(QPointF(21.0, 21.0), 10.0, 10.0)
    picture = icon(_ICONS[tool])
    picture.paint(painter, QRect(14, 14, 14, 14), mode=QIcon.Mode.Normal)
    painter.end()
    return QCursor(pixmap, 1, 1)
