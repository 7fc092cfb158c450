"""Read Grayscale Softcopy Presentation States (PS3.3 A.33.1)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from medviewer.core.errors import DataError, WindowError
from medviewer.core.messages import Message
from medviewer.core.presentation import (
    DisplayedArea,
    Drawing,
    DrawingKind,
    PresentationState,
    SavedWindow,
    circle,
)
from medviewer.core.windowing import VoiFunction, VoiLut, VoiWindow
from medviewer.io.dicom_read import read_index_header
from medviewer.io.lookup_tables import read_lut_item
from medviewer.io.modality_lut import ModalityLut
from medviewer.io.voi_headers import to_voxel_unit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from medviewer.core.presentation import Images, Point
    from medviewer.io.dicom_header import Header

_KINDS = {kind.value: kind for kind in DrawingKind} | {"INTERPOLATED": DrawingKind.POLYLINE}
_IDENTITY = (1.0, 0.0)


def read_presentation_state(path: Path, files: Mapping[str, Path]) -> PresentationState:
    """Read a presentation state.

    Windows of images whose values are in another unit than those saved (a PET in SUV, an image
    with a table) are left out: they would show something else.

    Parameters
    ----------
    path : Path
    files : mapping of str to Path
        Open images by SOPInstanceUID.

    Raises
    ------
    NotDicomError
        It cannot be read.
    DataError
        It names no open image.
    """
    header = read_index_header(path)
    images = frozenset(
        image
        for series in _items(header, "ReferencedSeriesSequence")
        for image in _referenced(series)
    )
    known = next((files[uid] for uid, _ in images if uid in files), None)
    if known is None:
        message = Message("{file} is about images that are not open.", file=path.name)
        raise DataError(message, hint="Open them with it.")
    degrees = header.number("ImageRotation") or 0.0
    return PresentationState(
        id=header.text("SOPInstanceUID"),
        label=header.text("ContentDescription") or header.text("ContentLabel"),
        creator=header.person_name("ContentCreatorName"),
        created=header.text("PresentationCreationDate"),
        images=images,
        windows=tuple(_windows(header, known)),
        is_inverted=header.text("PresentationLUTShape") == "INVERSE",
        rotation_deg=float(degrees) % 360.0,
        is_flipped=header.text("ImageHorizontalFlip") == "Y",
        drawings=tuple(_drawings(header)),
        openings=tuple(_openings(header)),
        areas=tuple(_areas(header)),
    )


def _items(header: Header, keyword: str) -> list[Header]:
    found = header.get(keyword)
    return found if isinstance(found, list) else []


def _referenced(item: Header) -> Images:
    """Images of a Referenced Image Sequence; frames count from 0 here."""
    found: set[tuple[str, int | None]] = set()
    for image in _items(item, "ReferencedImageSequence"):
        uid = image.text("ReferencedSOPInstanceUID")
        frames = image.floats("ReferencedFrameNumber")
        found |= {(uid, int(number) - 1) for number in frames} if frames else {(uid, None)}
    return frozenset(found)


def _windows(header: Header, image_path: Path) -> Iterator[SavedWindow]:
    """Windows and tables in the unit of the voxels, which is that of the image's own rescaling."""
    image = read_index_header(image_path)
    if image.text("Modality") == "PT" or "ModalityLUTSequence" in image:
        return
    own, saved = _rescaling(image), _rescaling(header)
    for item in _items(header, "SoftcopyVOILUTSequence"):
        voi = _voi(item, is_signed=saved[1] < 0)
        if isinstance(voi, VoiLut) and own != saved:
            continue
        if isinstance(voi, VoiWindow) and own != saved:
            gain = own[0] / saved[0]
            voi = to_voxel_unit(voi, ModalityLut(gain, own[1] - saved[1] * gain))
        if voi is not None:
            yield SavedWindow(voi, _referenced(item))


def _rescaling(header: Header) -> tuple[float, float]:
    slope, intercept = header.number("RescaleSlope"), header.number("RescaleIntercept")
    return _IDENTITY if not slope or intercept is None else (slope, intercept)


