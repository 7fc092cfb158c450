"""Run a network over a volume in overlapping tiles, blended by a Gaussian.

The tiles just cover the volume, so there are as few as possible; accumulation stays on the
processor's memory and one tile at a time on the device.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from medviewer.core.tasks import TaskContext

_SIGMA = 0.125
"""Of the blending Gaussian, in tile lengths."""


def tile_starts(length: int, tile: int, overlap: float) -> list[int]:
    """Return where tiles start along one axis: evenly spread, the last one flush with the end.

    Parameters
    ----------
    length, tile : int
        Voxels of the axis and of a tile; ``tile <= length``.
    overlap : float
        Smallest shared fraction of neighbouring tiles.

    Returns
    -------
    list of int
        Ascending.
    """
    step = max(1, int(tile * (1.0 - overlap)))
    n = -(-(length - tile) // step) + 1
    if n == 1:
        return [0]
    return [round(i * (length - tile) / (n - 1)) for i in range(n)]


def tile_size(
    shape: Sequence[int], largest: Sequence[int], multiple: int, overlap: float
) -> tuple[int, ...]:
    """Return the smallest tile that covers the shape in the fewest parts.

    Parameters
    ----------
    shape : sequence of int
        Of the padded volume; multiples of ``multiple``.
    largest : sequence of int
        Largest tile.
    multiple : int
        What the network's sizes are multiples of.
    overlap : float
        Smallest shared fraction of neighbouring tiles.

    Returns
    -------
    tuple of int
        Multiples of ``multiple``, at most ``largest`` along each axis.
    """
    sizes = []
    for n, limit in zip(shape, largest, strict=True):
        most = max(multiple, limit // multiple * multiple)
        parts = len(tile_starts(n, min(n, most), overlap))
        least = n / (1 + (parts - 1) * (1 - overlap))
        sizes.append(min(n, most, -(-int(np.ceil(least)) // multiple) * multiple))
    return tuple(sizes)


def gaussian_weight(tile: Sequence[int]) -> npt.NDArray[np.float32]:
    """Return blending weights, greatest in the middle, never zero."""
    weight = np.ones((1,) * len(tile), np.float32)
    for axis, n in enumerate(tile):
        x = (np.arange(n) - (n - 1) / 2) / (_SIGMA * n)
        line = np.exp(-0.5 * x * x).reshape([-1 if a == axis else 1 for a in range(len(tile))])
        weight = weight * line.astype(np.float32)
    return np.maximum(weight / weight.max(), 1e-3)


def run_tiles(
    predict: Callable[[torch.Tensor], torch.Tensor],
    values: npt.NDArray[np.float32],
    tile: Sequence[int],
    overlap: float,
    context: TaskContext,
) -> npt.NDArray[np.float32]:
    """Blend the network's answers over a volume.

    Parameters
    ----------
    predict : callable
        Tensor ``(1, 1, *tile)`` to probabilities ``(1, classes, *tile)``, on the processor.
    values : float32 array
        Network values.
    tile : sequence of int
        Of :func:`tile_size`.
    overlap : float
        Smallest shared fraction of neighbouring tiles.
    context : TaskContext
        One checkpoint for each tile.

    Returns
    -------
    float32 array, shape (classes, *values.shape)
        Blended probabilities.

    Raises
    ------
    TaskCancelled
        Cancellation was requested.
    """
    axes = [tile_starts(n, t, overlap) for n, t in zip(values.shape, tile, strict=True)]
    places = list(product(*axes))
    if len(places) == 1:
        context.checkpoint(0.0, "infer.window")
        return np.asarray(predict(torch.from_numpy(values)[None, None])[0].float().numpy())
    weight = torch.from_numpy(gaussian_weight(tile))
    total = torch.zeros(values.shape)
    blended: torch.Tensor | None = None
    source = torch.from_numpy(values)
    for number, starts in enumerate(places):
        context.checkpoint(number / len(places), "infer.window")
        window = tuple(slice(s, s + t) for s, t in zip(starts, tile, strict=True))
        answer = predict(source[window][None, None].contiguous())[0].float()
        if blended is None:
            blended = torch.zeros(answer.shape[0], *values.shape)
        blended[(slice(None), *window)].addcmul_(answer, weight)
        total[window] += weight
    if blended is None:
        message = f"No tile of {tuple(tile)} covers {values.shape}."
        raise ValueError(message)
    return np.asarray(blended.div_(total).numpy())
