"""Colours of segments: a list that colour-blind readers can tell apart."""

from __future__ import annotations

import colorsys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from medviewer.core.segmentation import Segmentation

SEGMENT_COLORS: tuple[tuple[int, int, int], ...] = (
    (230, 159, 0),  # Okabe-Ito orange
    (86, 180, 233),  # sky blue
    (0, 158, 115),  # bluish green
    (240, 228, 66),  # yellow
    (213, 94, 0),  # vermilion
    (0, 114, 178),  # blue
    (204, 121, 167),  # reddish purple
    (153, 221, 85),  # lime
    (255, 182, 193),  # pink
    (64, 224, 208),  # turquoise
    (170, 120, 80),  # brown
    (200, 200, 200),  # light gray
)
_GOLDEN_RATIO = 0.618034


def segment_color(segmentation: Segmentation, number: int) -> tuple[int, int, int]:
    """RGB of a segment: its own colour, else from the list, else spread by its number."""
    for segment in segmentation.segments:
        if segment.number == number and segment.color_rgb is not None:
            return segment.color_rgb
    if number <= len(SEGMENT_COLORS):
        return SEGMENT_COLORS[number - 1]
    red, green, blue = colorsys.hsv_to_rgb(number * _GOLDEN_RATIO % 1.0, 0.55, 0.95)
    return round(red * 255), round(green * 255), round(blue * 255)
