"""Random changes of brightness, contrast, noise and sharpness of normalised batches."""

from __future__ import annotations

import numpy as np
import torch
from torch.nn import functional


def _column(values: np.ndarray, dimensions: int) -> torch.Tensor:
    return torch.from_numpy(values.astype("float32")).reshape(-1, *[1] * (dimensions - 1))


def vary_intensity(
    values: torch.Tensor, rng: np.random.Generator, amount: float = 0.25
) -> torch.Tensor:
    """Change gain, offset and gamma and add noise, each batch entry on its own.

    Parameters
    ----------
    values : torch.Tensor, shape (batch, channels, ...)
        About -1 ... 1 or z-scores.
    rng : numpy.random.Generator
        Source of the random numbers.
    amount : float
        Largest relative change of gain; the others follow from it.

    Returns
    -------
    torch.Tensor
        Same shape.
    """
    batch = values.shape[0]
    gain = _column(1 + rng.uniform(-amount, amount, batch), values.ndim)
    offset = _column(rng.uniform(-amount, amount, batch), values.ndim)
    bend = _column(rng.uniform(-amount, amount, batch), values.ndim) * 0.4
    deviation = _column(rng.uniform(0, 0.4 * amount, batch), values.ndim)
    curved = values + bend * (values * values - 1).clamp(max=2)
    return curved * gain + offset + deviation * torch.randn(values.shape)


def vary_sharpness(values: torch.Tensor, rng: np.random.Generator, share: float) -> torch.Tensor:
    """Blur a share of the batch by averaging over 2 to 3 pixels.

    Parameters
    ----------
    values : torch.Tensor, shape (batch, channels, ...)
        Images.
    rng : numpy.random.Generator
        Source of the random numbers.
    share : float
        Probability of blurring an entry.

    Returns
    -------
    torch.Tensor
        Same shape.
    """
    chosen = torch.from_numpy(rng.random(values.shape[0]) < share)
    if not bool(chosen.any()):
        return values
    pool = functional.avg_pool3d if values.ndim == 5 else functional.avg_pool2d
    result = values.clone()
    result[chosen] = pool(values[chosen], 3, 1, 1, count_include_pad=False)
    return result


def blank_outside(
    values: torch.Tensor, masks: torch.Tensor, rng: np.random.Generator, share: float
) -> torch.Tensor:
    """Replace what lies outside a mask by one gray level in a share of the batch.

    Parameters
    ----------
    values : torch.Tensor, shape (batch, 1, rows, columns)
        Images, about -1 ... 1.
    masks : torch.Tensor, shape (batch, 1, rows, columns)
        0 ... 1; widened by up to 8 pixels before use.
    rng : numpy.random.Generator
        Source of the random numbers.
    share : float
        Probability of blanking an entry.

    Returns
    -------
    torch.Tensor
        Same shape.
    """
    result = values.clone()
    for index in np.flatnonzero(rng.random(values.shape[0]) < share):
        reach = int(rng.integers(0, 9))
        inside = masks[index : index + 1]
        if reach:
            inside = functional.max_pool2d(inside, 2 * reach + 1, 1, reach)
        gray = -1.0 if rng.random() < 0.5 else float(rng.uniform(-1, 0.6))
        result[index] = torch.where(inside[0] > 0.5, values[index], torch.tensor(gray))
    return result
