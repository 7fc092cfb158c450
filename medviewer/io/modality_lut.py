"""Modality transformation: stored values to Hounsfield units and their like (PS3.3 C.11.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from medviewer.io.lookup_tables import read_lut_item

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from medviewer.io.dicom_header import Header

_INT16, _INT32 = np.iinfo(np.int16), np.iinfo(np.int32)
_EXACT_IN_FLOAT32 = 1 << 24
_DOSE_UNITS = {"GY": "Gy", "RELATIVE": "relative dose"}


@dataclass(frozen=True, slots=True)
class ValueRange:
    """Values a frame can hold, by its header: bounds, and whether all of them are whole."""

    low: float
    high: float
    is_whole: bool

    def fits(self, dtype: np.dtype[Any]) -> bool:
        """Whether an array of ``dtype`` holds every such value."""
        if dtype.kind == "f":
            return True
        info = np.iinfo(dtype)
        return self.is_whole and info.min <= self.low and self.high <= info.max


def value_dtype(ranges: Iterable[ValueRange]) -> np.dtype[Any]:
    """Return the type for voxels of all these ranges: int16 where it holds them, else wider.

    Returns
    -------
    dtype
        int16; uint16 for whole values up to 65535; int32 for whole values that float32 would
        round; else float32.
    """
    found = list(ranges)
    is_whole = all(each.is_whole for each in found)
    low, high = min(each.low for each in found), max(each.high for each in found)
    everything = ValueRange(low, high, is_whole)
    for dtype in (np.dtype(np.int16), np.dtype(np.uint16)):
        if everything.fits(dtype):
            return dtype
    is_large = max(abs(low), abs(high)) > _EXACT_IN_FLOAT32
    if is_large and everything.fits(np.dtype(np.int32)):
        return np.dtype(np.int32)
    return np.dtype(np.float32)


@dataclass(frozen=True, eq=False, slots=True)
class ModalityLut:
    """Stored values to modality values: a table, or a slope and an intercept.

    Attributes
    ----------
    slope, intercept : float
    table : array or None
        The Modality LUT Sequence's table; it takes the place of slope and intercept.
    first_value : int
        Stored value of ``table[0]``.
    unit : str
        RescaleType or ModalityLUTType; may be empty.
    is_present : bool
        Whether the header names a transformation at all.
    """

    slope: float = 1.0
    intercept: float = 0.0
    table: npt.NDArray[np.uint16] | None = None
    first_value: int = 0
    unit: str = ""
    is_present: bool = False

    def value(self, stored: float) -> float:
        """Return the modality value of one stored value."""
        if self.table is not None:
            index = int(np.clip(stored - self.first_value, 0, len(self.table) - 1))
            return float(self.table[index])
        return stored * self.slope + self.intercept

    def value_range(self, low: float, high: float) -> ValueRange:
        """Return the range of modality values of stored values from ``low`` to ``high``."""
        if self.table is not None:
            return ValueRange(float(self.table.min()), float(self.table.max()), True)
        is_whole = np.isfinite(low) and self.slope.is_integer() and self.intercept.is_integer()
        ends = (self.value(low), self.value(high)) if np.isfinite(low) else (low, high)
        return ValueRange(min(ends), max(ends), bool(is_whole))

    def apply(self, stored: npt.NDArray[Any], out: npt.NDArray[Any]) -> None:
        """Write the modality values of ``stored`` into ``out``, which must hold them.

        Parameters
        ----------
        stored : array
        out : array of the same shape
            Of the type of :func:`value_dtype`.
        """
        if self.table is not None:
            index = np.clip(stored.astype(np.int64) - self.first_value, 0, len(self.table) - 1)
            out[...] = self.table[index]
        elif self.slope == 1.0 and self.intercept == 0.0:
            out[...] = stored
        elif out.dtype.kind == "f":
            np.multiply(stored, np.float32(self.slope), out=out, casting="unsafe")
            out += np.float32(self.intercept)
        elif out.dtype == np.int16 and stored.dtype.itemsize == 2 and self._is_16_bit:
            # modulo 2**16 both ways: exact, because the result is known to fit
            np.multiply(stored.view(np.int16), np.int16(self.slope), out=out)
            out += np.int16(self.intercept)
        else:
            wide = stored.astype(np.int64) * int(self.slope) + int(self.intercept)
            out[...] = wide

    @property
    def _is_16_bit(self) -> bool:
        return all(_INT16.min <= value <= _INT16.max for value in (self.slope, self.intercept))


def read_modality_lut(
    header: Header, transformation: Header | None, *, is_signed: bool
) -> ModalityLut:
    """Return the modality transformation of a frame.

    Parameters
    ----------
    header : Header
        Top level of the file.
    transformation : Header or None
        The frame's item of the Pixel Value Transformation Sequence (PS3.3 C.7.6.16.2.9).
    is_signed : bool
        PixelRepresentation.
    """
    for source in (transformation, header):
        if source is None:
            continue
        slope, intercept = source.number("RescaleSlope"), source.number("RescaleIntercept")
        if slope is None and intercept is None:
            continue
        unit = source.text("RescaleType")
        return ModalityLut(slope or 1.0, intercept or 0.0, unit=unit, is_present=True)
    items = header.get("ModalityLUTSequence")
    if isinstance(items, list) and items:
        found = read_lut_item(items[0], is_input_signed=is_signed)
        if found is not None:
            table, first, _bits = found
            unit = items[0].text("ModalityLUTType")
            return ModalityLut(table=table, first_value=first, unit=unit, is_present=True)
    scaling = dose_grid_scaling(header)
    if scaling is not None:
        unit = _DOSE_UNITS.get(header.text("DoseUnits"), "")
        return ModalityLut(scaling, unit=unit, is_present=True)
    return ModalityLut()


def dose_grid_scaling(header: Header) -> float | None:
    """Dose of one stored unit of an RT Dose (PS3.3 C.8.8.3.1); ``None`` where none is valid."""
    scaling = header.number("DoseGridScaling")
    return scaling if scaling is not None and 0.0 < scaling < np.inf else None
