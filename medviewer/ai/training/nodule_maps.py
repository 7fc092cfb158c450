"""Nodules as maps at half resolution, and the loss between them and a network's answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from medviewer.ai.candidates import STRIDE
from medviewer.ai.training.losses import heatmap_focal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medviewer.ai.training.nodule_data import Nodule

_WIDTH = 0.18
_LEAST_SIGMA = 0.7
_CORE_SHARE, _CORE_CELLS = 0.3, 0.35
_NEAR = 0.3
_BOX_WEIGHT = 0.4
_RATING_WEIGHT = 0.25
_MASK_WEIGHT = 0.5
_ROOM_MM = 2.0


def encode_nodules(
    nodules: Sequence[Nodule], mask: np.ndarray, valid: np.ndarray
) -> dict[str, np.ndarray]:
    """Draw nodules as the maps that a network should answer.

    Parameters
    ----------
    nodules : sequence of Nodule
        On the patch's grid; centres outside it are drawn as far as they reach in and not counted.
    mask : float32 array, shape (n0, n1, n2)
        Share of each voxel that nodules fill; even sizes.
    valid : bool array, shape (n0, n1, n2)
        Where the patch shows what was recorded.

    Returns
    -------
    dict of str to float32 array
        ``heatmap`` (1 in the core of each nodule), ``weights`` (how much its cells count),
        ``boxes`` (4: way to the centre along columns, rows and slices in cells, logarithm of the
        diameter in voxels), ``near`` (where they count), ``ratings`` and ``rated`` (2: solidity,
        suspicion and where they count), ``mask`` and ``counted``; all at half the patch's
        resolution.

    Notes
    -----
    The centre of a large nodule is known to a few cells only, so its whole core is asked for:
    with the one cell of its centre it would never get the score of a small one. The core's
    cells share a weight that grows with the square root of their number.
    """
    shape = tuple(n // STRIDE for n in mask.shape)
    cells = np.stack(np.meshgrid(*[np.arange(n) for n in shape], indexing="ij")).astype(np.float32)
    result = {
        "heatmap": np.zeros(shape, np.float32),
        "weights": (_halved(valid.astype(np.float32)) > 0.5).astype(np.float32),
        "boxes": np.zeros((4, *shape), np.float32),
        "near": np.zeros(shape, np.float32),
        "ratings": np.zeros((2, *shape), np.float32),
        "rated": np.zeros((2, *shape), np.float32),
        "mask": _halved(mask),
        "counted": (_halved(valid.astype(np.float32)) > 0.5).astype(np.float32),
    }
    for nodule in nodules:
        _draw(nodule, cells, result)
    return result


def _draw(nodule: Nodule, cells: np.ndarray, maps: dict[str, np.ndarray]) -> None:
    middle = (np.asarray(nodule.centre) + 0.5) / STRIDE
    cell = np.floor(middle).astype(int)
    shape = maps["heatmap"].shape
    is_inside = bool((cell >= 0).all() and (cell < shape).all())
    if not nodule.is_counted or not is_inside:
        away = np.linalg.norm(cells + 0.5 - middle[:, None, None, None], axis=0) * STRIDE
        hidden = away < nodule.diameter_mm / 2 + _ROOM_MM
        maps["counted"][hidden] = maps["weights"][hidden] = 0
        return
    sigma = max(nodule.diameter_mm / STRIDE * _WIDTH, _LEAST_SIGMA)
    distance = ((cells - cell[:, None, None, None]) ** 2).sum(0)
    bump = np.exp(-distance / (2 * sigma**2))
    near = (bump > _NEAR) & (bump > maps["heatmap"])
    way = middle[:, None, None, None] - cells
    for channel, value in enumerate((way[2], way[1], way[0])):
        maps["boxes"][channel][near] = value[near]
    maps["boxes"][3][near] = np.log(nodule.diameter_mm)
    maps["near"][near] = bump[near]
    for channel, rating in enumerate((nodule.solidity, nodule.suspicion)):
        if np.isfinite(rating):
            maps["ratings"][channel][near] = rating
            maps["rated"][channel][near] = bump[near]
    away = np.linalg.norm(cells + 0.5 - middle[:, None, None, None], axis=0)
    core = away <= nodule.diameter_mm / (2 * STRIDE) * _CORE_SHARE + _CORE_CELLS
    core[tuple(cell)] = True
    bump[core] = 1
    maps["weights"][core] *= core.sum() ** -0.5
    maps["heatmap"] = np.maximum(maps["heatmap"], bump).astype(np.float32)


def _halved(values: np.ndarray) -> np.ndarray:
    n0, n1, n2 = (n // STRIDE for n in values.shape)
    blocks = values.reshape(n0, STRIDE, n1, STRIDE, n2, STRIDE)
    return np.asarray(blocks.mean((1, 3, 5)), np.float32)


def nodule_loss(outputs: dict[str, torch.Tensor], targets: dict[str, torch.Tensor]) -> torch.Tensor:
    """Return focal loss of the centres plus losses of place, size, ratings and mask.

    Parameters
    ----------
    outputs : dict of str to torch.Tensor
        ``heatmap``, ``boxes``, ``solidity``, ``suspicion`` and ``mask``, each (batch, channels,
        ...).
    targets : dict of str to torch.Tensor
        Of :func:`encode_nodules`, stacked.

    Returns
    -------
    torch.Tensor
        Scalar.
    """
    centres = heatmap_focal(outputs["heatmap"][:, 0], targets["heatmap"], targets["weights"])
    near = targets["near"].unsqueeze(1)
    difference = functional.smooth_l1_loss(
        outputs["boxes"], targets["boxes"], reduction="none", beta=0.2
    )
    boxes = (difference * near).sum() / near.sum().clamp(min=1)
    ratings = torch.cat([outputs["solidity"], outputs["suspicion"]], 1)
    entropy = functional.binary_cross_entropy_with_logits(
        ratings, targets["ratings"], reduction="none"
    )
    rated = (entropy * targets["rated"]).sum() / targets["rated"].sum().clamp(min=1)
    mask = _mask_loss(outputs["mask"][:, 0], targets["mask"], targets["counted"])
    return centres + _BOX_WEIGHT * boxes + _RATING_WEIGHT * rated + _MASK_WEIGHT * mask


def _mask_loss(logits: torch.Tensor, mask: torch.Tensor, counted: torch.Tensor) -> torch.Tensor:
    """Return soft Dice plus cross-entropy of the nodules' voxels."""
    probability = logits.sigmoid() * counted
    truth = mask * counted
    overlap = 2 * (probability * truth).sum() + 1
    dice = 1 - overlap / (probability.sum() + truth.sum() + 1)
    entropy = functional.binary_cross_entropy_with_logits(logits, mask, reduction="none")
    return dice + (entropy * counted).sum() / counted.sum().clamp(min=1)
