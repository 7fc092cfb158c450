"""Frames as they are shown and measured: modality values, or RGB."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from medviewer.io.color_conversion import stored_to_rgb, to_eight_bits
from medviewer.io.frame_decoder import FrameReader
from medviewer.io.lookup_tables import Palette
from medviewer.io.modality_lut import ModalityLut, ValueRange, read_modality_lut, value_dtype
from medviewer.io.voi_headers import read_vois

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from medviewer.core.overlay_plane import OverlayPlane
    from medviewer.core.windowing import VoiLut, VoiWindow
    from medviewer.io.dicom_header import FileHeader, Header


class ImageReader:
    """Reads the frames of one file as modality values (or RGB) with what displays them.

    The header is parsed once; any thread may read frames.

    Parameters
    ----------
    path : Path
    header : FileHeader, optional
        Of the same file, where the caller has it already.

    Raises
    ------
    NotDicomError, PixelDataError
        The file is no DICOM image.
    """

    def __init__(self, path: Path, header: FileHeader | None = None) -> None:
        self.frames = FrameReader(path, header)
        self.header = self.frames.header
        self.pixel_format = self.frames.pixel_format
        self.n_frames = self.frames.n_frames
        self._luts: dict[int, ModalityLut] = {}

    @property
    def overlay_faults(self) -> dict[int, str]:
        """Overlay group to the reason why it cannot be shown."""
        return self.frames.overlays.faults

    @property
    def is_color(self) -> bool:
        """Whether frames are read as ``(rows, columns, 3)`` uint8 RGB."""
        return self.pixel_format.is_color

    @property
    def is_inverted(self) -> bool:
        """Whether low values are shown white: MONOCHROME1 or PresentationLUTShape INVERSE."""
        return (
            self.pixel_format.photometric_interpretation == "MONOCHROME1"
            or self.header.text("PresentationLUTShape") == "INVERSE"
        )

    def functional_groups(self, frame_index: int = 0) -> tuple[Header, ...]:
        """Return the functional group items of a frame: its own, then the shared ones."""
        shared, per_frame = self._groups
        return (*per_frame[frame_index : frame_index + 1], *shared[:1])

    def modality_lut(self, frame_index: int = 0) -> ModalityLut:
        """Return the modality transformation of a frame."""
        found = self._luts.get(frame_index)
        if found is None:
            item = self._group("PixelValueTransformationSequence", frame_index)
            found = read_modality_lut(self.header, item, is_signed=self.pixel_format.is_signed)
            self._luts[frame_index] = found
        return found

    def value_range(self, frame_index: int = 0) -> ValueRange:
        """Return the range of values a frame can hold by its header."""
        return self.modality_lut(frame_index).value_range(*self.pixel_format.stored_range)

    def value_dtype(self) -> np.dtype[Any]:
        """Return the type that holds the values of every frame of the file."""
        if self.is_color:
            return np.dtype(np.uint8)
        return value_dtype(self.value_range(index) for index in self._distinct_frames())

    def vois(self, frame_index: int = 0) -> tuple[VoiWindow | VoiLut, ...]:
        """Return the windows and tables of a frame, in the unit of its values."""
        item = self._group("FrameVOILUTSequence", frame_index)
        lut = self.modality_lut(frame_index)
        return read_vois(self.header, item, lut, self.pixel_format.stored_range)

    def padding_value(self, frame_index: int = 0) -> float | None:
        """Return the modality value of PixelPaddingValue, or ``None`` (PS3.3 C.7.5.1.1.2)."""
        stored = self.header.integer("PixelPaddingValue")
        if stored is None or self.is_color:
            return None
        if self.pixel_format.is_signed and stored > 32767:
            stored -= 65536
        return self.modality_lut(frame_index).value(float(stored))

    def overlay_planes(self, frame_index: int = 0) -> tuple[OverlayPlane, ...]:
        """Return what overlays draw on a frame, in the order of their groups.

        Raises
        ------
        PixelDataError, UnsupportedTransferSyntaxError
            An overlay lies in the pixel values, and the frame cannot be decoded.
        """
        bit_plane = self.frames.bit_plane
        planes = (o.plane(frame_index, bit_plane) for o in self.frames.overlays.overlays)
        return tuple(plane for plane in planes if plane is not None)

    def read(self, frame_index: int = 0, out: npt.NDArray[Any] | None = None) -> npt.NDArray[Any]:
        """Read one frame.

        Parameters
        ----------
        frame_index : int
        out : array, shape (rows, columns) or (rows, columns, 3), optional
            Where the values are written; its type must hold them (:meth:`value_range`).

        Returns
        -------
        array
            ``out``, or a new array: modality values of :meth:`value_dtype`, or uint8 RGB.

        Raises
        ------
        PixelDataError, UnsupportedTransferSyntaxError
            The frame cannot be decoded.
        """
        stored = self.frames.stored(frame_index)
        if self.is_color:
            rgb = self._rgb(stored)
            if out is None:
                return rgb
            out[...] = rgb
            return out
        if out is None:
            out = np.empty(stored.shape, self.value_dtype())
        lut = self.modality_lut(frame_index)
        if self.frames.is_compressed and out.dtype.kind != "f":
            actual = lut.value_range(float(stored.min()), float(stored.max()))
            if not actual.fits(out.dtype):  # lossy codestreams may overshoot BitsStored
                stored = np.clip(stored, *self.pixel_format.stored_range).astype(stored.dtype)
        lut.apply(stored, out)
        return out

    def _rgb(self, stored: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        if self.pixel_format.samples == 1:
            return self._palette.rgb(stored)
        interpretation = self.frames.color_space
        return to_eight_bits(stored_to_rgb(stored, interpretation), self.pixel_format.bits_stored)

    @functools.cached_property
    def _palette(self) -> Palette:
        return Palette(self.header, is_signed=self.pixel_format.is_signed)

    @functools.cached_property
    def _groups(self) -> tuple[list[Header], list[Header]]:
        shared = self.header.get("SharedFunctionalGroupsSequence", [])
        per_frame = self.header.get("PerFrameFunctionalGroupsSequence", [])
        return (
            shared if isinstance(shared, list) else [],
            per_frame if isinstance(per_frame, list) else [],
        )

    def _group(self, keyword: str, frame_index: int) -> Header | None:
        """Return a functional group's first item: the frame's own, else the shared one."""
        for source in self.functional_groups(frame_index):
            items = source.get(keyword)
            if isinstance(items, list) and items:
                first: Header = items[0]
                return first
        return None

    def _distinct_frames(self) -> range:
        """Return the frames whose transformation may differ."""
        return range(min(self.n_frames, max(1, len(self._groups[1]))))
