"""Agreement of two masks: Dice and the 95th percentile of the surface distance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from monai.metrics import compute_hausdorff_distance

if TYPE_CHECKING:
    from collections.abc import Sequence


def dice(found: np.ndarray, reference: np.ndarray) -> float:
    """Return twice the intersection over the sum of sizes; 1 when both are empty.

    Parameters
    ----------
    found, reference : bool arrays of one shape
        Masks.

    Returns
    -------
    float
        0 ... 1.
    """
    total = int(found.sum()) + int(reference.sum())
    return 1.0 if total == 0 else 2.0 * int((found & reference).sum()) / total


def surface_distance_95(
    found: np.ndarray, reference: np.ndarray, spacing_mm: Sequence[float]
) -> float:
    """Return the 95th percentile Hausdorff distance in mm; NaN where a mask is empty.

    Parameters
    ----------
    found, reference : bool arrays of one shape, 2-D or 3-D
        Masks.
    spacing_mm : sequence of float
        Distance of neighbouring elements along every axis.

    Returns
    -------
    float
        Millimetres (MONAI's symmetric definition).
    """
    if not found.any() or not reference.any():
        return float("nan")
    value = compute_hausdorff_distance(
        found[None, None].astype(np.float32),
        reference[None, None].astype(np.float32),
        include_background=True,
        percentile=95,
        spacing=list(spacing_mm),
    )
    return float(value[0, 0])
