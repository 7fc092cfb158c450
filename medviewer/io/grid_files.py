"""Volumes stored as a header and one array: NIfTI, NRRD, MetaImage."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from medviewer.core.errors import DataError, GeometryError, PixelDataError
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.messages import Message
from medviewer.core.study import FrameReference, SeriesKind, SeriesRecord, VolumeRecord
from medviewer.core.volume import Frame, ImageStack, Volume
from medviewer.io.file_identity import file_uid

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

    import numpy.typing as npt

    from medviewer.core.arrays import Affine

_MAX_BYTES = 64 * 1024**3
_CHUNK = 1 << 22


@dataclass(frozen=True, eq=False, slots=True)
class GridHeader:
    """What the header of such a file says.

    Attributes
    ----------
    shape_ijkt : tuple of int
        Columns, rows, slices, times.
    stored_type : dtype
        With its byte order.
    affine_ijk_to_lps : array, shape (4, 4), or None
        ``None`` where the file has no place in a patient.
    data_path, offset : Path, int
        Where the array starts; -1 means that it ends with the file.
    encoding : str
        ``"raw"``, ``"gzip"`` or ``"zlib"``; with gzip ``offset`` counts inflated bytes where
        ``is_offset_inflated``.
    slope, intercept : float
        Value = stored * slope + intercept.
    """

    shape_ijkt: tuple[int, int, int, int]
    stored_type: np.dtype[Any]
    affine_ijk_to_lps: Affine | None
    data_path: Path
    offset: int
    encoding: str = "raw"
    is_offset_inflated: bool = False
    slope: float = 1.0
    intercept: float = 0.0

    @property
    def n_values(self) -> int:
        """Values of one time."""
        i, j, k, _ = self.shape_ijkt
        return i * j * k


@dataclass(frozen=True, slots=True)
class GridFormat:
    """Reads one such format; the header reader is all that differs."""

    name: str
    read_header: Callable[[Path], GridHeader]

    def describe(self, path: Path) -> SeriesRecord:
        """Return the record of a file from its header.

        Raises
        ------
        DataError
            The header is damaged or asks for more than a computer holds.
        """
        header = self._header(path)
        uid = file_uid(path, header.data_path)
        n_times = header.shape_ijkt[3]
        volumes = [_record(header, path, uid, time) for time in range(n_times)]
        return SeriesRecord(
            series_instance_uid=uid,
            modality="",
            description=path.name,
            kind=volumes[0].kind,
            n_instances=1,
            volumes=tuple(volumes),
        )

    def load(self, record: VolumeRecord) -> Volume | ImageStack:
        """Read the values of one record.

        Raises
        ------
        DataError
            The file is damaged or shorter than its header says.
        """
        path = record.frames[0].path
        header = self._header(path)
        time = record.frames[0].frame_index // header.shape_ijkt[2]
        voxels = _values(header, time)
        if record.geometry is not None and record.kind is SeriesKind.VOLUME:
            return Volume(
                id=record.id,
                voxels=voxels,
                geometry=record.geometry,
                attributes={"series_description": path.name},
            )
        frames: list[Frame | None] = [
            Frame(pixels=image, attributes={"series_description": path.name}) for image in voxels
        ]
        return ImageStack(id=record.id, frames=frames, kind=str(record.kind))

    def _header(self, path: Path) -> GridHeader:
        try:
            header = self.read_header(path)
        except (OSError, ValueError, KeyError, IndexError, zlib.error, EOFError) as error:
            msg = Message(
                "{file} is no readable {format} file: {error}.",
                file=path.name,
                format=self.name,
                error=str(error),
            )
            raise PixelDataError(msg, hint="Copy the file again from its source.") from error
        n_bytes = header.n_values * header.shape_ijkt[3] * header.stored_type.itemsize
        if min(header.shape_ijkt) < 1 or n_bytes > _MAX_BYTES:
            shape = " x ".join(map(str, header.shape_ijkt))
            msg = Message(
                "{file}: an image of {shape} values cannot be opened.", file=path.name, shape=shape
            )
            raise PixelDataError(msg, hint="Its header may be damaged.")
        return header


def _record(header: GridHeader, path: Path, uid: str, time: int) -> VolumeRecord:
    columns, rows, n_slices, n_times = header.shape_ijkt
    geometry = _geometry(header)
    is_volume = geometry is not None and n_slices > 1
    is_series = n_times > 1
    return VolumeRecord(
        id=f"{uid}/time-{time + 1}" if is_series else uid,
        label=f"time {time + 1}" if is_series else "",
        kind=SeriesKind.VOLUME if is_volume else SeriesKind.STACK,
        shape=(n_slices, rows, columns),
        frames=tuple(FrameReference(path, time * n_slices + k) for k in range(n_slices)),
        geometry=geometry,
        spacing_mm=None if geometry is None else geometry.spacing_ijk_mm[::-1],
        frame_of_reference_uid=uid,
        dimension="time" if is_series else "",
        group=f"{uid}/time" if is_series else "",
        dimension_value=float(time + 1) if is_series else None,
        voxel_type=str(_value_type(header)),
    )


def _geometry(header: GridHeader) -> VolumeGeometry | None:
    if header.affine_ijk_to_lps is None:
        return None
    columns, rows, n_slices, _ = header.shape_ijkt
    try:
        return VolumeGeometry((n_slices, rows, columns), header.affine_ijk_to_lps)
    except GeometryError:
        return None  # sheared or singular: shown as a stack, without a place


def _value_type(header: GridHeader) -> np.dtype[Any]:
    """int16 where it holds the stored values, else uint16, int32 or float32."""
    stored = header.stored_type
    if (header.slope, header.intercept) != (1.0, 0.0) or stored.kind == "f":
        return np.dtype(np.float32)
    if stored.kind == "b" or stored.itemsize == 1 or stored == np.dtype(stored.byteorder + "i2"):
        return np.dtype(np.int16)
    if stored.itemsize == 2:
        return np.dtype(np.uint16)
    return np.dtype(np.int32) if stored.kind == "i" and stored.itemsize == 4 else np.dtype("f4")


def _values(header: GridHeader, time: int) -> npt.NDArray[Any]:
    """Read one time, shape (slices, rows, columns)."""
    columns, rows, n_slices, _ = header.shape_ijkt
    n_bytes = header.n_values * header.stored_type.itemsize
    try:
        raw = _bytes(header, time * n_bytes, n_bytes)
    except (OSError, zlib.error, EOFError, MemoryError) as error:
        msg = Message(
            "{file} cannot be read: {reason}.", file=header.data_path.name, reason=str(error)
        )
        raise PixelDataError(msg, hint="Copy the file again from its source.") from error
    if len(raw) < n_bytes:
        msg = Message(
            "{file} is truncated: it has {has} of {needs} bytes.",
            file=header.data_path.name,
            has=len(raw),
            needs=n_bytes,
        )
        raise PixelDataError(msg, hint="Copy the file again from its source.")
    stored = np.frombuffer(raw, header.stored_type, header.n_values)
    values = stored.reshape(n_slices, rows, columns)
    if (header.slope, header.intercept) != (1.0, 0.0):
        return (values * np.float64(header.slope) + header.intercept).astype(np.float32)
    return values.astype(_value_type(header))


def _bytes(header: GridHeader, start: int, n_bytes: int) -> bytes:
    """Read ``n_bytes`` of the array from ``start`` on."""
    path = header.data_path
    if header.encoding == "raw":
        with path.open("rb") as file:
            first = header.offset
            if first < 0:
                total = header.n_values * header.shape_ijkt[3] * header.stored_type.itemsize
                first = path.stat().st_size - total
            if first < 0:
                return b""
            file.seek(first + start)
            return file.read(n_bytes)
    with path.open("rb") as file:
        skip = start
        if header.is_offset_inflated:
            skip += header.offset
        else:
            file.seek(header.offset)
        return _inflated(file, header.encoding, skip, n_bytes)


def _inflated(file: BinaryIO, encoding: str, skip: int, n_bytes: int) -> bytes:
    """Inflate ``n_bytes`` after ``skip``, never more: the file cannot make it take more memory."""
    if encoding == "gzip":
        with gzip.GzipFile(fileobj=file) as stream:
            stream.seek(skip)
            return stream.read(n_bytes)
    inflate = zlib.decompressobj()
    found = bytearray()
    while len(found) < skip + n_bytes:
        data = inflate.unconsumed_tail or file.read(_CHUNK)
        if not data:
            break
        found += inflate.decompress(data, skip + n_bytes - len(found))
    return bytes(found[skip:])


def detached(header_path: Path, name: str) -> Path:
    """Path of a data file that a header names; it must lie in the header's own folder.

    Raises
    ------
    DataError
        The name leads elsewhere, or there is no such file.
    """
    target = header_path.parent / Path(name.replace("\\", "/")).name
    if not target.is_file():
        msg = Message(
            "{file} names the data file {name}, which is not beside it.",
            file=header_path.name,
            name=name,
        )
        raise DataError(msg, hint="Put both files into one folder.")
    return target
