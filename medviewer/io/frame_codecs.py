"""Decompress one frame inside the process, into an array no larger than the header announced.

Every decoder here releases Python's lock while it works, so that slices decode in parallel.
"""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

import imagecodecs
import numpy as np

from medviewer.core.errors import PixelDataError, UnsupportedTransferSyntaxError
from medviewer.core.messages import Message
from medviewer.io.codestream import Codec, Codestream, identify_codestream

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from medviewer.io.pixel_format import PixelFormat

DECODER_ERRORS = (RuntimeError, ValueError, TypeError, IndexError, OverflowError, struct.error)
"""What the decoders raise on damaged frames; ImcdError and its like are RuntimeErrors."""
_END_OF_IMAGE = b"\xff\xd9"
_PADDING = 64
"""Bytes that may follow the end marker."""
_ENDING_CODECS = (Codec.JPEG, Codec.JPEG_2000, Codec.HTJ2K)


def decode_compressed(
    data: bytes, transfer_syntax_uid: str, pixel_format: PixelFormat
) -> npt.NDArray[Any]:
    """Decompress a frame.

    Returns
    -------
    array, shape (rows, columns[, samples])
        Stored values of the format's type; colours as stored (YBR stays YBR).

    Raises
    ------
    UnsupportedTransferSyntaxError
        No decoder in the process knows the compression.
    PixelDataError
        The frame is damaged or is not what the header announces.
    """
    stream = identify_codestream(data, transfer_syntax_uid)
    if stream is None:
        msg = Message(
            "The frame is no codestream known here (declared: {declared}).",
            declared=transfer_syntax_uid or Message("nothing"),
        )
        raise UnsupportedTransferSyntaxError(msg, transfer_syntax_uid=transfer_syntax_uid)
    if not has_announced_size(stream, pixel_format):
        msg = Message(
            "The {codec} frame has {rows} rows, {columns} columns and {samples} samples; the "
            "header announces {announced}.",
            codec=str(stream.codec),
            rows=stream.rows,
            columns=stream.columns,
            samples=stream.samples,
            announced=f"{pixel_format.rows}, {pixel_format.columns}, {pixel_format.samples}",
        )
        raise PixelDataError(msg)
    if stream.codec in _ENDING_CODECS and _END_OF_IMAGE not in data[-_PADDING:]:
        # their decoders show what they have, gray below: half an image must not look whole
        codec = str(stream.codec)
        msg = Message("The {codec} frame is truncated: it lacks its end marker.", codec=codec)
        raise PixelDataError(msg, hint="Copy the file again from its source.")
    try:
        if stream.codec is Codec.RLE:
            return _decode_rle(data, pixel_format)
        if stream.codec is Codec.DEFLATED_FRAME:
            return _inflate(data, pixel_format)
        decoded = _DECODERS[stream.codec](data, pixel_format)
    except DECODER_ERRORS as error:
        codec = str(stream.codec)
        msg = Message("The {codec} frame is damaged: {error}.", codec=codec, error=str(error))
        raise PixelDataError(msg, hint="Copy the file again from its source.") from error
    return _as_stored(decoded, stream, pixel_format)


def has_announced_size(stream: Codestream, pixel_format: PixelFormat) -> bool:
    """Whether a codestream that tells its size has the size of the header."""
    if stream.rows == 0 and stream.codec not in (Codec.JPEG, Codec.JPEG_LS):
        return True
    found = (stream.rows, stream.columns, stream.samples)
    return found == (pixel_format.rows, pixel_format.columns, pixel_format.samples)


def _decode_jpeg(data: bytes, pixel_format: PixelFormat) -> npt.NDArray[Any]:
    if pixel_format.samples == 1:
        return np.asarray(imagecodecs.jpeg8_decode(data))
    # The same colour space in and out: the samples come as stored, converted by nobody.
    return np.asarray(imagecodecs.jpeg8_decode(data, colorspace="YCBCR", outcolorspace="YCBCR"))


def _decode_jpeg_2000(data: bytes, _pixel_format: PixelFormat) -> npt.NDArray[Any]:
    return np.asarray(imagecodecs.jpeg2k_decode(data, numthreads=1))


