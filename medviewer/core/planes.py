"""Viewing planes: how a cut through the patient is laid on the screen.

Radiological convention: axial seen from the feet (patient right on screen left), coronal from
the front, sagittal from the left side with the nose on the left; head up.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from medviewer.core.errors import GeometryError

if TYPE_CHECKING:
    from medviewer.core.geometry import VolumeGeometry


class Orientation(StrEnum):
    """What a 2-D view cuts along."""

    ACQUISITION = "acquisition"
    """The recorded slices."""
    AXIAL = "axial"
    CORONAL = "coronal"
    SAGITTAL = "sagittal"


@dataclass(frozen=True, eq=False)
class Plane:
    """Screen axes of a cut in patient LPS.

    Attributes
    ----------
    right, down : array, shape (3,)
        Unit patient directions of the screen's right and down.
    normal : array, shape (3,)
        Unit patient direction of the next image (not always ``right x down``).
    """

    right: npt.NDArray[np.float64]
    down: npt.NDArray[np.float64]
    normal: npt.NDArray[np.float64]

    def __post_init__(self) -> None:
        axes = np.stack([self.right, self.down, self.normal])
        if np.abs(axes @ axes.T - np.eye(3)).max() > 1e-3:
            msg = "Screen right, down and normal must be unit vectors at right angles."
            raise GeometryError(msg)

    def rotated(self, rotation: npt.NDArray[np.float64]) -> Plane:
        """Apply a ``(3, 3)`` patient rotation (oblique MPR)."""
        return Plane(rotation @ self.right, rotation @ self.down, rotation @ self.normal)


_HALF_STEP_MARGIN = 1e-6
"""In steps: far above what rounding moves a position by, far below what a reader sees."""

_ANATOMICAL = {
    Orientation.AXIAL: ((1, 0, 0), (0, 1, 0), (0, 0, -1)),
    Orientation.CORONAL: ((1, 0, 0), (0, 0, -1), (0, 1, 0)),
    Orientation.SAGITTAL: ((0, 1, 0), (0, 0, -1), (-1, 0, 0)),
}
"""Right, down, next image: axial pages towards the feet, coronal towards the back, sagittal
from the patient's left to right."""


def anatomical_plane(orientation: Orientation) -> Plane:
    """Patient-aligned axial, coronal or sagittal plane."""
    right, down, normal = _ANATOMICAL[orientation]
    return Plane(np.array(right, float), np.array(down, float), np.array(normal, float))


def acquisition_plane(geometry: VolumeGeometry) -> Plane:
    """Show recorded slices turned, and paged through, as the radiological convention has it.

    The recorded axes are kept; each is flipped, or the in-plane ones are swapped, only as far as
    needed so that the images lie and follow each other like those of the nearest anatomical plane.
    """
    axes = geometry.direction
    reference = anatomical_plane(Orientation(_nearest(axes[:, 2])))
    i_axis, j_axis = axes[:, 0], axes[:, 1]
    if abs(i_axis @ reference.right) >= abs(j_axis @ reference.right):
        right, down = i_axis, j_axis
    else:
        right, down = j_axis, i_axis
    return Plane(
        _turned(right, reference.right),
        _turned(down, reference.down),
        _turned(axes[:, 2], reference.normal),
    )


def is_read_backwards(slice_normal: npt.NDArray[np.float64]) -> bool:
    """Whether a reader's first image is the last along this normal, shape (3,), patient LPS."""
    reference = anatomical_plane(Orientation(_nearest(slice_normal)))
    return bool(slice_normal @ reference.normal < 0)


def _turned(
    axis: npt.NDArray[np.float64], reference: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    return axis * (1.0 if axis @ reference >= 0 else -1.0)


def _nearest(normal: npt.NDArray[np.float64]) -> str:
    return ("sagittal", "coronal", "axial")[int(np.argmax(np.abs(normal)))]


def plane_for(orientation: Orientation, geometry: VolumeGeometry) -> Plane:
    """Plane of a view without oblique rotation."""
    if orientation is Orientation.ACQUISITION:
        return acquisition_plane(geometry)
    return anatomical_plane(orientation)


def slice_positions(plane: Plane, geometry: VolumeGeometry) -> tuple[float, float, int]:
    """First position (mm along ``plane.normal``), step (mm) and number of images of a cut.

    The step is the voxel spacing along the grid axis nearest to the normal.
    """
    cosines = plane.normal @ geometry.direction
    axis = int(np.argmax(np.abs(cosines)))
    step = geometry.spacing_ijk_mm[axis]
    if abs(cosines[axis]) > 1.0 - 1e-6:  # along a grid axis: exactly the recorded positions
        n = geometry.shape[::-1][axis]
        ends = np.zeros((2, 3))
        ends[1, axis] = n - 1
        along = geometry.ijk_to_lps(ends) @ plane.normal
        return float(along.min()), step, n
    along = geometry.corners_lps_mm @ plane.normal
    n = max(1, int(np.floor((along.max() - along.min()) / step)))
    middle = float(along.min() + along.max()) / 2.0
    return middle - step * (n - 1) / 2.0, step, n


def first_position_through(
    point_lps_mm: npt.ArrayLike, plane: Plane, first_mm: float, step_mm: float
) -> float:
    """First position of a cut, shifted by at most half a step: one image runs through the point.

    The shift changes sides a hair past half a step. At exactly half a step lies the middle of an
    even number of images; there rounding would decide, and differently for points of one image.

    Parameters
    ----------
    point_lps_mm : array, shape (3,)
        Patient LPS.
    first_mm, step_mm : float
        Along ``plane.normal``, as :func:`slice_positions` gives them.
    """
    steps = (float(np.asarray(point_lps_mm, float) @ plane.normal) - first_mm) / step_mm
    return first_mm + (steps - float(np.ceil(steps - 0.5 - _HALF_STEP_MARGIN))) * step_mm
