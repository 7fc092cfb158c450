"""From a network's probabilities to the labels of the source's voxels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medviewer.ai.resampling import (
    TOLERANCE,
    aligned_positions,
    is_axis_aligned,
    is_beyond,
    resample,
)
from medviewer.core.tasks import TaskContext

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from medviewer.ai.preparation import PreparedVolume
    from medviewer.core.arrays import LabelArray

    FloatArray = npt.NDArray[np.float32]
    Matrix = npt.NDArray[np.float64]

_BLOCK_VOXELS = 1 << 21
_LEAST_FOREGROUND = 0.05


def most_probable(probabilities: FloatArray) -> LabelArray:
    """Return the strongest class of each voxel; the first of several that are equal.

    Parameters
    ----------
    probabilities : float32 array, shape (classes, ...)
        Class 0 is background.
    """
    best = probabilities[0].copy()
    labels = np.zeros(best.shape, np.uint8)
    for number in range(1, len(probabilities)):
        is_stronger = probabilities[number] > best
        labels[is_stronger] = number
        np.maximum(best, probabilities[number], out=best)
    return labels


def labels_on_source(
    probabilities: FloatArray,
    prepared: PreparedVolume,
    context: TaskContext | None = None,
    *,
    is_averaged: bool = True,
) -> LabelArray:
    """Take the most probable label of every source voxel, probabilities interpolated linearly.

    Parameters
    ----------
    probabilities : float32 array, shape (classes, n0, n1, n2)
        On the tensor's grid; class 0 is background.
    prepared : PreparedVolume
        Where the grid lies.
    context : TaskContext, optional
        One checkpoint for each slab of the source.
    is_averaged : bool
        Whether a source voxel larger than the tensor's takes the mean over its extent.

    Returns
    -------
    uint8 array, shape (slices, rows, columns)
        On the source's grid; 0 beyond the tensor.
    """
    context = context or TaskContext()
    shape, to_tensor = prepared.source.shape, prepared.from_source
    steps = np.abs(to_tensor[:3, :3]).max(axis=0)
    is_fine = steps.max() <= 1.0 + TOLERANCE
    if is_axis_aligned(to_tensor) and (is_fine or not is_averaged):
        return _between_voxels(probabilities, to_tensor, shape, context)
    labels = np.zeros(shape, np.uint8)
    window = _foreground_window(probabilities, prepared)
    if window is None:
        return labels
    (k0, j0, i0), (k1, j1, i1) = window
    step = max(1, _BLOCK_VOXELS // ((j1 - j0) * (i1 - i0)))
    for start in range(k0, k1, step):
        context.checkpoint()
        n = min(step, k1 - start)
        block = np.eye(4)
        block[:3, 3] = (start, j0, i0)
        parts = [
            resample(p, to_tensor @ block, (n, j1 - j0, i1 - i0), 1.0 if c == 0 else 0.0)
            for c, p in enumerate(probabilities)
        ]
        labels[start : start + n, j0:j1, i0:i1] = np.argmax(parts, axis=0)
    return labels


class _Axis:
    """Where the points of one axis lie between voxels: lower neighbour and share of the upper."""

    def __init__(self, positions: npt.NDArray[np.float64], n: int) -> None:
        inside = np.clip(positions, 0, n - 1)
        whole = np.rint(inside)
        inside = np.where(np.abs(inside - whole) < TOLERANCE, whole, inside)
        self.lower = np.floor(inside).astype(np.intp)
        self.upper = np.minimum(self.lower + 1, n - 1)
        self.share = (inside - self.lower).astype(np.float32)
        self.is_inside = ~is_beyond(positions, n)


def _between_voxels(
    probabilities: FloatArray, to_tensor: Matrix, shape: Sequence[int], context: TaskContext
) -> LabelArray:
    """Label points of another grid; only cells whose eight corners differ are interpolated.

    Where one class is the strongest at all corners of a cell it is so everywhere within, because
    linear interpolation keeps the order.
    """
    order, positions = aligned_positions(to_tensor, shape)
    turned = np.ascontiguousarray(probabilities.transpose(0, *(axis + 1 for axis in order)))
    axes = [_Axis(p, n) for p, n in zip(positions, turned.shape[1:], strict=True)]
    lowest = highest = most_probable(turned)
    for axis in range(3):
        lowest = np.minimum(lowest, _next(lowest, axis))
        highest = np.maximum(highest, _next(highest, axis))
    labels = np.zeros(shape, np.uint8)
    for cell in np.unique(axes[0].lower):
        context.checkpoint()
        if highest[cell].any():
            slices = np.flatnonzero((axes[0].lower == cell) & axes[0].is_inside)
            _fill_slices(labels, slices, turned, axes, (lowest[cell], highest[cell]))
    return labels


def _next(values: LabelArray, axis: int) -> LabelArray:
    """Each voxel's upper neighbour along an axis; the last one is its own."""
    n = values.shape[axis]
    return values.take(np.minimum(np.arange(1, n + 1), n - 1), axis=axis)


