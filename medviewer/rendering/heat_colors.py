"""Colours and opacity of heat maps: one table for slices, clouds in 3-D and colour bars."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medviewer.rendering.lookup_tables import color_table

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.core.display import OverlayDisplay
    from medviewer.core.saliency import SaliencyMap

_STRONGEST_ALPHA = 0.75
_FADE = 0.1
"""Saliency range over which the map fades in above its threshold."""
_FIRST_COLOR = 55
"""Of the colour table: darker ones cannot be told from the image."""


def heat_levels(values: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Levels of :func:`heat_table`: 0 for no saliency, 255 for 1.0 and more."""
    return np.rint(np.clip(values, 0.0, 1.0) * 255.0).astype(np.uint8)


def heat_table(saliency: SaliencyMap, display: OverlayDisplay) -> npt.NDArray[np.uint8]:
    """RGBA of 256 levels, shape (256, 4): clear below the threshold, then fading in.

    Violet to warm colours; gray where the score missed the operating point.
    """
    strength = np.arange(256) / 255.0
    fade = np.clip((strength - display.saliency_threshold) / _FADE, 0.0, 1.0)
    alpha = fade * (0.35 + 0.65 * strength) * _STRONGEST_ALPHA * display.opacity
    colors = color_table("inferno" if saliency.is_above_threshold else "gray")
    rgba = np.empty((256, 4), np.uint8)
    rgba[:, :3] = colors[np.rint(_FIRST_COLOR + strength * (255 - _FIRST_COLOR)).astype(int)]
    rgba[:, 3] = np.rint(alpha * 255)
    return rgba
