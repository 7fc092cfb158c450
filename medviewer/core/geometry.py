"""Where the voxels of a volume lie in the patient."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from medviewer.core.errors import GeometryError
from medviewer.core.orientation import plane_name

if TYPE_CHECKING:
    from medviewer.core.arrays import Affine, PointsLps


@dataclass(frozen=True, eq=False)
class VolumeGeometry:
    """A regular grid in patient space.

    Attributes
    ----------
    shape : tuple of int
        ``(slices, rows, columns)``.
    affine_ijk_to_lps : array, shape (4, 4)
        Maps ``(i, j, k, 1)`` = (column, row, slice) of a voxel centre to patient LPS mm
        (PS3.3 C.7.6.2.1.1). May be left-handed; a sheared grid is refused.
    """

    shape: tuple[int, int, int]
    affine_ijk_to_lps: Affine

    def __post_init__(self) -> None:
        affine = np.array(self.affine_ijk_to_lps, dtype=np.float64)
        if affine.shape != (4, 4) or not np.isfinite(affine).all():
            msg = f"Affine of shape {affine.shape} must be a finite 4x4 matrix."
            raise GeometryError(msg)
        linear = affine[:3, :3]
        lengths = np.linalg.norm(linear, axis=0)
        if (lengths <= 0).any():
            msg = f"Voxel spacing {lengths.tolist()} mm must be positive along every axis."
            raise GeometryError(msg)
        unit = linear / lengths
        if np.abs(unit.T @ unit - np.eye(3)).max() > 1e-3:
            msg = "The axes of a volume must be at right angles; shear-correct the series first."
            raise GeometryError(msg)
        affine.setflags(write=False)
        object.__setattr__(self, "affine_ijk_to_lps", affine)

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, VolumeGeometry)
            and self.shape == other.shape
            and bool(np.allclose(self.affine_ijk_to_lps, other.affine_ijk_to_lps, atol=1e-4))
        )

    def __hash__(self) -> int:
        return hash(self.shape)  # equality is approximate: only the shape may be hashed

    @classmethod
    def from_axes(
        cls,
        shape: tuple[int, int, int],
        origin_lps_mm: npt.ArrayLike,
        direction: npt.ArrayLike,
        spacing_ijk_mm: npt.ArrayLike,
    ) -> VolumeGeometry:
        """Build from SimpleITK-like parts; columns of ``direction`` are the i, j, k axes."""
        affine = np.eye(4)
        affine[:3, :3] = np.asarray(direction, float).reshape(3, 3) * np.asarray(spacing_ijk_mm)
        affine[:3, 3] = origin_lps_mm
        return cls(shape, affine)

    @cached_property
    def spacing_ijk_mm(self) -> tuple[float, float, float]:
        """Distance between voxel centres along columns, rows and slices, in mm."""
        i, j, k = np.linalg.norm(self.affine_ijk_to_lps[:3, :3], axis=0)
        return float(i), float(j), float(k)

    @cached_property
    def direction(self) -> npt.NDArray[np.float64]:
        """``(3, 3)``; unit i, j, k axes in patient LPS as columns."""
        return self.affine_ijk_to_lps[:3, :3] / np.asarray(self.spacing_ijk_mm)

    @property
    def origin_lps_mm(self) -> npt.NDArray[np.float64]:
        """Centre of voxel ``(0, 0, 0)`` in patient LPS mm."""
        return self.affine_ijk_to_lps[:3, 3]

    @property
    def slice_normal(self) -> npt.NDArray[np.float64]:
        """Unit vector from slice k to slice k + 1 in patient LPS."""
        return self.direction[:, 2]

    @property
    def plane(self) -> str:
        """``axial``, ``coronal``, ``sagittal`` or ``oblique``: how the slices lie."""
        return plane_name(self.slice_normal)

    @cached_property
    def affine_lps_to_ijk(self) -> Affine:
        """Inverse of :attr:`affine_ijk_to_lps`."""
        return np.asarray(np.linalg.inv(self.affine_ijk_to_lps), dtype=np.float64)

    @cached_property
    def centre_lps_mm(self) -> npt.NDArray[np.float64]:
        """Centre of the grid in patient LPS mm."""
        return self.ijk_to_lps((np.array(self.shape[::-1]) - 1) / 2.0)

    def ijk_to_lps(self, ijk: npt.ArrayLike) -> PointsLps:
        """Map index points, shape (..., 3) in (i, j, k), to patient LPS mm."""
        a = self.affine_ijk_to_lps
        return np.asarray(ijk, float) @ a[:3, :3].T + a[:3, 3]

    def lps_to_ijk(self, points_lps_mm: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Map patient LPS mm, shape (..., 3), to continuous (i, j, k) indices."""
        a = self.affine_lps_to_ijk
        return np.asarray(points_lps_mm, float) @ a[:3, :3].T + a[:3, 3]

    def contains(self, point_lps_mm: npt.ArrayLike) -> bool:
        """Whether the point lies inside a voxel of the grid."""
        ijk = self.lps_to_ijk(point_lps_mm)
        return bool((ijk >= -0.5).all() and (ijk <= np.array(self.shape[::-1]) - 0.5).all())

    @cached_property
    def corners_lps_mm(self) -> PointsLps:
        """``(8, 3)`` outer corners (half a voxel beyond the centres), patient LPS mm."""
        n = np.array(self.shape[::-1], float)
        unit = np.array([[a, b, c] for c in (0, 1) for b in (0, 1) for a in (0, 1)], float)
        return self.ijk_to_lps(unit * n - 0.5)
