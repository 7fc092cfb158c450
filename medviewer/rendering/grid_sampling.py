"""Values of one grid at the pixels of another image: results need not share the image's grid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from vtkmodules.vtkImagingCore import vtkImageReslice

from medviewer.rendering.vtk_arrays import image_to_array, matrix_to_vtk, voxels_to_vtk

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.core.arrays import Affine, VoxelArray
    from medviewer.core.geometry import VolumeGeometry


class GridSampler:
    """Samples voxels on planes anywhere in the patient; 0 outside the grid."""

    def __init__(self, voxels: VoxelArray, geometry: VolumeGeometry) -> None:
        self._image = voxels_to_vtk(np.ascontiguousarray(voxels))
        self._geometry = geometry

    def sample(
        self, index_to_lps: Affine, shape: tuple[int, int], *, is_linear: bool = False
    ) -> npt.NDArray[Any]:
        """Sample the pixels of an image.

        Parameters
        ----------
        index_to_lps : array, shape (4, 4)
            (column, row, mm along the normal, 1) of the image to patient LPS mm.
        shape : tuple of int
            (rows, columns).
        is_linear : bool
            Interpolate; labels must not be.

        Returns
        -------
        array, shape (rows, columns)
            Of the voxels' type.
        """
        reslice = vtkImageReslice()
        reslice.SetInputData(self._image)
        reslice.SetResliceAxes(matrix_to_vtk(self._geometry.affine_lps_to_ijk @ index_to_lps))
        reslice.SetOutputSpacing(1.0, 1.0, 1.0)
        reslice.SetOutputOrigin(0.0, 0.0, 0.0)
        reslice.SetOutputExtent(0, shape[1] - 1, 0, shape[0] - 1, 0, 0)
        if is_linear:
            reslice.SetInterpolationModeToLinear()
        reslice.Update()
        return image_to_array(reslice.GetOutput())[0]

    def voxels_changed(self) -> None:
        """Take in voxels that were edited in place."""
        self._image.GetPointData().GetScalars().Modified()
