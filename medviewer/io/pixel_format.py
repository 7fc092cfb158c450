"""What the header says about the layout of the pixel data (PS3.3 C.7.6.3), checked and bounded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medviewer.core.errors import PixelDataError
from medviewer.core.messages import Message

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.io.dicom_header import FileHeader

FLOAT_PIXEL_DATA, DOUBLE_FLOAT_PIXEL_DATA = 0x7FE00008, 0x7FE00009
MAX_FRAME_BYTES = 1 << 30
"""Largest single frame: 1 GiB."""
_BITS_ALLOCATED = (1, 8, 12, 16, 32, 64)


@dataclass(frozen=True, slots=True)
class PixelFormat:
    """Layout of the stored values.

    Attributes
    ----------
    rows, columns, samples, n_frames : int
        SamplesPerPixel is 1 or 3.
    bits_allocated, bits_stored, high_bit : int
        12 bits allocated means two values packed into three bytes.
    is_signed : bool
        PixelRepresentation.
    photometric_interpretation : str
    is_planar : bool
        PlanarConfiguration: all red, then all green, then all blue.
    is_float : bool
        Float or double pixel data.
    """

    rows: int
    columns: int
    samples: int = 1
    n_frames: int = 1
    bits_allocated: int = 16
    bits_stored: int = 16
    high_bit: int = 15
    is_signed: bool = False
    photometric_interpretation: str = "MONOCHROME2"
    is_planar: bool = False
    is_float: bool = False

    @property
    def is_color(self) -> bool:
        """Whether the picture has colours: several samples, or a palette."""
        return self.samples > 1 or self.photometric_interpretation == "PALETTE COLOR"

    @property
    def dtype(self) -> np.dtype[np.generic]:
        """Type of a stored value in memory."""
        if self.is_float:
            return np.dtype(f"f{self.bits_allocated // 8}")
        kind = "i" if self.is_signed and self.bits_allocated > 1 else "u"
        return np.dtype(
            f"{kind}{max(8, 16 if self.bits_allocated == 12 else self.bits_allocated) // 8}"
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of a decoded frame: ``(rows, columns)`` or ``(rows, columns, samples)``."""
        if self.samples == 1:
            return self.rows, self.columns
        return self.rows, self.columns, self.samples

    @property
    def frame_bits(self) -> int:
        """Bits of one uncompressed frame as stored."""
        bits = self.rows * self.columns * self.samples * self.bits_allocated
        return bits * 2 // 3 if self.is_subsampled else bits

    @property
    def is_subsampled(self) -> bool:
        """Whether uncompressed frames hold one colour for two pixels (YBR_FULL_422)."""
        return self.photometric_interpretation in ("YBR_FULL_422", "YBR_PARTIAL_422")

    @property
    def n_bytes(self) -> int:
        """Bytes of all uncompressed frames as stored."""
        return (self.frame_bits * self.n_frames + 7) // 8

    @property
    def stored_range(self) -> tuple[float, float]:
        """Lowest and highest value that the stored bits can hold."""
        if self.is_float:
            return -np.inf, np.inf
        if self.is_signed and self.bits_stored > 1:
            return -float(2 ** (self.bits_stored - 1)), float(2 ** (self.bits_stored - 1) - 1)
        return 0.0, float(2**self.bits_stored - 1)

    def significant(self, stored: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """Return values without the bits beyond BitsStored (overlays, rubbish), sign extended.

        Notes
        -----
        PS3.5 8.1.1; older files keep overlays in the unused bits.
        """
        unused = stored.dtype.itemsize * 8 - self.bits_stored
        shift = self.high_bit + 1 - self.bits_stored
        if self.is_float or (unused == 0 and shift == 0) or self.bits_allocated == 1:
            return stored
        if self.is_signed:
            up = unused - shift
            return np.right_shift(np.left_shift(stored, up), unused)
        values = stored if shift == 0 else np.right_shift(stored, shift)
        return np.bitwise_and(values, values.dtype.type(2**self.bits_stored - 1))


def read_pixel_format(header: FileHeader) -> PixelFormat:
    """Return the layout that a header declares.

    Raises
    ------
    PixelDataError
        There are no pixel data, or the header's numbers cannot be those of an image.
    """
    name = header.path.name
    if header.pixel_data is None:
        raise PixelDataError(
            Message("{file} holds no image: the file ends before its pixel data.", file=name)
            if header.is_truncated
            else Message("{file} holds no image: no pixel data.", file=name)
        )
    tag = header.pixel_data[0]
    rows, columns = header.integer("Rows") or 0, header.integer("Columns") or 0
    if not (0 < rows <= 65535 and 0 < columns <= 65535):
        msg = Message(
            "{file} has no image size: Rows is {rows}, Columns is {columns}.",
            file=name,
            rows=rows,
            columns=columns,
        )
        raise PixelDataError(msg, hint="Both must be 1 to 65535 (PS3.3 C.7.6.3).")
    samples = header.integer("SamplesPerPixel") or 1
    if samples not in (1, 3):
        msg = Message(
            "{file} has {samples} samples per pixel; an image has 1 or 3 (PS3.3 C.7.6.3.1.1).",
            file=name,
            samples=samples,
        )
        raise PixelDataError(msg)
    bits_allocated = _bits_allocated(header, tag)
    bits_stored = header.integer("BitsStored") or bits_allocated
    bits_stored = bits_stored if 0 < bits_stored <= bits_allocated else bits_allocated
    high_bit = header.integer("HighBit")
    if high_bit is None or not bits_stored - 1 <= high_bit < bits_allocated:
        high_bit = bits_stored - 1
    fallback = "MONOCHROME2" if samples == 1 else "RGB"
    found = PixelFormat(
        rows=rows,
        columns=columns,
        samples=samples,
        n_frames=_frame_count(header),
        bits_allocated=bits_allocated,
        bits_stored=bits_stored,
        high_bit=high_bit,
        is_signed=header.integer("PixelRepresentation") == 1,
        photometric_interpretation=header.text("PhotometricInterpretation") or fallback,
        is_planar=samples > 1 and header.integer("PlanarConfiguration") == 1,
        is_float=tag in (FLOAT_PIXEL_DATA, DOUBLE_FLOAT_PIXEL_DATA),
    )
    if found.frame_bits > MAX_FRAME_BYTES * 8:
        msg = Message(
            "{file}: a frame of {columns} x {rows} pixels needs {size} GB; the limit is "
            "{limit} GB.",
            file=name,
            columns=columns,
            rows=rows,
            size=found.frame_bits >> 33,
            limit=MAX_FRAME_BYTES >> 30,
        )
        raise PixelDataError(msg)
    return found


def _bits_allocated(header: FileHeader, tag: int) -> int:
    if tag == FLOAT_PIXEL_DATA:
        return 32
    if tag == DOUBLE_FLOAT_PIXEL_DATA:
        return 64
    bits = header.integer("BitsAllocated") or 0
    if bits not in _BITS_ALLOCATED:
        msg = Message("{file} allocates {bits} bits to a value.", file=header.path.name, bits=bits)
        raise PixelDataError(msg, hint="Images have 1, 8, 12, 16, 32 or 64 (PS3.5 8.1.1).")
    return bits


def _frame_count(header: FileHeader) -> int:
    number = header.integer("NumberOfFrames")
    if number is None:  # absent, or damaged: the digits it begins with
        text = header.raw(0x00280008).decode("latin-1").strip()
        digits = text[: len(text) - len(text.lstrip("0123456789"))]
        number = int(digits) if digits else 1
    return max(1, number)
