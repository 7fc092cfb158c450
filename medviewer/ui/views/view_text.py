"""Paints what a view says at its edges: corner text, letters, ruler, colour bar.

Pure functions of values and a painter in logical pixels: the window and the off-screen picture
use the same ones.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter

from medviewer.ui.views.corner_text import CornerText, Line, Tone, number
from medviewer.ui.views.halo_text import (
    block_image,
    device_ratio,
    draw_text,
    line_height,
    on_pixels,
    text_width,
    transparent_image,
    view_font,
)
from medviewer.ui.views.view_colors import DIM, HALO, TEXT, WARNING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MARGIN = 8
_SIZES_PX = (12, 11, 10, 9)
_WIDTH_SHARE = 0.36
_SMALL_REACH = 0.44
"""How far from its edge the text of a small view reaches, margin included."""
CORNER_HEIGHT_SHARE = 0.24
_TICK_PX = 7
_SMALL_VIEWS = ((300.0, 3), (480.0, 4))
"""Shorter side below which only lines up to a rank are shown: less text, more image."""
_TONES = {Tone.NORMAL: TEXT, Tone.DIM: DIM, Tone.WARNING: WARNING}
_SMALLEST_WHOLE_PX = 11
"""Text is not made smaller than this only to show a long line whole: that one is cut."""
_LAST_RANK = 99
_FIRST_DROPPED_RANK = 2
"""Lines below it are shrunk rather than left out."""
_NICE = (1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class Ruler:
    """A length to be drawn: ``length_px`` logical pixels are ``text``."""

    length_px: float
    n_parts: int
    text: str


@lru_cache(maxsize=256)
def fitted_lines(
    lines: tuple[Line, ...], width_px: float, height_px: float
) -> tuple[tuple[Line, ...], int]:
    """Leave lines out by rank, and shrink the text, until a block fits.

    Returns
    -------
    tuple of Line, int
        The lines kept, warnings wrapped and what is too long cut, and the font size in pixels.
    """
    for size in _SIZES_PX:
        kept = lines
        while True:
            wrapped = tuple(part for line in kept for part in _wrapped(line, width_px, size))
            worst = max((line.rank for line in kept), default=0)
            is_low = len(wrapped) * line_height(size) <= height_px
            if is_low or worst < _FIRST_DROPPED_RANK:
                break
            kept = tuple(line for line in kept if line.rank != worst)
        widest = max((text_width(line.text, size) for line in wrapped), default=0.0)
        if is_low and (widest <= width_px or size <= _SMALLEST_WHOLE_PX):
            break
    n = max(1, int(height_px // line_height(size)))
    return tuple(_elided(line, width_px, size) for line in wrapped[:n]), size


def paint_corners(painter: QPainter, area: QRectF, corners: CornerText) -> None:
    """Paint the four blocks without ever reaching the centre of the view."""
    side = min(area.width(), area.height())
    width_px = area.width() * _WIDTH_SHARE
    if area.width() < _SMALL_VIEWS[0][0]:
        width_px = area.width() * _SMALL_REACH - MARGIN - 1
    room = width_px, area.height() * CORNER_HEIGHT_SHARE
    last_rank = next((rank for below, rank in _SMALL_VIEWS if side < below), _LAST_RANK)
    blocks = (
        (corners.top_left, True, True),
        (corners.top_right, True, False),
        (corners.bottom_left, False, True),
        (corners.bottom_right, False, False),
    )
    for lines, is_top, is_left in blocks:
        wanted = tuple(line for line in lines if line.rank <= last_rank)
        kept, size = fitted_lines(wanted, *room)
        if not kept:
            continue
        ratio = device_ratio(painter)
        toned = tuple(
            (x.text, _TONES[x.tone].rgba(), corners.is_on_text or x.tone is Tone.WARNING)
            for x in kept
        )
        block = block_image(toned, size, ratio, is_right=not is_left)
        width, height = block.width() / ratio, block.height() / ratio
        x = area.left() + MARGIN - 1 if is_left else area.right() - MARGIN + 1 - width
        y = area.top() + MARGIN - 1 if is_top else area.bottom() - MARGIN + 1 - height
        painter.drawImage(on_pixels(QPointF(x, y), ratio), block)


def paint_letters(painter: QPainter, area: QRectF, letters: dict[str, str]) -> None:
    """Name the patient's sides at the edges: the main letter large, the others small."""
    middle = area.center()
    places = {
        "left": QPointF(area.left() + MARGIN, middle.y()),
        "right": QPointF(area.right() - MARGIN, middle.y()),
        "top": QPointF(middle.x(), area.top() + MARGIN + 7),
        "bottom": QPointF(middle.x(), area.bottom() - MARGIN - 8),
    }
    for edge, point in places.items():
        text = letters.get(edge, "")
        if not text:
            continue
        main, rest = text[0], text[1:]
        main_width, rest_width = text_width(main, 15), text_width(rest, 10) if rest else 0.0
        total = main_width + rest_width
        x = point.x() - total / 2
        if edge == "left":
            x = point.x()
        elif edge == "right":
            x = point.x() - total
        draw_text(painter, QPointF(x, point.y() - 10), main, 15, TEXT)
        if rest:
            draw_text(painter, QPointF(x + main_width, point.y() - 1), rest, 10, DIM)


