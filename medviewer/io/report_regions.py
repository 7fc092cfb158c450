"""Regions that a report gives on the pixels of an image or as a segment, and where they lie."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from medviewer.core.errors import MedviewerError
from medviewer.core.findings import Unplaced
from medviewer.core.outlines import Outline
from medviewer.core.references import Referenced
from medviewer.io.dicom_facts import frame_facts
from medviewer.io.dicom_geometry import frame_geometry
from medviewer.io.dicom_read import read_index_header

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    import numpy.typing as npt
    from pydicom import Dataset

    from medviewer.core.findings import Finding
    from medviewer.core.geometry import VolumeGeometry
    from medviewer.core.references import FramePlace
    from medviewer.io.frame_facts import FrameFacts

_ELLIPSE_CORNERS = 96
_MAX_COMPARED = 512
_N_POINTS = {"POINT": 1, "CIRCLE": 2, "ELLIPSE": 4}
_PLACE_OF_PIXEL_CENTRE = 0.5
"""Graphic Data count from the outer corner of the first pixel (PS3.3 C.18.6)."""


class Target(NamedTuple):
    """What a place belongs to: a frame of reference in the patient, or one image's pixels."""

    frame_of_reference_uid: str = ""
    image_id: str = ""


@dataclass(frozen=True, slots=True)
class RegionReference:
    """A region on pixels (SCOORD) or a segment, by reference.

    Attributes
    ----------
    sop_instance_uid : str
        Of the image or the segmentation.
    frame_numbers : tuple of int
        From 1; empty for all frames.
    graphic_type : str
        PS3.3 C.18.6.1.2; empty for a segment.
    graphic_data : tuple of float
        Column, row, column, row, ...
    segment_number : int or None
    """

    sop_instance_uid: str
    frame_numbers: tuple[int, ...] = ()
    graphic_type: str = ""
    graphic_data: tuple[float, ...] = ()
    segment_number: int | None = None


@dataclass(slots=True)
class Placement:
    """What a region became: outlines or a centre in one target, or the reason why not."""

    target: Target = field(default_factory=Target)
    outlines: tuple[Outline, ...] = ()
    centre_lps_mm: tuple[float, float, float] | None = None
    extent_mm: float | None = None
    unplaced: Unplaced | None = None


def region_references(items: Iterable[Dataset], report: Dataset) -> list[RegionReference]:
    """Collect the regions among the content items of a measurement group, each once.

    Parameters
    ----------
    items : iterable of Dataset
        All content items below the group.
    report : Dataset
        Whose content tree items may point into (by-reference relationships, PS3.3 C.17.3.2.5).
    """
    found: list[RegionReference] = []
    for item in items:
        kind = item.get("ValueType", "")
        if kind == "SCOORD":
            found += _on_images(item, report)
        elif kind == "IMAGE" and "ReferencedSegmentNumber" in item.ReferencedSOPSequence[0]:
            reference = item.ReferencedSOPSequence[0]
            uid, frames = str(reference.ReferencedSOPInstanceUID), _frame_numbers(reference)
            numbers = _whole_numbers(reference.ReferencedSegmentNumber)
            found += [RegionReference(uid, frames, segment_number=n) for n in numbers]
    return list(dict.fromkeys(found))


class RegionPlacer:
    """Places regions through the geometry of the very frames they refer to.

    Parameters
    ----------
    referenced : mapping of str to Referenced
        SOPInstanceUID to what is open.
    """

    def __init__(self, referenced: Mapping[str, Referenced]) -> None:
        self._referenced = referenced
        self._facts: dict[Path, tuple[FrameFacts, ...]] = {}

    def place(self, region: RegionReference) -> list[Placement]:
        """Return where a region lies: one placement for each target, or one that says why not."""
        known = self._referenced.get(region.sop_instance_uid, Referenced())
        if region.segment_number is not None:
            return [self._segment(region, known)]
        frames = [f for f in known.frames if _is_meant(f.reference.frame_index, region)]
        if not frames:
            return [Placement(unplaced=Unplaced.NO_IMAGE)]
        if any(frame.reference.tile is not None for frame in frames):
            return [Placement(unplaced=Unplaced.UNKNOWN_REGION)]  # of a mosaic: pixels of no slice
        return [self._on_frame(region, frame) for frame in frames]

    def _on_frame(self, region: RegionReference, place: FramePlace) -> Placement:
        facts = self._frame(place.reference.path, place.reference.frame_index)
        if facts is None:
            return Placement(unplaced=Unplaced.NO_IMAGE)
        geometry = frame_geometry(facts)
        uid = str(facts.values.get("frame_of_reference", ""))
        if geometry is not None and uid:
            lines = _lines(region, geometry)
            return _placed(Target(uid), [Outline(line) for line in lines])
        if place.index is None:
            return Placement(unplaced=Unplaced.NO_FRAME_OF_REFERENCE)
        outlines = [Outline(line, place.index) for line in _lines(region, None)]
        return _placed(Target(image_id=place.image_id), outlines)

    def _segment(self, region: RegionReference, known: Referenced) -> Placement:
        segmentation, number = known.segmentation, region.segment_number
        if segmentation is None or number is None:
            return Placement(unplaced=Unplaced.NO_SEGMENTATION)
        slice_index = None
        if len(region.frame_numbers) == 1 and known.path is not None:
            facts = self._frame(known.path, region.frame_numbers[0] - 1)
            position = None if facts is None else facts.position_lps_mm
            if position is not None:
                slice_index = round(float(segmentation.geometry.lps_to_ijk(position)[2]))
        centre = segmentation.segment_centre(number, slice_index)
        if centre is None:
            return Placement(unplaced=Unplaced.NO_SEGMENT)
        return Placement(Target(segmentation.frame_of_reference_uid), centre_lps_mm=centre)

    def _frame(self, path: Path, index: int) -> FrameFacts | None:
        """Facts of a frame; ``None`` where the file is gone or has fewer."""
        if path not in self._facts:
            try:
                self._facts[path] = frame_facts(read_index_header(path))
            except MedviewerError:
                self._facts[path] = ()
        frames = self._facts[path]
        return frames[index] if 0 <= index < len(frames) else None


