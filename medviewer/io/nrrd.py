"""NRRD headers (teem.sourceforge.net/nrrd/format.html), and a writer."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import numpy as np

from medviewer.io.grid_files import GridHeader, detached

if TYPE_CHECKING:
    from pathlib import Path

    from medviewer.core.arrays import Affine, VoxelArray

_MAX_HEADER = 1 << 20
_TYPES = {
    "i1": ("signed char", "int8", "int8_t"),
    "u1": ("uchar", "unsigned char", "uint8", "uint8_t"),
    "i2": ("short", "short int", "signed short", "signed short int", "int16", "int16_t"),
    "u2": ("ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t"),
    "i4": ("int", "signed int", "int32", "int32_t"),
    "u4": ("uint", "unsigned int", "uint32", "uint32_t"),
    "f4": ("float",),
    "f8": ("double",),
}
_ENCODINGS = {"raw": "raw", "gz": "gzip", "gzip": "gzip"}
_SPACES = {
    "left-posterior-superior": (1.0, 1.0, 1.0),
    "lps": (1.0, 1.0, 1.0),
    "right-anterior-superior": (-1.0, -1.0, 1.0),
    "ras": (-1.0, -1.0, 1.0),
    "left-anterior-superior": (1.0, -1.0, 1.0),
    "las": (1.0, -1.0, 1.0),
}
"""Signs that turn a space into LPS."""


def read_nrrd_header(path: Path) -> GridHeader:
    """Read a NRRD header, attached or detached.

    Raises
    ------
    ValueError, OSError, KeyError, DataError
        It is damaged, or uses what is not read here (lists of data files, text).
    """
    with path.open("rb") as file:
        head = file.read(_MAX_HEADER)
    if not head.startswith(b"NRRD"):
        raise ValueError("it does not start with NRRD")
    text, blank, _ = head.replace(b"\r\n", b"\n").partition(b"\n\n")
    fields = _fields(text.decode("utf-8", "replace"))
    offset = head.index(b"\r\n\r\n") + 4 if b"\r\n" in text + blank else len(text) + 2
    data_path = path
    if "data file" in fields or "datafile" in fields:
        data_path = detached(path, fields.get("data file", fields.get("datafile", "")))
        offset = int(fields.get("byte skip", "0"))
    elif b"\r\n\r\n" in head[: len(text) + 64]:
        offset = head.index(b"\r\n\r\n") + 4
    sizes = [int(size) for size in fields["sizes"].split()]
    if len(sizes) > 4 or len(sizes) < 2:
        raise ValueError(f"{len(sizes)} axes are not those of an image")
    order = ">" if fields.get("endian", "little") == "big" else "<"
    axes = _axes(fields, len(sizes))
    shape, affine = _spatial(sizes, axes, fields)
    return GridHeader(
        shape_ijkt=shape,
        stored_type=np.dtype(order + _type(fields["type"])),
        affine_ijk_to_lps=affine,
        data_path=data_path,
        offset=offset,
        encoding=_ENCODINGS[fields["encoding"].lower()],
    )


def write_nrrd(voxels: VoxelArray, affine_ijk_to_lps: Affine, path: Path) -> None:
    """Write values, shape (slices, rows, columns), with their place in the patient."""
    little = voxels.astype(voxels.dtype.newbyteorder("<"), copy=False)
    names = {dtype: spellings[0] for dtype, spellings in _TYPES.items()}
    columns = [_vector(affine_ijk_to_lps[:3, n]) for n in range(3)]
    lines = [
        "NRRD0004",
        f"type: {names[little.dtype.str[1:]]}",
        "dimension: 3",
        "space: left-posterior-superior",
        "sizes: " + " ".join(str(n) for n in voxels.shape[::-1]),
        "space directions: " + " ".join(columns),
        "kinds: domain domain domain",
        "endian: little",
        "encoding: gzip",
        f"space origin: {_vector(affine_ijk_to_lps[:3, 3])}",
    ]
    with path.open("wb") as file:
        file.write(("\n".join(lines) + "\n\n").encode("ascii"))
        with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6, mtime=0) as stream:
            stream.write(np.ascontiguousarray(little).data)


def _vector(numbers: np.ndarray) -> str:
    return "(" + ",".join(f"{number:.17g}" for number in numbers) + ")"


def _fields(text: str) -> dict[str, str]:
    fields = {}
    for line in text.splitlines()[1:]:
        name, colon, value = line.partition(":")
        if colon and not line.startswith("#"):
            fields[name.strip().lower()] = value.lstrip("=").strip()
    return fields


def _type(name: str) -> str:
    found = next((dtype for dtype, names in _TYPES.items() if name.lower() in names), None)
    if found is None:
        raise ValueError(f"values of type {name!r} are not read")
    return found


def _axes(fields: dict[str, str], n: int) -> list[list[float] | None] | None:
    """Direction of each axis in space; ``None`` for an axis that is not spatial."""
    text = fields.get("space directions")
    if text is None:
        return None
    parts = text.replace(") (", ")|(").replace("none", "|none|").split("|")
    parts = [part.strip() for part in parts if part.strip()]
    if len(parts) != n:
        raise ValueError(f"{len(parts)} space directions for {n} axes")
    return [None if p == "none" else [float(v) for v in p.strip("()").split(",")] for p in parts]


def _spatial(
    sizes: list[int], axes: list[list[float] | None] | None, fields: dict[str, str]
) -> tuple[tuple[int, int, int, int], np.ndarray | None]:
    """Shape (i, j, k, t) and affine; a fourth axis must come last."""
    padded = [*sizes, 1, 1][:4]
    shape = (padded[0], padded[1], padded[2], padded[3] if len(sizes) == 4 else 1)
    if axes is None:
        return shape, None
    spatial = [axis for axis in axes if axis is not None]
    if axes[: len(spatial)] != spatial:
        raise ValueError("an axis that is not spatial must come last")
    signs = _SPACES.get(fields.get("space", "").lower())
    if len(spatial) != 3 or signs is None or any(len(axis) != 3 for axis in spatial):
        return shape, None
    affine = np.eye(4)
    affine[:3, :3] = np.array(spatial).T
    origin = fields.get("space origin", "(0,0,0)").strip("()").split(",")
    affine[:3, 3] = [float(v) for v in origin]
    return shape, np.diag([*signs, 1.0]) @ affine
