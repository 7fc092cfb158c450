"""Text that stays legible on any image: crisp glyphs with a dark edge, cached as pictures."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from medviewer.ui.views.view_colors import HALO

_EDGE = tuple((x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if (x, y) != (0, 0))


@lru_cache(maxsize=32)
def view_font(size_px: int, *, is_bold: bool = False) -> QFont:
    """Font of the text in views, with figures of equal width."""
    font = QFont()
    font.setPixelSize(size_px)
    font.setBold(is_bold)
    font.setFeature(QFont.Tag("tnum"), 1)
    return font


@lru_cache(maxsize=4096)
def text_width(text: str, size_px: int) -> float:
    """Width of a line in logical pixels, its edge not counted."""
    return QFontMetricsF(view_font(size_px)).horizontalAdvance(text)


def line_height(size_px: int) -> float:
    """Distance of two lines in logical pixels."""
    return round(size_px * 1.4)


def draw_text(
    painter: QPainter,
    position: QPointF,
    text: str,
    size_px: int,
    color: QColor,
    align: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft,
) -> None:
    """Draw one line; ``position`` is the top of the line at its left, middle or right end."""
    device = painter.device()
    ratio = 1.0 if device is None else device.devicePixelRatioF()
    image = _text_image(text, size_px, color.rgba(), ratio)
    width = image.width() / ratio
    shift = {Qt.AlignmentFlag.AlignRight: width - 1, Qt.AlignmentFlag.AlignHCenter: width / 2}
    x = position.x() - shift.get(align, 1.0)
    aligned = QPointF(round(x * ratio) / ratio, round((position.y() - 1) * ratio) / ratio)
    painter.drawImage(aligned, image)


@lru_cache(maxsize=1024)
def _text_image(text: str, size_px: int, rgba: int, ratio: float) -> QImage:
    font = view_font(size_px)
    width = QFontMetricsF(font).horizontalAdvance(text) + 2
    height = line_height(size_px) + 2
    image = QImage(
        max(1, round(width * ratio)),
        max(1, round(height * ratio)),
        QImage.Format.Format_ARGB32_Premultiplied,
    )
    image.setDevicePixelRatio(ratio)
    image.fill(0)
    painter = QPainter(image)
    painter.setFont(font)
    box = QRectF(1, 1, width, height - 2)
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    flags |= Qt.TextFlag.TextDontClip | Qt.TextFlag.TextSingleLine
    painter.setPen(HALO)
    for x, y in _EDGE:
        painter.drawText(box.translated(x, y), flags, text)
    painter.setPen(QColor.fromRgba(rgba))
    painter.drawText(box, flags, text)
    painter.end()
    return image
