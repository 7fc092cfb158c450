"""Radiographs as the 2-D models see them: grey values by percentiles, squashed or letterboxed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

LOW_PERCENTILE = 1.0
HIGH_PERCENTILE = 99.0


def read_gray(path: Path) -> np.ndarray:
    """Read a picture as stored, without applying its EXIF rotation.

    Parameters
    ----------
    path : Path
        PNG or JPEG.

    Returns
    -------
    uint8 array, shape (rows, columns)
        Gray levels.
    """
    with Image.open(path) as picture:
        return np.asarray(picture.convert("L"))


def normalise(values: np.ndarray) -> np.ndarray:
    """Map the 1st and 99th percentile to -1 and 1, clipped at -1.5 and 1.5.

    Parameters
    ----------
    values : array, shape (rows, columns)
        Gray levels of any range.

    Returns
    -------
    float32 array, shape (rows, columns)
        What the networks expect.
    """
    values = values.astype(np.float32)
    low, high = np.percentile(values, [LOW_PERCENTILE, HIGH_PERCENTILE])
    span = max(float(high - low), 1e-6)
    return np.clip((values - low) / span * 2 - 1, -1.5, 1.5).astype(np.float32)


def resize(values: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    """Resize linearly, averaging when the picture becomes smaller.

    Parameters
    ----------
    values : float32 array, shape (rows, columns)
        Picture.
    sizes : sequence of int
        Rows and columns of the result; the aspect ratio is not kept.

    Returns
    -------
    float32 array, shape sizes
        Picture.
    """
    tensor = torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32))[None, None]
    output = functional.interpolate(
        tensor, size=list(sizes), mode="bilinear", antialias=True, align_corners=False
    )
    return np.asarray(output[0, 0].numpy())


def letterbox(values: np.ndarray, side: int, fill: float = -1.0) -> tuple[np.ndarray, float]:
    """Fit a picture into a square's upper left part, keeping its aspect ratio.

    Parameters
    ----------
    values : float32 array, shape (rows, columns)
        Normalised picture.
    side : int
        Side of the square.
    fill : float
        Value of the rest.

    Returns
    -------
    square : float32 array, shape (side, side)
        The picture and its margin.
    scale : float
        Square's pixels for each pixel of the picture.
    """
    scale = side / max(values.shape)
    sizes = [max(1, min(side, round(n * scale))) for n in values.shape]
    square = np.full((side, side), fill, np.float32)
    square[: sizes[0], : sizes[1]] = resize(values, sizes)
    return square, scale
