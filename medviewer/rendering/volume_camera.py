"""Where a 3-D view is looked at from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    from vtkmodules.vtkRenderingCore import vtkCamera

    from medviewer.core.display import VolumeState
    from medviewer.core.geometry import VolumeGeometry

_MARGIN = 1.03


@dataclass(frozen=True, eq=False)
class VolumeFrame:
    """Maps the patient to device pixels (origin top left) of a parallel projection.

    Attributes
    ----------
    centre : array, shape (3,)
        Patient LPS mm at the middle of the view.
    right, down, into : array, shape (3,)
        Unit patient directions of the screen's right, its down, and away from the viewer.
    mm_per_px : float
    size_px : tuple of int
        (width, height).
    depth_mm : float
        Radius of what has to be visible around ``centre``.
    """

    centre: npt.NDArray[np.float64]
    right: npt.NDArray[np.float64]
    down: npt.NDArray[np.float64]
    into: npt.NDArray[np.float64]
    mm_per_px: float
    size_px: tuple[int, int]
    depth_mm: float

    def lps_to_display(self, point_lps_mm: npt.ArrayLike) -> tuple[float, float, float]:
        """Device pixel of a patient point, and its depth in mm behind the centre."""
        offset = np.asarray(point_lps_mm, float) - self.centre
        x = float(offset @ self.right) / self.mm_per_px + self.size_px[0] / 2.0
        y = float(offset @ self.down) / self.mm_per_px + self.size_px[1] / 2.0
        return x, y, float(offset @ self.into)

    def aim(self, camera: vtkCamera) -> None:
        """Set the camera."""
        distance = 2.0 * self.depth_mm
        camera.ParallelProjectionOn()
        camera.SetFocalPoint(*self.centre)
        camera.SetPosition(*(self.centre - self.into * distance))
        camera.SetViewUp(*(-self.down))
        camera.SetParallelScale(self.mm_per_px * self.size_px[1] / 2.0)
        camera.SetClippingRange(distance - self.depth_mm, distance + self.depth_mm)


def volume_frame(
    state: VolumeState, geometry: VolumeGeometry, size_px: tuple[int, int]
) -> VolumeFrame:
    """View of a state: 0, 0, 0 from the front, head up; zoom 1 fits the volume.

    Azimuth walks towards the patient's left, elevation towards the head, roll turns the picture
    clockwise.
    """
    azimuth, elevation, roll = np.deg2rad([state.azimuth_deg, state.elevation_deg, state.roll_deg])
    to_viewer = np.array(
        [
            np.sin(azimuth) * np.cos(elevation),
            -np.cos(azimuth) * np.cos(elevation),
            np.sin(elevation),
        ]
    )
    up = np.array(
        [
            -np.sin(azimuth) * np.sin(elevation),
            np.cos(azimuth) * np.sin(elevation),
            np.cos(elevation),
        ]
    )
    right = np.cross(up, to_viewer)
    turned_right = np.cos(roll) * right + np.sin(roll) * up
    turned_up = -np.sin(roll) * right + np.cos(roll) * up
    half = np.ptp(geometry.corners_lps_mm, axis=0) / 2.0
    width, height = size_px
    fit = 2.0 * _MARGIN * max(max(half[0], half[1]) / width, half[2] / height)
    mm_per_px = float(fit) / state.zoom
    shift = np.array(state.pan_fraction) * min(size_px) * mm_per_px
    centre = geometry.centre_lps_mm - turned_right * shift[0] + turned_up * shift[1]
    depth_mm = float(np.linalg.norm(half)) + float(np.linalg.norm(shift)) + 1.0
    return VolumeFrame(centre, turned_right, -turned_up, -to_viewer, mm_per_px, size_px, depth_mm)
