"""Smooth lines of constant width on the screen, without multisampling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.rendering.screen_frame import ScreenFrame

_FEATHER_PX = 0.9
_HALO_PX = 1.2
_HALO_ALPHA = 0.45
# Eight vertices a segment (see _ribbons) make three bands of two triangles.
_QUADS = np.array([[0, 1, 3], [0, 3, 2], [2, 3, 5], [2, 5, 4], [4, 5, 7], [4, 7, 6]])


class FeatheredLines:
    """Draws line segments of the cut; their edges fade over a pixel.

    Parameters
    ----------
    renderer : vtkRenderer
    layer_mm : float
        How far in front of the image the lines lie; the projection is parallel.
    has_halo : bool
        Whether a dark, wider copy lies below, so that the line reads on white.
    """

    def __init__(self, renderer: vtkRenderer, layer_mm: float, *, has_halo: bool) -> None:
        self._renderer = renderer
        self._layer_mm = layer_mm
        self._has_halo = has_halo
        self._mesh = vtkPolyData()
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(self._mesh)
        mapper.SetColorModeToDirectScalars()
        self._actor = vtkActor()
        self._actor.SetMapper(mapper)
        self._actor.GetProperty().LightingOff()
        self._actor.ForceTranslucentOn()
        self._actor.PickableOff()
        self._actor.VisibilityOff()
        renderer.AddActor(self._actor)

    def show(
        self,
        segments_lps_mm: npt.NDArray[np.float64],
        rgba: npt.NDArray[np.uint8],
        frame: ScreenFrame,
        width_px: float = 2.0,
    ) -> None:
        """Draw ``(n, 2, 3)`` segments in ``(n, 4)`` colours."""
        if len(segments_lps_mm) == 0:
            self.hide()
            return
        shifted = segments_lps_mm + frame.towards_viewer * self._layer_mm
        points, colors = _ribbons(shifted, rgba, frame, width_px / 2.0)
        if self._has_halo:
            dark = np.zeros_like(rgba)
            dark[:, 3] = rgba[:, 3] * _HALO_ALPHA
            below = shifted - frame.towards_viewer * (self._layer_mm / 10.0)
            halo_points, halo_colors = _ribbons(below, dark, frame, width_px / 2.0 + _HALO_PX)
            points = np.concatenate([halo_points, points])
            colors = np.concatenate([halo_colors, colors])
        self._fill(points, colors)
        self._actor.VisibilityOn()

    def hide(self) -> None:
        """Draw nothing until the next :meth:`show`."""
        self._actor.VisibilityOff()

    def close(self) -> None:
        """Remove the lines."""
        self._renderer.RemoveActor(self._actor)

    def _fill(self, points: npt.NDArray[np.float32], colors: npt.NDArray[np.uint8]) -> None:
        n_ribbons = len(points) // 8
        triangles = _QUADS[np.newaxis] + 8 * np.arange(n_ribbons)[:, np.newaxis, np.newaxis]
        cells = vtkCellArray()
        cells.SetData(3, numpy_to_vtkIdTypeArray(triangles.reshape(-1), deep=True))
        vtk_points = vtkPoints()
        vtk_points.SetData(numpy_to_vtk(points, deep=True))
        self._mesh.SetPoints(vtk_points)
        self._mesh.SetPolys(cells)
        self._mesh.GetPointData().SetScalars(numpy_to_vtk(colors, deep=True))


def _ribbons(
    segments: npt.NDArray[np.float64],
    rgba: npt.NDArray[np.uint8],
    frame: ScreenFrame,
    half_width_px: float,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.uint8]]:
    """Eight vertices a segment, two by two across it: clear, full, full, clear."""
    along = segments[:, 1] - segments[:, 0]
    across = np.cross(along, frame.towards_viewer)
    length = np.linalg.norm(across, axis=1, keepdims=True)
    across = across / np.maximum(length, 1e-12) * frame.mm_per_px
    outer = half_width_px + _FEATHER_PX / 2.0
    inner = max(half_width_px - _FEATHER_PX / 2.0, 0.0)
    offsets = np.array([-outer, -inner, inner, outer])
    shifts = across[:, np.newaxis] * offsets[:, np.newaxis]
    points = segments[:, np.newaxis] + shifts[:, :, np.newaxis]
    colors = np.repeat(rgba[:, np.newaxis], 8, axis=1)
    colors[:, [0, 1, 6, 7], 3] = 0
    return points.reshape(-1, 3).astype(np.float32), colors.reshape(-1, 4)
