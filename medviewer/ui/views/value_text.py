"""A pixel's value as text, with its unit and, for PET, the uptake it means."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from medviewer.core.windowing import VoiWindow
from medviewer.ui.views.corner_text import number

if TYPE_CHECKING:
    from medviewer.core.cuts import Image
    from medviewer.core.windowing import VoiLut

_FIGURES = 4
"""Significant figures of a value that is no whole number."""


def value_text(value: float | tuple[int, int, int], image: Image) -> str:
    """Write ``33 HU``, ``RGB 1 2 3`` or ``1938 Bq/ml  SUV 0.53``."""
    if isinstance(value, tuple):
        return "RGB " + " ".join(str(channel) for channel in value)
    text = f"{number(value, _digits(value))} {image.unit}".strip()
    factor = _suv_factor(image)
    return text if factor is None else f"{text}  SUV {number(value * factor, 2)}"


def suv_window_text(voi: VoiWindow | VoiLut | None, image: Image) -> str:
    """Write the uptake at both ends of a window of PET: ``SUV 0.0 – 5.0``; else ""."""
    factor = _suv_factor(image)
    if factor is None or not isinstance(voi, VoiWindow):
        return ""
    ends = ((voi.center + side * voi.width / 2) * factor for side in (-1, 1))
    return "SUV " + " – ".join(number(end, 1) for end in ends)


def _suv_factor(image: Image) -> float | None:
    text = image.attributes.get("suv_bw_factor", "")
    return float(text) if text else None


def _digits(value: float) -> int:
    if float(value).is_integer() or not math.isfinite(value):
        return 0
    return min(max(_FIGURES - 1 - math.floor(math.log10(abs(value))), 0), _FIGURES)
