"""What a drag or a turn of the wheel means: states in, states out, no widgets.

Positions are relative to the middle of the view, in fractions of its shorter side, (right, down),
as :class:`~medviewer.core.display.SliceState` counts its pan.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from medviewer.core.windowing import VoiFunction, VoiLut, VoiWindow

if TYPE_CHECKING:
    from medviewer.core.display import SliceState, VolumeState

ACCELERATION = 5.0
"""How much faster a drag with Ctrl is."""

_MIN_ZOOM, _MAX_ZOOM = 0.05, 100.0
_ZOOM_PER_VIEW = 6.0
"""Natural logarithm of the zoom of a drag across the whole view."""

Position = tuple[float, float]


def dragged_window(
    voi: VoiWindow | VoiLut, right_px: float, down_px: float, value_range: float
) -> VoiWindow:
    """Widen the window to the right, lower its centre upwards.

    The gain follows the range of the values and the present width, so that CT, PET and float
    images and narrow and wide windows feel the same; a VOI LUT becomes the window it covers.

    Parameters
    ----------
    value_range : float
        Largest minus smallest value of the image.
    """
    window = _as_window(voi)
    gain = math.sqrt(window.width * max(value_range, 1e-9)) / 600.0
    smallest = 1.0 if window.function is VoiFunction.LINEAR else value_range * 1e-5 or 1e-6
    width = max(window.width + gain * right_px, smallest)
    center = window.center + gain * down_px
    if value_range > 100.0:  # whole numbers where the values are
        width, center = float(round(width)), float(round(center))
    return VoiWindow(center, max(width, smallest), window.function)


def zoomed(state: SliceState, factor: float, fixed: Position = (0.0, 0.0)) -> SliceState:
    """Zoom by a factor; the image point at ``fixed`` stays where it is."""
    zoom = min(max(state.zoom * factor, _MIN_ZOOM), _MAX_ZOOM)
    ratio = zoom / state.zoom
    x, y = (f - (f - p) * ratio for f, p in zip(fixed, state.pan_fraction, strict=True))
    return replace(state, zoom=zoom, pan_fraction=(x, y))


def zoom_factor(down_fraction: float) -> float:
    """Zoom of a drag: down is in, up is out."""
    return math.exp(down_fraction * _ZOOM_PER_VIEW / 2.0)


def panned(state: SliceState, right: float, down: float) -> SliceState:
    """Shift the image."""
    x, y = state.pan_fraction
    return replace(state, pan_fraction=(x + right, y + down))


def turned(state: SliceState, degrees: float) -> SliceState:
    """Turn the picture on the screen clockwise."""
    return replace(state, rotation_deg=(state.rotation_deg + degrees) % 360.0)


def angle_deg(start: Position, end: Position) -> float:
    """Clockwise angle between two directions from the middle, in (-180, 180]."""
    change = math.degrees(math.atan2(end[1], end[0]) - math.atan2(start[1], start[0]))
    return (change + 180.0) % 360.0 - 180.0


def scroll_steps(down_px: float, height_px: float, n_slices: int) -> float:
    """Images a vertical drag pages through: all of them over 80 % of the view, at most 1 in 2 px.

    A short stack takes at most 24 px an image, so that it does not feel stuck.
    """
    px_per_image = min(max(0.8 * height_px / max(n_slices, 1), 2.0), 24.0)
    return down_px / px_per_image


def orbited(state: VolumeState, right: float, down: float) -> VolumeState:
    """Turn the camera about the patient: half a turn over the shorter side of the view."""
    azimuth = (state.azimuth_deg - right * 180.0 + 180.0) % 360.0 - 180.0
    elevation = min(max(state.elevation_deg + down * 180.0, -90.0), 90.0)
    return replace(state, azimuth_deg=azimuth, elevation_deg=elevation)


def _as_window(voi: VoiWindow | VoiLut) -> VoiWindow:
    if isinstance(voi, VoiWindow):
        return voi
    n = float(len(voi.table))
    return VoiWindow(voi.first_value + n / 2.0, max(n, 1.0))
