"""Every element of a DICOM header as rows of text, for the tag browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydicom._dicom_dict import DicomDictionary
from pydicom._uid_dict import UID_dictionary

from medviewer.io.dicom_read import read_index_header

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from medviewer.io.dicom_header import Header

MAX_ROWS = 50_000
MAX_LEVEL = 32
_MAX_TEXT = 512
_MAX_VALUES = 32
_NUMERIC_BYTES = 64


@dataclass(frozen=True, slots=True)
class HeaderRow:
    """One line of the tag browser.

    Attributes
    ----------
    level : int
        0 at the top, one more inside each sequence.
    tag : str
        ``"(0010,0010)"``; empty for the line that begins an item.
    vr : str
    name : str
        The name in PS3.6; ``"Private"`` where it has none.
    value : str
        Shortened where it is long; binary values as their size.
    """

    level: int
    tag: str
    vr: str
    name: str
    value: str


def header_rows(path: Path) -> list[HeaderRow]:
    """Return the header of a file, file meta information first, at most :data:`MAX_ROWS` lines.

    Raises
    ------
    NotDicomError
        The file cannot be read or is not a DICOM object.
    """
    header = read_index_header(path)
    rows: list[HeaderRow] = []
    for part in (header.file_meta, header):
        if part is None:
            continue
        for row in _rows(part, 0):
            rows.append(row)
            if len(rows) == MAX_ROWS:
                rows.append(HeaderRow(0, "", "", "", "…"))
                return rows
    if header.pixel_data is not None:
        tag, vr, _start, length = header.pixel_data
        size = "encapsulated" if length == 0xFFFFFFFF else f"{length} bytes"
        rows.append(HeaderRow(0, _tag_text(tag), vr.decode("latin-1"), _name(tag), size))
    return rows


def _rows(header: Header, level: int) -> Iterator[HeaderRow]:
    for tag in header.tags():
        vr = header.vr(tag)
        items = header.items(tag) if vr == "SQ" else []
        text = f"{len(items)} items" if vr == "SQ" else _value_text(header, tag, vr)
        yield HeaderRow(level, _tag_text(tag), vr, _name(tag), text)
        if level >= MAX_LEVEL:
            continue
        for number, item in enumerate(items, start=1):
            yield HeaderRow(level + 1, "", "", f"Item {number}", "")
            yield from _rows(item, level + 1)


def _tag_text(tag: int) -> str:
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def _name(tag: int) -> str:
    entry = DicomDictionary.get(tag)
    if entry is not None:
        return str(entry[2])
    return "Private" if tag >> 16 & 1 else "Unknown"


def _value_text(header: Header, tag: int, vr: str) -> str:
    raw = header.raw(tag)
    if vr in ("OB", "OW", "OD", "OF", "OL", "OV", "UN", "OB or OW") or len(raw) > 1 << 20:
        if vr == "UN" and len(raw) <= _NUMERIC_BYTES and raw.rstrip(b"\0 ").isascii():
            return raw.decode("ascii").strip(" \0")
        return f"{len(raw)} bytes"
    if vr == "AT":
        values = header.value(tag) or []
        pairs = zip(values[::2], values[1::2], strict=False)
        return ", ".join(f"({group:04X},{element:04X})" for group, element in pairs)
    value = header.value(tag)
    if vr == "UI" and isinstance(value, str) and value in UID_dictionary:
        return f"{value}   {UID_dictionary[value][0]}"
    if value is None:
        return raw.decode("latin-1").strip(" \0")[:_MAX_TEXT]
    if isinstance(value, list):
        shown = "\\".join(_short(part) for part in value[:_MAX_VALUES])
        return shown + ("\\…" if len(value) > _MAX_VALUES else "")
    return _short(value)[:_MAX_TEXT]


def _short(value: object) -> str:
    return f"{value:.10g}" if isinstance(value, float) else str(value)
