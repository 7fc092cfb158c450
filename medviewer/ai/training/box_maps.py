"""Boxes as centre heat maps and back, for detectors at a fixed stride."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional

STRIDE = 8
_WIDTH = 0.18
_LEAST_SIGMA = 0.7
_NEAR = 0.5


def encode_boxes(boxes: np.ndarray, cells: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw boxes as a heat map with sizes around every centre.

    Parameters
    ----------
    boxes : array, shape (n, 4)
        Centre x, centre y, width, height in network pixels.
    cells : int
        Side of the map.

    Returns
    -------
    heatmap : float32 array, shape (cells, cells)
        1 in the cell of each centre.
    targets : float32 array, shape (4, cells, cells)
        Way to the centre (x, y) in cells, logarithm of width and height in cells.
    weights : float32 array, shape (cells, cells)
        Where `targets` count.
    """
    heatmap = np.zeros((cells, cells), np.float32)
    targets = np.zeros((4, cells, cells), np.float32)
    weights = np.zeros((cells, cells), np.float32)
    rows, columns = np.mgrid[:cells, :cells]
    for x, y, width, height in np.asarray(boxes, float).reshape(-1, 4) / STRIDE:
        column, row = int(x), int(y)
        if not (0 <= column < cells and 0 <= row < cells):
            continue
        sigmas = [max(side * _WIDTH, _LEAST_SIGMA) for side in (width, height)]
        distance = ((columns - column) / sigmas[0]) ** 2 + ((rows - row) / sigmas[1]) ** 2
        bump = np.exp(-distance / 2)
        near = (bump > _NEAR) & (bump > heatmap)
        values = (x - columns, y - rows, np.log(width) + 0 * rows, np.log(height) + 0 * rows)
        for index, value in enumerate(values):
            targets[index][near] = value[near]
        weights[near] = bump[near]
        heatmap = np.maximum(heatmap, bump.astype(np.float32))
    return heatmap, targets, weights


def decode_boxes(
    heatmap: torch.Tensor, boxes: torch.Tensor, limit: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the strongest local maxima of one heat map as boxes.

    Parameters
    ----------
    heatmap : torch.Tensor, shape (rows, columns)
        Logits.
    boxes : torch.Tensor, shape (4, rows, columns)
        As in :func:`encode_boxes`.
    limit : int
        Most boxes to return.

    Returns
    -------
    boxes : float32 array, shape (n, 4)
        Corners x0, y0, x1, y1 in network pixels, strongest first.
    logits : float32 array, shape (n,)
        Their heat map values.
    """
    best = functional.max_pool2d(heatmap[None, None], 3, 1, 1)[0, 0]
    peaks = torch.where(heatmap >= best, heatmap, torch.tensor(-1e4)).flatten()
    values, places = peaks.topk(min(limit, peaks.numel()))
    rows, columns = places // heatmap.shape[1], places % heatmap.shape[1]
    found = boxes[:, rows, columns]
    centres = torch.stack([columns, rows]).float() + found[:2]
    halves = found[2:].clamp(max=5).exp() / 2
    corners = torch.cat([centres - halves, centres + halves]).T * STRIDE
    return corners.numpy().astype(np.float32), values.numpy().astype(np.float32)


def suppress(boxes: np.ndarray, scores: np.ndarray, overlap: float) -> np.ndarray:
    """Return the indices of the boxes that no stronger box overlaps, strongest first.

    Parameters
    ----------
    boxes : array, shape (n, 4)
        Corners x0, y0, x1, y1.
    scores : array, shape (n,)
        Higher is stronger.
    overlap : float
        Largest intersection over union that is kept.
    """
    kept: list[int] = []
    for index in np.argsort(-scores):
        if all(box_overlap(boxes[index], boxes[other]) <= overlap for other in kept):
            kept.append(int(index))
    return np.asarray(kept, int)


def box_overlap(first: np.ndarray, second: np.ndarray) -> float:
    """Return intersection over union of two boxes given by x0, y0, x1, y1."""
    sides = np.minimum(first[2:], second[2:]) - np.maximum(first[:2], second[:2])
    inside = float(np.prod(np.maximum(sides, 0)))
    areas = [float(np.prod(np.maximum(box[2:] - box[:2], 0))) for box in (first, second)]
    return inside / max(sum(areas) - inside, 1e-9)
