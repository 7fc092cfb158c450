"""Random rotations, scalings, shifts, flips and warps of whole batches (2-D and 3-D)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class AffineRange:
    """How far a batch is moved; the axes are those of the array.

    Attributes
    ----------
    rotation_degrees : float
        Largest rotation about every axis.
    scale : float
        Largest relative change of size, one factor for all axes.
    stretch : float
        Largest relative change of a single axis on top of it.
    shift : float
        Largest shift as a share of the half size.
    flips : tuple of float
        Probability of mirroring each axis.
    """

    rotation_degrees: float = 15.0
    scale: float = 0.15
    stretch: float = 0.0
    shift: float = 0.05
    flips: tuple[float, ...] = ()


def _rotation(angles: np.ndarray, dimensions: int) -> np.ndarray:
    if dimensions == 2:
        cosine, sine = np.cos(angles[0]), np.sin(angles[0])
        return np.array([[cosine, -sine], [sine, cosine]])
    result = np.eye(3)
    for axis in range(3):
        first, second = [other for other in range(3) if other != axis]
        turn = np.eye(3)
        turn[first, first] = turn[second, second] = np.cos(angles[axis])
        turn[first, second] = -np.sin(angles[axis])
        turn[second, first] = np.sin(angles[axis])
        result = result @ turn
    return result


def random_affines(
    limits: AffineRange, sizes: Sequence[int], batch: int, rng: np.random.Generator
) -> torch.Tensor:
    """Draw matrices that take output pixels to input pixels, both measured from the centre.

    Parameters
    ----------
    limits : AffineRange
        How far to go.
    sizes : sequence of int
        Size of the input, one number for each axis.
    batch : int
        How many.
    rng : numpy.random.Generator
        Source of the random numbers.

    Returns
    -------
    torch.Tensor, shape (batch, dimensions, dimensions + 1)
        Linear part and shift in input pixels.
    """
    dimensions = len(sizes)
    result = np.zeros((batch, dimensions, dimensions + 1))
    for index in range(batch):
        angles = np.radians(rng.uniform(-1, 1, 3) * limits.rotation_degrees)
        scale = np.exp(rng.uniform(-1, 1) * np.log1p(limits.scale))
        stretch = np.exp(rng.uniform(-1, 1, dimensions) * np.log1p(limits.stretch))
        matrix = _rotation(angles, dimensions) @ np.diag(stretch * scale)
        for axis, probability in enumerate(limits.flips):
            if rng.random() < probability:
                matrix[axis] *= -1
        shift = rng.uniform(-1, 1, dimensions) * limits.shift * np.asarray(sizes) / 2
        result[index, :, :dimensions] = matrix
        result[index, :, dimensions] = shift
    return torch.from_numpy(result.astype(np.float32))


@dataclass(frozen=True)
class WarpRange:
    """How far a batch is bent.

    Attributes
    ----------
    amount_px : float
        Standard deviation of the displacement at the nodes, in input pixels.
    node_px : int
        Distance of the nodes in output pixels, at most; linear between them.
    """

    amount_px: float
    node_px: int


def random_warps(
    limits: WarpRange, sizes: Sequence[int], batch: int, rng: np.random.Generator
) -> torch.Tensor:
    """Draw smooth displacements: anatomy bends, it does not only turn and grow.

    Parameters
    ----------
    limits : WarpRange
        How far to go.
    sizes : sequence of int
        Size of the output, one number for each axis.
    batch : int
        How many.
    rng : numpy.random.Generator
        Source of the random numbers.

    Returns
    -------
    torch.Tensor, shape (batch, dimensions, *sizes)
        In input pixels, in the axes' order.
    """
    nodes = [-(-size // limits.node_px) + 1 for size in sizes]
    coarse = rng.normal(0, limits.amount_px, (batch, len(nodes), *nodes)).astype(np.float32)
    mode = "trilinear" if len(nodes) == 3 else "bilinear"
    return functional.interpolate(
        torch.from_numpy(coarse), list(sizes), mode=mode, align_corners=True
    )


def sample(
    values: torch.Tensor,
    affines: torch.Tensor,
    sizes: Sequence[int],
    padding: str = "zeros",
    warps: torch.Tensor | None = None,
) -> torch.Tensor:
    """Resample a batch linearly onto grids of another size around the same centre.

    Parameters
    ----------
    values : torch.Tensor, shape (batch, channels, ...)
        Images or one-hot labels.
    affines : torch.Tensor, shape (batch, dimensions, dimensions + 1)
        From :func:`random_affines`, in the axes' order.
    sizes : sequence of int
        Size of the output.
    padding : str
        ``zeros`` or ``border``.
    warps : torch.Tensor or None
        From :func:`random_warps`.

    Returns
    -------
    torch.Tensor, shape (batch, channels, *sizes)
        Interpolated values.
    """
    shape = values.shape[2:]
    dimensions = len(shape)
    source = torch.tensor([float(size) for size in shape])
    target = torch.tensor([float(size) for size in sizes])
    linear = affines[:, :, :dimensions] * target / source[:, None]
    shift = affines[:, :, dimensions:] * 2 / source[:, None]
    theta = torch.cat([linear.flip((1, 2)), shift.flip(1)], dim=2)
    grid = functional.affine_grid(
        theta, [values.shape[0], values.shape[1], *sizes], align_corners=False
    )
    if warps is not None:
        grid = grid + (warps.movedim(1, -1) * 2 / source).flip(-1)
    return functional.grid_sample(values, grid, padding_mode=padding, align_corners=False)


def identity_affines(batch: int, dimensions: int) -> torch.Tensor:
    """Return matrices that move nothing."""
    result = torch.zeros(batch, dimensions, dimensions + 1)
    result[:, range(dimensions), range(dimensions)] = 1
    return result
