"""Small pictures of what a series holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from medviewer.core.errors import PixelDataError
from medviewer.core.planes import acquisition_plane
from medviewer.core.volume import Volume
from medviewer.core.windowing import auto_window, to_gray
from medviewer.io.file_formats import PlainFormat, plain_format
from medviewer.io.pixel_values import ImageReader

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.core.geometry import VolumeGeometry
    from medviewer.core.study import VolumeRecord
    from medviewer.core.windowing import VoiLut, VoiWindow


def thumbnail(record: VolumeRecord, size_px: int = 96) -> npt.NDArray[np.uint8]:
    """Return the middle image of a volume or stack as a view shows it first.

    Parameters
    ----------
    record : VolumeRecord
    size_px : int
        Longer side of the picture.

    Returns
    -------
    uint8 array, shape (rows, columns) or (rows, columns, 3)
        In the proportions of the pixels' spacing, in the default window.

    Raises
    ------
    DataError
        The image cannot be decoded.
    """
    picture = _picture(record)
    values = picture.values
    step = max(1, min(values.shape[:2]) // (2 * size_px))
    small = _resized(values[::step, ::step], _size(record, values.shape, size_px))
    if record.geometry is not None:
        small = _turned(small, record.geometry)
    if values.ndim == 3:
        return small.astype(np.uint8)
    voi = picture.vois[0] if picture.vois else auto_window(values, picture.padding_value)
    return to_gray(small, voi, is_inverted=picture.is_inverted)


@dataclass(frozen=True, eq=False, slots=True)
class _Picture:
    """One image with what displays it."""

    values: npt.NDArray[Any]
    vois: tuple[VoiWindow | VoiLut, ...]
    padding_value: float | None
    is_inverted: bool


def _picture(record: VolumeRecord) -> _Picture:
    file_format = plain_format(record.frames[0].path)
    return _dicom_image(record) if file_format is None else _plain_image(record, file_format)


def _dicom_image(record: VolumeRecord) -> _Picture:
    n = len(record.frames)
    reference = record.frames[record.recorded_index(n // 2, n)]
    reader = ImageReader(reference.path)
    values = reader.read(reference.frame_index)
    if reference.tile is not None:
        rows, columns = record.shape[1:]
        row, column = divmod(reference.tile, max(1, values.shape[1] // columns))
        values = values[row * rows :, column * columns :][:rows, :columns]
    return _Picture(
        values,
        reader.vois(reference.frame_index),
        reader.padding_value(reference.frame_index),
        reader.is_inverted,
    )


def _plain_image(record: VolumeRecord, file_format: PlainFormat) -> _Picture:
    image = file_format.load(record)
    if isinstance(image, Volume):
        middle = image.voxels[record.recorded_index(len(image.voxels) // 2)]
        return _Picture(middle, image.vois, image.padding_value, image.is_inverted)
    frame = next((frame for frame in image.frames if frame is not None), None)
    if frame is None:
        raise PixelDataError(f"{record.frames[0].path.name} holds no image.")
    return _Picture(frame.pixels, frame.vois, frame.padding_value, frame.is_inverted)


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


def _turned(image: npt.NDArray[Any], geometry: VolumeGeometry) -> npt.NDArray[Any]:
    """Flip and swap rows and columns as the radiological convention has it."""
    plane = acquisition_plane(geometry)
    i_axis, j_axis = geometry.direction[:, 0], geometry.direction[:, 1]
    if abs(plane.right @ i_axis) < abs(plane.right @ j_axis):
        image, i_axis, j_axis = np.swapaxes(image, 0, 1), j_axis, i_axis
    image = image if plane.right @ i_axis > 0 else image[:, ::-1]
    return np.ascontiguousarray(image if plane.down @ j_axis > 0 else image[::-1])
