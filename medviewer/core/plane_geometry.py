"""Where the plane of one view crosses the image of another: reference lines and crosshairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.core.arrays import PointsLps

_PARALLEL_SINE = 1e-3
"""Planes turned by less than this (0.06 degrees) have no line of intersection worth drawing."""


def crossing_segment(
    corners_lps_mm: PointsLps, point_lps_mm: npt.ArrayLike, normal_lps: npt.ArrayLike
) -> PointsLps | None:
    """Intersect the rectangle of an image with a plane.

    The reference line of image B in view A is ``crossing_segment(corners of B, a point of A,
    normal of A)``: as long as B is wide. The crosshair line of view B across the whole of view A
    is ``crossing_segment(corners of A, focus, normal of B)``.

    Parameters
    ----------
    corners_lps_mm : array, shape (4, 3)
        Outer corners of the image in order around it, patient LPS mm.
    point_lps_mm, normal_lps : array_like, shape (3,)
        Any point of the plane in patient LPS mm, and its normal.

    Returns
    -------
    array, shape (2, 3), or None
        End points in patient LPS mm; ``None`` when the planes are parallel or do not meet
        within the rectangle.
    """
    corners = np.asarray(corners_lps_mm, float)
    normal = np.asarray(normal_lps, float)
    normal = normal / np.linalg.norm(normal)
    sides = np.stack([corners[1] - corners[0], corners[3] - corners[0]])
    sines = sides @ normal / np.linalg.norm(sides, axis=1)
    if np.hypot(*sines) < _PARALLEL_SINE:
        return None
    heights = (corners - np.asarray(point_lps_mm, float)) @ normal
    ends = []
    for n in range(4):
        a, b = heights[n], heights[(n + 1) % 4]
        if (a < 0.0) != (b < 0.0):
            ends.append(corners[n] + (corners[(n + 1) % 4] - corners[n]) * (a / (a - b)))
    return np.stack(ends) if len(ends) == 2 else None
