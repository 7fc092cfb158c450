"""Overlay planes of a DICOM file, groups 6000 to 60FE (PS3.3 C.9.2 and C.9.3)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from medviewer.core.errors import PixelDataError
from medviewer.core.overlay_plane import OverlayPlane, packed_plane
from medviewer.io.charset import decode_text

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from medviewer.io.dicom_header import FileHeader
    from medviewer.io.pixel_format import PixelFormat

    BitPlane = Callable[[int, int], npt.NDArray[np.bool_]]
    """(frame, bit) of the stored values to the points where the bit is set."""

_ROWS, _COLUMNS, _N_FRAMES, _DESCRIPTION = 0x0010, 0x0011, 0x0015, 0x0022
_TYPE, _ORIGIN, _FRAME_ORIGIN = 0x0040, 0x0050, 0x0051
_BITS_ALLOCATED, _BIT_POSITION, _LABEL, _DATA = 0x0100, 0x0102, 0x1500, 0x3000
_TAGS = frozenset(
    group << 16 | element
    for group in range(0x6000, 0x6100, 2)
    for element in (_ROWS, _COLUMNS, _DATA)
)
"""One of these makes a group an overlay plane."""
MAX_POINTS = 1 << 26
"""Largest plane that is drawn: 8192 x 8192."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """One overlay of a file, for some or all of its frames.

    Attributes
    ----------
    shape : tuple of int
        (rows, columns).
    origin : tuple of int
        (row, column) of the image pixel, from 0, on which its first point lies.
    frames : range or None
        Image frames it has a frame for; ``None`` where its only frame lies on all of them.
    bits : uint8 array
        All its frames, lowest bit first, without padding between them.
    bit_position : int or None
        Bit of the stored pixel values that holds it instead (retired, PS3.5-2004 8.1.2).
    """

    group: int
    shape: tuple[int, int]
    origin: tuple[int, int]
    is_region: bool
    name: str
    frames: range | None
    bits: npt.NDArray[np.uint8]
    bit_position: int | None = None

    def plane(self, frame_index: int, bit_plane: BitPlane) -> OverlayPlane | None:
        """Return what is drawn on a frame of the image; ``None`` where nothing is."""
        if self.frames is not None and frame_index not in self.frames:
            return None
        if self.bit_position is not None:
            bitmap = bit_plane(frame_index, self.bit_position)
        else:
            bitmap = self._bitmap(0 if self.frames is None else self.frames.index(frame_index))
        found = packed_plane(bitmap, *self.origin)
        if found is None:
            return None
        return replace(found, group=self.group, is_region=self.is_region, name=self.name)

    def _bitmap(self, number: int) -> npt.NDArray[np.bool_]:
        n_points = self.shape[0] * self.shape[1]
        first = number * n_points
        some = self.bits[first // 8 : (first + n_points + 7) // 8]
        points = np.unpackbits(some, count=first % 8 + n_points, bitorder="little")
        return points[first % 8 :].reshape(self.shape).view(np.bool_)


@dataclass(frozen=True, slots=True)
class FileOverlays:
    """The overlays of a file.

    Attributes
    ----------
    overlays : tuple of Overlay
    faults : dict
        Group to the reason why it cannot be shown.
    are_in_pixels : bool
        Whether stored pixel values carry overlay bits beside the image.
    """

    overlays: tuple[Overlay, ...] = ()
    faults: dict[int, str] = field(default_factory=dict)
    are_in_pixels: bool = False


NO_OVERLAYS = FileOverlays()


def read_overlays(header: FileHeader, pixel_format: PixelFormat) -> FileOverlays:
    """Read the overlays a header declares; one that is not valid is a fault, not an error."""
    found = _TAGS.intersection(header.tags())
    if not found:
        return NO_OVERLAYS
    overlays, faults, are_in_pixels = [], {}, False
    for group in sorted({tag >> 16 for tag in found}):
        element = _Elements(header, group)
        are_in_pixels |= element.number(_BITS_ALLOCATED, 1) > 1
        try:
            overlays.append(_overlay(element, pixel_format))
        except PixelDataError as error:
            faults[group] = str(error)
    return FileOverlays(tuple(overlays), faults, are_in_pixels)


class _Elements:
    """Elements of one group by their element number; implicit files do not tell their types."""

    def __init__(self, header: FileHeader, group: int) -> None:
        self._header = header
        self.group = group

    def raw(self, element: int) -> bytes:
        return self._header.raw(self.group << 16 | element)

    def numbers(self, element: int, kind: str) -> list[int]:
        order = "<" if self._header.is_little_endian else ">"
        raw = self.raw(element)
        values: list[int] = np.frombuffer(raw, f"{order}{kind}", len(raw) // 2).tolist()
        return values

    def number(self, element: int, default: int) -> int:
        return (self.numbers(element, "u2") or [default])[0]

    def text(self, element: int) -> str:
        return decode_text(self.raw(element), self._header.charsets).strip(" \0")

    def bits(self) -> npt.NDArray[np.uint8]:
        """OverlayData with its first point in the lowest bit of the first byte."""
        raw = self.raw(_DATA)
        is_words = raw and self._header.vr(self.group << 16 | _DATA) == "OW"
        if is_words and not self._header.is_little_endian:
            words = np.frombuffer(raw + b"\0" * (len(raw) % 2), ">u2")
            return words.astype("<u2").view(np.uint8)
        return np.frombuffer(raw, np.uint8)

    def fault(self, what: str) -> PixelDataError:
        return PixelDataError(f"{self._header.path.name}, overlay plane {self.group:04X}: {what}")


def _overlay(element: _Elements, pixel_format: PixelFormat) -> Overlay:
    """Read one group.

    Raises
    ------
    PixelDataError
        It is not an overlay plane as PS3.3 C.9.2 defines it.
    """
    rows, columns = element.number(_ROWS, 0), element.number(_COLUMNS, 0)
    if rows == 0 or columns == 0:
        what = f"OverlayRows is {rows}, OverlayColumns is {columns}; both must be at least 1."
        raise element.fault(what)
    if rows * columns > MAX_POINTS:
        what = f"{columns} x {rows} points; the limit is {MAX_POINTS >> 20} million."
        raise element.fault(what)
    frames = _frames(element, pixel_format)
    bits = element.bits()
    first_row, first_column = (*element.numbers(_ORIGIN, "i2"), 1, 1)[:2]
    found = Overlay(
        group=element.group,
        shape=(rows, columns),
        origin=(first_row - 1, first_column - 1),
        is_region=element.text(_TYPE) == "R",
        name=element.text(_LABEL) or element.text(_DESCRIPTION),
        frames=frames,
        bits=bits,
    )
    if element.number(_BITS_ALLOCATED, 1) > 1 and not bits.size:
        return replace(found, bit_position=_bit_position(element, pixel_format, found))
    n_points = rows * columns * (1 if frames is None else len(frames))
    if bits.size * 8 < n_points:
        has, needs = bits.size, (n_points + 7) // 8
        raise element.fault(f"OverlayData has {has} bytes; its size asks for {needs}.")
    return found


def _frames(element: _Elements, pixel_format: PixelFormat) -> range | None:
    """Image frames an overlay has frames for, one to one (PS3.3 C.9.3.1.1)."""
    text = element.text(_N_FRAMES)
    if text and not (text.isdecimal() and 0 < int(text) <= 0xFFFF):
        what = f"NumberOfFramesInOverlay is {text}; it must be 1 to 65535."
        raise element.fault(what)
    if pixel_format.n_frames == 1 or not (text or element.raw(_FRAME_ORIGIN)):
        return None
    first = max(element.number(_FRAME_ORIGIN, 1), 1) - 1
    return range(first, first + int(text or 1))


def _bit_position(element: _Elements, pixel_format: PixelFormat, overlay: Overlay) -> int:
    """Bit of the pixel values that holds an overlay: one that the image itself does not use."""
    bits, position = element.number(_BITS_ALLOCATED, 1), element.number(_BIT_POSITION, 0)
    image = (pixel_format.rows, pixel_format.columns)
    if bits != pixel_format.bits_allocated or bits % 8 or overlay.shape != image:
        rows, columns = overlay.shape
        what = f"{columns} x {rows} points of {bits} bits are not the pixels of the image."
        raise element.fault(what)
    lowest = pixel_format.high_bit + 1 - pixel_format.bits_stored
    is_free = position < lowest or pixel_format.high_bit < position < bits
    if not is_free or pixel_format.is_color or pixel_format.is_float:
        raise element.fault(f"OverlayBitPosition is {position}, a bit of the image itself.")
    return position