def _decode_jpeg_ls(data: bytes, _pixel_format: PixelFormat) -> npt.NDArray[Any]:
    if not data.rstrip(b"\0").endswith(_END_OF_IMAGE):
        data += _END_OF_IMAGE  # without it CharLS searches for ten seconds before it gives up
    return np.asarray(imagecodecs.jpegls_decode(data))


def _decode_jpeg_xl(data: bytes, pixel_format: PixelFormat) -> npt.NDArray[Any]:
    """Decode into an array of the announced size: only the decoder can read the codestream's."""
    wide = np.dtype(f"u{pixel_format.dtype.itemsize}")
    out = np.empty(pixel_format.shape, wide)
    try:
        return np.asarray(imagecodecs.jpegxl_decode(data, numthreads=1, out=out))
    except ValueError:  # eight bits a sample in a header that allocates more
        out = np.empty(pixel_format.shape, np.uint8)
        return np.asarray(imagecodecs.jpegxl_decode(data, numthreads=1, out=out))


_DECODERS: dict[Codec, Callable[[bytes, PixelFormat], npt.NDArray[Any]]] = {
    Codec.JPEG: _decode_jpeg,
    Codec.JPEG_LS: _decode_jpeg_ls,
    Codec.JPEG_2000: _decode_jpeg_2000,
    Codec.HTJ2K: _decode_jpeg_2000,  # OpenJPEG: OpenJPH rounds lossy frames otherwise
    Codec.JPEG_XL: _decode_jpeg_xl,
}


def _as_stored(
    decoded: npt.NDArray[Any], stream: Codestream, pixel_format: PixelFormat
) -> npt.NDArray[Any]:
    """Return decoded samples in the shape and type the header announces."""
    if decoded.shape != pixel_format.shape:
        if decoded.size != np.prod(pixel_format.shape, dtype=np.int64):
            msg = f"The {stream.codec} frame decodes to shape {decoded.shape}."
            raise PixelDataError(msg, hint=f"The header announces {pixel_format.shape}.")
        decoded = decoded.reshape(pixel_format.shape)
    dtype = pixel_format.dtype
    if decoded.dtype == dtype:
        return decoded
    if pixel_format.is_signed and not stream.is_signed and stream.bits:
        # the codec knows no sign: the sample's highest bit is it
        shift = dtype.itemsize * 8 - stream.bits
        wide = decoded.astype(np.dtype(f"u{dtype.itemsize}"), copy=False)
        return (wide << shift).view(dtype) >> shift if shift > 0 else wide.view(dtype)
    return decoded.astype(dtype)


def _inflate(data: bytes, pixel_format: PixelFormat) -> npt.NDArray[Any]:
    """Inflate a frame of Deflated Image Frame Compression (PS3.5 A.4.13)."""
    want = (pixel_format.frame_bits + 7) // 8
    try:
        raw = zlib.decompressobj(-zlib.MAX_WBITS).decompress(data, want)
    except zlib.error as error:
        msg = f"The deflated frame is damaged: {error}."
        raise PixelDataError(msg) from error
    return unpack_native(raw, pixel_format)


