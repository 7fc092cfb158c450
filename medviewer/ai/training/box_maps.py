"""Boxes as centre heat maps, for detectors at a fixed stride."""

from __future__ import annotations

import numpy as np

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
