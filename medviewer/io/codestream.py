"""What a compressed frame says about itself in its first bytes, read without any decoder.

The decoder is chosen by these bytes, not by the transfer syntax: files that declare one
compression and hold another are common, and a decoder must never allocate what a hostile
codestream asks for.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import StrEnum


class Codec(StrEnum):
    """How a frame is compressed."""

    JPEG = "JPEG"
    JPEG_LS = "JPEG-LS"
    JPEG_2000 = "JPEG 2000"
    HTJ2K = "HTJ2K"
    JPEG_XL = "JPEG XL"
    RLE = "RLE"
    DEFLATED_FRAME = "deflated frame"


RLE_UID = "1.2.840.10008.1.2.5"
DEFLATED_FRAME_UID = "1.2.840.10008.1.2.8.1"


@dataclass(frozen=True, slots=True)
class Codestream:
    """The first facts of a codestream.

    Attributes
    ----------
    codec : Codec
    rows, columns, samples : int
        0 where the codestream does not say (RLE, deflated frame, JPEG XL).
    bits : int
        Precision of a sample; 0 where the codestream does not say.
    is_signed : bool
    is_ybr : bool
        A JPEG that says itself, by an Adobe marker or by fewer colour samples, that it is YCbCr.
    """

    codec: Codec
    rows: int = 0
    columns: int = 0
    samples: int = 0
    bits: int = 0
    is_signed: bool = False
    is_ybr: bool = False


def identify_codestream(data: bytes, transfer_syntax_uid: str) -> Codestream | None:
    """Return what a compressed frame is, or ``None`` if it is nothing known or damaged."""
    head = data[:12]
    if head[:2] == b"\xff\xd8":
        return _read_jpeg(data)
    if head[:4] == b"\xff\x4f\xff\x51":
        return _read_jpeg_2000(data, 0)
    if head[4:8] == b"jP  ":
        start = data.find(b"\xff\x4f\xff\x51")
        return None if start < 0 else _read_jpeg_2000(data, start)
    if head[:2] == b"\xff\x0a" or head[4:8] == b"JXL ":
        return Codestream(Codec.JPEG_XL)
    if transfer_syntax_uid == DEFLATED_FRAME_UID:
        return Codestream(Codec.DEFLATED_FRAME)
    if transfer_syntax_uid == RLE_UID or _is_rle_header(data):
        return Codestream(Codec.RLE)
    return None


def _read_jpeg(data: bytes) -> Codestream | None:
    """Follow the marker segments to the frame header (ITU-T T.81 B.2.2, T.87 C.2.2)."""
    pos = 2
    is_adobe_ybr = False
    while pos + 4 <= len(data):
        if data[pos] != 0xFF:
            pos += 1
            continue
        marker = data[pos + 1]
        if marker in (0xFF, 0x00, 0x01) or 0xD0 <= marker <= 0xD8:
            pos += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", data, pos + 2)
        is_frame_header = 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)
        if is_frame_header or marker == 0xF7:
            if pos + 10 > len(data):
                return None
            bits, rows, columns, samples = struct.unpack_from(">BHHB", data, pos + 4)
            if marker == 0xF7:
                return Codestream(Codec.JPEG_LS, rows, columns, samples, bits)
            is_ybr = samples == 3 and (is_adobe_ybr or _is_subsampled(data, pos))
            return Codestream(Codec.JPEG, rows, columns, samples, bits, is_ybr=is_ybr)
        if marker == 0xEE and data[pos + 4 : pos + 9] == b"Adobe" and length >= 14:
            is_adobe_ybr = data[pos + 15] == 1
        pos += 2 + length
    return None


def _is_subsampled(data: bytes, pos: int) -> bool:
    """Whether the second component of a JPEG frame header has fewer samples than the first."""
    factors = data[pos + 11 : pos + 15 : 3]
    return len(factors) == 2 and factors[0] != factors[1]


def _read_jpeg_2000(data: bytes, start: int) -> Codestream | None:
    """Read the SIZ marker segment (ITU-T T.800 A.5.1)."""
    if len(data) < start + 43:
        return None
    capabilities, x1, y1, x0, y0 = struct.unpack_from(">HLLLL", data, start + 6)
    (samples,) = struct.unpack_from(">H", data, start + 40)
    depth = data[start + 42]
    codec = Codec.HTJ2K if capabilities & 0x4000 else Codec.JPEG_2000
    return Codestream(codec, y1 - y0, x1 - x0, samples, (depth & 0x7F) + 1, bool(depth & 0x80))


def _is_rle_header(data: bytes) -> bool:
    if len(data) < 64:
        return False
    count, first = struct.unpack_from("<LL", data)
    return 1 <= count <= 15 and first == 64
