"""Move values between index grids: exact where grids coincide, linear elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy import ndimage, sparse

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    Matrix = npt.NDArray[np.float64]
    FloatArray = npt.NDArray[np.float32]
    Positions = npt.NDArray[np.float64]
    Convert = Callable[[npt.NDArray[np.generic]], FloatArray]

TOLERANCE = 1e-4
_SLAB_VOXELS = 1 << 20
_BAND = 64
"""Rows of the interpolation matrix that are multiplied at once: it has few entries far away."""


def is_axis_aligned(matrix: Matrix) -> bool:
    """Whether a ``(4, 4)`` index transform only permutes, flips, scales and shifts axes."""
    linear = np.abs(matrix[:3, :3])
    return bool((np.sort(linear, axis=0)[:2] < TOLERANCE * linear.max()).all())


def resample(
    values: npt.NDArray[np.generic],
    to_source: Matrix,
    shape: Sequence[int],
    fill: float = 0.0,
    convert: Convert | None = None,
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
    convert : callable, optional
        Changes source values before they are interpolated, a part of the volume at a time.

    Returns
    -------
    float32 array
        Copies where the grids' points coincide; else linear interpolation, averaging over the
        target's voxel where it is larger than the source's.
    """
    change = convert or _as_float
    if is_axis_aligned(to_source):
        return _along_axes(values, to_source, shape, fill, change)
    scales = np.linalg.norm(to_source[:3, :3], axis=1)
    blurred = change(values)
    sigma = np.sqrt(np.maximum(scales**2 - 1.0, 0.0)) / 2.355 * 1.2
    if (sigma > 0).any():
        blurred = ndimage.gaussian_filter(blurred, sigma, mode="nearest")
    return ndimage.affine_transform(
        blurred, to_source, output_shape=tuple(shape), order=1, mode="constant", cval=fill
    )


def aligned_positions(to_source: Matrix, shape: Sequence[int]) -> tuple[list[int], list[Positions]]:
    """Return the source axis behind each axis of the result, and where its points lie on it.

    Parameters
    ----------
    to_source : array, shape (4, 4)
        An axis-aligned transform from indices of the result to those of the source.
    shape : sequence of int
        Of the result.

    Returns
    -------
    list of int, list of array
        Axis, and continuous source indices, for each axis of the result.
    """
    order = [int(np.argmax(np.abs(to_source[:3, axis]))) for axis in range(3)]
    positions = [
        to_source[order[axis], axis] * np.arange(shape[axis]) + to_source[order[axis], 3]
        for axis in range(3)
    ]
    return order, positions


def is_beyond(positions: Positions, n: int) -> npt.NDArray[np.bool_]:
    """Whether points lie more than half a voxel outside ``n`` voxels."""
    return np.asarray((positions < -0.5 - TOLERANCE) | (positions > n - 0.5 + TOLERANCE))


def _as_float(values: npt.NDArray[np.generic]) -> FloatArray:
    return np.array(values, np.float32)


def _along_axes(
    values: npt.NDArray[np.generic],
    to_source: Matrix,
    shape: Sequence[int],
    fill: float,
    convert: Convert,
) -> FloatArray:
    """Interpolate axis by axis; slabs of the source's slices go first, so that few bytes move."""
    order, positions = aligned_positions(to_source, shape)
    turned = np.transpose(values, order)
    beyond = [is_beyond(p, n) for p, n in zip(positions, turned.shape, strict=True)]
    window = [_touched(p, n) for p, n in zip(positions, turned.shape, strict=True)]
    turned = turned[tuple(slice(*ends) for ends in window)]
    positions = [p - ends[0] for p, ends in zip(positions, window, strict=True)]
    across = order.index(0)
    # The axis that shrinks most goes first: the others then have less to do.
    within = sorted(
        (axis for axis in range(3) if axis != across), key=lambda a: shape[a] / turned.shape[a]
    )
    size = list(shape)
    size[across] = turned.shape[across]
    middle = np.empty(size, np.float32)
    step = max(1, _SLAB_VOXELS * size[across] // turned.size)
    for start in range(0, size[across], step):
        slab = (slice(None),) * across + (slice(start, start + step),)
        part = convert(turned[slab])
        for axis in within:
            part = _along_axis(part, axis, positions[axis])
        middle[slab] = part
    output = np.ascontiguousarray(_along_axis(middle, across, positions[across]), np.float32)
    for axis, is_outside in enumerate(beyond):
        if is_outside.any():
            output[(slice(None),) * axis + (is_outside,)] = fill
    return output


def _touched(positions: Positions, n: int) -> tuple[int, int]:
    """First and last-plus-one of ``n`` voxels that interpolation at some points needs."""
    reach = int(np.ceil(_half_width(positions))) + 1
    first = int(np.clip(np.floor(positions.min()) - reach, 0, n - 1))
    return first, int(np.clip(np.ceil(positions.max()) + reach + 1, first + 1, n))


def _along_axis(values: FloatArray, axis: int, positions: Positions) -> FloatArray:
    n = values.shape[axis]
    nearest = np.rint(positions)
    is_copy = np.abs(positions - nearest).max() < TOLERANCE
    if is_copy and np.abs(np.diff(positions)).max(initial=0.0) < 1.0 + TOLERANCE:
        return np.take(values, np.clip(nearest.astype(np.intp), 0, n - 1), axis=axis)
    weights = _weights(positions, n)
    shape = list(values.shape)
    shape[axis] = len(positions)
    result = torch.empty(shape)
    source = torch.from_numpy(values)
    before = (slice(None),) * axis
    for start in range(0, len(positions), _BAND):
        rows = weights[start : start + _BAND]
        first, end = int(rows.indices.min()), int(rows.indices.max()) + 1
        # torch, because numpy's BLAS spins for its threads where the processor is busy
        band = torch.from_numpy(rows[:, first:end].toarray())
        part = source[(*before, slice(first, end))]
        target = (*before, slice(start, start + _BAND))
        if axis == 2:
            result[target] = part @ band.T
        elif axis == 1:
            result[target] = band @ part
        else:
            result[target] = torch.tensordot(band, part, 1)
    return np.asarray(result.numpy())


def _half_width(positions: Positions) -> float:
    """Reach of the triangular weights: the target's step where it is larger than a voxel."""
    step = abs(positions[1] - positions[0]) if len(positions) > 1 else 1.0
    return max(1.0, float(step))


def _weights(positions: Positions, n: int) -> sparse.csr_matrix:
    """Triangular weights, as wide as the target's step where that is larger than a voxel."""
    half = _half_width(positions)
    reach = int(np.ceil(half))
    taps = np.floor(positions)[:, None].astype(np.intp) + np.arange(-reach, reach + 2)
    values = np.maximum(0.0, 1.0 - np.abs(taps - positions[:, None]) / half)
    values /= values.sum(axis=1, keepdims=True)
    rows = np.repeat(np.arange(len(positions)), taps.shape[1])
    columns = np.clip(taps, 0, n - 1).ravel()
    shape = (len(positions), n)
    return sparse.csr_matrix((values.ravel().astype(np.float32), (rows, columns)), shape)
