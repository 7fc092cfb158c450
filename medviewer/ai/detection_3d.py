"""Adapter: a network that answers centres in a volume, with a diameter and a score each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise, product
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
import torch
from torch.nn import functional

from medviewer.ai.lung_region import region_of, voxels_per_cell
from medviewer.ai.sliding_window import tile_size, tile_starts
from medviewer.ai.task_answer import TaskAnswer
from medviewer.core.errors import InferenceError
from medviewer.core.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from medviewer.ai.loaded_model import LoadedModel
    from medviewer.ai.model_card import InputGrid, ModelCard
    from medviewer.ai.preparation import PreparedVolume
    from medviewer.core.tasks import TaskContext

    FloatArray = npt.NDArray[np.float32]
    Region = npt.NDArray[np.bool_]
    Forward = Callable[[torch.Tensor], dict[str, torch.Tensor]]

STRIDE = 2
"""Network voxels for each cell of the heat map."""

MAXIMUM_FINDINGS = 100
_CANDIDATES_PER_TILE = 100
_FAINTEST_LOGIT = -9.0
_NEAREST_MM = 4.0
_SHARED_VOXELS = 3
_LARGEST_LOG_DIAMETER = 5.0
_RATINGS = (1.0, 5.0)
_SOLIDITIES = ((2.0, "non-solid"), (4.0, "part-solid"), (math.inf, "solid"))


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


def predict(model: LoadedModel, prepared: PreparedVolume, context: TaskContext) -> TaskAnswer:
    """Find lesions in a volume.

    Parameters
    ----------
    model : LoadedModel
        A detection model whose network answers ``heatmap`` and ``boxes`` at stride 2.
    prepared : PreparedVolume
        On its grid.
    context : TaskContext
        One checkpoint for each tile.

    Returns
    -------
    TaskAnswer
        Findings with centre in patient LPS mm, diameter and calibrated score, down to the card's
        floor.
    """
    card = model.card
    warnings: list[str] = []
    region = None
    if card.input.region == "lungs":
        region = region_of(prepared.values, card.input.normalisation, prepared.spacing_mm[0])
        if region is None:
            warnings.append(
                "No lungs could be told apart in this field of view: the whole image was searched."
            )

    def forward(tile: torch.Tensor) -> dict[str, torch.Tensor]:
        answer = model.forward(tile)
        if not isinstance(answer, dict) or not {"heatmap", "boxes"} <= set(answer):
            message = f"Model '{card.id}' does not answer with centres."
            raise InferenceError(message, hint="Its card names the wrong task.")
        return answer

    found = find_candidates(forward, prepared.values, region, card.input, context)
    return TaskAnswer(findings=_findings(card, found, prepared), warnings=warnings)


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
        parts.append(_peaks(answer, first, core, spacing_mm))
    return separate(_joined(parts), spacing_mm)


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


def _peaks(
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


def _joined(parts: Sequence[Candidates]) -> Candidates:
    names = parts[0].ratings if parts else ()
    return Candidates(
        np.concatenate([p.places for p in parts] or [np.zeros((0, 3), np.float32)]),
        np.concatenate([p.logits for p in parts] or [np.zeros(0, np.float32)]),
        np.concatenate([p.diameters_mm for p in parts] or [np.zeros(0, np.float32)]),
        {name: np.concatenate([p.ratings[name] for p in parts]) for name in names},
    )


def _findings(card: ModelCard, found: Candidates, prepared: PreparedVolume) -> tuple[Finding, ...]:
    label = card.labels[0].name
    result: list[Finding] = []
    centres = prepared.to_lps(found.places)
    for number, logit in enumerate(found.logits):
        score = card.calibrate(float(logit), label, "finding")
        if score < card.postprocessing.candidate_floor or len(result) == MAXIMUM_FINDINGS:
            break
        if not prepared.source.contains(centres[number]):
            continue
        x, y, z = (float(v) for v in centres[number])
        ratings = {name: float(values[number]) for name, values in found.ratings.items()}
        result.append(
            Finding(
                uuid4().hex,
                label,
                score,
                (x, y, z),
                float(found.diameters_mm[number]),
                solidity=solidity_name(ratings["solidity"]) if "solidity" in ratings else "",
                suspicion_rating=ratings.get("suspicion"),
            )
        )
    return tuple(result)


def solidity_name(rating: float) -> str:
    """Return the word for a texture rating: 1 non-solid, 3 part-solid, 5 solid."""
    return next(name for limit, name in _SOLIDITIES if rating < limit)
