"""DICOM Segmentation: label maps written for a series and read back, from here or elsewhere."""

from __future__ import annotations

import sqlite3
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import uuid4

import highdicom
import numpy as np
from highdicom import seg
from pydicom.errors import InvalidDicomError
from pydicom.uid import ExplicitVRLittleEndian, RLELossless

from medviewer import __version__
from medviewer.core.errors import DataError, ExportError
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.messages import Message
from medviewer.core.provenance import Provenance
from medviewer.core.segmentation import Code, Segment, Segmentation
from medviewer.io.dicom_results import (
    MAKER,
    algorithm_of,
    coded,
    is_ai,
    new_identity,
    read_headers,
    save,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pydicom import Dataset

TISSUE = Code("85756007", "SCT", "Tissue")
ANATOMY = Code("123037004", "SCT", "Anatomical structure")
_SERIES_NUMBER = 9001
_REVERSE = np.eye(4)[[2, 1, 0, 3]]
_READ_ERRORS = (
    InvalidDicomError, ValueError, RuntimeError, AttributeError, KeyError, TypeError, OSError,
    sqlite3.Error,
)  # fmt: skip
"""What highdicom raises on objects it cannot place (it keeps frames in SQLite)."""
_CIELAB_WHITE = (0.95047, 1.0, 1.08883)


@dataclass(frozen=True)
class SegHeader:
    """What a written segmentation says besides its labels.

    Attributes
    ----------
    is_label_map : bool
        Label Map Segmentation (Supplement 243) instead of one binary frame for each segment.
    """

    series_description: str = ""
    is_label_map: bool = False


def write_segmentation(
    segmentation: Segmentation, source_files: Sequence[Path], path: Path, header: SegHeader
) -> str:
    """Write a label map as DICOM SEG.

    Parameters
    ----------
    segmentation : Segmentation
        On any regular grid in the sources' frame of reference.
    source_files : sequence of Path
        The series it was made from.
    path : Path
        Destination.
    header : SegHeader
        Description and kind.

    Returns
    -------
    str
        SOPInstanceUID of the new object.

    Raises
    ------
    ExportError
        The label map is empty, lies on pixels, or belongs to another frame of reference.
    """
    if segmentation.is_on_pixels or not segmentation.labels.any():
        message = "The segmentation is empty or has no place in the patient."
        raise ExportError(message, hint="Nothing needs to be saved as DICOM SEG.")
    sources = read_headers(source_files)
    found = str(getattr(sources[0], "FrameOfReferenceUID", ""))
    expected = segmentation.frame_of_reference_uid
    if expected and found != expected:
        message = f"The segmentation's frame of reference {expected} is not the series' {found}."
        raise ExportError(message, hint="Save it for the series it was made from.")
    volume = highdicom.Volume(
        array=np.asarray(segmentation.labels),
        affine=segmentation.geometry.affine_ijk_to_lps @ _REVERSE,
        coordinate_system="PATIENT",
        frame_of_reference_uid=found,
    )
    kind = (
        seg.SegmentationTypeValues.LABELMAP
        if header.is_label_map
        else seg.SegmentationTypeValues.BINARY
    )
    document = seg.Segmentation(
        source_images=sources,
        pixel_array=volume,
        segmentation_type=kind,
        segment_descriptions=_descriptions(segmentation),
        manufacturer_model_name=MAKER,
        software_versions=__version__,
        device_serial_number="0",
        series_description=header.series_description[:64] or None,
        transfer_syntax_uid=RLELossless if header.is_label_map else ExplicitVRLittleEndian,
        **new_identity(_SERIES_NUMBER),
    )
    return save(document, path)


def read_segmentation(path: Path) -> Segmentation:
    """Read a DICOM SEG (binary, fractional above one half, or label map) onto its own grid.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Segmentation
        Later segments lie over earlier ones where they overlap.

    Raises
    ------
    DataError
        It is no segmentation, or its frames form no regular grid.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # other programs' objects deviate in small things
            document = seg.segread(path)
            volume = _volume(document)
    except _READ_ERRORS as e:
        message = Message(
            "{file} is no segmentation that can be shown: {error}", file=path.name, error=str(e)
        )
        raise DataError(message, hint="Its frames must lie on a regular grid.") from e
    array = np.asarray(volume.array).astype(np.uint8)
    array.setflags(write=False)
    geometry = VolumeGeometry(
        (array.shape[0], array.shape[1], array.shape[2]), volume.affine @ _REVERSE
    )
    numbers = [int(n) for n in document.segment_numbers if int(n) != 0]
    segments = tuple(_segment(document, number) for number in numbers)
    references = getattr(document, "ReferencedSeriesSequence", None) or []
    source = str(references[0].SeriesInstanceUID) if references else ""
    return Segmentation(
        str(document.SOPInstanceUID),
        array,
        geometry,
        segments,
        str(document.FrameOfReferenceUID),
        _provenance(document, source),
        source,
    )


def _volume(document: seg.Segmentation) -> highdicom.Volume:
    """Segment numbers on the frames' grid; of a fraction more than one half counts."""
    if document.segmentation_type is not seg.SegmentationTypeValues.FRACTIONAL:
        return document.get_volume(
            combine_segments=True,
            skip_overlap_checks=True,
            rescale_fractional=False,
            allow_missing_positions=True,
        )
    shares = document.get_volume(rescale_fractional=True, allow_missing_positions=True)
    labels = np.zeros(shares.array.shape[:3], np.uint8)
    for index, number in enumerate(document.segment_numbers):
        labels[shares.array[..., index] > 0.5] = number
    return shares.with_array(labels)


def _descriptions(segmentation: Segmentation) -> list[seg.SegmentDescription]:
    result = []
    for segment in segmentation.segments:
        color = segment.color_rgb
        result.append(
            seg.SegmentDescription(
                segment_number=segment.number,
                segment_label=segment.label[:64],
                segmented_property_category=coded(ANATOMY if segment.code else TISSUE),
                segmented_property_type=coded(segment.code or TISSUE),
                algorithm_type=seg.SegmentAlgorithmTypeValues.AUTOMATIC,
                algorithm_identification=algorithm_of(segmentation.provenance),
                tracking_uid=highdicom.UID(),
                tracking_id=f"{segment.label}-{uuid4().hex[:8]}"[:64],
                display_color=None
                if color is None
                else highdicom.color.CIELabColor.from_rgb(*color),
            )
        )
    return result


def _segment(document: seg.Segmentation, number: int) -> Segment:
    description = document.get_segment_description(number)
    kind = description.segmented_property_type
    code = Code(str(kind.value), str(kind.scheme_designator), str(kind.meaning))
    return Segment(number, str(description.segment_label), code, _color(description))


def _color(description: Dataset) -> tuple[int, int, int] | None:
    stored = getattr(description, "RecommendedDisplayCIELabValue", None)
    if stored is None or len(stored) != 3:
        return None
    lightness, a, b = stored[0] / 65535 * 100, stored[1] / 257 - 128, stored[2] / 257 - 128
    y = (lightness + 16) / 116
    xyz = [
        white * (t**3 if t > 6 / 29 else (t - 16 / 116) * 3 * (6 / 29) ** 2)
        for white, t in zip(_CIELAB_WHITE, (y + a / 500, y, y - b / 200), strict=True)
    ]
    matrix = np.array(
        [[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.204, 1.057]]
    )
    linear = np.clip(matrix @ xyz, 0, 1)
    values = np.where(linear > 0.0031308, 1.055 * linear ** (1 / 2.4) - 0.055, 12.92 * linear)
    red, green, blue = (int(v) for v in np.rint(values * 255))
    return red, green, blue


def _provenance(document: seg.Segmentation, source: str) -> Provenance:
    creator = str(getattr(document, "ManufacturerModelName", "") or "unknown")
    version = ""
    # A label map lists its background too, which nobody made.
    item = next((s for s in document.SegmentSequence if int(s.SegmentNumber) != 0), None)
    algorithms = getattr(item, "SegmentationAlgorithmIdentificationSequence", None)
    if algorithms:
        creator = str(algorithms[0].AlgorithmName)
        version = str(getattr(algorithms[0], "AlgorithmVersion", ""))
    elif item is not None and "SegmentAlgorithmName" in item:
        creator = str(item.SegmentAlgorithmName)
    created = f"{getattr(document, 'ContentDate', '')} {getattr(document, 'ContentTime', '')}"
    parameters: dict[str, object] = {
        "manufacturer": str(getattr(document, "Manufacturer", "") or ""),
        "algorithm_type": str(getattr(item, "SegmentAlgorithmType", "") or ""),
        "is_ai": is_ai(algorithms[0] if algorithms else None),
    }
    return Provenance(creator, version, "", (source,), created.strip(), parameters)
