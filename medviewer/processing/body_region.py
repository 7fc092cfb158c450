"""Which voxels of a CT lie inside the patient: without the air, the table and the clothes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.core.arrays import VoxelArray
    from medviewer.core.geometry import VolumeGeometry

_TISSUE_HU = -400.0


def inside_body(
    voxels: VoxelArray, geometry: VolumeGeometry, margin_mm: float = 5.0
) -> npt.NDArray[np.bool_]:
    """Find the inside of the patient, lungs and bowel included, the skin left out.

    Parameters
    ----------
    voxels : array, shape (slices, rows, columns)
        Hounsfield units; a coarse copy is enough and quick.
    geometry : VolumeGeometry
    margin_mm : float
        How far below the skin the inside begins.

    Returns
    -------
    bool array of the same shape
        All false where nothing is as dense as tissue.

    Notes
    -----
    The largest connected tissue, thin bridges (to the table) opened, holes filled in each plane
    across the patient's long axis.
    """
    from scipy import ndimage  # start-up weight of the first view

    tissue = ndimage.binary_opening(voxels > _TISSUE_HU)
    parts, n_parts = ndimage.label(tissue)
    if n_parts == 0:
        return np.zeros(voxels.shape, bool)
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    body = parts == int(np.argmax(sizes))
    long_axis = 2 - int(np.argmax(np.abs(geometry.direction[2])))
    planes = np.moveaxis(body, long_axis, 0)  # a view: filled in place
    for n, plane in enumerate(planes):
        planes[n] = ndimage.binary_fill_holes(plane)
    spacing = np.array(geometry.spacing_ijk_mm[::-1])
    depth = ndimage.distance_transform_edt(np.pad(body, 1, mode="edge"), sampling=spacing)
    return np.asarray(depth[1:-1, 1:-1, 1:-1] > margin_mm)
