"""Whether a picture looks like a model's kind of radiograph, or like something else.

A layer of few units reads the directions of edges in the cells of a coarse grid (Dalal and Triggs,
Histograms of Oriented Gradients, CVPR 2005). Size, aspect ratio, brightness, contrast and inverted
gray values leave them nearly as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medviewer.ai.model_card import CONTRAST_GRID
from medviewer.ai.preparation import resize

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.ai.gate_reference import PictureContrast
    from medviewer.ai.preparation import PreparedImage

SIDE = 64
_CELLS, _, _DIRECTIONS = CONTRAST_GRID
_FLOOR = 0.3
"""Edges weaker than this part of the picture's mean edge count little."""


def edge_directions(picture: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Describe a picture by the directions of its edges.

    Parameters
    ----------
    picture : float32 array, shape (rows, columns)
        Network values, without fill.

    Returns
    -------
    float32 array, shape (384,)
        The share of each of 6 directions (modulo 180 degrees), cell by cell of 8 x 8.
    """
    down, across = np.gradient(resize(picture, (SIDE, SIDE)))
    strength = np.hypot(down, across)
    place = np.arctan2(down, across) % np.pi / np.pi * _DIRECTIONS
    first = np.floor(place).astype(int)
    part = place - first
    rows, columns = np.indices(strength.shape) * _CELLS // SIDE
    cells = np.zeros((_CELLS, _CELLS, _DIRECTIONS))
    for direction, share in ((first, 1 - part), (first + 1, part)):
        entry = (rows * _CELLS + columns) * _DIRECTIONS + direction % _DIRECTIONS
        counted = np.bincount(entry.ravel(), (strength * share).ravel(), cells.size)
        cells += counted.reshape(cells.shape) / (SIDE // _CELLS) ** 2
    total = np.sqrt((cells**2).sum(-1, keepdims=True))
    result = cells / (total + _FLOOR * total.mean() + 1e-3)
    return np.asarray(result.ravel(), np.float32)


def content(prepared: PreparedImage) -> npt.NDArray[np.float32]:
    """Return the part of a prepared image that is picture, shape (rows, columns)."""
    (row, column), (rows, columns) = prepared.offset, prepared.content
    return prepared.values[row : row + rows, column : column + columns]


def likeness(
    directions: npt.NDArray[np.float32], contrast: PictureContrast
) -> npt.NDArray[np.float64]:
    """Return how much pictures look like the model's kind; below 0 they look like another.

    Parameters
    ----------
    directions : float32 array, shape (..., 384)
        From :func:`edge_directions`.
    contrast : PictureContrast
        Of the card.

    Returns
    -------
    float64 array, shape (...)
        Log odds, less the lowest that is accepted.
    """
    units = directions @ np.asarray(contrast.units).T + np.asarray(contrast.unit_offsets)
    return np.asarray(np.maximum(units, 0) @ np.asarray(contrast.weights) + contrast.offset)
