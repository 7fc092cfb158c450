"""Move values between index grids: exact where grids coincide, linear elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage, sparse

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Matrix = npt.NDArray[np.float64]
    FloatArray = npt.NDArray[np.float32]

_TOLERANCE = 1e-4


def is_axis_aligned(matrix: Matrix) -> bool:
    """Whether a ``(4, 4)`` index transform only permutes, flips, scales and shifts axes."""
    linear = np.abs(matrix[:3, :3])
    return bool((np.sort(linear, axis=0)[:2] < _TOLERANCE * linear.max()).all())


def resample(
    values: npt.NDArray[np.generic],
    to_source: Matrix,
    shape: Sequence[int],
    fill: float = 0.0,
) -> FloatArray:
    """Sample a volume on another index grid.

    Parameters
    ----------
    values : array, shape (n0, n1, n2)
        Source.
    to_source : array, shape (4, 4)
        Maps array indices of the result to continuous array indices of ``values``.
    shape : sequence of int
        Of the result.
    fill : float
        Value beyond the source's voxels; half a voxel around them takes the nearest value.

    Returns
    -------
    float32 array
        Copies where the grids' points coincide; else linear interpolation, averaging over the
        target's voxel where it is larger than the source's.
    """
    if is_axis_aligned(to_source):
        return _along_axes(values, to_source, shape, fill)
    scales = np.linalg.norm(to_source[:3, :3], axis=1)
    blurred = np.asarray(values, np.float32)
    sigma = np.sqrt(np.maximum(scales**2 - 1.0, 0.0)) / 2.355 * 1.2
    if (sigma > 0).any():
        blurred = ndimage.gaussian_filter(blurred, sigma, mode="nearest")
    return ndimage.affine_transform(
        blurred, to_source, output_shape=tuple(shape), order=1, mode="constant", cval=fill
    )


def _along_axes(
    values: npt.NDArray[np.generic], to_source: Matrix, shape: Sequence[int], fill: float
) -> FloatArray:
    order = [int(np.argmax(np.abs(to_source[:3, axis]))) for axis in range(3)]
    result: npt.NDArray[np.generic] = np.transpose(values, order)
    outside: list[npt.NDArray[np.bool_]] = []
    # The axis that shrinks most goes first: the others then have less to do.
    ratios = [shape[axis] / result.shape[axis] for axis in range(3)]
    positions = [
        to_source[order[axis], axis] * np.arange(shape[axis]) + to_source[order[axis], 3]
        for axis in range(3)
    ]
    for axis in range(3):
        n = result.shape[axis]
        outside.append(
            (positions[axis] < -0.5 - _TOLERANCE) | (positions[axis] > n - 0.5 + _TOLERANCE)
        )
    for axis in sorted(range(3), key=lambda a: ratios[a]):
        result = _along_axis(result, axis, positions[axis])
    output = np.ascontiguousarray(result, np.float32)
    for axis, beyond in enumerate(outside):
        if beyond.any():
            output[(slice(None),) * axis + (beyond,)] = fill
    return output


def _along_axis(
    values: npt.NDArray[np.generic], axis: int, positions: npt.NDArray[np.float64]
) -> npt.NDArray[np.generic]:
    n = values.shape[axis]
    nearest = np.rint(positions)
    is_copy = np.abs(positions - nearest).max() < _TOLERANCE
    if is_copy and np.abs(np.diff(positions)).max(initial=0.0) < 1.0 + _TOLERANCE:
        return np.take(values, np.clip(nearest.astype(np.intp), 0, n - 1), axis=axis)
    weights = _weights(positions, n)
    moved = np.moveaxis(np.asarray(values, np.float32), axis, 0)
    flat = np.ascontiguousarray(moved).reshape(n, -1)
    product = np.asarray(weights @ flat, np.float32)
    return np.moveaxis(product.reshape(len(positions), *moved.shape[1:]), 0, axis)


def _weights(positions: npt.NDArray[np.float64], n: int) -> sparse.csr_matrix:
    """Triangular weights, as wide as the target's step where that is larger than a voxel."""
    step = abs(positions[1] - positions[0]) if len(positions) > 1 else 1.0
    half = max(1.0, float(step))
    reach = int(np.ceil(half))
    taps = np.floor(positions)[:, None].astype(np.intp) + np.arange(-reach, reach + 2)
    values = np.maximum(0.0, 1.0 - np.abs(taps - positions[:, None]) / half)
    values /= values.sum(axis=1, keepdims=True)
    rows = np.repeat(np.arange(len(positions)), taps.shape[1])
    columns = np.clip(taps, 0, n - 1).ravel()
    shape = (len(positions), n)
    return sparse.csr_matrix((values.ravel().astype(np.float32), (rows, columns)), shape)
