"""Random changes of brightness, contrast, noise and sharpness of normalised batches."""

from __future__ import annotations

import numpy as np
import torch
from scipy import ndimage
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
    noise = torch.from_numpy(rng.standard_normal(tuple(values.shape), np.float32))
    return curved * gain + offset + deviation * noise


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


def vary_scanner(hu: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Change sharpness, noise, offset and rounding of Hounsfield units.

    Parameters
    ----------
    hu : float32 array
        At 1 mm.
    rng : numpy.random.Generator
        Source of the random numbers.

    Returns
    -------
    float32 array
        As another scanner might have recorded it: the sources' own rounding can be no cue.
    """
    result = hu.astype(np.float32)
    kind = rng.random()
    if kind < 0.25:
        axis = int(rng.integers(3))
        result = ndimage.gaussian_filter1d(result, rng.uniform(0.4, 1.1), axis=axis)
    elif kind < 0.4:
        result = ndimage.gaussian_filter(result, rng.uniform(0.3, 0.6))
    elif kind < 0.55:
        result = result + rng.uniform(0.2, 0.8) * (result - ndimage.gaussian_filter(result, 0.8))
    if rng.random() < 0.5:
        noise = rng.normal(size=result.shape).astype(np.float32)
        if rng.random() < 0.5:
            noise = ndimage.gaussian_filter(noise, 0.6) * 2
        result = result + noise * rng.uniform(5, 45)
    result = result * rng.uniform(0.96, 1.04) + rng.uniform(-25, 25)
    step = float(rng.choice([1, 4, 8, 12]))
    return np.asarray(np.rint(result / step) * step, np.float32)
