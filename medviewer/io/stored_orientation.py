"""From an upright picture back to the pixels of its file, before its EXIF rotation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, UnidentifiedImageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy.typing as npt

    Array = npt.NDArray[Any]

Box = tuple[float, float, float, float]

_TAG = 0x0112
_ARRAYS: dict[int, Callable[[Array], Array]] = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: a.T,
    6: np.rot90,
    7: lambda a: np.rot90(a, 2).T,
    8: lambda a: np.rot90(a, 3),
}
"""Upright pixels to stored pixels, by EXIF orientation."""

_POINTS: dict[int, Callable[[float, float, int, int], tuple[float, float]]] = {
    1: lambda x, y, _w, _h: (x, y),
    2: lambda x, y, w, _h: (w - x, y),
    3: lambda x, y, w, h: (w - x, h - y),
    4: lambda x, y, _w, h: (x, h - y),
    5: lambda x, y, _w, _h: (y, x),
    6: lambda x, y, w, _h: (y, w - x),
    7: lambda x, y, w, h: (h - y, w - x),
    8: lambda x, y, _w, h: (h - y, x),
}
"""Upright point to stored point; width and height are the upright picture's."""


@dataclass(frozen=True, slots=True)
class StoredOrientation:
    """How a file's pixels lie to the upright picture (EXIF tag 0x0112)."""

    tag: int = 1

    def array(self, upright: Array) -> Array:
        """Turn upright pixels, shape (rows, columns), to the file's."""
        return np.ascontiguousarray(_ARRAYS[self.tag](upright))

    def box(self, upright: Box, rows: int, columns: int) -> Box:
        """Turn a box ``(x0, y0, x1, y1)`` on the upright picture of that size to the file's."""
        turn = _POINTS[self.tag]
        xa, ya = turn(upright[0], upright[1], columns, rows)
        xb, yb = turn(upright[2], upright[3], columns, rows)
        return min(xa, xb), min(ya, yb), max(xa, xb), max(ya, yb)


def stored_orientation(path: Path) -> StoredOrientation:
    """Read a picture's EXIF orientation; upright where there is none."""
    try:
        with Image.open(path) as picture:
            tag = picture.getexif().get(_TAG, 1)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        return StoredOrientation()
    return StoredOrientation(tag if tag in _ARRAYS else 1)