def ruler_for(px_per_unit: float, unit: str, height_px: float, source: str = "") -> Ruler:
    """Choose a round length near a third of the view's height.

    Parameters
    ----------
    px_per_unit : float
        Logical pixels per millimetre (or image pixel).
    unit : str
        ``"mm"`` or ``"px"``.
    source : str
        Named after the length where it is not the patient's own scale ("at detector").
    """
    target = 0.36 * height_px / px_per_unit
    power = 10.0 ** math.floor(math.log10(target))
    step = max(n for n in _NICE if n * power <= target * 1.0001) * power
    n_parts = {1: 10, 2: 4, 5: 5}[round(step / power)]
    if unit == "mm" and step >= 10:
        text = f"{number(step / 10.0)} cm"
    else:
        text = f"{number(step, 0 if step >= 1 else 1)} {unit}"
    return Ruler(step * px_per_unit, n_parts, f"{text}  {source}".strip())


def paint_ruler(painter: QPainter, area: QRectF, ruler: Ruler) -> None:
    """Draw the ruler at the right edge, beside the letter there."""
    ratio = device_ratio(painter)
    x = area.right() - MARGIN - 22
    top = area.center().y() - ruler.length_px / 2.0
    image = _ruler_image(round(ruler.length_px * ratio), ruler.n_parts, ratio)
    painter.drawImage(on_pixels(QPointF(x - _TICK_PX, top - 1), ratio), image)
    place = QPointF(x + 1, top + ruler.length_px + 4)
    draw_text(painter, place, ruler.text, 10, DIM, Qt.AlignmentFlag.AlignRight)


@lru_cache(maxsize=16)
def _ruler_image(length_px: int, n_parts: int, ratio: float) -> QImage:
    """Bar and ticks with a dark edge; the bar is ``length_px`` device pixels long."""
    edge, line = round(ratio), max(1, round(ratio))
    image = transparent_image(round((_TICK_PX + 2) * ratio), length_px + 2 * edge, ratio)
    x = image.width() - edge - line
    marks = [(x, edge, line, length_px)]
    for part in range(n_parts + 1):
        is_end, is_middle = part in {0, n_parts}, part * 2 == n_parts
        width = round((_TICK_PX if is_end else 5 if is_middle else 3) * ratio)
        y = edge + min(round(length_px * part / n_parts), length_px - line)
        marks.append((x - width + line, y, width, line))
    image.setDevicePixelRatio(1.0)
    painter = QPainter(image)
    for x0, y0, width, height in marks:
        painter.fillRect(x0 - edge, y0 - edge, width + 2 * edge, height + 2 * edge, HALO)
    for x0, y0, width, height in marks:
        painter.fillRect(x0, y0, width, height, TEXT)
    painter.end()
    image.setDevicePixelRatio(ratio)
    return image


def paint_color_bar(
    painter: QPainter, area: QRectF, table: npt.NDArray[np.uint8], low: str, high: str
) -> None:
    """Draw the colours of a ``(256, 3)`` table with the values at its ends."""
    height = min(160.0, area.height() * 0.3)
    box = QRectF(area.left() + MARGIN + 22, area.center().y() - height / 2, 10, height)
    image = QImage(1, 256, QImage.Format.Format_RGB32)
    for level in range(256):
        image.setPixelColor(0, 255 - level, QColor(*(int(v) for v in table[level])))
    painter.fillRect(box.adjusted(-1, -1, 1, 1), HALO)
    painter.drawImage(box, image)
    draw_text(painter, QPointF(box.right() + 5, box.top() - 4), high, 10, TEXT)
    draw_text(painter, QPointF(box.right() + 5, box.bottom() - 10), low, 10, TEXT)


def _wrapped(line: Line, width_px: float, size_px: int) -> list[Line]:
    """Break a warning at words; other lines stay whole."""
    if line.tone is not Tone.WARNING:
        return [line]
    rows = wrapped(line.text, width_px, size_px)
    return [Line(row, line.rank, line.tone) for row in rows]


def wrapped(text: str, width_px: float, size_px: int) -> list[str]:
    """Break a text at words so that each row fits a width where its words do."""
    if text_width(text, size_px) <= width_px:
        return [text]
    rows: list[str] = [""]
    for word in text.split(" "):
        longer = f"{rows[-1]} {word}".strip()
        if rows[-1] and text_width(longer, size_px) > width_px:
            rows.append(word)
        else:
            rows[-1] = longer
    return rows


def _elided(line: Line, width_px: float, size_px: int) -> Line:
    if text_width(line.text, size_px) <= width_px:
        return line
    if line.is_figures:
        parts = re.split(r"(  +)", line.text)  # parts and what keeps them apart, in turn
        for n in range(len(parts) - 2, 0, -2):
            shorter = "".join(parts[:n])
            if text_width(shorter, size_px) <= width_px:
                return replace(line, text=shorter)
    metrics = QFontMetricsF(view_font(size_px))
    text = metrics.elidedText(line.text, Qt.TextElideMode.ElideRight, width_px)
    return replace(line, text=text)
