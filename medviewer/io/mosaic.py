"""Siemens mosaics and UIH grids: many slices in one picture, taken apart again."""

from __future__ import annotations

import math
import re
import struct
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from medviewer.io.diffusion_facts import vendor_of
from medviewer.io.header_values import private_numbers, vector

if TYPE_CHECKING:
    from medviewer.io.dicom_header import FileHeader
    from medviewer.io.frame_facts import FrameFacts

_SIEMENS_COUNT, _SIEMENS_CSA, _SIEMENS_SERIES_CSA = 0x0019100A, 0x00291010, 0x00291020
_SIEMENS_MATRIX_TEXT = 0x0051100B
_UIH_COUNT, _UIH_FRAMES = 0x00651050, 0x00651051


def mosaic_frames(header: FileHeader, picture: FrameFacts) -> tuple[FrameFacts, ...]:
    """Return the slices of a mosaic, in tile order; empty for an ordinary image.

    Parameters
    ----------
    header : FileHeader
    picture : FrameFacts
        The whole picture as the header describes it.
    """
    if picture.is_color:
        return ()
    vendor = vendor_of(header)
    is_mosaic = "MOSAIC" in header.text("ImageType").upper()
    if vendor == "SIEMENS" and is_mosaic and picture.has_geometry:
        return _siemens(header, picture)
    if vendor == "UIH":
        return _uih(header, picture)
    return ()


def _siemens(header: FileHeader, picture: FrameFacts) -> tuple[FrameFacts, ...]:
    fields = csa_fields(header.raw(_SIEMENS_CSA))
    protocol = header.raw(_SIEMENS_SERIES_CSA)
    numbers = private_numbers(header, _SIEMENS_COUNT) or fields.get("NumberOfImagesInMosaic", ())
    n_tiles = int(numbers[0]) if numbers else _tiles_of_full_grid(header, picture)
    spacing_mm = header.number("SpacingBetweenSlices") or header.number("SliceThickness")
    matrix = _tile_matrix(picture, n_tiles)
    if matrix is None or not spacing_mm:
        return ()
    row, column, normal = _axes(picture)
    recorded = np.array(fields.get("SliceNormalVector", ()))
    if recorded.shape != (3,):
        recorded = _stacking_direction(protocol, n_tiles)
    step = normal * spacing_mm * (-1.0 if float(recorded @ normal) < 0 else 1.0)
    # ImagePositionPatient is the corner of a picture of the mosaic's size around the tile's centre
    row_mm, column_mm = picture.pixel_spacing_mm or (1.0, 1.0)
    origin = (
        np.array(picture.position_lps_mm)
        + row * column_mm * (picture.matrix[1] - matrix[1]) / 2.0
        + column * row_mm * (picture.matrix[0] - matrix[0]) / 2.0
    )
    return tuple(_tile(picture, matrix, k, origin + k * step) for k in range(n_tiles))


def _tiles_of_full_grid(header: FileHeader, picture: FrameFacts) -> int:
    """Tiles a full mosaic of the acquisition matrix has: where nothing counts them, none is hidden.

    AcquisitionMatrixText reads ``80*80`` or ``64p*64s``, rows (phase encoding) first.
    """
    text = header.value(_SIEMENS_MATRIX_TEXT)
    found = re.match(rb"\s*(\d+)", text if isinstance(text, bytes) else str(text).encode())
    side = 0 if found is None or int(found[1]) == 0 else picture.matrix[0] // int(found[1])
    return side * side


def _stacking_direction(protocol: bytes, n_tiles: int) -> np.ndarray:
    """From the first to the last slice as the scan protocol lists them; zeros where unknown."""
    ends = [
        [
            _protocol_number(protocol, b"asSlice[%d].sPosition.%s" % (number, axis)) or 0.0
            for axis in (b"dSag", b"dCor", b"dTra")
        ]
        for number in (0, n_tiles - 1)
    ]
    return np.array(ends[1]) - np.array(ends[0])


def _protocol_number(protocol: bytes, name: bytes) -> float | None:
    """Value of ``sSliceArray.<name>`` in the text of a Siemens protocol; ``None`` if absent."""
    found = re.search(rb"sSliceArray\." + re.escape(name) + rb"\s*=\s*(-?[0-9.eE+-]+)", protocol)
    try:
        return None if found is None else float(found[1])
    except ValueError:
        return None


def _uih(header: FileHeader, picture: FrameFacts) -> tuple[FrameFacts, ...]:
    count = private_numbers(header, _UIH_COUNT)
    items = header.items(_UIH_FRAMES)
    if not count or int(count[0]) < 2:
        return ()
    n_tiles = int(count[0])
    matrix = _tile_matrix(picture, n_tiles)
    if picture.orientation is None and items:
        picture = replace(picture, orientation=vector(items[0], "ImageOrientationPatient", 6))
    positions = [vector(item, "ImagePositionPatient", 3) for item in items]
    if matrix is None or len(positions) < n_tiles or any(p is None for p in positions[:n_tiles]):
        return ()
    return tuple(_tile(picture, matrix, k, np.array(positions[k])) for k in range(n_tiles))


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
