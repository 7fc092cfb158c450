"""MetaImage headers (.mha, .mhd), as ITK writes them; their space is LPS."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medviewer.io.grid_files import GridHeader, detached

if TYPE_CHECKING:
    from pathlib import Path

_MAX_HEADER = 1 << 20
_TYPES = {
    "MET_CHAR": "i1", "MET_UCHAR": "u1", "MET_SHORT": "i2", "MET_USHORT": "u2",
    "MET_INT": "i4", "MET_UINT": "u4", "MET_FLOAT": "f4", "MET_DOUBLE": "f8",
}  # fmt: skip
_LAST = "ElementDataFile"


def read_metaimage_header(path: Path) -> GridHeader:
    """Read the header of a MetaImage.

    Raises
    ------
    ValueError, OSError, KeyError, DataError
        It is damaged, or uses what is not read here (several channels, lists of files).
    """
    with path.open("rb") as file:
        fields, offset = _fields(file.read(_MAX_HEADER))
    sizes = [int(n) for n in fields["DimSize"].split()]
    if len(sizes) not in (2, 3, 4) or int(fields.get("ElementNumberOfChannels", "1")) != 1:
        raise ValueError("only gray images of two to four axes are read")
    data_path = path
    if fields[_LAST] != "LOCAL":
        data_path, offset = detached(path, fields[_LAST]), int(fields.get("HeaderSize", "0"))
    is_big = (
        "true"
        in fields.get("BinaryDataByteOrderMSB", fields.get("ElementByteOrderMSB", "")).lower()
    )
    is_compressed = fields.get("CompressedData", "").lower() == "true"
    padded = [*sizes, 1, 1][:4]
    return GridHeader(
        shape_ijkt=(padded[0], padded[1], padded[2], padded[3] if len(sizes) == 4 else 1),
        stored_type=np.dtype((">" if is_big else "<") + _TYPES[fields["ElementType"]]),
        affine_ijk_to_lps=_affine(fields, len(sizes)),
        data_path=data_path,
        offset=offset,
        encoding="zlib" if is_compressed else "raw",
    )


def _fields(head: bytes) -> tuple[dict[str, str], int]:
    """Fields up to ElementDataFile, and the offset after it."""
    fields = {}
    offset = 0
    while _LAST not in fields:
        end = head.find(b"\n", offset)
        if end < 0:
            raise ValueError("it has no ElementDataFile")
        name, _, value = head[offset:end].decode("latin-1").partition("=")
        fields[name.strip()] = value.strip()
        offset = end + 1
    return fields, offset


def _affine(fields: dict[str, str], n: int) -> np.ndarray | None:
    if n < 3:
        return None
    spacing = _numbers(fields.get("ElementSpacing", fields.get("ElementSize", "")), n)
    matrix = _numbers(fields.get("TransformMatrix", ""), n * n)
    origin = _numbers(fields.get("Offset", fields.get("Position", fields.get("Origin", ""))), n)
    affine = np.eye(4)
    # a row of TransformMatrix is the direction of one axis
    directions = np.eye(n) if matrix is None else np.array(matrix).reshape(n, n).T
    scale = np.ones(n) if spacing is None else np.array(spacing)
    affine[:3, :3] = (directions * scale)[:3, :3]
    affine[:3, 3] = (0.0, 0.0, 0.0) if origin is None else origin[:3]
    return affine


def _numbers(text: str, n: int) -> list[float] | None:
    numbers = [float(part) for part in text.split()]
    return numbers if len(numbers) == n else None
