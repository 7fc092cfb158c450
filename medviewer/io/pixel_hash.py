"""Fingerprints of decoded pixels, to compare readers and transfer syntaxes."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from medviewer.io.color_conversion import stored_to_rgb
from medviewer.io.frame_decoder import FrameReader

if TYPE_CHECKING:
    from pathlib import Path


def px_sha256(path: Path) -> str:
    """Return the SHA-256 of the stored values of all frames.

    Before the Modality LUT and before YBR becomes RGB; little endian, C order
    ``(frames, rows, columns[, samples])``.

    Raises
    ------
    NotDicomError, PixelDataError, UnsupportedTransferSyntaxError
        The file cannot be decoded.
    """
    return _sha256(FrameReader(path), is_rgb=False)


def rgb_sha256(path: Path) -> str:
    """Return the SHA-256 of the frames after YBR became RGB; grayscale files as stored.

    Raises
    ------
    NotDicomError, PixelDataError, UnsupportedTransferSyntaxError
        The file cannot be decoded.
    """
    return _sha256(FrameReader(path), is_rgb=True)


def _sha256(reader: FrameReader, *, is_rgb: bool) -> str:
    digest = hashlib.sha256()
    for index in range(reader.n_frames):
        frame = reader.stored(index)
        if is_rgb and reader.pixel_format.samples == 3:
            frame = stored_to_rgb(frame, reader.color_space)
        little = frame.astype(frame.dtype.newbyteorder("<"), copy=False)
        digest.update(np.ascontiguousarray(little).data)
    return digest.hexdigest()
