"""PNG, JPEG, TIFF and BMP files: radiographs whose spacing nobody knows."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from medviewer.core.errors import PixelDataError
from medviewer.core.messages import Message
from medviewer.core.study import FrameReference, SeriesKind, SeriesRecord, VolumeRecord
from medviewer.core.volume import Frame, ImageStack
from medviewer.core.windowing import VoiFunction, VoiWindow
from medviewer.io.file_identity import file_uid

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

_ERRORS = (
    UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError,
    struct.error, zlib.error, EOFError, KeyError, IndexError, TypeError, OverflowError,
)  # fmt: skip
"""What Pillow raises on damaged files."""
MAX_PIXELS = 400_000_000
_ORIENTATION = 0x0112
_QUARTER_TURNS = (5, 6, 7, 8)


class RasterFormat:
    """Reads pictures."""

    def describe(self, path: Path) -> SeriesRecord:
        """Return the record of a picture from its header.

        Raises
        ------
        PixelDataError
            It is damaged or too large.
        """
        try:
            with Image.open(path) as picture:
                width, height = picture.size
                n_pages = _n_pages(picture)
                turned = picture.getexif().get(_ORIENTATION) in _QUARTER_TURNS
                is_color = _is_color(picture)
                mode = picture.mode
        except _ERRORS as error:
            raise _damaged(path, error) from error
        if width * height * n_pages > MAX_PIXELS:
            msg = Message(
                "{file}: {width} x {height} pixels are more than can be opened.",
                file=path.name,
                width=width,
                height=height,
            )
            raise PixelDataError(msg, hint="Save it smaller.")
        uid = file_uid(path)
        kind = SeriesKind.RADIOGRAPH if n_pages == 1 else SeriesKind.STACK
        record = VolumeRecord(
            id=uid,
            label="",
            kind=kind,
            shape=(n_pages, width, height) if turned else (n_pages, height, width),
            frames=tuple(FrameReference(path, page) for page in range(n_pages)),
            voxel_type="uint8" if is_color else str(_gray_type(mode)),
        )
        return SeriesRecord(
            series_instance_uid=uid,
            modality="",
            description=path.name,
            kind=kind,
            n_instances=1,
            volumes=(record,),
        )

    def load(self, record: VolumeRecord) -> ImageStack:
        """Decode a picture; its pages are the frames.

        Raises
        ------
        PixelDataError
            It is damaged.
        """
        path = record.frames[0].path
        frames: list[Frame | None] = []
        try:
            with Image.open(path) as picture:
                for reference in record.frames:
                    if reference.frame_index:
                        picture.seek(reference.frame_index)
                    frames.append(_frame(_pixels(picture), path.name))
        except _ERRORS as error:
            raise _damaged(path, error) from error
        return ImageStack(id=record.id, frames=frames, kind=str(record.kind))


def _damaged(path: Path, error: Exception) -> PixelDataError:
    msg = Message("{file} is no readable picture: {error}.", file=path.name, error=str(error))
    return PixelDataError(msg, hint="Copy the file again from its source.")


def _n_pages(picture: Image.Image) -> int:
    """Pages a reader means: what cameras append to a JPEG (MPO) is the same picture, smaller."""
    return 1 if picture.format == "MPO" else int(getattr(picture, "n_frames", 1))


def _is_color(picture: Image.Image) -> bool:
    return picture.mode not in ("1", "L", "LA", "I", "F") and not picture.mode.startswith("I;16")


def _gray_type(mode: str) -> np.dtype[Any]:
    if mode in ("1", "L", "LA"):
        return np.dtype(np.uint8)
    return np.dtype({"I": np.int32, "F": np.float32}.get(mode, np.uint16))


def _pixels(picture: Image.Image) -> npt.NDArray[Any]:
    """(rows, columns) gray values, or (rows, columns, 3); upright as its EXIF data say."""
    upright = ImageOps.exif_transpose(picture) or picture
    if _is_color(upright):
        rgb = np.asarray(upright.convert("RGB"))
        is_gray = (rgb[..., 0] == rgb[..., 1]).all() and (rgb[..., 0] == rgb[..., 2]).all()
        return np.ascontiguousarray(rgb[..., 0]) if is_gray else rgb
    if upright.mode in ("1", "LA"):
        upright = upright.convert("L")
    return np.asarray(upright)


def _frame(pixels: npt.NDArray[Any], name: str) -> Frame:
    attributes = {"series_description": name}
    if pixels.ndim == 3 or pixels.dtype != np.uint8:
        return Frame(pixels=pixels, attributes=attributes)
    full = VoiWindow(127.5, 255.0, VoiFunction.LINEAR_EXACT, "as stored")
    return Frame(pixels=pixels, vois=(full,), attributes=attributes)
