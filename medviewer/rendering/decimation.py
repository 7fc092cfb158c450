"""Smaller copies of a volume, for renderers that cannot take it whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medviewer.core.geometry import VolumeGeometry

if TYPE_CHECKING:
    from medviewer.core.arrays import VoxelArray

_MAX_FACTOR = 16


def decimation_factors(geometry: VolumeGeometry, max_voxels: int) -> tuple[int, int, int]:
    """Block size (slices, rows, columns) that brings a grid below a number of voxels.

    The axis of the finest resulting spacing is coarsened first, so that blocks tend to cubes.
    """
    factors = np.ones(3, int)
    shape = np.array(geometry.shape)
    spacing = np.array(geometry.spacing_ijk_mm[::-1])
    while np.prod(np.maximum(shape // factors, 1), dtype=np.int64) > max_voxels:
        can_grow = (factors < _MAX_FACTOR) & (shape // (factors + 1) >= 1)
        if not can_grow.any():
            break
        factors[int(np.argmin(np.where(can_grow, spacing * factors, np.inf)))] += 1
    slices, rows, columns = (int(f) for f in factors)
    return slices, rows, columns


def decimate(
    voxels: VoxelArray, geometry: VolumeGeometry, factors: tuple[int, int, int]
) -> tuple[VoxelArray, VolumeGeometry]:
    """Average blocks of voxels; what is left over at the far ends is dropped.

    Parameters
    ----------
    voxels : array, shape (slices, rows, columns)
    geometry : VolumeGeometry
    factors : tuple of int
        Block size (slices, rows, columns), at most the shape.

    Returns
    -------
    tuple
        Voxels of the same type, and the grid of the block centres. The same objects when every
        factor is 1.
    """
    if factors == (1, 1, 1):
        return voxels, geometry
    f_slices, f_rows, f_columns = factors
    n_slices, n_rows, n_columns = (n // f for n, f in zip(voxels.shape, factors, strict=True))
    result = np.empty((n_slices, n_rows, n_columns), voxels.dtype)
    is_integer = voxels.dtype.kind in "iu"
    count = f_slices * f_rows * f_columns
    for k in range(n_slices):
        block = voxels[
            k * f_slices : (k + 1) * f_slices, : n_rows * f_rows, : n_columns * f_columns
        ]
        total = block.sum(axis=0, dtype=np.int32 if is_integer else np.float32)
        total = total.reshape(n_rows, f_rows, -1).sum(axis=1)
        total = sum(total[:, n::f_columns] for n in range(f_columns))
        result[k] = total // count if is_integer else total / count
    matrix = np.array(geometry.affine_ijk_to_lps)
    matrix[:3, 3] = geometry.ijk_to_lps((np.array(factors[::-1]) - 1) / 2.0)
    matrix[:3, :3] *= factors[::-1]
    return result, VolumeGeometry(result.shape, matrix)
