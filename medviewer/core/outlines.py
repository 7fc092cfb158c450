"""What was drawn around a finding on one image, and the part of it that a cut shows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.core.arrays import PointsLps


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """A point, a line or a closed line (whose last point is its first) on one image.

    Attributes
    ----------
    points : array, shape (n, 3) or (n, 2)
        Patient LPS mm; on an image without a place in the patient (column, row), where
        (0, 0) is the outer corner of its first pixel and (1, 1) the opposite one.
    frame_index : int or None
        Frame of an :class:`ImageStack` whose pixels are meant; ``None`` in the patient.
    """

    points: npt.NDArray[np.float64]
    frame_index: int | None = None

    @property
    def is_closed(self) -> bool:
        """Whether the line encloses an area."""
        return len(self.points) > 3 and bool((self.points[0] == self.points[-1]).all())


def parts_within(
    outline: Outline, heights_mm: npt.NDArray[np.float64], half_mm: float
) -> list[PointsLps]:
    """Cut an outline in the patient to what lies within a slab.

    Parameters
    ----------
    outline : Outline
        In patient LPS mm.
    heights_mm : array, shape (n,)
        Distance of each of its points from the middle of the slab, signed.
    half_mm : float
        Half the slab's thickness.

    Returns
    -------
    list of array, shape (m, 3)
        Lines and points. Of a closed line the border of the enclosed area within the slab: a cut
        across the plane of the outline shows that area from its edge.
    """
    if np.abs(heights_mm).max() <= half_mm:
        return [outline.points]
    if heights_mm.min() > half_mm or heights_mm.max() < -half_mm:
        return []
    with_heights = np.column_stack([outline.points, heights_mm])
    if not outline.is_closed:
        return _open_parts(with_heights, half_mm)
    below = _area_below(with_heights[:-1], half_mm)
    below[:, 3] *= -1.0
    area = _area_below(below, half_mm)
    return [np.concatenate([area, area[:1]])[:, :3]] if len(area) else []


def _area_below(corners: npt.NDArray[np.float64], limit: float) -> npt.NDArray[np.float64]:
    """Clip a polygon (last column: height) to a half-space (Sutherland and Hodgman, 1974)."""
    kept = []
    for here, there in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if here[3] <= limit:
            kept.append(here)
        if (here[3] <= limit) != (there[3] <= limit):
            kept.append(here + (limit - here[3]) / (there[3] - here[3]) * (there - here))
    return np.array(kept).reshape(-1, 4)


def _open_parts(points: npt.NDArray[np.float64], half_mm: float) -> list[PointsLps]:
    """Clip a line segment by segment; what hangs together stays one line."""
    parts: list[list[npt.NDArray[np.float64]]] = []
    for here, there in pairwise(points):
        rise = there[3] - here[3]
        if rise == 0.0:
            low, high = (0.0, 1.0) if abs(here[3]) <= half_mm else (1.0, 0.0)
        else:
            ends = sorted(((-half_mm - here[3]) / rise, (half_mm - here[3]) / rise))
            low, high = max(ends[0], 0.0), min(ends[1], 1.0)
        if low > high:
            continue
        start, end = here + low * (there - here), here + high * (there - here)
        if parts and low == 0.0 and np.array_equal(parts[-1][-1], start):
            parts[-1].append(end)
        else:
            parts.append([start, end])
    return [np.array(part)[:, :3] for part in parts]
