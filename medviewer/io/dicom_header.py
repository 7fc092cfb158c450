"""Values of a scanned data set by DICOM keyword, decoded only when asked for, never raising."""

from __future__ import annotations

import functools
import math
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom._dicom_dict import DicomDictionary

from medviewer.io.charset import DEFAULT_CHARSETS, decode_text, person_name_text
from medviewer.io.dicom_elements import ElementTable, Items

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

SPECIFIC_CHARACTER_SET = 0x00080005


@functools.cache
def _tags() -> dict[str, int]:
    return {entry[4]: tag for tag, entry in DicomDictionary.items() if entry[4]}


def tag_of(keyword: str) -> int:
    """Return the tag of a DICOM keyword.

    Raises
    ------
    KeyError
        No such keyword in PS3.6.
    """
    return _tags()[keyword]


class Header:
    """A data set or an item of a sequence.

    ``get`` answers what a person means by a keyword: one value as a scalar, several as a list,
    a sequence as a list of :class:`Header`, text decoded, numbers as ``int`` or ``float``; an
    element that is absent, empty or not readable as its type gives the default.
    """

    __slots__ = ("_charsets", "_table")

    def __init__(self, table: ElementTable, charsets: tuple[str, ...] | None = None) -> None:
        self._table = table
        self._charsets = DEFAULT_CHARSETS if charsets is None else charsets
        own = table.entries.get(SPECIFIC_CHARACTER_SET)
        if own is not None:
            text = self.raw(SPECIFIC_CHARACTER_SET).decode("ascii", "replace")
            self._charsets = tuple(part.strip(" \0") for part in text.split("\\"))

    def __contains__(self, keyword: str) -> bool:
        return tag_of(keyword) in self._table.entries

    def tags(self) -> Iterator[int]:
        """Return the tags in file order."""
        return iter(self._table.entries)

    @property
    def is_little_endian(self) -> bool:
        """Byte order of binary values."""
        return self._table.is_little_endian

    def vr(self, tag: int) -> str:
        """Return the VR of an element: the file's, else the dictionary's, else ``UN``."""
        vr, _start, stop = self._table.entries[tag]
        if vr in (b"", b"UN"):
            if isinstance(stop, Items):
                return "SQ"
            return str(DicomDictionary[tag][0]) if tag in DicomDictionary else "UN"
        return vr.decode("ascii", "replace")

    def raw(self, tag: int) -> bytes:
        """Return the bytes of an element; empty where it is absent or a sequence."""
        entry = self._table.entries.get(tag)
        if entry is None or isinstance(entry[2], Items):
            return b""
        return bytes(self._table.source.buffer[entry[1] : entry[2]])

    def raws(self, tags: Iterable[int]) -> tuple[bytes | bytearray | None, ...]:
        """Return the bytes of many elements at once; ``None`` for absent ones and sequences."""
        find, buffer = self._table.entries.get, self._table.source.buffer
        return tuple(
            [
                buffer[entry[1] : entry[2]]
                if (entry := find(tag)) is not None and isinstance(entry[2], int)
                else None
                for tag in tags
            ]
        )

    def get(self, keyword: str, default: Any = None) -> Any:
        """Return the value of ``keyword``, or ``default``."""
        value = self.value(tag_of(keyword))
        return default if value is None else value

    def value(self, tag: int) -> Any:
        """Return the value of an element by tag, or ``None``."""
        entry = self._table.entries.get(tag)
        if entry is None:
            return None
        vr = self.vr(tag)
        if vr == "SQ":
            return self.items(tag) or None
        raw = self.raw(tag)
        if not raw:
            return None
        number = _BINARY.get(vr)
        if number is not None:
            return _binary_values(raw, number, self._table.is_little_endian)
        if vr == "PN":
            return person_name_text(raw, self._charsets) or None
        if vr in ("DS", "IS"):
            return _number_values(raw, int if vr == "IS" else float)
        if vr in _TEXT:
            return _text_values(raw, vr, self._charsets)
        return raw

    def person_name(self, keyword: str) -> str:
        """Return a PN as DICOM writes it, ``Family^Given=ideographic``, decoded; "" if absent."""
        return decode_text(self.raw(tag_of(keyword)), self._charsets).strip(" \0")

    def items(self, tag: int) -> list[Header]:
        """Return the items of a sequence; empty where there is none."""
        return [Header(table, self._charsets) for table in self._table.items(tag)]

    def floats(self, keyword: str) -> list[float]:
        """Return the numbers of an element as a list; empty where there are none."""
        value = self.get(keyword)
        if isinstance(value, (int, float)):
            return [float(value)]
        if isinstance(value, list) and all(isinstance(v, (int, float)) for v in value):
            return [float(v) for v in value]
        return []

    def number(self, keyword: str) -> float | None:
        """Return the first number of an element, or ``None``."""
        numbers = self.floats(keyword)
        return numbers[0] if numbers else None

    def integer(self, keyword: str) -> int | None:
        """Return the first number of an element as a whole number, or ``None``."""
        number = self.number(keyword)
        return None if number is None else int(number)

    def text(self, keyword: str) -> str:
        r"""Return an element as one text, several values joined by ``\``; "" where absent."""
        value = self.get(keyword, "")
        if isinstance(value, list):
            return "\\".join(str(part) for part in value)
        return str(value)


