"""Open DICOM files tolerantly: without preamble, meta or transfer syntax, deflated, any order."""

from __future__ import annotations

import os
import struct
import zlib
from typing import TYPE_CHECKING

from medviewer.core.errors import FileUnavailableError, NotDicomError
from medviewer.core.messages import Message
from medviewer.io.dicom_elements import (
    ByteSource,
    ElementTable,
    has_explicit_vr,
    scan_data_set,
    scan_file_meta,
)
from medviewer.io.dicom_header import FileHeader

if TYPE_CHECKING:
    from pathlib import Path

BIG_ENDIAN = "1.2.840.10008.1.2.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
FIRST_READ = 16 * 1024
"""Bytes fetched at once: holds the whole header of an ordinary slice."""
MAX_HEADER = 512 * 1024 * 1024
MAX_INFLATED = 1024 * 1024 * 1024
_PLAUSIBLE_TAGS = (0x00080016, 0x00080018, 0x00080060, 0x0020000D, 0x0020000E, 0x00280010)
"""SOPClassUID, SOPInstanceUID, Modality, StudyInstanceUID, SeriesInstanceUID, Rows."""


def read_index_header(path: Path) -> FileHeader:
    """Read the header of a DICOM file up to its pixel data.

    Raises
    ------
    FileUnavailableError
        The system does not let the file be read.
    NotDicomError
        It is not a DICOM object.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        source = _FileBytes(descriptor, os.fstat(descriptor).st_size)
        return _read(path, source)
    except OSError as error:
        raise _unreadable(path, error) from error
    except (struct.error, zlib.error) as error:
        msg = Message("{file} is damaged: {error}.", file=path.name, error=str(error))
        raise NotDicomError(msg, hint="Copy the file again from its source.") from error
    finally:
        os.close(descriptor)


def _unreadable(path: Path, error: OSError) -> FileUnavailableError:
    reason = str(error.strerror or error)
    msg = Message("{file} cannot be read: {reason}.", file=path.name, reason=reason)
    return FileUnavailableError(msg, hint="Check the permissions and the disk.")


def _read(path: Path, source: _FileBytes) -> FileHeader:
    buffer = source.grow(FIRST_READ)
    start = 132 if buffer[128:132] == b"DICM" else 0
    has_preamble = start == 132
    if buffer[:4] == b"DICM":
        start, has_preamble = 4, True
    meta, start = _read_file_meta(source, start)
    transfer_syntax = "" if meta is None else _transfer_syntax(meta)
    body: ByteSource = source
    if transfer_syntax == DEFLATED:
        body, start = _InflatedBytes(source, start), 0
    is_little_endian, is_implicit_vr = _encoding(body, start, transfer_syntax)
    table = scan_data_set(
        body, start, is_implicit_vr=is_implicit_vr, is_little_endian=is_little_endian
    )
    if not has_preamble and not (meta is not None and transfer_syntax):
        _require_plausible(path, table)
    if not table.entries and table.pixel_data is None:
        is_empty = source.size == 0
        raise NotDicomError(
            Message("{file} is not a DICOM file: it is empty.", file=path.name)
            if is_empty
            else Message("{file} is not a DICOM file: it holds no DICOM elements.", file=path.name)
        )
    return FileHeader(table, meta, path, transfer_syntax, is_deflated=transfer_syntax == DEFLATED)


def _require_plausible(path: Path, table: ElementTable) -> None:
    """Refuse a file without preamble unless its elements are a DICOM object's."""
    if not any(tag in table.entries for tag in _PLAUSIBLE_TAGS):
        msg = Message(
            "{file} is not a DICOM file: neither a preamble nor DICOM elements.", file=path.name
        )
        raise NotDicomError(msg)


def _read_file_meta(source: _FileBytes, start: int) -> tuple[ElementTable | None, int]:
    """Return group 0002 and the offset of the data set."""
    head = source.grow(start + 8)[start : start + 8]
    if len(head) < 8 or head[:2] != b"\x02\x00":
        return None, start
    is_implicit = not head[4:6].isalpha()
    return scan_file_meta(source, start, is_implicit_vr=is_implicit)


def _transfer_syntax(meta: ElementTable) -> str:
    entry = meta.entries.get(0x00020010)
    if entry is None or not isinstance(entry[2], int):
        return ""
    return bytes(meta.source.buffer[entry[1] : entry[2]]).decode("latin-1").strip(" \0")


def _encoding(source: ByteSource, start: int, transfer_syntax: str) -> tuple[bool, bool]:
    """Return ``(is_little_endian, is_implicit_vr)`` as the first element shows them.

    The declared transfer syntax decides only where the bytes do not: files that declare another
    encoding than they have are common enough.
    """
    head = bytes(source.grow(start + 8)[start : start + 8])
    is_little = transfer_syntax != BIG_ENDIAN
    if len(head) < 8:
        return is_little, False
    declared = int.from_bytes(head[:2], "little" if is_little else "big")
    swapped = int.from_bytes(head[:2], "big" if is_little else "little")
    if swapped < 0x100 <= declared:  # the first group of a data set is 0008 or a near one
        is_little = not is_little
    return is_little, not has_explicit_vr(head, 0)


class _FileBytes:
    """The first part of a file, read further as far as somebody asks."""

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor = descriptor
        self.size = size
        self.buffer: bytes | bytearray = b""

    def grow(self, n_bytes: int) -> bytes | bytearray:
        """Return at least ``n_bytes`` from the start of the file, or all of it."""
        have = len(self.buffer)
        if n_bytes <= have or have >= self.size:
            return self.buffer
        if n_bytes > MAX_HEADER:
            msg = Message("The header is larger than {limit} MB.", limit=MAX_HEADER >> 20)
            raise NotDicomError(msg, hint="No real image has such a header.")
        target = min(max(n_bytes, 2 * have, FIRST_READ), self.size)
        chunks = [self.buffer]
        while have < target:
            chunk = os.read(self._descriptor, target - have)
            if not chunk:
                self.size = have  # the file shrank
                break
            chunks.append(chunk)
            have += len(chunk)
        self.buffer = b"".join(chunks)
        return self.buffer


class _InflatedBytes:
    """The inflated data set of a deflated file (PS3.5 A.5), bounded."""

    def __init__(self, source: _FileBytes, start: int) -> None:
        data = source.grow(source.size)
        self._rest = data[start:]
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
        self.buffer: bytes | bytearray = bytearray()
        self.size = MAX_INFLATED

    def grow(self, n_bytes: int) -> bytes | bytearray:
        """Return at least ``n_bytes`` of the data set, or all of it."""
        while len(self.buffer) < min(n_bytes, self.size):
            want = max(FIRST_READ, min(n_bytes, MAX_INFLATED) - len(self.buffer))
            chunk = self._inflate.decompress(self._rest, want)
            self._rest = self._inflate.unconsumed_tail
            self.buffer += chunk
            if not chunk or self._inflate.eof:
                self.size = len(self.buffer)
        return self.buffer
