"""Decode the frames of a record one by one: radiographs, cine loops, colour, irregular series."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medviewer.core.volume import Frame, ImageStack
from medviewer.io.dicom_attributes import image_attributes, slice_attributes, value_unit
from medviewer.io.dicom_facts import frame_facts
from medviewer.io.dicom_geometry import frame_geometry
from medviewer.io.open_files import OpenFiles
from medviewer.io.pixel_spacing import frame_rate_hz, pixel_aspect_ratio, shown_spacing

if TYPE_CHECKING:
    from pathlib import Path

    from medviewer.core.study import VolumeRecord
    from medviewer.io.frame_facts import FrameFacts
    from medviewer.io.pixel_values import ImageReader


class StackFiller:
    """Fills a stack; any thread may fill any frame.

    Parameters
    ----------
    record : VolumeRecord
    modality : str
    first : int
        Frame whose header describes the whole stack.

    Raises
    ------
    DataError
        The file of the first frame cannot be read.
    """

    def __init__(self, record: VolumeRecord, modality: str, first: int) -> None:
        self._record = record
        self._files = OpenFiles()
        self._facts: dict[Path, tuple[FrameFacts, ...]] = {}
        self.overlay_faults: dict[int, str] = {}
        reference = record.frames[first]
        reader, frame = self._files.reader(reference.path), reference.frame_index
        self.image = ImageStack(
            id=record.id,
            frames=[None] * len(record.frames),
            kind=str(record.kind),
            frame_of_reference_uid=record.frame_of_reference_uid,
            modality=modality,
            unit=value_unit(reader.header, reader.modality_lut(frame)),
            frame_rate_hz=frame_rate_hz(reader.header),
            warnings=record.warnings,
            attributes=image_attributes(reader.header, reader.functional_groups(frame)),
        )

    @property
    def pictures(self) -> list[tuple[int, ...]]:
        """Every frame by itself."""
        return [(k,) for k in range(len(self._record.frames))]

    def fill(self, slices: tuple[int, ...]) -> None:
        """Decode a frame.

        Raises
        ------
        DataError
            It cannot be decoded.
        """
        (k,) = slices
        reference = self._record.frames[k]
        reader, index = self._files.reader(reference.path), reference.frame_index
        facts = self._placed(reader, index)
        geometry = None if facts is None else frame_geometry(facts)
        spacing_mm, source = shown_spacing(reader.header, facts, has_geometry=geometry is not None)
        groups = reader.functional_groups(index)
        attributes = image_attributes(reader.header, groups)
        attributes.update(slice_attributes(reader.header, groups))
        self.image.frames[k] = Frame(
            pixels=reader.read(index),
            geometry=geometry,
            spacing_mm=spacing_mm,
            spacing_source=source,
            pixel_aspect_ratio=pixel_aspect_ratio(reader.header, spacing_mm),
            orientation_letters=_letters(reader),
            vois=reader.vois(index),
            padding_value=reader.padding_value(index),
            is_inverted=reader.is_inverted,
            attributes=attributes,
            overlay_planes=reader.overlay_planes(index),
        )
        self.overlay_faults.update(reader.overlay_faults)

    def leave_empty(self, slices: tuple[int, ...]) -> None:
        """Do nothing: a frame that is not there is not shown."""

    def _placed(self, reader: ImageReader, index: int) -> FrameFacts | None:
        path = reader.frames.path
        found = self._facts.get(path)
        if found is None:  # threads may race here: both find the same
            found = self._facts[path] = frame_facts(reader.header)
        return found[index] if index < len(found) else None


def _letters(reader: ImageReader) -> tuple[str, str] | None:
    """PatientOrientation: where rows and columns point to (PS3.3 C.7.6.1.1.1)."""
    parts = reader.header.text("PatientOrientation").split("\\")
    return (parts[0], parts[1]) if len(parts) == 2 and all(parts) else None
