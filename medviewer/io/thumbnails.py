"""Small pictures of what a series holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from medviewer.core.windowing import auto_window, to_gray
from medviewer.io.pixel_values import ImageReader

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.core.study import VolumeRecord


def thumbnail(record: VolumeRecord, size_px: int = 96) -> npt.NDArray[np.uint8]:
    """Return the middle image of a volume or stack in its default window.

    Parameters
    ----------
    record : VolumeRecord
    size_px : int
        Longer side of the picture.

    Returns
    -------
    uint8 array, shape (rows, columns) or (rows, columns, 3)
        In the proportions of the pixels' spacing.

    Raises
    ------
    DataError
        The image cannot be decoded.
    """
    reference = record.frames[len(record.frames) // 2]
    reader = ImageReader(reference.path)
    values = reader.read(reference.frame_index)
    step = max(1, min(values.shape[:2]) // (2 * size_px))
    picture = _resized(values[::step, ::step], _size(record, values.shape, size_px))
    if reader.is_color:
        return picture.astype(np.uint8)
    vois = reader.vois(reference.frame_index)
    padding = reader.padding_value(reference.frame_index)
    voi = vois[0] if vois else auto_window(values, padding)
    return to_gray(picture, voi, is_inverted=reader.is_inverted)


def _size(record: VolumeRecord, shape: tuple[int, ...], size_px: int) -> tuple[int, int]:
    """Return ``(rows, columns)`` of the picture."""
    row_mm, column_mm = 1.0, 1.0
    if record.spacing_mm is not None and min(record.spacing_mm[1:]) > 0:
        row_mm, column_mm = record.spacing_mm[1:]
    height, width = shape[0] * row_mm, shape[1] * column_mm
    scale = size_px / max(height, width)
    return max(1, round(height * scale)), max(1, round(width * scale))


def _resized(values: npt.NDArray[Any], size: tuple[int, int]) -> npt.NDArray[np.float32]:
    """Return an image scaled to ``size`` by averaging the nearest samples (bilinear)."""
    result = values.astype(np.float32)
    for axis, length in enumerate(size):
        n = result.shape[axis]
        place = np.clip((np.arange(length) + 0.5) * n / length - 0.5, 0, n - 1)
        low = place.astype(np.intp)
        high = np.minimum(low + 1, n - 1)
        weight = (place - low).astype(np.float32)
        weight = weight.reshape((-1,) + (1,) * (result.ndim - 1 - axis))
        first, second = result.take(low, axis), result.take(high, axis)
        result = first + (second - first) * weight
    return result