def _fill_slices(
    labels: LabelArray,
    slices: npt.NDArray[np.intp],
    probabilities: FloatArray,
    axes: Sequence[_Axis],
    ends: tuple[LabelArray, LabelArray],
) -> None:
    """Label the slices that lie between the same two of the tensor's slices."""
    if not slices.size:
        return
    across, down, along = axes
    lowest, highest = ends
    rows = np.flatnonzero(np.asarray(highest.any(axis=1))[down.lower] & down.is_inside)
    columns = np.flatnonzero(np.asarray(highest.any(axis=0))[along.lower] & along.is_inside)
    if not rows.size or not columns.size:
        return
    block = (slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1))
    chosen = np.ix_(down.lower[block[0]], along.lower[block[1]])
    known = highest[chosen]
    known[~down.is_inside[block[0]]] = 0
    known[:, ~along.is_inside[block[1]]] = 0
    labels[(slice(slices[0], slices[-1] + 1), *block)] = known
    row, column = np.nonzero((lowest != highest)[chosen])
    row, column = row + rows[0], column + columns[0]
    is_wanted = down.is_inside[row] & along.is_inside[column]
    row, column = row[is_wanted], column[is_wanted]
    near = _sampled(probabilities[:, across.lower[slices[0]]], (row, column), (down, along))
    far = _sampled(probabilities[:, across.upper[slices[0]]], (row, column), (down, along))
    for number in slices:
        mixed = near + across.share[number] * (far - near)
        labels[number, row, column] = most_probable(mixed)


def _sampled(
    planes: FloatArray,
    points: tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]],
    axes: tuple[_Axis, _Axis],
) -> FloatArray:
    """Interpolate planes, shape (classes, rows, columns), at points: (classes, n)."""
    (row, column), (down, along) = points, axes
    flat = planes.reshape(len(planes), -1)
    n = planes.shape[2]
    right, below = along.share[column], down.share[row]
    above, under = down.lower[row] * n, down.upper[row] * n
    left, beside = along.lower[column], along.upper[column]
    upper = flat[:, above + left] * (1.0 - right) + flat[:, above + beside] * right
    lower = flat[:, under + left] * (1.0 - right) + flat[:, under + beside] * right
    return np.asarray(upper * (1.0 - below) + lower * below, np.float32)


def _foreground_window(
    probabilities: FloatArray, prepared: PreparedVolume
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Source voxels (first, end) outside which no label can win; ``None`` if there are none."""
    is_possible = probabilities[1:].max(axis=0) > _LEAST_FOREGROUND
    if not is_possible.any():
        return None
    ends = []
    for axis in range(3):
        along = np.flatnonzero(is_possible.any(axis=tuple(a for a in range(3) if a != axis)))
        ends.append((along[0] - 1, along[-1] + 1))
    corners = np.array([[a, b, c, 1.0] for a in ends[0] for b in ends[1] for c in ends[2]])
    places = (corners @ prepared.to_source.T)[:, :3]
    shape = np.asarray(prepared.source.shape)
    first = np.clip(np.floor(places.min(axis=0)), 0, shape - 1).astype(int)
    end = np.clip(np.ceil(places.max(axis=0)) + 1, first + 1, shape).astype(int)
    return tuple(first.tolist()), tuple(end.tolist())