def _decode_rle(data: bytes, pixel_format: PixelFormat) -> npt.NDArray[Any]:
    """Decode RLE segments: one byte plane of one sample each, highest byte first (PS3.5 G)."""
    n_pixels = pixel_format.rows * pixel_format.columns
    if pixel_format.bits_allocated == 1:
        packed = np.frombuffer(_segment(data, 0, 1, (n_pixels + 7) // 8), np.uint8)
        return _unpack_bits(packed, n_pixels).reshape(pixel_format.shape)
    n_bytes = pixel_format.dtype.itemsize
    n_segments = pixel_format.samples * n_bytes
    planes = np.empty((n_pixels, pixel_format.samples, n_bytes), np.uint8)
    for sample in range(pixel_format.samples):
        for byte in range(n_bytes):
            number = sample * n_bytes + n_bytes - 1 - byte  # little endian in memory
            segment = _segment(data, number, n_segments, n_pixels)
            planes[:, sample, byte] = np.frombuffer(segment, np.uint8, n_pixels)
    return planes.view(pixel_format.dtype.newbyteorder("<")).reshape(pixel_format.shape)


def _segment(data: bytes, number: int, n_segments: int, n_bytes: int) -> bytes:
    count, *offsets = struct.unpack_from("<16L", data)
    if count != n_segments:
        msg = f"The RLE frame has {count} segments; the header asks for {n_segments}."
        raise PixelDataError(msg)
    stop = offsets[number + 1] if number + 1 < count else len(data)
    if not 64 <= offsets[number] <= stop <= len(data):
        raise PixelDataError(Message("The RLE frame's offsets lie outside of it."))
    decoded = bytes(imagecodecs.packbits_decode(data[offsets[number] : stop]))
    if len(decoded) < n_bytes:
        msg = Message(
            "An RLE segment decodes to {has} of {needs} bytes.", has=len(decoded), needs=n_bytes
        )
        raise PixelDataError(msg, hint="Copy the file again from its source.")
    return decoded


def unpack_native(
    raw: bytes | memoryview,
    pixel_format: PixelFormat,
    first_bit: int = 0,
    *,
    is_little_endian: bool = True,
) -> npt.NDArray[Any]:
    """Return an uncompressed frame as an array.

    Parameters
    ----------
    raw : bytes
        From the byte the frame begins in.
    pixel_format : PixelFormat
    first_bit : int
        Bit of the first byte the frame begins at (frames of single bits are not aligned).
    is_little_endian : bool
    """
    shape, samples = pixel_format.shape, pixel_format.samples
    n_values = int(np.prod(shape, dtype=np.int64))
    if pixel_format.bits_allocated == 1:
        bits = _unpack_bits(np.frombuffer(raw, np.uint8), first_bit + n_values)
        return bits[first_bit:].reshape(shape)
    if pixel_format.bits_allocated == 12:
        return _unpack_12_bits(np.frombuffer(raw, np.uint8), n_values).reshape(shape)
    stored_type = pixel_format.dtype.newbyteorder("<" if is_little_endian else ">")
    if pixel_format.is_subsampled:
        return _expand_subsampled(np.frombuffer(raw, stored_type, n_values * 2 // 3), shape)
    values = np.frombuffer(raw, stored_type, n_values)
    if pixel_format.is_planar:
        planes = values.reshape(samples, pixel_format.rows, pixel_format.columns)
        return np.ascontiguousarray(np.moveaxis(planes, 0, 2))
    return values.reshape(shape)


def _unpack_bits(packed: npt.NDArray[np.uint8], count: int) -> npt.NDArray[np.uint8]:
    return np.unpackbits(packed, count=count, bitorder="little")


def _unpack_12_bits(packed: npt.NDArray[np.uint8], count: int) -> npt.NDArray[np.uint16]:
    """Return values of which two share three bytes (PS3.5 D, figure D.1-3)."""
    triples = packed[: (count + 1) // 2 * 3].reshape(-1, 3).astype(np.uint16)
    values = np.empty((len(triples), 2), np.uint16)
    values[:, 0] = triples[:, 0] | (triples[:, 1] & 0x0F) << 8
    values[:, 1] = triples[:, 1] >> 4 | triples[:, 2] << 4
    return values.reshape(-1)[:count]


def _expand_subsampled(values: npt.NDArray[Any], shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """Give both pixels of a pair their common colour (PS3.3 C.7.6.3.1.2, YBR_FULL_422)."""
    if shape[1] % 2:
        msg = (
            f"Pairs of pixels share a colour: that needs an even number of columns, not {shape[1]}."
        )
        raise PixelDataError(msg)
    quads = values.reshape(-1, 4)  # Y1 Y2 Cb Cr
    out = np.empty((len(quads), 2, 3), values.dtype)
    out[:, :, 0] = quads[:, :2]
    out[:, :, 1:] = quads[:, None, 2:]
    return out.reshape(shape)
