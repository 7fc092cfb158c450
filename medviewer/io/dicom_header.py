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

    _Reader = Callable[[bytes, "Header"], Any]

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

    @property
    def charsets(self) -> tuple[str, ...]:
        """SpecificCharacterSet, the item's own or that of the data set around it."""
        return self._charsets

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
        vr, start, stop = entry
        read = _READERS.get(vr)
        if read is None:  # a sequence, bytes, or a VR only the dictionary knows
            name = self.vr(tag)
            if name == "SQ":
                return self.items(tag) or None
            read = _READERS.get(name.split(" ")[0].encode(), _as_bytes)
        if isinstance(stop, Items):
            return None
        raw = bytes(self._table.source.buffer[start:stop])
        return read(raw, self) if raw else None

    def person_name(self, keyword: str) -> str:
        """Return a PN as DICOM writes it, ``Family^Given=ideographic``, decoded; "" if absent."""
        return decode_text(self.raw(tag_of(keyword)), self._charsets).strip(" \0")

    def items(self, tag: int) -> list[Header]:
        """Return the items of a sequence; empty where there is none."""
        return [Header(table, self._charsets) for table in self._table.items(tag)]

    def floats(self, keyword: str) -> list[float]:
        """Return the numbers of an element as a list; empty where there are none."""
        tag = tag_of(keyword)
        if tag not in self._table.entries:
            return []
        value = self.value(tag)
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


def _as_bytes(raw: bytes, _header: Header) -> bytes:
    return raw


def _binary(code: str) -> _Reader:
    """Return what reads numbers of a :mod:`struct` format."""
    size = struct.calcsize("<" + code)
    little, big = struct.Struct("<" + code), struct.Struct(">" + code)
    kind = "f" if code in "fd" else "i" if code in "hlq" else "u"

    def read(raw: bytes, header: Header) -> Any:
        order = little if header.is_little_endian else big
        if len(raw) == size:
            return order.unpack(raw)[0]
        count = len(raw) // size
        if count == 0:
            return None
        dtype = np.dtype(f"{kind}{size}")
        dtype = dtype.newbyteorder("<" if header.is_little_endian else ">")
        values = np.frombuffer(raw, dtype, count).tolist()
        return values[0] if count == 1 else values

    return read


def _numbers(kind: Callable[[float], float]) -> _Reader:
    """Return what reads numbers written as text."""

    def read(raw: bytes, _header: Header) -> Any:
        values = []
        for part in raw.decode("ascii", "replace").rstrip("\\ \0").split("\\"):
            try:
                number = float(part.strip(" \0\t\r\n").replace(",", "."))
            except ValueError:
                return None
            if not math.isfinite(number):
                return None
            values.append(kind(number))
        return values[0] if len(values) == 1 else values

    return read


def _split(text: str) -> Any:
    if "\\" not in text:
        return text.strip(" \0") or None
    return [part.strip(" \0") for part in text.split("\\")]


def _code_text(raw: bytes, _header: Header) -> Any:
    return _split(raw.decode("latin-1"))


def _free_text(raw: bytes, header: Header) -> Any:
    return _split(decode_text(raw, header.charsets))


def _whole_text(raw: bytes, header: Header) -> Any:
    """Text in which a backslash is no separator."""
    return decode_text(raw, header.charsets).rstrip(" \0") or None


def _person(raw: bytes, header: Header) -> Any:
    return person_name_text(raw, header.charsets) or None


_READERS: dict[bytes, _Reader] = {
    b"US": _binary("H"), b"SS": _binary("h"), b"UL": _binary("L"), b"SL": _binary("l"),
    b"UV": _binary("Q"), b"SV": _binary("q"), b"FL": _binary("f"), b"FD": _binary("d"),
    b"AT": _binary("H"), b"DS": _numbers(float), b"IS": _numbers(int), b"PN": _person,
    b"LO": _free_text, b"SH": _free_text, b"UC": _free_text, b"LT": _whole_text,
    b"ST": _whole_text, b"UT": _whole_text, b"UR": _whole_text,
    **dict.fromkeys((b"AE", b"AS", b"CS", b"DA", b"DT", b"TM", b"UI"), _code_text),
}  # fmt: skip
