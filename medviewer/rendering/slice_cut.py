"""Which images a view pages through, and where their pixels lie: geometry only."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from medviewer.core.display import SliceState
from medviewer.core.planes import (
    Orientation,
    Plane,
    first_position_through,
    plane_for,
    slice_positions,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.core.arrays import Affine
    from medviewer.core.geometry import VolumeGeometry

_IDENTITY = SliceState().oblique
_PARALLEL = 1.0 - 1e-6
_MAX_PIXELS_A_SIDE = 2048


@dataclass(frozen=True, eq=False)
class SliceCut:
    """A family of parallel images through a grid.

    Attributes
    ----------
    plane : Plane
        Screen axes of an unturned view.
    axes : tuple of int or None
        Grid axes (0 i, 1 j, 2 k) of columns, rows and images, where the cut runs along the grid:
        its pixels are voxels. ``None`` where it has to be interpolated.
    first_mm, step_mm : float
        Position of image 0 along ``plane.normal`` and the distance to the next.
    n_slices : int
    """

    geometry: VolumeGeometry
    plane: Plane
    axes: tuple[int, int, int] | None
    first_mm: float
    step_mm: float
    n_slices: int

    def position_mm(self, slice_index: int) -> float:
        """Position of an image along the normal, patient LPS mm."""
        return self.first_mm + slice_index * self.step_mm

    def slice_index_at(self, point_lps_mm: npt.ArrayLike) -> int:
        """Image nearest to a point, within the range."""
        along = float(np.asarray(point_lps_mm, float) @ self.plane.normal)
        index = round((along - self.first_mm) / self.step_mm)
        return min(max(index, 0), self.n_slices - 1)

    def grid_index(self, slice_index: int) -> int:
        """Index along the grid axis of the images, for a cut along the grid."""
        if self.axes is None:
            msg = "An interpolated cut has no grid index."
            raise ValueError(msg)
        is_ascending = self.plane.normal @ self.geometry.direction[:, self.axes[2]] > 0
        return slice_index if is_ascending else self.n_slices - 1 - slice_index

    @cached_property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) of every image."""
        if self.axes is not None:
            n_ijk = self.geometry.shape[::-1]
            return n_ijk[self.axes[1]], n_ijk[self.axes[0]]
        low, high = self._bounds_mm
        columns, rows = np.maximum(np.ceil((high - low) / self.pixel_mm - 1e-6), 1).astype(int)
        return int(rows), int(columns)

    @cached_property
    def pixel_mm(self) -> float:
        """Pixel size of an interpolated cut: the finest voxel spacing."""
        low, high = self._bounds_mm
        coarsest = float((high - low).max()) / _MAX_PIXELS_A_SIDE
        return max(min(self.geometry.spacing_ijk_mm), coarsest)

    def index_to_lps(self, slice_index: int) -> Affine:
        """``(4, 4)``: (column, row, mm along the normal, 1) of an image to patient LPS mm."""
        matrix = np.eye(4)
        matrix[:3, 2] = self.plane.normal
        if self.axes is not None:
            affine = self.geometry.affine_ijk_to_lps
            matrix[:3, 0] = affine[:3, self.axes[0]]
            matrix[:3, 1] = affine[:3, self.axes[1]]
            first = np.zeros(3)
            first[self.axes[2]] = self.grid_index(slice_index)
            matrix[:3, 3] = self.geometry.ijk_to_lps(first)
            return matrix
        low, high = self._bounds_mm
        rows, columns = self.shape
        size = np.array([columns, rows]) * self.pixel_mm
        right_mm, down_mm = (low + high - size + self.pixel_mm) / 2.0
        matrix[:3, 0] = self.plane.right * self.pixel_mm
        matrix[:3, 1] = self.plane.down * self.pixel_mm
        matrix[:3, 3] = (
            right_mm * self.plane.right
            + down_mm * self.plane.down
            + self.position_mm(slice_index) * self.plane.normal
        )
        return matrix

    @cached_property
    def _bounds_mm(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Lowest and highest (right, down) of the grid's outer corners."""
        axes = np.stack([self.plane.right, self.plane.down], axis=1)
        on_plane = self.geometry.corners_lps_mm @ axes
        return on_plane.min(axis=0), on_plane.max(axis=0)


def cut_for(state: SliceState, geometry: VolumeGeometry) -> SliceCut:
    """Images a state pages through.

    The acquisition orientation is never turned. An interpolated cut with a focus is shifted by
    less than one step so that one of its images runs exactly through the focus.
    """
    plane = plane_for(state.orientation, geometry)
    is_turned = state.orientation is not Orientation.ACQUISITION and state.oblique != _IDENTITY
    if is_turned:
        plane = plane.rotated(np.array(state.oblique, float).reshape(3, 3))
    axes = _grid_axes(plane, geometry)
    if axes is not None:
        plane = _on_grid(plane, geometry)
    first, step, n_slices = slice_positions(plane, geometry)
    cut = SliceCut(geometry, plane, axes, first, step, n_slices)
    if axes is not None or state.focus_lps_mm is None:
        return cut
    return replace(cut, first_mm=first_position_through(state.focus_lps_mm, plane, first, step))


def _grid_axes(plane: Plane, geometry: VolumeGeometry) -> tuple[int, int, int] | None:
    """Grid axes of columns, rows and images; ``None`` unless all three are parallel."""
    cosines = np.abs(np.stack([plane.right, plane.down, plane.normal]) @ geometry.direction)
    if (cosines.max(axis=1) < _PARALLEL).any():
        return None
    along = int(np.argmax(cosines[2]))
    columns, rows = (axis for axis in range(3) if axis != along)
    return columns, rows, along


def _on_grid(plane: Plane, geometry: VolumeGeometry) -> Plane:
    """Replace the axes of a plane by the grid axes they are parallel to."""
    return Plane(*(_nearest_axis(v, geometry) for v in (plane.right, plane.down, plane.normal)))


def _nearest_axis(
    vector: npt.NDArray[np.float64], geometry: VolumeGeometry
) -> npt.NDArray[np.float64]:
    cosines = vector @ geometry.direction
    axis = int(np.argmax(np.abs(cosines)))
    return np.asarray(geometry.direction[:, axis] * np.sign(cosines[axis]))