def _voi(item: Header, *, is_signed: bool) -> VoiWindow | VoiLut | None:
    for table_item in _items(item, "VOILUTSequence"):
        found = read_lut_item(table_item, is_input_signed=is_signed)
        if found is not None:
            table, first, bits = found
            return VoiLut(table.astype(np.uint16), float(first), min(max(bits, 1), 16))
    center, width = item.number("WindowCenter"), item.number("WindowWidth")
    if center is None or width is None:
        return None
    name = item.text("VOILUTFunction").upper()
    function = VoiFunction(name) if name in VoiFunction.__members__ else VoiFunction.LINEAR
    try:
        return VoiWindow(center, width, function)
    except WindowError:
        return None


def _drawings(header: Header) -> Iterator[Drawing]:
    for annotation in _items(header, "GraphicAnnotationSequence"):
        images = _referenced(annotation)
        for graphic in _items(annotation, "GraphicObjectSequence"):
            kind = _KINDS.get(graphic.text("GraphicType"))
            values = graphic.floats("GraphicData")
            if kind is not None and len(values) >= 2:
                is_in_pixels = graphic.text("GraphicAnnotationUnits") != "DISPLAY"
                yield Drawing(kind, _pairs(values), is_in_pixels, images=images)
        for text in _items(annotation, "TextObjectSequence"):
            drawing = _text(text)
            if drawing is not None:
                yield replace(drawing, images=images)


def _text(item: Header) -> Drawing | None:
    """Text at its box, else at what it points to."""
    for place, units in (
        ("BoundingBoxTopLeftHandCorner", "BoundingBoxAnnotationUnits"),
        ("AnchorPoint", "AnchorPointAnnotationUnits"),
    ):
        values = item.floats(place)
        if len(values) == 2:
            is_in_pixels = item.text(units) != "DISPLAY"
            words = item.text("UnformattedTextValue")
            return Drawing(DrawingKind.TEXT, _pairs(values), is_in_pixels, words)
    return None


def _openings(header: Header) -> Iterator[tuple[Point, ...]]:
    """Polygons of the shutters, which count rows and columns from 1."""
    shapes = header.text("ShutterShape").split("\\")
    edges = [
        header.number(f"Shutter{edge}")
        for edge in (
            "LeftVerticalEdge",
            "RightVerticalEdge",
            "UpperHorizontalEdge",
            "LowerHorizontalEdge",
        )
    ]
    if "RECTANGULAR" in shapes and None not in edges:
        left, right, upper, lower = (float(edge or 0.0) for edge in edges)
        left, upper = left - 1.0, upper - 1.0
        yield (left, upper), (right, upper), (right, lower), (left, lower)
    centre, radius = (
        header.floats("CenterOfCircularShutter"),
        header.number("RadiusOfCircularShutter"),
    )
    if "CIRCULAR" in shapes and len(centre) == 2 and radius:
        yield circle((centre[1] - 0.5, centre[0] - 0.5), radius)
    vertices = header.floats("VerticesOfThePolygonalShutter")
    if "POLYGONAL" in shapes and len(vertices) >= 6:
        yield tuple((column - 0.5, row - 0.5) for row, column in _pairs(vertices))


def _areas(header: Header) -> Iterator[DisplayedArea]:
    """Areas that are scaled to fit; corners are those of the turned image, in either order."""
    for item in _items(header, "DisplayedAreaSelectionSequence"):
        first = item.floats("DisplayedAreaTopLeftHandCorner")
        last = item.floats("DisplayedAreaBottomRightHandCorner")
        if item.text("PresentationSizeMode") == "SCALE TO FIT" and len(first) == len(last) == 2:
            (left, right), (top, bottom) = (sorted(ends) for ends in zip(first, last, strict=True))
            corners = (left - 1.0, top - 1.0), (right, bottom)
            yield DisplayedArea(corners, _referenced(item))


def _pairs(values: list[float]) -> tuple[Point, ...]:
    return tuple(zip(values[::2], values[1::2], strict=False))
