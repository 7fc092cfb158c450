"""Text that stays legible on any image: crisp glyphs with a dark edge, cached as pictures."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter

from medviewer.ui.views.view_colors import HALO, PLATE

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
    ratio = device_ratio(painter)
    image = _text_image(text, size_px, color.rgba(), ratio)
    width = image.width() / ratio
    shift = {Qt.AlignmentFlag.AlignRight: width - 1, Qt.AlignmentFlag.AlignHCenter: width / 2}
    x = position.x() - shift.get(align, 1.0)
    painter.drawImage(on_pixels(QPointF(x, position.y() - 1), ratio), image)


def device_ratio(painter: QPainter) -> float:
    """Device pixels per logical pixel of what is painted on."""
    device = painter.device()
    return 1.0 if device is None else device.devicePixelRatioF()


def on_pixels(position: QPointF, ratio: float) -> QPointF:
    """Nearest position that falls on whole device pixels: glyphs stay crisp."""
    return QPointF(round(position.x() * ratio) / ratio, round(position.y() * ratio) / ratio)


@lru_cache(maxsize=128)
def block_image(
    lines: tuple[tuple[str, int, bool], ...], size_px: int, ratio: float, *, is_right: bool
) -> QImage:
    """Lines (text, colour as an RGBA number, whether dimmed) above one another.

    One picture for a whole corner: drawing many small ones costs more than the image itself.
    A dimmed line darkens what lies behind it: an edge alone does not make amber readable on
    noise, nor white on other text.
    """
    parts = [_text_image(text, size_px, rgba, ratio) for text, rgba, _ in lines]
    step = round(line_height(size_px) * ratio)
    width = max(part.width() for part in parts)
    height = step * (len(parts) - 1) + parts[-1].height()
    image = transparent_image(width, height, ratio)
    painter = QPainter(image)
    for row, (part, (_, _, is_dimmed)) in enumerate(zip(parts, lines, strict=True)):
        x = width - part.width() if is_right else 0
        place = QRectF(x / ratio, row * step / ratio, part.width() / ratio, step / ratio)
        if is_dimmed:
            painter.fillRect(place, PLATE)
        painter.drawImage(QPointF(x / ratio, row * step / ratio), part)
    painter.end()
    return image


@lru_cache(maxsize=1024)
def _text_image(text: str, size_px: int, rgba: int, ratio: float) -> QImage:
    font = view_font(size_px)
    width = QFontMetricsF(font).horizontalAdvance(text) + 2
    height = line_height(size_px) + 2
    image = transparent_image(round(width * ratio), round(height * ratio), ratio)
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


def transparent_image(width_px: int, height_px: int, ratio: float) -> QImage:
    """Make an empty picture of a size in device pixels."""
    size = max(1, width_px), max(1, height_px)
    image = QImage(*size, QImage.Format.Format_ARGB32_Premultiplied)
    image.setDevicePixelRatio(ratio)
    image.fill(0)
    return image
