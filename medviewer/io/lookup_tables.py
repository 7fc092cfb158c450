"""Lookup tables of DICOM headers: Modality and VOI LUT items, palettes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from medviewer.core.errors import PixelDataError
from medviewer.io.dicom_header import tag_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.io.dicom_header import Header

_COLORS = ("Red", "Green", "Blue")
_MAX_ENTRIES = 1 << 16
_DISCRETE, _LINEAR, _INDIRECT = 0, 1, 2


def read_lut_item(
    item: Header, *, is_input_signed: bool
) -> tuple[npt.NDArray[Any], int, int] | None:
    """Return ``(table, first_value, bits)`` of a LUT item, or ``None`` where it is damaged.

    Parameters
    ----------
    item : Header
        An item of the Modality LUT or VOI LUT Sequence.
    is_input_signed : bool
        Whether the first value mapped is a signed number (PS3.3 C.11.1.1.1, C.11.2.1.1).
    """
    found = _read_table(item, "LUTDescriptor", "LUTData")
    if found is None:
        return None
    table, first, bits = found
    return table, _signed(first) if is_input_signed else first, bits


class Palette:
    """The colours of a PALETTE COLOR image (PS3.3 C.7.9).

    Raises
    ------
    PixelDataError
        The header holds no usable palette.
    """

    def __init__(self, header: Header, *, is_signed: bool) -> None:
        tables = []
        self.first_value = 0
        for color in _COLORS:
            stem = f"{color}PaletteColorLookupTable"
            found = _read_table(header, f"{stem}Descriptor", f"{stem}Data")
            if found is None:
                found = _read_segmented(header, f"{stem}Descriptor", f"Segmented{stem}Data")
            if found is None:
                raise PixelDataError(f"The {color.lower()} palette is missing or damaged.")
            table, first, bits = found
            self.first_value = _signed(first) if is_signed else first
            is_wide = bits > 8 and int(table.max(initial=0)) > 255
            tables.append((table >> 8 if is_wide else table).astype(np.uint8))
        length = min(len(table) for table in tables)
        self.colors: npt.NDArray[np.uint8] = np.stack([t[:length] for t in tables], axis=1)

    def rgb(self, stored: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        """Return ``(rows, columns, 3)`` colours; values beyond the ends take the end colours."""
        index = np.clip(stored.astype(np.int64) - self.first_value, 0, len(self.colors) - 1)
        return self.colors[index]


def _signed(value: int) -> int:
    return value - 65536 if value > 32767 else value


def _descriptor(header: Header, keyword: str) -> tuple[int, int, int] | None:
    numbers = header.floats(keyword)
    if len(numbers) != 3:
        return None
    count, first, bits = (int(number) & 0xFFFF for number in numbers)
    return count or _MAX_ENTRIES, first, bits


def _read_table(
    header: Header, descriptor: str, data: str
) -> tuple[npt.NDArray[Any], int, int] | None:
    described = _descriptor(header, descriptor)
    raw = header.raw(tag_of(data))
    if described is None or not raw:
        return None
    count, first, bits = described
    table = _entries(raw, count, bits, header.is_little_endian)
    return None if len(table) == 0 else (table, first, bits)


def _entries(raw: bytes, count: int, bits: int, is_little_endian: bool) -> npt.NDArray[Any]:
    """Return at most ``count`` entries; 8-bit tables may be stored a byte or a word an entry."""
    if bits <= 8 and len(raw) < 2 * count:
        return np.frombuffer(raw, np.uint8)[:count].astype(np.uint16)
    order = "<" if is_little_endian else ">"
    return np.frombuffer(raw, f"{order}u2", len(raw) // 2)[:count].astype(np.uint16)


def _read_segmented(
    header: Header, descriptor: str, data: str
) -> tuple[npt.NDArray[Any], int, int] | None:
    described = _descriptor(header, descriptor)
    raw = header.raw(tag_of(data))
    if described is None or not raw:
        return None
    count, first, bits = described
    order = "<" if header.is_little_endian else ">"
    values = np.frombuffer(
        raw, "u1" if bits <= 8 else f"{order}u2", len(raw) // (1 if bits <= 8 else 2)
    )
    table = _expand_segments(values.astype(np.int64).tolist(), is_wide=bits > 8)
    return (np.array(table[:count], np.uint16), first, bits) if table else None


def _expand_segments(values: list[int], *, is_wide: bool) -> list[int]:
    """Expand segmented palette data (PS3.3 C.7.9.2); stops where the data are damaged."""
    table: list[int] = []
    queue = [(0, len(values))]  # (offset, segments to read), the last one is being read
    while queue and len(table) < _MAX_ENTRIES:
        offset, remaining = queue.pop()
        if remaining <= 0 or offset + 1 >= len(values):
            continue
        kind, length = values[offset], values[offset + 1]
        offset += 2
        if kind == _DISCRETE:
            table.extend(values[offset : offset + length])
            offset += length
        elif kind == _LINEAR and offset < len(values) and length and table:
            end = values[offset]
            steps = np.linspace(table[-1], end, length + 1)[1:]
            table.extend(np.around(steps).astype(int).tolist())
            offset += 1
        elif kind == _INDIRECT and len(queue) < 2:
            parts = values[offset : offset + (2 if is_wide else 4)]
            target = sum(part << ((16 if is_wide else 8) * n) for n, part in enumerate(parts))
            offset += 2 if is_wide else 4
            queue.append((offset, remaining - 1))
            queue.append((target, length))
            continue
        else:
            break
        queue.append((offset, remaining - 1))
    return table