class FileHeader(Header):
    """The header of a file.

    Attributes
    ----------
    path : Path
    transfer_syntax_uid : str
        As the file meta information says; "" where it is missing.
    file_size : int
        Bytes of the (inflated) file.
    """

    __slots__ = ("file_meta", "is_deflated", "path", "transfer_syntax_uid")

    def __init__(
        self,
        table: ElementTable,
        file_meta: ElementTable | None,
        path: Path,
        transfer_syntax_uid: str,
        *,
        is_deflated: bool,
    ) -> None:
        super().__init__(table)
        self.path = path
        self.file_meta = None if file_meta is None else Header(file_meta)
        self.transfer_syntax_uid = transfer_syntax_uid
        self.is_deflated = is_deflated

    @property
    def pixel_data(self) -> tuple[int, bytes, int, int] | None:
        """``(tag, vr, start, length)`` of the pixel data, or ``None``."""
        return self._table.pixel_data

    @property
    def is_truncated(self) -> bool:
        """Whether the file ends inside an element before the pixel data."""
        return self._table.is_truncated

    @property
    def file_size(self) -> int:
        """Bytes of the file (of the inflated data set, where it is deflated)."""
        return self._table.source.size

    def read_bytes(self, start: int, stop: int) -> bytes | None:
        """Return bytes of an inflated data set; ``None`` where the file itself has them."""
        if not self.is_deflated:
            return None
        return bytes(self._table.source.grow(stop)[start:stop])


_BINARY = {
    "US": "H", "SS": "h", "UL": "L", "SL": "l", "UV": "Q", "SV": "q", "FL": "f", "FD": "d",
    "US or SS": "H", "US or SS or OW": "H", "AT": "H",
}  # fmt: skip
_TEXT = frozenset(
    ("AE", "AS", "CS", "DA", "DT", "LO", "LT", "SH", "ST", "TM", "UC", "UI", "UR", "UT")
)
_WHOLE = frozenset(("LT", "ST", "UT", "UR"))
"""Texts in which a backslash is no separator."""


def _binary_values(raw: bytes, code: str, is_little_endian: bool) -> Any:
    size = struct.calcsize("<" + code)
    count = len(raw) // size
    if count == 0:
        return None
    order = "<" if is_little_endian else ">"
    if count > 64:
        dtype = np.dtype(order + {"H": "u2", "h": "i2", "L": "u4", "l": "i4"}.get(code, code))
        return np.frombuffer(raw, dtype, count).tolist()
    values = struct.unpack_from(f"{order}{count}{code}", raw)
    return values[0] if count == 1 else list(values)


def _number_values(raw: bytes, kind: Callable[[float], float]) -> Any:
    values = []
    for part in raw.decode("ascii", "replace").split("\\"):
        try:
            number = float(part.strip(" \0\t\r\n").replace(",", "."))
        except ValueError:
            return None
        if not math.isfinite(number):
            return None
        values.append(kind(number))
    return values[0] if len(values) == 1 else values


def _text_values(raw: bytes, vr: str, charsets: tuple[str, ...]) -> Any:
    if vr in ("LO", "LT", "SH", "ST", "UC", "UT"):
        text = decode_text(raw, charsets)
    else:
        text = raw.decode("latin-1")
    if vr in _WHOLE:
        return text.rstrip(" \0") or None
    parts = [part.strip(" \0") for part in text.split("\\")]
    if len(parts) == 1:
        return parts[0] or None
    return parts
