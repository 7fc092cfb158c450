"""Decode the frames of a record into the voxels of one volume."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np

from medviewer.core.errors import DataError, PixelDataError
from medviewer.core.messages import Message
from medviewer.core.volume import Volume
from medviewer.io.dicom_attributes import image_attributes, slice_attributes, value_unit
from medviewer.io.open_files import OpenFiles
from medviewer.processing.resample import SliceSource, regridded_slice, slice_sources

if TYPE_CHECKING:
    from typing import Any

    import numpy.typing as npt

    from medviewer.core.overlay_plane import OverlayPlane
    from medviewer.core.study import FrameReference, VolumeRecord

_CT_AIR_HU = -1024.0


class ValuesTooWideError(PixelDataError):
    """A frame holds values beyond the type chosen for its volume."""


class VolumeFiller:
    """Fills a volume; any thread may fill any picture.

    Parameters
    ----------
    record : VolumeRecord
        With a geometry.
    modality : str
    first : int
        Slice whose header describes the whole volume.

    Raises
    ------
    DataError
        The file of the first slice cannot be read.
    """

    def __init__(self, record: VolumeRecord, modality: str, first: int) -> None:
        if record.geometry is None:
            msg = f"Volume {record.id} has no grid."
            raise DataError(msg)
        self._record = record
        self._files = OpenFiles()
        self.overlay_faults: dict[int, str] = {}
        self._sources: tuple[SliceSource, ...] = ()
        if record.regridding is not None:
            self._sources = slice_sources(record.regridding, record.geometry.shape[0])
        reference = self._main_frame(first)
        reader, frame = self._files.reader(reference.path), reference.frame_index
        self._padding = reader.padding_value(frame)
        unit = value_unit(reader.header, reader.modality_lut(frame))
        air = _CT_AIR_HU if modality == "CT" and unit == "HU" else 0.0
        self._empty = air if self._padding is None else self._padding
        n = record.geometry.shape[0]
        self.image = Volume(
            id=record.id,
            voxels=np.zeros(record.geometry.shape, np.dtype(record.voxel_type)),
            geometry=record.geometry,
            frame_of_reference_uid=record.frame_of_reference_uid,
            modality=modality,
            unit=unit,
            vois=reader.vois(frame),
            padding_value=self._padding,
            is_inverted=reader.is_inverted,
            warnings=record.warnings,
            is_loaded=np.zeros(n, bool),
            attributes=image_attributes(reader.header, reader.functional_groups(frame)),
            slice_attributes=tuple({} for _ in range(n)),
        )

    @property
    def pictures(self) -> list[tuple[int, ...]]:
        """Slices that are decoded together (a mosaic), in order."""
        if self._sources:
            return [(k,) for k in range(len(self._sources))]
        together: dict[tuple[object, int], list[int]] = defaultdict(list)
        for k, reference in enumerate(self._record.frames):
            together[reference.path, reference.frame_index].append(k)
        return [tuple(slices) for slices in together.values()]

    def fill(self, slices: tuple[int, ...]) -> None:
        """Decode a picture into its slices.

        Raises
        ------
        DataError
            It cannot be decoded.
        """
        if self._sources:
            self._interpolate(slices[0])
        elif self._record.frames[slices[0]].tile is not None:
            self._take_apart(slices)
        else:
            reference = self._record.frames[slices[0]]
            self._read(reference, self.image.voxels[slices[0]])
        for k in slices:
            self._describe(k)
            self.image.is_loaded[k] = True

    def leave_empty(self, slices: tuple[int, ...]) -> None:
        """Fill slices with what surrounds the patient: half of one may have been decoded."""
        self.image.voxels[list(slices)] = self._empty

    def _main_frame(self, k: int) -> FrameReference:
        """Return the recorded frame that a slice is (mostly) made of."""
        if not self._sources:
            return self._record.frames[k]
        source = self._sources[k]
        return self._record.frames[source.frames[int(np.argmax(source.weights))]]

    def _read(
        self, reference: FrameReference, out: npt.NDArray[Any] | None = None
    ) -> npt.NDArray[Any]:
        """Read modality values of one frame.

        Raises
        ------
        DataError
            The frame cannot be decoded or is not what the index found.
        """
        reader, frame = self._files.reader(reference.path), reference.frame_index
        dtype = self.image.voxels.dtype
        shape = (reader.pixel_format.rows, reader.pixel_format.columns)
        if reader.is_color or (out is not None and out.shape != shape):
            msg = Message(
                "{file} has changed since its folder was opened.", file=reference.path.name
            )
            raise PixelDataError(msg, hint="Open the folder again.")
        target = np.empty(shape, dtype) if out is None else out
        if reader.value_range(frame).fits(dtype):
            return reader.read(frame, target)
        stored, lut = reader.frames.stored(frame), reader.modality_lut(frame)
        actual = lut.value_range(float(stored.min()), float(stored.max()))
        if not actual.fits(dtype):
            raise ValuesTooWideError(
                f"{reference.path.name}: values {actual.low:g} to {actual.high:g} exceed {dtype}."
            )
        lut.apply(stored, target)
        return target

    def _interpolate(self, k: int) -> None:
        regridding = self._record.regridding
        if regridding is None:
            return
        regridded_slice(
            self._sources[k],
            regridding,
            lambda frame: self._read(self._record.frames[frame]),
            self.image.voxels[k],
            self._empty,
        )

    def _take_apart(self, slices: tuple[int, ...]) -> None:
        """Copy the tiles of a mosaic to their slices."""
        picture = self._read(self._record.frames[slices[0]])
        _, rows, columns = self.image.voxels.shape
        for k in slices:
            top, left = self._tile_corner(k, picture.shape[1])
            self.image.voxels[k] = picture[top : top + rows, left : left + columns]

    def _tile_corner(self, k: int, picture_columns: int) -> tuple[int, int]:
        """Row and column of a mosaic at which a slice begins."""
        _, rows, columns = self.image.voxels.shape
        row, column = divmod(self._record.frames[k].tile or 0, picture_columns // columns)
        return row * rows, column * columns

    def _describe(self, k: int) -> None:
        reference = self._main_frame(k)
        reader = self._files.reader(reference.path)
        groups = reader.functional_groups(reference.frame_index)
        self.image.slice_attributes[k].update(slice_attributes(reader.header, groups))
        self.overlay_faults.update(reader.overlay_faults)
        planes = reader.overlay_planes(reference.frame_index)
        if planes:
            self._draw_over(k, planes, reader.pixel_format.columns)

    def _draw_over(self, k: int, planes: tuple[OverlayPlane, ...], picture_columns: int) -> None:
        """Keep what is drawn on the recorded frame of a slice, where its pixels came to lie."""
        regridding = self._record.regridding
        if self._record.frames[0].tile is not None:
            shape = self.image.voxels.shape[1:]
            top, left = self._tile_corner(k, picture_columns)
            planes = tuple(p for q in planes if (p := q.within(top, left, shape)) is not None)
        elif regridding is not None:
            source = self._sources[k]
            frame = source.frames[int(np.argmax(source.weights))]
            if abs(regridding.slice_indices[frame] - k) > 0.5:
                return  # a slice that was never recorded
            columns, rows = regridding.offsets_px[frame]
            planes = tuple(plane.moved(rows, columns) for plane in planes)
        if planes:
            self.image.overlay_planes[k] = planes
