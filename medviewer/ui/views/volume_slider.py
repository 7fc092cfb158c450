"""What the one slider of a 3-D view stands for: threshold, depth of the cut, or shift."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.core.display import VolumeState
    from medviewer.core.geometry import VolumeGeometry

translate = QCoreApplication.translate

Range = tuple[float, float]


def slid(
    state: VolumeState, fraction: float, value_range: Range, geometry: VolumeGeometry
) -> VolumeState:
    """State after the slider was moved to a fraction of its way.

    Parameters
    ----------
    value_range : tuple of float
        Values at 0 and 100 percent.
    """
    low, high = value_range
    if state.surface_threshold is not None:
        return replace(state, surface_threshold=low + fraction * (high - low))
    if state.cut_plane is not None:
        normal = np.array(state.cut_plane[3:])
        near, far = _cut_range(geometry, normal)
        centre = geometry.centre_lps_mm
        along = near + fraction * (far - near)
        point = centre + (along - centre @ normal) * normal
        return replace(state, cut_plane=tuple(float(v) for v in (*point, *normal)))
    return replace(state, shift=(fraction - 0.5) * (high - low))


def slider_place(
    state: VolumeState, value_range: Range, geometry: VolumeGeometry
) -> tuple[float, str, str]:
    """Fraction of its way where the slider is, what it moves, and a sentence on that."""
    low, high = value_range
    threshold, cut = state.surface_threshold, state.cut_plane
    if threshold is not None:
        tip = translate("VolumeView", "Threshold of the surface")
        return (threshold - low) / (high - low), translate("VolumeView", "Threshold"), tip
    if cut is not None:
        normal = np.array(cut[3:])
        near, far = _cut_range(geometry, normal)
        depth = (float(np.array(cut[:3]) @ normal) - near) / (far - near)
        tip = translate("VolumeView", "Depth of the cut")
        return depth, translate("VolumeView", "Depth"), tip
    tip = translate("VolumeView", "Shift of the transfer function (Shift and drag)")
    return state.shift / (high - low) + 0.5, translate("VolumeView", "Shift"), tip


def _cut_range(geometry: VolumeGeometry, normal: npt.NDArray[np.float64]) -> Range:
    along = geometry.corners_lps_mm @ normal
    return float(along.max()), float(along.min())
