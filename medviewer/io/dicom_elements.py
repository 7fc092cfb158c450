"""Elements of a DICOM data set, scanned quickly and without trust: no file can harm the reader.

Only the encoding of PS3.5 chapter 7 is known here: where an element starts, how long it is, and
what it holds. Values stay bytes until somebody asks (:mod:`medviewer.io.dicom_header`).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from medviewer.core.errors import NotDicomError
from medviewer.core.messages import Message

UNDEFINED_LENGTH = 0xFFFFFFFF
MAX_DEPTH = 64
"""Deepest nesting of sequences that is followed; real objects stay below ten."""

MAX_COUNT = 100_000
"""Most items of a sequence, and most elements of a data set, that are kept."""

SHORT_VRS = frozenset(
    b"AE AS AT CS DA DS DT FL FD IS LO LT PN SH SL SS ST TM UI UL US".split(),
)
LONG_VRS = frozenset(b"OB OD OF OL OV OW SQ SV UC UN UR UT UV".split())
PIXEL_TAGS = frozenset((0x7FE00008, 0x7FE00009, 0x7FE00010))
"""Float Pixel Data, Double Float Pixel Data, Pixel Data."""

_ITEM, _ITEM_END, _SEQUENCE_END = 0xE000, 0xE00D, 0xE0DD
_LITTLE, _BIG = (
    tuple(struct.Struct(order + code).unpack_from for code in ("HH2sH", "L", "HH"))
    for order in "<>"
)
"""What reads the head of an explicit element, a length, and a tag."""


class ByteSource(Protocol):
    """Bytes that are fetched only as far as somebody asks."""

    buffer: bytes | bytearray
    size: int

    def grow(self, n_bytes: int) -> bytes | bytearray:
        """Return the buffer, at least ``n_bytes`` long unless the source ends before."""


@dataclass(slots=True)
class Items:
    """The items of a sequence: one element table and its encoding each."""

    tables: list[ElementTable]


@dataclass(slots=True)
class ElementTable:
    """The elements of one data set or item.

    Attributes
    ----------
    entries : dict
        Tag to ``(vr, start, stop)`` in the buffer; ``vr`` is empty where the encoding has none.
        A sequence of undefined length holds its :class:`Items` in place of ``stop``.
    pixel_data : tuple or None
        ``(tag, vr, start, length)`` of the pixel data the scan stopped at.
    is_truncated : bool
        The data ended inside an element.
    """

    source: ByteSource
    is_implicit_vr: bool
    is_little_endian: bool
    entries: dict[int, Entry] = field(default_factory=dict)
    pixel_data: tuple[int, bytes, int, int] | None = None
    is_truncated: bool = False

    def items(self, tag: int) -> list[ElementTable]:
        """Return the items of a sequence; empty where there is none."""
        entry = self.entries.get(tag)
        if entry is None:
            return []
        vr, start, stop = entry
        if isinstance(stop, Items):
            return stop.tables
        scanner = _Scanner(self.source, self.is_implicit_vr, self.is_little_endian)
        return scanner.read_items(start, stop, vr, depth=1)[0]


Entry: TypeAlias = tuple[bytes, int, "int | Items"]


def scan_data_set(
    source: ByteSource, start: int, *, is_implicit_vr: bool, is_little_endian: bool
) -> ElementTable:
    """Scan the elements of a data set up to its pixel data.

    Parameters
    ----------
    source : ByteSource
    start : int
        Offset of the first element.

    Raises
    ------
    NotDicomError
        Sequences are nested deeper than :data:`MAX_DEPTH`.
    """
    scanner = _Scanner(source, is_implicit_vr, is_little_endian)
    return scanner.read_table(start, source.size, depth=0)[0]


def scan_file_meta(
    source: ByteSource, start: int, *, is_implicit_vr: bool
) -> tuple[ElementTable, int]:
    """Scan group 0002 (PS3.10 7.1); return it and the offset of the data set after it."""
    scanner = _Scanner(source, is_implicit_vr, True)
    scanner.groups = (0x0002, 0x0003)
    return scanner.read_table(start, source.size, depth=0)


def has_explicit_vr(buffer: bytes | bytearray, start: int) -> bool | None:
    """Whether the element at ``start`` names its VR; ``None`` where the bytes end before."""
    vr = bytes(buffer[start + 4 : start + 6])
    if len(vr) < 2:
        return None
    return vr in SHORT_VRS or vr in LONG_VRS


class _Scanner:
    """Reads tables of one encoding."""

    def __init__(self, source: ByteSource, is_implicit_vr: bool, is_little_endian: bool) -> None:
        self.source = source
        self.is_implicit_vr = is_implicit_vr
        self.is_little_endian = is_little_endian
        self.groups = (0x0000, 0xFFFE)
        self._short_vrs = frozenset() if is_implicit_vr else SHORT_VRS
        self._head, self._length, self._tag = _LITTLE if is_little_endian else _BIG

    def read_table(  # noqa: C901 - the hot loop of the index: a call costs more than a branch
        self, pos: int, end: int, depth: int
    ) -> tuple[ElementTable, int]:
        """Return the table that starts at ``pos`` and the offset after it."""
        table = ElementTable(self.source, self.is_implicit_vr, self.is_little_endian)
        entries, head, short_vrs = table.entries, self._head, self._short_vrs
        first_group, stop_group = self.groups
        buffer = self.source.buffer
        available = len(buffer)
        while pos + 8 <= end:
            if pos + 12 > available:
                buffer = self.source.grow(pos + 12)
                available = len(buffer)
                if pos + 8 > available:
                    break
                _require_count(len(entries), "elements in one data set")
            group, element, vr, length = head(buffer, pos)
            start = pos + 8
            if not first_group <= group < stop_group:
                if group != 0xFFFE:
                    return table, pos
                if element == _ITEM_END:
                    return table, start
                pos = start  # a stray item or sequence delimiter: step over it
                continue
            tag = group << 16 | element
            if vr not in short_vrs:
                vr, length, start = self._long_form(buffer, pos, vr, end)
                if tag in PIXEL_TAGS and depth == 0:
                    table.pixel_data = (tag, vr, start, length)
                    return table, start
                if length == UNDEFINED_LENGTH:
                    tables, pos = self.read_items(start, end, vr, depth + 1)
                    entries[tag] = (vr, start, Items(tables))
                    continue
            pos = start + length
            if pos > end:
                table.is_truncated = True
                return table, end
            entries[tag] = (vr, start, pos)
        self.source.grow(min(pos, end))
        return table, max(pos, end)

    def read_items(
        self, pos: int, end: int, vr: bytes, depth: int
    ) -> tuple[list[ElementTable], int]:
        """Return the items from ``pos`` on, and the offset after the sequence."""
        if depth > MAX_DEPTH:
            msg = Message("The file nests sequences deeper than {limit} levels.", limit=MAX_DEPTH)
            raise NotDicomError(msg, hint="No real image does; the file is damaged or hostile.")
        tables: list[ElementTable] = []
        while pos + 8 <= end:
            buffer = self.source.grow(pos + 14)
            if pos + 8 > len(buffer):
                break
            group, element = self._tag(buffer, pos)
            (length,) = self._length(buffer, pos + 4)
            pos += 8
            if group != 0xFFFE or element != _ITEM:
                # the end of the sequence, or damage: leave the rest to the data set around it
                return tables, pos if (group, element) == (0xFFFE, _SEQUENCE_END) else pos - 8
            scanner = self._for_item(buffer, pos, vr)
            if length == UNDEFINED_LENGTH:
                table, pos = scanner.read_table(pos, end, depth)
            else:
                stop = min(pos + length, end)
                table = scanner.read_table(pos, stop, depth)[0]
                pos = stop
            tables.append(table)
            _require_count(len(tables), "items in one sequence")
        return tables, max(pos, end)

    def _long_form(
        self, buffer: bytes | bytearray, pos: int, vr: bytes, end: int
    ) -> tuple[bytes, int, int]:
        """Return ``(vr, length, start)`` of an element that is not of the short explicit form."""
        if not self.is_implicit_vr and vr in LONG_VRS:
            if pos + 12 > len(buffer):
                return vr, 0, pos + 12
            return vr, self._length(buffer, pos + 8)[0], pos + 12
        length = self._length(buffer, pos + 4)[0]
        if self.is_implicit_vr or (pos + 8 + length <= end and not vr.isupper()):
            return b"", length, pos + 8
        return vr, self._head(buffer, pos)[3], pos + 8  # a VR nobody defined

    def _for_item(self, buffer: bytes | bytearray, pos: int, vr: bytes) -> _Scanner:
        """Return the scanner for an item: inside UN it is implicit little endian (PS3.5 6.2.2)."""
        if vr != b"UN":
            return self
        if has_explicit_vr(buffer, pos):
            return _Scanner(self.source, False, self.is_little_endian)
        return _Scanner(self.source, True, True)


def _require_count(count: int, of_what: str) -> None:
    if count > MAX_COUNT:
        msg = f"The file has more than {MAX_COUNT} {of_what}."
        raise NotDicomError(msg, hint="No real image does; the file is damaged or hostile.")
