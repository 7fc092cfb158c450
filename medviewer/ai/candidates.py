"""Places in a volume where something may be, as a network's maps say."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float32]

STRIDE = 2
"""Network voxels for each cell of the heat map."""

_CANDIDATES_PER_TILE = 100
_FAINTEST_LOGIT = -9.0
_NEAREST_MM = 4.0
_LARGEST_LOG_DIAMETER = 5.0
_RATINGS = (1.0, 5.0)


@dataclass(frozen=True, eq=False)
class Candidates:
    """Places where something may be, strongest first.

    Attributes
    ----------
    places : float32 array, shape (n, 3)
        Voxel indices of the tensor, voxel centres at whole numbers.
    logits : float32 array, shape (n,)
        Of the heat map, not calibrated.
    diameters_mm : float32 array, shape (n,)
    ratings : dict of str to float32 array, shape (n,)
        ``solidity`` (texture) and ``suspicion`` on the radiologists' scale 1 ... 5, where the
        network answers them.
    """

    places: FloatArray
    logits: FloatArray
    diameters_mm: FloatArray
    ratings: dict[str, FloatArray]

    def chosen(self, index: Sequence[int] | npt.NDArray[np.intp]) -> Candidates:
        """Return some of them, in the order of the index."""
        order = np.asarray(index, np.intp)
        return Candidates(
            self.places[order],
            self.logits[order],
            self.diameters_mm[order],
            {name: values[order] for name, values in self.ratings.items()},
        )


def separate(found: Candidates, spacing_mm: float) -> Candidates:
    """Keep the strongest of candidates that lie within one another (or within 4 mm).

    Parameters
    ----------
    found : Candidates
        In any order.
    spacing_mm : float
        Side of a voxel.

    Returns
    -------
    Candidates
        Strongest first.
    """
    kept: list[int] = []
    places = found.places * spacing_mm
    for number in np.argsort(-found.logits, kind="stable"):
        distances = np.linalg.norm(places[kept] - places[number], axis=1)
        reach = np.maximum(found.diameters_mm[kept] / 2, _NEAREST_MM)
        if not (distances < reach).any():
            kept.append(int(number))
    return found.chosen(kept)


def joined(parts: Sequence[Candidates]) -> Candidates:
    """Return the candidates of several parts, one part after the other."""
    names = parts[0].ratings if parts else ()
    return Candidates(
        np.concatenate([p.places for p in parts] or [np.zeros((0, 3), np.float32)]),
        np.concatenate([p.logits for p in parts] or [np.zeros(0, np.float32)]),
        np.concatenate([p.diameters_mm for p in parts] or [np.zeros(0, np.float32)]),
        {name: np.concatenate([p.ratings[name] for p in parts]) for name in names},
    )


def read_peaks(
    answer: dict[str, torch.Tensor],
    first: npt.NDArray[np.int_],
    core: npt.NDArray[np.float64],
    spacing_mm: float,
) -> Candidates:
    """Read the local maxima of one tile that lie in its core."""
    heatmap = answer["heatmap"][0, 0]
    is_peak = heatmap == functional.max_pool3d(heatmap[None, None], 3, 1, 1)[0, 0]
    scores = torch.where(is_peak, heatmap, torch.tensor(-math.inf)).flatten()
    values, order = scores.topk(min(_CANDIDATES_PER_TILE, scores.numel()))
    order = order[values > _FAINTEST_LOGIT]
    cells = torch.stack(torch.unravel_index(order, heatmap.shape), 1).numpy()
    boxes = answer["boxes"][0].flatten(1)[:, order].numpy()
    places = (cells + boxes[2::-1].T) * STRIDE - 0.5 + first
    diameters = np.exp(np.minimum(boxes[3], _LARGEST_LOG_DIAMETER)) * spacing_mm
    found = Candidates(
        places.astype(np.float32),
        heatmap.flatten()[order].numpy(),
        diameters,
        _ratings(answer, order),
    )
    inside = ((places >= core[:, 0]) & (places < core[:, 1])).all(axis=1)
    return found.chosen(np.flatnonzero(inside))


def _ratings(answer: dict[str, torch.Tensor], order: torch.Tensor) -> dict[str, FloatArray]:
    """Return the ratings at some cells, on the radiologists' scale."""
    low, high = _RATINGS
    result: dict[str, FloatArray] = {}
    for name in ("solidity", "suspicion"):
        if name in answer:
            share = answer[name][0, 0].flatten()[order].sigmoid().numpy()
            result[name] = (low + (high - low) * share).astype(np.float32)
    return result
