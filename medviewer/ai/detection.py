"""Adapter: a network that answers boxes with a score, and the score of the whole image.

What was prepared as a volume goes to the adapter for volumes.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from uuid import uuid4

import torch
from torch.nn import functional

from medviewer.ai import detection_3d
from medviewer.ai.classification import class_probabilities
from medviewer.ai.preparation import PreparedVolume
from medviewer.ai.task_answer import MAXIMUM_FINDINGS, Prepared, TaskAnswer
from medviewer.core.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medviewer.ai.loaded_model import LoadedModel
    from medviewer.ai.model_card import ModelCard
    from medviewer.ai.preparation import PreparedImage
    from medviewer.core.tasks import TaskContext

_OUTPUTS = ("heatmap", "boxes", "image")
_LARGEST_LOG_SIZE = 5.0
_SMALLEST_WEIGHT = 1e-30

Box = tuple[float, float, float, float]
Peak = tuple[int, float, Box]


def predict(model: LoadedModel, prepared: Prepared, context: TaskContext) -> TaskAnswer:
    """Find boxes in a 2-D image, or lesions in a volume.

    Parameters
    ----------
    model : LoadedModel
        A detection model whose network answers ``heatmap``, ``boxes`` and ``image``.
    prepared : PreparedImage or PreparedVolume
        On its grid.
    context : TaskContext
        Progress and cancellation.

    Returns
    -------
    TaskAnswer
        Findings in pixels of the source and the classes of the whole image, or findings in
        patient LPS mm.
    """
    if isinstance(prepared, PreparedVolume):
        return detection_3d.predict(model, prepared, context)
    context.checkpoint(0.2, "infer.forward")
    answer = model.outputs(torch.from_numpy(prepared.values)[None, None], _OUTPUTS)
    findings = _findings(model.card, answer, prepared)
    classes = class_probabilities(model.card, answer["image"][0].tolist())
    return TaskAnswer(classes=classes, findings=findings)


def peaks(heatmap: torch.Tensor, boxes: torch.Tensor, stride: int, n: int) -> list[Peak]:
    """Read the strongest local maxima of a heat map.

    Parameters
    ----------
    heatmap : torch.Tensor, shape (classes, rows, columns)
        Logits.
    boxes : torch.Tensor, shape (4, rows, columns)
        Offset (x, y) of the centre in cells, logarithm of width and height in cells.
    stride : int
        Pixels for each cell.
    n : int
        At most so many.

    Returns
    -------
    list of (class index, logit, box)
        Box ``(x0, y0, x1, y1)`` in pixels from the tensor's upper left edge, strongest first.
    """
    is_peak = heatmap == functional.max_pool2d(heatmap[None], 3, 1, 1)[0]
    scores = torch.where(is_peak, heatmap, torch.tensor(-math.inf)).flatten()
    values, order = scores.topk(min(n, scores.numel()))
    _, rows, columns = heatmap.shape
    result = []
    for logit, place in zip(values.tolist(), order.tolist(), strict=True):
        if logit == -math.inf:
            break
        number, cell = divmod(place, rows * columns)
        x, y, log_width, log_height = _agreed(heatmap[number], boxes, *divmod(cell, columns))
        width = math.exp(min(log_width, _LARGEST_LOG_SIZE)) * stride
        height = math.exp(min(log_height, _LARGEST_LOG_SIZE)) * stride
        x, y = x * stride, y * stride
        box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        result.append((number, logit, box))
    return result


def _agreed(heatmap: torch.Tensor, boxes: torch.Tensor, row: int, column: int) -> list[float]:
    """Return centre (x, y) in cells and logarithms of the sides on which a peak's cells agree.

    Each of the 3 x 3 cells around a peak answers for the same box; their mean, weighted by the
    squared probability, varies less than the peak's own answer.
    """
    first_row, first_column = max(row - 1, 0), max(column - 1, 0)
    near = slice(first_row, row + 2), slice(first_column, column + 2)
    weights = heatmap[near].sigmoid().square()
    places = boxes[(slice(None), *near)].clone()
    places[0] += torch.arange(first_column, first_column + places.shape[2])
    places[1] += torch.arange(first_row, first_row + places.shape[1])[:, None]
    total = weights.sum().clamp(min=_SMALLEST_WEIGHT)
    mean: list[float] = ((places * weights).sum((1, 2)) / total).tolist()
    return mean


def apart(found: Sequence[Peak], overlap: float) -> list[Peak]:
    """Drop boxes that a stronger one of their class overlaps.

    Parameters
    ----------
    found : sequence of (class index, logit, box)
        Strongest first.
    overlap : float
        Largest intersection over union of two boxes that both stay.

    Returns
    -------
    list of (class index, logit, box)
        Strongest first.
    """
    kept: list[Peak] = []
    for number, logit, box in found:
        rivals = [other for n, _, other in kept if n == number]
        if all(intersection_over_union(box, other) <= overlap for other in rivals):
            kept.append((number, logit, box))
    return kept


def intersection_over_union(a: Box, b: Box) -> float:
    """Return the overlap of two boxes, 0 to 1."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    areas = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1])
    return shared / (areas - shared)


def _findings(
    card: ModelCard, answer: dict[str, torch.Tensor], prepared: PreparedImage
) -> tuple[Finding, ...]:
    rule = card.postprocessing
    names = {label.number - 1: label.name for label in card.labels}
    placed: list[Peak] = []
    found = peaks(answer["heatmap"][0], answer["boxes"][0], rule.stride, 5 * MAXIMUM_FINDINGS)
    for number, logit, box in found:
        if card.calibrate(logit, names[number], "finding") < rule.candidate_floor:
            break
        on_source = _on_source(box, prepared)
        if on_source is not None:
            placed.append((number, logit, on_source))
    return tuple(
        Finding(uuid4().hex, names[n], card.calibrate(logit, names[n], "finding"), box_px=box)
        for n, logit, box in apart(placed, rule.overlap)[:MAXIMUM_FINDINGS]
    )


def _on_source(box: Box, prepared: PreparedImage) -> Box | None:
    """Box in the source's pixels, cut at its border; ``None`` if nothing is left."""
    rows, columns = prepared.source_shape
    x0, y0 = prepared.to_source_px(box[0], box[1])
    x1, y1 = prepared.to_source_px(box[2], box[3])
    x0, x1 = max(0.0, x0), min(float(columns), x1)
    y0, y1 = max(0.0, y0), min(float(rows), y1)
    return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None
