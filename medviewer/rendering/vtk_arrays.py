"""Numpy arrays as VTK images without a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk, vtk_to_numpy
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkCommonMath import vtkMatrix4x4

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.core.arrays import Affine, VoxelArray
    from medviewer.core.volume import Volume


def voxels_to_vtk(voxels: VoxelArray) -> vtkImageData:
    """Wrap voxels as an image in index space: origin 0, spacing 1.

    Parameters
    ----------
    voxels : array, shape (slices, rows, columns)
        C-contiguous; shared, not copied, and kept alive by the image.

    Returns
    -------
    vtkImageData
        A later write to ``voxels`` is seen after ``GetPointData().GetScalars().Modified()``.
    """
    if not voxels.flags.c_contiguous:
        msg = f"Voxels of strides {voxels.strides} must be C-contiguous to be shared with VTK."
        raise ValueError(msg)
    image = vtkImageData()
    image.SetDimensions(*voxels.shape[::-1])
    image.GetPointData().SetScalars(numpy_to_vtk(voxels.reshape(-1), deep=False))
    return image


def volume_to_vtk(volume: Volume) -> vtkImageData:
    """Wrap a volume as an image in patient LPS mm, without a copy.

    The image's direction matrix holds the grid's axes as they are, so a left-handed grid stays
    left-handed; nothing is flipped.
    """
    image = voxels_to_vtk(volume.voxels)
    geometry = volume.geometry
    image.SetSpacing(*geometry.spacing_ijk_mm)
    image.SetOrigin(*geometry.origin_lps_mm)
    image.SetDirectionMatrix(*geometry.direction.reshape(-1))
    return image


def pixels_to_vtk(rgba: npt.NDArray[np.uint8]) -> vtkImageData:
    """Wrap ``(rows, columns, 4)`` pixels as a 2-D image in index space, without a copy."""
    rows, columns, components = rgba.shape
    image = vtkImageData()
    image.SetDimensions(columns, rows, 1)
    image.GetPointData().SetScalars(numpy_to_vtk(rgba.reshape(-1, components), deep=False))
    return image


def image_to_array(image: vtkImageData) -> npt.NDArray[Any]:
    """View a one-component image as ``(slices, rows, columns)``, without a copy."""
    shape = tuple(reversed(image.GetDimensions()))
    return np.asarray(vtk_to_numpy(image.GetPointData().GetScalars())).reshape(shape)


def matrix_to_vtk(matrix: Affine) -> vtkMatrix4x4:
    """Copy a ``(4, 4)`` array."""
    result = vtkMatrix4x4()
    result.DeepCopy(np.asarray(matrix, dtype=np.float64).reshape(-1).tolist())
    return result
