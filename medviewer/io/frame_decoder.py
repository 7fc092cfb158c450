"""Stored values of the frames of a DICOM file."""

from __future__ import annotations

import functools
import zlib
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from medviewer.core.errors import PixelDataError, UnsupportedTransferSyntaxError
from medviewer.core.messages import Message
from medviewer.io.codestream import identify_codestream
from medviewer.io.decoder_pool import decode_in_child
from medviewer.io.dicom_elements import UNDEFINED_LENGTH
from medviewer.io.dicom_read import read_index_header
from medviewer.io.encapsulation import Span, find_frames
from medviewer.io.frame_codecs import decode_compressed, has_announced_size, unpack_native
from medviewer.io.overlay_planes import read_overlays
from medviewer.io.pixel_format import read_pixel_format

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from medviewer.io.dicom_header import FileHeader

EXTENDED_OFFSET_TABLE = 0x7FE00001
GE_BIG_ENDIAN_PIXELS = "1.2.840.113619.5.2"
"""A private transfer syntax: implicit little endian, but for the pixels."""
ITEM_TAG = b"\xfe\xff\x00\xe0"


class FrameReader:
    """Decodes the frames of one file; its header is read once.

    Any thread may decode; the file is opened for each frame and never kept open.

    Parameters
    ----------
    path : Path
    header : FileHeader, optional
        Of the same file, where the caller has it already.

    Raises
    ------
    NotDicomError
        The file is not a DICOM object.
    PixelDataError
        It holds no image, or less of it than its header announces.
    """

    def __init__(self, path: Path, header: FileHeader | None = None) -> None:
        self.path = path
        self.header = read_index_header(path) if header is None else header
        self.pixel_format = read_pixel_format(self.header)
        self.overlays = read_overlays(self.header, self.pixel_format)
        if self.header.pixel_data is None:
            raise PixelDataError(Message("{file} holds no image: no pixel data.", file=path.name))
        _tag, self._vr, self._start, self._length = self.header.pixel_data
        self._frames: list[list[Span]] = []
        self._from_child: npt.NDArray[Any] | None = None
        self._is_child_asked = False
        if self._length != UNDEFINED_LENGTH:
            self._require_complete()

    @property
    def n_frames(self) -> int:
        """NumberOfFrames."""
        return self.pixel_format.n_frames

    @property
    def is_compressed(self) -> bool:
        """Whether the frames are encapsulated codestreams."""
        return self._length == UNDEFINED_LENGTH or bool(self._frames)

    @functools.cached_property
    def color_space(self) -> str:
        """Photometric interpretation of the values of :meth:`stored`.

        The header's, but for JPEG frames that are YCbCr by their own word and RGB by the header's.
        """
        named = self.pixel_format.photometric_interpretation
        if named != "RGB" or not self.is_compressed:
            return named
        with self.path.open("rb") as file:
            data = self._codestream(file, 0)
        stream = identify_codestream(data, self.header.transfer_syntax_uid)
        return "YBR_FULL" if stream is not None and stream.is_ybr else named

    def stored(self, frame_index: int) -> npt.NDArray[Any]:
        """Return the stored values of a frame, without overlays in their unused bits.

        Returns
        -------
        array, shape (rows, columns) or (rows, columns, 3)
            In the byte order of the machine; may be read-only.

        Raises
        ------
        PixelDataError, UnsupportedTransferSyntaxError
            The frame cannot be decoded.
        """
        values = self._values(frame_index)
        if self.is_compressed and not self.overlays.are_in_pixels:
            return values  # a lossy frame may overshoot BitsStored
        return self.pixel_format.significant(values)

    def bit_plane(self, frame_index: int, bit: int) -> npt.NDArray[np.bool_]:
        """Return where a bit of the stored values is set, shape (rows, columns).

        Raises
        ------
        PixelDataError, UnsupportedTransferSyntaxError
            The frame cannot be decoded.
        """
        return np.asarray(np.right_shift(self._values(frame_index), bit) & 1 != 0)

    def _values(self, frame_index: int) -> npt.NDArray[Any]:
        """Decode a frame with every bit it allocates."""
        if not 0 <= frame_index < self.n_frames:
            msg = f"{self.path.name} has {self.n_frames} frames; frame {frame_index} is not one."
            raise PixelDataError(msg)
        try:
            with self.path.open("rb", buffering=0) as file:
                if self.is_compressed:
                    return self._decompress(file, frame_index)
                return self._read_native(file, frame_index)
        except OSError as error:
            reason = str(error.strerror or error)
            msg = Message("{file} cannot be read: {reason}.", file=self.path.name, reason=reason)
            raise PixelDataError(msg) from error

    def _require_complete(self) -> None:
        """Refuse native pixel data that are shorter than the header announces."""
        available = min(self._length, max(0, self.header.file_size - self._start))
        needed = self.pixel_format.n_bytes
        if available >= needed:
            return
        with self.path.open("rb") as file:
            file.seek(self._start)
            head = file.read(65536)
        if head.startswith(ITEM_TAG):  # encapsulated, yet with a length
            self._length = UNDEFINED_LENGTH
            return
        if self.n_frames == 1 and identify_codestream(head, "") is not None:
            self._frames = [[(self._start, self._start + available)]]  # not even encapsulated
            return
        raise self._truncated(available, needed)

    def _read_native(self, file: BinaryIO, frame_index: int) -> npt.NDArray[Any]:
        bits = self.pixel_format.frame_bits
        first, last = frame_index * bits, (frame_index + 1) * bits
        start, stop = first // 8, (last + 7) // 8
        is_little = self.header.is_little_endian
        if self.header.transfer_syntax_uid == GE_BIG_ENDIAN_PIXELS:
            is_little = False
        if not is_little and self.pixel_format.bits_allocated <= 8 and self._vr != b"OB":
            skip = start % 2
            stop += (stop - start + skip) % 2  # whole words
            raw = self._bytes(file, start - skip, stop)
            swapped = np.frombuffer(raw, ">u2").astype("<u2").tobytes()
            return unpack_native(swapped[skip:], self.pixel_format, first % 8)
        raw = self._bytes(file, start, stop)
        frame = unpack_native(raw, self.pixel_format, first % 8, is_little_endian=is_little)
        return frame.astype(self.pixel_format.dtype, copy=False)

    def _bytes(self, file: BinaryIO, start: int, stop: int) -> bytes:
        try:
            raw = self.header.read_bytes(self._start + start, self._start + stop)
        except zlib.error as error:
            msg = Message("{file} is damaged: {error}.", file=self.path.name, error=str(error))
            raise PixelDataError(msg, hint="Copy the file again from its source.") from error
        if raw is None:
            file.seek(self._start + start)
            raw = file.read(stop - start)
        if len(raw) < stop - start:
            raise self._truncated(len(raw), stop - start)
        return raw

    def _truncated(self, has: int, needs: int) -> PixelDataError:
        msg = Message(
            "{file} is truncated: it has {has} of {needs}.",
            file=self.path.name,
            has=_size(has),
            needs=_size(needs),
        )
        return PixelDataError(
            msg, hint="Copy the file again from its source.", has=has, needs=needs
        )

    def _decompress(self, file: BinaryIO, frame_index: int) -> npt.NDArray[Any]:
        if self._from_child is not None:
            return self._from_child[frame_index]
        data = self._codestream(file, frame_index)
        try:
            return decode_compressed(data, self.header.transfer_syntax_uid, self.pixel_format)
        except (PixelDataError, UnsupportedTransferSyntaxError) as error:
            if self._is_child_asked or not self._may_a_child_decode(data):
                raise
            self._is_child_asked = True
            try:
                self._from_child = decode_in_child(self.path, self.pixel_format)
            except PixelDataError:
                raise error from None
        return self._from_child[frame_index]

    def _codestream(self, file: BinaryIO, frame_index: int) -> bytes:
        if not self._frames:
            raw = self.header.raw(EXTENDED_OFFSET_TABLE)
            offsets = np.frombuffer(raw, "<u8", len(raw) // 8).tolist()
            size = self.header.file_size
            self._frames = find_frames(file, self._start, size, self.n_frames, offsets)
        parts = []
        for start, stop in self._frames[frame_index]:
            file.seek(start)
            parts.append(file.read(stop - start))
        return b"".join(parts)

    def _may_a_child_decode(self, data: bytes) -> bool:
        """Whether another decoder may know better: of a whole JPEG codestream of the right size.

        GDCM shows cut codestreams as if they were whole, and mixes up deep colours.
        """
        stream = identify_codestream(data, "")
        if stream is not None and not has_announced_size(stream, self.pixel_format):
            return False
        is_whole = data.rstrip(b"\0").endswith(b"\xff\xd9")
        is_known_there = self.header.transfer_syntax_uid.startswith("1.2.840.10008.1.2.4.")
        is_deep_color = self.pixel_format.samples > 1 and self.pixel_format.bits_allocated > 8
        return is_whole and is_known_there and not is_deep_color


def _size(n_bytes: int) -> str:
    if n_bytes < 1_000_000:
        return Message("{n_bytes} bytes", n_bytes=n_bytes)
    return f"{n_bytes / 1e6:.1f} MB"
