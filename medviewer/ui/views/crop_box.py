"""The faces of the crop box of a 3-D view as handles on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.core.geometry import VolumeGeometry
    from medviewer.rendering.volume_scene import VolumeScene

_THINNEST = 0.02
"""Smallest part of the grid that is kept along an axis."""


def face_points(
    scene: VolumeScene, geometry: VolumeGeometry, crop: tuple[float, ...]
) -> list[tuple[float, float]]:
    """Device pixels of the six face centres: i low, i high, j low, j high, k low, k high."""
    points = []
    for face in range(6):
        place = scene.lps_to_display(_face_centre(geometry, crop, face))
        if place is not None:
            points.append((place[0], place[1]))
    return points


def dragged_crop(
    scene: VolumeScene,
    geometry: VolumeGeometry,
    crop: tuple[float, ...],
    face: int,
    moved_px: tuple[float, float],
) -> tuple[float, ...]:
    """Move a face along its axis by the part of a drag that runs that way on the screen."""
    start = scene.lps_to_display(_face_centre(geometry, crop, face))
    shifted = list(crop)
    shifted[face] += 0.1
    end = scene.lps_to_display(_face_centre(geometry, tuple(shifted), face))
    if start is None or end is None:
        return crop
    axis_px = np.array([end[0] - start[0], end[1] - start[1]]) / 0.1
    length = float(axis_px @ axis_px)
    if length < 1.0:  # seen end on: a drag says nothing about depth
        return crop
    moved = list(crop)
    moved[face] += float(axis_px @ np.array(moved_px)) / length
    other = moved[face ^ 1]
    low, high = (0.0, other - _THINNEST) if face % 2 == 0 else (other + _THINNEST, 1.0)
    moved[face] = min(max(moved[face], low), high)
    return tuple(moved)


def _face_centre(
    geometry: VolumeGeometry, crop: tuple[float, ...], face: int
) -> npt.NDArray[np.float64]:
    middle = np.array(crop).reshape(3, 2).mean(axis=1)
    middle[face // 2] = crop[face]
    return geometry.ijk_to_lps(middle * geometry.shape[::-1] - 0.5)
