"""Clean a label map: one component for each label, no holes, nothing tiny."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from medviewer.ai.model_card import Postprocessing


def clean_labels(
    labels: npt.NDArray[np.uint8],
    numbers: Sequence[int],
    rule: Postprocessing,
    voxel_ml: float,
) -> npt.NDArray[np.uint8]:
    """Apply a card's rules to every segment.

    Parameters
    ----------
    labels : uint8 array, shape (slices, rows, columns) or (rows, columns)
        0 background.
    numbers : sequence of int
        Segments.
    rule : Postprocessing
        What to do.
    voxel_ml : float
        Volume of a voxel; 0 where it is unknown.

    Returns
    -------
    uint8 array
        A new label map.
    """
    result = labels.copy()
    boxes = ndimage.find_objects(labels)
    for number in numbers:
        box = boxes[number - 1] if number <= len(boxes) else None
        if box is None:
            continue
        part = result[box]  # holes lie within the box of the segment
        mask = labels[box] == number
        kept = _kept_components(mask, rule, voxel_ml)
        part[mask & ~kept] = 0
        if rule.are_holes_filled:
            part[_holes(kept) & (part == 0)] = number
    return result


def clean_probabilities(
    probabilities: npt.NDArray[np.float32],
    labels: npt.NDArray[np.uint8],
    cleaned: npt.NDArray[np.uint8],
) -> None:
    """Make a network's probabilities say what cleaning decided, in place.

    Parameters
    ----------
    probabilities : float32 array, shape (classes, ...)
        Class 0 is background.
    labels, cleaned : uint8 array
        Strongest classes before and after cleaning.
    """
    is_changed = labels != cleaned
    for number, values in enumerate(probabilities):
        values[is_changed] = cleaned[is_changed] == number


def _kept_components(
    mask: npt.NDArray[np.bool_], rule: Postprocessing, voxel_ml: float
) -> npt.NDArray[np.bool_]:
    if not rule.is_largest_component_kept and rule.minimum_volume_ml * voxel_ml == 0.0:
        return mask
    components, n = ndimage.label(mask, np.ones((3,) * mask.ndim))
    sizes = np.bincount(components.ravel(), minlength=n + 1)
    sizes[0] = 0
    is_kept = sizes * voxel_ml >= rule.minimum_volume_ml
    if rule.is_largest_component_kept:
        is_kept = np.arange(n + 1) == sizes.argmax()
    is_kept[0] = False
    return np.asarray(is_kept[components])


def _holes(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Background that no way leads out of."""
    outside = np.pad(~mask, 1, constant_values=True)
    components, _ = ndimage.label(outside)
    holes = outside & (components != components[(0,) * mask.ndim])
    return np.asarray(holes[(slice(1, -1),) * mask.ndim])
