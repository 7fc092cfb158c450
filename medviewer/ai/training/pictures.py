"""Pictures for reports: gray values with the outlines of masks and boxes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

if TYPE_CHECKING:
    from collections.abc import Sequence

FOUND = (255, 80, 60)
TRUE = (60, 220, 90)
_SMALLEST_SIDE = 256


def gray_rgb(values: np.ndarray) -> np.ndarray:
    """Return values as RGB, darkest and brightest percent clipped.

    Parameters
    ----------
    values : array, shape (rows, columns)
        Any range.

    Returns
    -------
    uint8 array, shape (rows, columns, 3)
        Picture.
    """
    values = values.astype(np.float32)
    low, high = np.percentile(values, [1, 99])
    gray = np.clip((values - low) / max(float(high - low), 1e-6) * 255, 0, 255)
    return np.repeat(gray.astype(np.uint8)[..., None], 3, axis=2)


def enlarge(picture: np.ndarray, order: int = 1) -> np.ndarray:
    """Repeat pixels until the longer side has at least 256 of them."""
    factor = max(1, _SMALLEST_SIDE // max(picture.shape[:2]))
    zoom = (factor, factor, *[1] * (picture.ndim - 2))
    return np.asarray(ndimage.zoom(picture, zoom, order=order))


def outline(picture: np.ndarray, mask: np.ndarray, color: tuple[int, int, int]) -> np.ndarray:
    """Return the picture with the inner border of a mask in one colour."""
    border = mask & ~ndimage.binary_erosion(mask)
    result = picture.copy()
    result[border] = color
    return result


def draw_boxes(
    picture: np.ndarray, boxes: Sequence[Sequence[float]], color: tuple[int, int, int]
) -> np.ndarray:
    """Return the picture with boxes x0, y0, x1, y1 in one colour."""
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    for box in boxes:
        draw.rectangle([float(value) for value in box], outline=color)
    return np.asarray(image)


def write_text(picture: np.ndarray, text: str) -> np.ndarray:
    """Return the picture with a line of text in its upper left corner."""
    image = Image.fromarray(picture)
    ImageDraw.Draw(image).text((3, 3), text, fill=(255, 230, 60))
    return np.asarray(image)
