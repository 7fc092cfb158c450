"""Training patches of nodules: cut around them or in the lungs, in any orientation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from medviewer.ai.lung_region import voxels_per_cell
from medviewer.ai.training.affine import AffineRange, random_affines, sample
from medviewer.ai.training.nodule_data import Nodule, nodules_of

if TYPE_CHECKING:
    from medviewer.ai.training.recipe import Case

_LIMITS = AffineRange(rotation_degrees=15, scale=0.22, stretch=0.0, shift=0.0)
_AIR_HU = -1000.0
_SHIFT_MM = 14.0
_LESION_SHARE = 0.12
_BLANK_SHARE = 0.25
_SPARE = 1.4


def cut_patch(
    case: Case, side: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[Nodule]]:
    """Cut a turned, scaled and mirrored patch out of a case.

    Parameters
    ----------
    case : Case
        A cube around a nodule, or a whole scan.
    side : int
        Of the patch in mm.
    rng : numpy.random.Generator
        Source of the random numbers.

    Returns
    -------
    hu : float32 array
        Hounsfield units.
    mask : float32 array
        Share of each voxel that the lesion fills.
    valid : bool array
        Where the values were recorded.
    nodules : list of Nodule
        On the patch's grid, those outside it too.
    """
    known = nodules_of(case)
    is_cube = case.facts["kind"] == "cube"
    on_lesion = known and (is_cube or rng.random() < _LESION_SHARE)
    target = known[0].centre if on_lesion else _place_in(case, rng)
    shift = rng.uniform(-_SHIFT_MM, _SHIFT_MM, 3)
    corner, block, block_mask = _block(case, target, round(side * _SPARE))
    linear = random_affines(_LIMITS, block.shape, 1, rng)[0, :, :3].numpy().astype(float)
    turn = np.eye(3)[rng.permutation(3)] * rng.choice([-1.0, 1.0], 3)
    linear = linear @ turn
    middle = (np.asarray(block.shape) - 1) / 2
    offset = target - corner - middle - linear @ shift
    affine = torch.from_numpy(np.concatenate([linear, offset[:, None]], 1)).float()[None]
    sizes = (side,) * 3
    inside = torch.from_numpy(np.stack([block_mask, np.ones_like(block_mask)]))[None]
    extra = sample(inside, affine, sizes)[0].numpy()
    is_blank = rng.random() < _BLANK_SHARE
    above = torch.from_numpy(block - _AIR_HU)[None, None]
    padding = "zeros" if is_blank else "reflection"
    hu = sample(above, affine, sizes, padding)[0, 0].numpy() + _AIR_HU
    valid = np.ones(sizes, bool) if is_blank else extra[1] > 0.5
    inverse = np.linalg.inv(linear)
    scale = abs(np.linalg.det(inverse)) ** (1 / 3)
    nodules = [
        Nodule(
            inverse @ (n.centre - corner - middle - offset) + (side - 1) / 2,
            n.diameter_mm * scale, n.solidity, n.suspicion, n.is_counted,
        )
        for n in known
    ]  # fmt: skip
    return hu, extra[0], valid, nodules


def _place_in(case: Case, rng: np.random.Generator) -> np.ndarray:
    """Return a random voxel of a scan's lung region, or of the whole scan where none is known."""
    region = case.arrays["region"]
    shape = np.asarray(case.arrays["hu"].shape)
    cells = np.flatnonzero(region)
    if not len(cells):
        return rng.uniform(0, 1, 3) * (shape - 1)
    n = voxels_per_cell(1.0)
    cell = np.unravel_index(int(cells[int(rng.integers(len(cells)))]), region.shape)
    return np.minimum((np.asarray(cell) + rng.random(3)) * n, shape - 1)


def _block(case: Case, centre: np.ndarray, side: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return first voxel, Hounsfield units and lesion mask of what surrounds a place."""
    hu, mask = case.arrays["hu"], case.arrays["mask"]
    if case.facts["kind"] == "cube":
        return np.zeros(3), hu.astype(np.float32), mask.astype(np.float32)
    half = side / 2 + _SHIFT_MM
    first = np.maximum(np.floor(centre - half), 0).astype(int)
    end = np.minimum(np.ceil(centre + half), hu.shape).astype(int)
    window = tuple(slice(a, b) for a, b in zip(first, end, strict=True))
    return first.astype(float), hu[window].astype(np.float32), mask[window].astype(np.float32)
