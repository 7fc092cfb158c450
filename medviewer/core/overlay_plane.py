"""Overlay planes: drawings of one bit a point that come with an image (PS3.3 C.9.2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


@dataclass(frozen=True, eq=False, slots=True)
class OverlayPlane:
    """Points drawn over one image, in the image's own pixels.

    Attributes
    ----------
    packed : uint8 array
        The smallest rectangle that holds every drawn point, a bit a point, row by row, the
        lowest bit first.
    shape : tuple of int
        (rows, columns) of that rectangle.
    first_row, first_column : float
        Place of its first point in pixels of the image, from 0; it may lie off the image, and
        between pixels where the image was moved onto another grid.
    group : int
        0x6000 to 0x60FE.
    is_region : bool
        OverlayType R, a region of interest; else graphics.
    name : str
        OverlayLabel or OverlayDescription; may be "".
    """

    packed: npt.NDArray[np.uint8]
    shape: tuple[int, int]
    first_row: float
    first_column: float
    group: int = 0x6000
    is_region: bool = False
    name: str = ""

    @property
    def bitmap(self) -> npt.NDArray[np.bool_]:
        """Which points of the rectangle are drawn, shape ``shape``."""
        count = self.shape[0] * self.shape[1]
        bits = np.unpackbits(self.packed, count=count, bitorder="little")
        return bits.reshape(self.shape).view(np.bool_)

    def moved(self, rows: float, columns: float) -> OverlayPlane:
        """Return the same drawing further down and to the right, in pixels."""
        return replace(
            self, first_row=self.first_row + rows, first_column=self.first_column + columns
        )

    def within(self, top: int, left: int, shape: tuple[int, int]) -> OverlayPlane | None:
        """Return what lies on a part of the image, placed on it; ``None`` where nothing does.

        Parameters
        ----------
        top, left : int
            First pixel of the part.
        shape : tuple of int
            Its (rows, columns).
        """
        row, column = round(self.first_row) - top, round(self.first_column) - left
        bitmap = self.bitmap[
            max(-row, 0) : max(shape[0] - row, 0), max(-column, 0) : max(shape[1] - column, 0)
        ]
        part = packed_plane(bitmap, max(row, 0), max(column, 0))
        if part is None:
            return None
        return replace(part, group=self.group, is_region=self.is_region, name=self.name)


def packed_plane(
    bitmap: npt.NDArray[np.bool_], first_row: int, first_column: int
) -> OverlayPlane | None:
    """Pack the drawn points of a bitmap, shape (rows, columns); ``None`` where there are none.

    Parameters
    ----------
    first_row, first_column : int
        Place of the first point of ``bitmap`` in pixels of the image, from 0.
    """
    rows, columns = np.flatnonzero(bitmap.any(axis=1)), np.flatnonzero(bitmap.any(axis=0))
    if rows.size == 0:
        return None
    drawn = bitmap[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return OverlayPlane(
        packed=np.packbits(drawn, bitorder="little"),
        shape=(drawn.shape[0], drawn.shape[1]),
        first_row=float(first_row + rows[0]),
        first_column=float(first_column + columns[0]),
    )
