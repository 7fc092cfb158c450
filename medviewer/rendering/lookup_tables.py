"""Modality values to colours: the VOI transformation and colour tables."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from medviewer.core.resources import bundled_path
from medviewer.core.windowing import VoiFunction, VoiLut, VoiWindow, to_gray

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.core.arrays import FrameArray

_TABULATED = (np.int8, np.uint8, np.int16, np.uint16)
"""Voxel types with so few values that one table maps them all."""


def vtk_window_level(window: VoiWindow) -> tuple[float, float]:
    """VTK's (window, level) for a linear VOI window.

    VTK maps as LINEAR_EXACT does; DICOM's LINEAR (PS3.3 C.11.2.1.2.1) is the same ramp at
    center - 0.5 and width - 1. A SIGMOID has no such pair: use :class:`Colorizer`.
    """
    if window.function is VoiFunction.SIGMOID:
        msg = f"A SIGMOID window ({window.width:g}/{window.center:g}) is not a linear ramp."
        raise ValueError(msg)
    if window.function is VoiFunction.LINEAR_EXACT:
        return window.width, window.center
    return max(window.width - 1.0, 1e-6), window.center - 0.5


@cache
def _color_points() -> dict[str, npt.NDArray[np.float64]]:
    text = bundled_path("resources", "presets", "color_tables.json").read_text(encoding="utf-8")
    return {entry["name"]: np.array(entry["points"], float) for entry in json.loads(text)}


def color_table_names() -> tuple[str, ...]:
    """Names of the colour tables, gray first."""
    return tuple(_color_points())


@cache
def color_table(name: str) -> npt.NDArray[np.uint8]:
    """Colours of gray levels 0 to 255.

    Parameters
    ----------
    name : str
        One of :func:`color_table_names`.

    Returns
    -------
    uint8 array, shape (256, 3)
        Read-only.

    Raises
    ------
    KeyError
        There is no such table.
    """
    points = _color_points()[name]
    levels = np.arange(256)
    channels = [np.interp(levels, points[:, 0], points[:, 1 + c]) for c in range(3)]
    table = np.rint(np.stack(channels, axis=1)).astype(np.uint8)
    table.setflags(write=False)
    return table


@dataclass(frozen=True, slots=True)
class DisplayTransform:
    """How modality values become colours: VOI, then inversion once, then the colour table.

    Attributes
    ----------
    padding_value : float or None
        Values drawn black whatever the window (PS3.3 C.7.5.1.1.2: not part of the image).
    """

    voi: VoiWindow | VoiLut
    is_inverted: bool = False
    color_table: str = "gray"
    padding_value: float | None = None


def _packed(gray: npt.NDArray[np.uint8], table_name: str) -> npt.NDArray[np.uint32]:
    """Opaque RGBA of gray levels, one uint32 a pixel in memory order R, G, B, A."""
    rgba = np.empty((256, 4), np.uint8)
    rgba[:, :3] = color_table(table_name)
    rgba[:, 3] = 255
    return rgba.view(np.uint32)[:, 0][gray]


PACKED_BLACK = np.array([0, 0, 0, 255], np.uint8).view(np.uint32)[0]
"""Opaque black, one uint32 in memory order R, G, B, A."""


class Colorizer:
    """Maps modality values to RGBA; keeps the table of the last transform and voxel type."""

    def __init__(self) -> None:
        self._key: tuple[DisplayTransform, np.dtype[Any]] | None = None
        self._table: npt.NDArray[np.uint32] = np.zeros(0, np.uint32)

    def colorize(self, values: FrameArray, transform: DisplayTransform) -> npt.NDArray[np.uint8]:
        """Colours of ``(rows, columns)`` values.

        Returns
        -------
        uint8 array, shape (rows, columns, 4)
            Equal to :func:`medviewer.core.windowing.to_gray` through the colour table.
        """
        if values.dtype.type in _TABULATED:
            unsigned = np.dtype(f"u{values.dtype.itemsize}")
            index = values.view(unsigned) if values.flags.c_contiguous else values.astype(unsigned)
            packed = self._table_for(values.dtype, transform)[index.astype(np.intp)]
        else:
            packed = _map(values, transform)
        return packed.view(np.uint8).reshape(*values.shape, 4)

    def _table_for(
        self, dtype: np.dtype[Any], transform: DisplayTransform
    ) -> npt.NDArray[np.uint32]:
        if self._key != (transform, dtype):
            n = 256**dtype.itemsize
            every = np.arange(n, dtype=f"u{dtype.itemsize}").view(dtype)
            self._table = _map(every, transform)
            self._key = (transform, dtype)
        return self._table


def _map(values: npt.NDArray[Any], transform: DisplayTransform) -> npt.NDArray[np.uint32]:
    gray = to_gray(values, transform.voi, is_inverted=transform.is_inverted)
    packed = _packed(gray, transform.color_table)
    if transform.padding_value is not None:
        packed[values == transform.padding_value] = PACKED_BLACK
    return packed


def colorize_rgb(pixels: FrameArray, *, is_inverted: bool) -> npt.NDArray[np.uint8]:
    """Add an opaque alpha to ``(rows, columns, 3)`` uint8 RGB; colours are not windowed."""
    rgba = np.full((*pixels.shape[:2], 4), 255, np.uint8)
    rgba[..., :3] = 255 - pixels if is_inverted else pixels
    return rgba
