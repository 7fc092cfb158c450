"""The pointing game: whether a map points into what was marked (Zhang et al., IJCV 2018)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable


def score_pointing(
    trials: Iterable[tuple[np.ndarray | None, np.ndarray, np.ndarray]],
) -> dict[str, float]:
    """Return how often a map points into a box, and how often the image's middle does.

    Parameters
    ----------
    trials : iterable of (map, boxes, middle)
        A map of shape (rows, columns), or ``None`` where there is none; boxes of shape (n, 4),
        corners x0, y0, x1, y1; the middle (x, y) of the image, the control. Places are shares of
        the map's sides.

    Returns
    -------
    dict
        ``pointing_game``, ``pointing_game_control`` and ``pointing_game_boxes``, the number of
        trials; empty without any.
    """
    hits, controls = [], []
    for found, boxes, middle in trials:
        if found is None or not len(boxes):
            continue
        row, column = np.unravel_index(int(found.argmax()), found.shape)
        place = (np.asarray([column, row]) + 0.5) / found.shape[::-1]
        hits.append(_is_inside(place, boxes))
        controls.append(_is_inside(middle, boxes))
    if not hits:
        return {}
    return {
        "pointing_game": float(np.mean(hits)),
        "pointing_game_control": float(np.mean(controls)),
        "pointing_game_boxes": float(len(hits)),
    }


def _is_inside(place: np.ndarray, boxes: np.ndarray) -> bool:
    return bool(((place >= boxes[:, :2]) & (place <= boxes[:, 2:])).all(1).any())
