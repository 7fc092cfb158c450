"""Siemens mosaics and UIH grids: many slices in one picture, taken apart again."""

from __future__ import annotations

import math
import struct
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from medviewer.io.diffusion_facts import private_numbers, vendor_of
from medviewer.io.frame_facts import FrameFacts

if TYPE_CHECKING:
    from medviewer.io.dicom_header import FileHeader, Header

_SIEMENS_COUNT, _SIEMENS_CSA = 0x0019100A, 0x00291010
_UIH_COUNT, _UIH_FRAMES = 0x00651050, 0x00651051


def mosaic_frames(header: FileHeader, picture: FrameFacts) -> tuple[FrameFacts, ...]:
    """Return the slices of a mosaic, in tile order; empty for an ordinary image.

    Parameters
    ----------
    header : FileHeader
    picture : FrameFacts
        The whole picture as the header describes it.
    """
    if not picture.has_geometry or picture.is_color:
        return ()
    vendor = vendor_of(header)
    if vendor == "SIEMENS" and "MOSAIC" in header.text("ImageType").upper():
        return _siemens(header, picture)
    if vendor == "UIH":
        return _uih(header, picture)
    return ()


def _siemens(header: FileHeader, picture: FrameFacts) -> tuple[FrameFacts, ...]:
    fields = csa_fields(header.raw(_SIEMENS_CSA))
    numbers = private_numbers(header, _SIEMENS_COUNT) or fields.get("NumberOfImagesInMosaic", ())
    spacing_mm = header.number("SpacingBetweenSlices") or header.number("SliceThickness")
    if not numbers or not spacing_mm:
        return ()
    n_tiles = int(numbers[0])
    matrix = _tile_matrix(picture, n_tiles)
    if matrix is None:
        return ()
    row, column, normal = _axes(picture)
    csa_normal = np.array(fields.get("SliceNormalVector", ()))
    step = normal * spacing_mm
    if csa_normal.shape == (3,) and float(csa_normal @ normal) < 0:
        step = -step
    # ImagePositionPatient is the corner of a picture of the mosaic's size around the tile's centre
    row_mm, column_mm = picture.pixel_spacing_mm or (1.0, 1.0)
    origin = (
        np.array(picture.position_lps_mm)
        + row * column_mm * (picture.matrix[1] - matrix[1]) / 2.0
        + column * row_mm * (picture.matrix[0] - matrix[0]) / 2.0
    )
    return tuple(_tile(picture, matrix, k, origin + k * step) for k in range(n_tiles))


def _uih(header: FileHeader, picture: FrameFacts) -> tuple[FrameFacts, ...]:
    count = private_numbers(header, _UIH_COUNT)
    items = header.items(_UIH_FRAMES)
    if not count or int(count[0]) < 2:
        return ()
    n_tiles = int(count[0])
    matrix = _tile_matrix(picture, n_tiles)
    positions = [_uih_position(item) for item in items]
    if matrix is None or len(positions) < n_tiles or any(p is None for p in positions[:n_tiles]):
        return ()
    return tuple(_tile(picture, matrix, k, np.array(positions[k])) for k in range(n_tiles))


def _uih_position(item: Header) -> list[float] | None:
    numbers = item.floats("ImagePositionPatient")
    return numbers if len(numbers) == 3 else None


def _tile_matrix(picture: FrameFacts, n_tiles: int) -> tuple[int, int] | None:
    """(rows, columns) of a tile of the square grid; ``None`` where they do not divide."""
    side = math.isqrt(max(n_tiles, 1) - 1) + 1
    rows, columns = picture.matrix
    if n_tiles < 1 or rows % side or columns % side:
        return None
    return rows // side, columns // side


def _axes(picture: FrameFacts) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    orientation = np.array(picture.orientation)
    row, column = orientation[:3], orientation[3:]
    return row, column, np.cross(row, column)


def _tile(
    picture: FrameFacts, matrix: tuple[int, int], tile: int, position: np.ndarray
) -> FrameFacts:
    x, y, z = (float(v) for v in position)
    return replace(
        picture,
        reference=replace(picture.reference, tile=tile),
        matrix=matrix,
        position_lps_mm=(x, y, z),
    )


def csa_fields(raw: bytes) -> dict[str, tuple[float, ...]]:
    """Numbers of a Siemens CSA header ("SV10"), by field name; empty where it is damaged.

    Layout: 4 bytes ``SV10``, 4 unused, number of fields, 77; each field a name of 64 bytes,
    multiplicity, VR, syngo type, number of items, 77 or 205; each item four lengths (the second
    is the value's), then the value, padded to 4 bytes.
    """
    if raw[:4] != b"SV10":
        return {}
    fields: dict[str, tuple[float, ...]] = {}
    try:
        (n_fields,) = struct.unpack_from("<I", raw, 8)
        offset = 16
        for _ in range(min(n_fields, 1000)):
            name = raw[offset : offset + 64].split(b"\0")[0].decode("latin-1")
            n_items = struct.unpack_from("<I", raw, offset + 76)[0]
            offset += 84
            numbers = []
            for _ in range(min(n_items, 1000)):
                length = struct.unpack_from("<4I", raw, offset)[1]
                offset += 16
                text = raw[offset : offset + length].split(b"\0")[0].strip()
                offset += (length + 3) // 4 * 4
                if text:
                    numbers.append(text)
            fields[name] = _floats(numbers)
    except struct.error:
        return fields
    return fields


def _floats(texts: list[bytes]) -> tuple[float, ...]:
    try:
        return tuple(float(text) for text in texts)
    except ValueError:
        return ()
