"""Looking for candidates: which tiles of a volume are run, and what part each answers for."""

from __future__ import annotations

import math
from itertools import pairwise, product
from typing import TYPE_CHECKING

import numpy as np
import torch

from medviewer.ai.candidates import STRIDE, joined, read_peaks, separate
from medviewer.ai.lung_region import voxels_per_cell
from medviewer.ai.sliding_window import tile_size, tile_starts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from medviewer.ai.candidates import Candidates
    from medviewer.ai.model_card import InputGrid
    from medviewer.core.tasks import TaskContext

    FloatArray = npt.NDArray[np.float32]
    Region = npt.NDArray[np.bool_]
    Forward = Callable[[torch.Tensor], dict[str, torch.Tensor]]

_SHARED_VOXELS = 3


def find_candidates(
    forward: Forward,
    values: FloatArray,
    region: Region | None,
    grid: InputGrid,
    context: TaskContext,
) -> Candidates:
    """Run a network over the tiles that touch a region and read the peaks of its heat map.

    Parameters
    ----------
    forward : callable
        Tensor ``(1, 1, *tile)`` to maps ``(1, channels, *tile / 2)``.
    values : float32 array, shape (n0, n1, n2)
        Network values; sizes are multiples of the grid's ``multiple``.
    region : bool array or None
        From :func:`~medviewer.ai.lung_region.region_of`; only peaks inside count. ``None``
        searches everywhere.
    grid : InputGrid
        Cubic voxels; how large tiles are and how far they overlap.
    context : TaskContext
        One checkpoint for each tile.

    Returns
    -------
    Candidates
        Of several near each other only the strongest.
    """
    spacing_mm = grid.spacing_mm[0] if grid.spacing_mm else 1.0
    largest, overlap = (grid.window.size, grid.window.overlap) if grid.window else (values.shape, 0)
    cell = voxels_per_cell(spacing_mm)
    box = _box(values.shape, region, cell, grid.multiple)
    sizes = [end - first for first, end in box]
    tile = tile_size(sizes, largest, grid.multiple, overlap)
    axes = [
        _cores([first + start for start in tile_starts(size, t, overlap)], t)
        for (first, _), size, t in zip(box, sizes, tile, strict=True)
    ]
    source = torch.from_numpy(values)
    parts = []
    places = [place for place in product(*axes) if _touches(place, region, cell)]
    for number, place in enumerate(places):
        context.checkpoint(0.15 + 0.75 * number / len(places), "infer.window")
        window = tuple(slice(start, start + t) for (start, *_), t in zip(place, tile, strict=True))
        answer = forward(source[window][None, None].contiguous())
        first = np.asarray([start for start, *_ in place])
        core = np.asarray([ends for _, *ends in place])
        if region is not None:
            answer["heatmap"] = _inside(answer["heatmap"], first, region, cell)
        parts.append(read_peaks(answer, first, core, spacing_mm))
    return separate(joined(parts), spacing_mm)


def _box(
    shape: Sequence[int], region: Region | None, cell: int, multiple: int
) -> list[tuple[int, int]]:
    """First voxel and end along each axis of what must be searched, on the network's multiples."""
    if region is None or not region.any():
        return [(0, size) for size in shape]
    result = []
    for axis, size in enumerate(shape):
        along = np.flatnonzero(region.any(axis=tuple(a for a in range(3) if a != axis)))
        first = int(along[0]) * cell // multiple * multiple
        end = min(size, -(-(int(along[-1]) + 1) * cell // multiple) * multiple)
        result.append((min(first, end - multiple), end))
    return result


def _cores(starts: Sequence[int], tile: int) -> list[tuple[int, float, float]]:
    """Each tile's start and the part of the axis it answers for.

    It ends a little beyond the middle of the overlap: no peak falls between two tiles.
    """
    middles = [(a + tile + b) / 2 for a, b in pairwise(starts)]
    lows = [-math.inf, *[m - _SHARED_VOXELS for m in middles]]
    highs = [*[m + _SHARED_VOXELS for m in middles], math.inf]
    return list(zip(starts, lows, highs, strict=True))


def _touches(place: Sequence[tuple[int, float, float]], region: Region | None, cell: int) -> bool:
    if region is None:
        return True
    part = []
    for (_, low, high), size in zip(place, region.shape, strict=True):
        first = 0 if low == -math.inf else max(int(low), 0) // cell
        end = size if high == math.inf else int(high) // cell + 1
        part.append(slice(first, end))
    return bool(region[tuple(part)].any())


def _inside(
    heatmap: torch.Tensor, first: npt.NDArray[np.int_], region: Region, cell: int
) -> torch.Tensor:
    """Blank a tile's heat map outside the region, before the strongest peaks are taken."""
    lines = [
        np.minimum((start + STRIDE * np.arange(n)) // cell, size - 1)
        for start, n, size in zip(first, heatmap.shape[2:], region.shape, strict=True)
    ]
    allowed = torch.from_numpy(region[np.ix_(*lines)])
    return torch.where(allowed, heatmap, torch.tensor(-math.inf))
