"""Where a cut lies on the screen: zoom, pan, rotation and flips as a camera."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from vtkmodules.vtkRenderingCore import vtkCamera

    from medviewer.core.arrays import PointLps, PointsLps
    from medviewer.core.display import SliceState
    from medviewer.core.planes import Plane

_CAMERA_DISTANCE_MM = 1000.0
_LAYER_DEPTH_MM = 50.0
"""Only what lies this near to the plane is drawn (the layers of one cut)."""


@dataclass(frozen=True, eq=False)
class ScreenFrame:
    """Maps device pixels (origin top left) to the patient and back.

    Attributes
    ----------
    centre : array, shape (3,)
        Patient LPS mm at the middle of the view, on the cut.
    right, down : array, shape (3,)
        Unit patient directions of the screen, after rotation and flips.
    normal : array, shape (3,)
        Unit patient direction of the next image.
    mm_per_px : float
    size_px : tuple of int
        (width, height).
    """

    centre: npt.NDArray[np.float64]
    right: npt.NDArray[np.float64]
    down: npt.NDArray[np.float64]
    normal: npt.NDArray[np.float64]
    mm_per_px: float
    size_px: tuple[int, int]

    def display_to_lps(self, x: float, y: float) -> PointLps:
        """Point of the cut under a device pixel."""
        width, height = self.size_px
        across, along = (x - width / 2.0), (y - height / 2.0)
        return self.centre + (across * self.right + along * self.down) * self.mm_per_px

    def lps_to_display(self, points_lps_mm: npt.ArrayLike) -> PointsLps:
        """``(..., 3)`` points to (x px, y px, signed mm from the cut along its normal)."""
        offset = np.asarray(points_lps_mm, float) - self.centre
        width, height = self.size_px
        x = offset @ self.right / self.mm_per_px + width / 2.0
        y = offset @ self.down / self.mm_per_px + height / 2.0
        return np.stack([x, y, offset @ self.normal], axis=-1)

    @property
    def towards_viewer(self) -> npt.NDArray[np.float64]:
        """Unit patient direction out of the screen."""
        return -np.cross(self.right, self.down)

    def aim(self, camera: vtkCamera) -> None:
        """Look at the cut so that the screen shows what this frame says.

        A mirrored picture is the same cut seen from its other side: nothing is flipped.
        """
        position = self.centre + self.towards_viewer * _CAMERA_DISTANCE_MM
        camera.ParallelProjectionOn()
        camera.SetFocalPoint(*self.centre)
        camera.SetPosition(*position)
        camera.SetViewUp(*(-self.down))
        camera.SetParallelScale(self.mm_per_px * self.size_px[1] / 2.0)
        camera.SetClippingRange(
            _CAMERA_DISTANCE_MM - _LAYER_DEPTH_MM, _CAMERA_DISTANCE_MM + _LAYER_DEPTH_MM
        )


def screen_axes(
    plane: Plane, state: SliceState
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Patient directions of the screen's right and down.

    The picture is turned clockwise first and flipped after that (PS3.3 C.10.6).
    """
    angle = np.deg2rad(state.rotation_deg)
    cosine, sine = np.cos(angle), np.sin(angle)
    right = cosine * plane.right - sine * plane.down
    down = sine * plane.right + cosine * plane.down
    return (
        -right if state.flip_horizontal else right,
        -down if state.flip_vertical else down,
    )


def fit_mm_per_px(
    extent_mm: tuple[float, float], size_px: tuple[int, int], rotation_deg: float
) -> float:
    """Scale at which a turned rectangle (right, down) just fits the view."""
    angle = np.deg2rad(rotation_deg)
    cosine, sine = abs(np.cos(angle)), abs(np.sin(angle))
    width = extent_mm[0] * cosine + extent_mm[1] * sine
    height = extent_mm[0] * sine + extent_mm[1] * cosine
    return float(max(width / max(size_px[0], 1), height / max(size_px[1], 1)))