def with_outlines(finding: Finding, outlines: tuple[Outline, ...]) -> Finding:
    """Return a finding with what was drawn around it, all in the patient or all on pixels.

    Its centre is that of the outline nearest to the middle, so that it lies on an image that shows
    something; its size, where the report measures none, is the largest distance of two points.
    """
    points = np.concatenate([outline.points for outline in outlines])
    low, high = points.min(axis=0), points.max(axis=0)
    if outlines[0].frame_index is not None:
        (x0, y0), (x1, y1) = low.tolist(), high.tolist()
        return replace(finding, outlines=outlines, box_px=(x0, y0, x1, y1))
    centres = np.array([(o.points.min(axis=0) + o.points.max(axis=0)) / 2.0 for o in outlines])
    middle = np.linalg.norm(centres - (low + high) / 2.0, axis=1).argmin()
    x, y, z = centres[middle].tolist()
    some = points[:: len(points) // _MAX_COMPARED + 1]
    extent = float(np.linalg.norm(some[:, np.newaxis] - some, axis=2).max())
    diameter = finding.diameter_mm or extent or None
    return replace(finding, outlines=outlines, centre_lps_mm=(x, y, z), diameter_mm=diameter)


def _placed(target: Target, outlines: list[Outline]) -> Placement:
    if not outlines:
        return Placement(unplaced=Unplaced.UNKNOWN_REGION)
    return Placement(target, tuple(outlines))


def _is_meant(frame_index: int, region: RegionReference) -> bool:
    return not region.frame_numbers or frame_index + 1 in region.frame_numbers


def _on_images(item: Dataset, report: Dataset) -> Iterator[RegionReference]:
    """Yield the region once for each image it is selected from."""
    # Relative to a matrix of tiles, of which no view knows the place.
    is_of_tiles = item.get("PixelOriginInterpretation", "FRAME") == "VOLUME"
    kind = "" if is_of_tiles else str(item.get("GraphicType", ""))
    data = tuple(float(v) for v in np.atleast_1d(item.GraphicData))
    for child in item.get("ContentSequence", []):
        image = _pointed_at(child, report)
        if image.get("ValueType", "") == "IMAGE":
            reference = image.ReferencedSOPSequence[0]
            uid = str(reference.ReferencedSOPInstanceUID)
            yield RegionReference(uid, _frame_numbers(reference), kind, data)


def _pointed_at(item: Dataset, report: Dataset) -> Dataset:
    """Follow a by-reference relationship: the place at each level of the tree, from 1."""
    path = item.get("ReferencedContentItemIdentifier")
    if path is None:
        return item
    target = report
    for place in _whole_numbers(path)[1:]:
        target = target.ContentSequence[place - 1]
    return target


def _frame_numbers(reference: Dataset) -> tuple[int, ...]:
    return _whole_numbers(reference.get("ReferencedFrameNumber") or ())


def _whole_numbers(value: object) -> tuple[int, ...]:
    """Values of an attribute of one value or many."""
    return tuple(int(v) for v in np.atleast_1d(np.asarray(value)))


def _lines(
    region: RegionReference, geometry: VolumeGeometry | None
) -> list[npt.NDArray[np.float64]]:
    """Points and lines of a region, in patient LPS mm or, without geometry, in pixels.

    An ellipse is drawn through the ends of its axes. A circle is one where it is looked at: in
    millimetres where they are known, whatever the shape of the pixels. Nothing is returned for a
    region that violates PS3.3 C.18.6.1.2.
    """
    data = np.array(region.graphic_data)
    n, rest = divmod(len(data), 2)
    is_known = region.graphic_type in {*_N_POINTS, "MULTIPOINT", "POLYLINE"}
    is_whole = rest == 0 and n >= 1 and n == _N_POINTS.get(region.graphic_type, n)
    if not is_known or not is_whole or not np.isfinite(data).all():
        return []
    points = data.reshape(-1, 2)
    right, down = np.eye(2)
    if geometry is not None:
        indices = np.column_stack([points - _PLACE_OF_PIXEL_CENTRE, np.zeros(n)])
        points = geometry.ijk_to_lps(indices)
        right, down = geometry.direction[:, 0], geometry.direction[:, 1]
    if region.graphic_type == "CIRCLE":
        radius = float(np.linalg.norm(points[1] - points[0]))
        return [_ellipse(points[0], radius * right, radius * down)]
    if region.graphic_type == "ELLIPSE":
        major, minor = (points[1] - points[0]) / 2.0, (points[3] - points[2]) / 2.0
        return [_ellipse((points[0] + points[1]) / 2.0, major, minor)]
    return [points] if region.graphic_type == "POLYLINE" else list(points[:, np.newaxis])


def _ellipse(
    centre: npt.NDArray[np.float64],
    major: npt.NDArray[np.float64],
    minor: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Return a closed line through the ends of two half axes."""
    angle = np.linspace(0.0, 2.0 * np.pi, _ELLIPSE_CORNERS + 1)[:, np.newaxis]
    line = centre + np.cos(angle) * major + np.sin(angle) * minor
    line[-1] = line[0]  # exactly: that is what makes it closed
    return line
