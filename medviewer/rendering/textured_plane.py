"""A picture laid on a rectangle in the patient: what every 2-D layer is drawn with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer, vtkTexture

from medviewer.rendering.vtk_arrays import matrix_to_vtk, pixels_to_vtk

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.core.arrays import Affine


class TexturedPlane:
    """Draws ``(rows, columns, 4)`` pixels where an affine puts them.

    Parameters
    ----------
    renderer : vtkRenderer
        The plane is added to it until :meth:`close`.
    is_translucent : bool
        Whether alpha is blended; an opaque plane ignores it.
    """

    def __init__(self, renderer: vtkRenderer, *, is_translucent: bool) -> None:
        self._renderer = renderer
        self._size = (0, 0)
        self._polygon = vtkPolyData()
        self._texture = vtkTexture()
        self._texture.RepeatOff()
        self._texture.EdgeClampOn()
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(self._polygon)
        self._actor = vtkActor()
        self._actor.SetMapper(mapper)
        self._actor.SetTexture(self._texture)
        self._actor.GetProperty().LightingOff()
        self._actor.PickableOff()
        self._actor.VisibilityOff()
        if is_translucent:
            self._actor.ForceTranslucentOn()
        else:
            self._actor.ForceOpaqueOn()
        renderer.AddActor(self._actor)

    def show(self, rgba: npt.NDArray[np.uint8]) -> None:
        """Take new pixels; shared, so the caller must not change them afterwards."""
        rows, columns = rgba.shape[:2]
        if self._size != (rows, columns):
            self._size = (rows, columns)
            self._build(rows, columns)
        self._texture.SetInputDataObject(pixels_to_vtk(rgba))
        self._actor.VisibilityOn()

    def place(self, index_to_lps: Affine) -> None:
        """Put pixel centre (column, row) at ``index_to_lps @ (column, row, 0, 1)``, in mm."""
        self._actor.SetUserMatrix(matrix_to_vtk(index_to_lps))

    def set_interpolated(self, is_interpolated: bool) -> None:
        """Blend between pixel centres, or show pixels as rectangles."""
        self._texture.SetInterpolate(is_interpolated)

    def hide(self) -> None:
        """Draw nothing until the next :meth:`show`."""
        self._actor.VisibilityOff()

    def close(self) -> None:
        """Remove the plane and let go of its pixels."""
        self._renderer.RemoveActor(self._actor)
        self._texture.SetInputDataObject(None)

    def _build(self, rows: int, columns: int) -> None:
        """Rectangle from the outer edge of the first pixel to that of the last."""
        corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
        points = np.zeros((4, 3), np.float32)
        points[:, :2] = corners * (columns, rows) - 0.5
        vtk_points = vtkPoints()
        vtk_points.SetData(numpy_to_vtk(points, deep=True))
        cells = vtkCellArray()
        cells.InsertNextCell(4, [0, 1, 2, 3])
        self._polygon.SetPoints(vtk_points)
        self._polygon.SetPolys(cells)
        self._polygon.GetPointData().SetTCoords(numpy_to_vtk(corners, deep=True))
