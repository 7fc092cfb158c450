"""Tell what other programs said of an image apart: segmentations and measurement reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydicom import dcmread
from pydicom.errors import InvalidDicomError

from medviewer.core.errors import DataError
from medviewer.core.messages import Message
from medviewer.io.dicom_sr import read_report

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from medviewer.core.references import Referenced
    from medviewer.io.dicom_sr import Report

_SEGMENTATIONS = "1.2.840.10008.5.1.4.1.1.66."


def is_segmentation(path: Path) -> bool:
    """Whether a file is a DICOM SEG; otherwise it is taken for a report.

    Raises
    ------
    DataError
        It is gone or no DICOM.
    """
    try:
        header = dcmread(path, stop_before_pixels=True, specific_tags=["SOPClassUID"])
    except (OSError, InvalidDicomError) as error:
        message = Message("{file} cannot be read: {reason}.", file=path.name, reason=str(error))
        raise DataError(message, hint="Open the study again.") from error
    return str(header.get("SOPClassUID", "")).startswith(_SEGMENTATIONS)


def read_shared_report(path: Path, referenced: Mapping[str, Referenced]) -> Report:
    """Read a DICOM SR whose findings may refer to other open objects.

    Parameters
    ----------
    path : Path
        The file.
    referenced : mapping of str to Referenced
        Open images and segmentations by SOPInstanceUID.

    Raises
    ------
    DataError
        It is no measurement report, or none of its measurements names a region.
    """
    report = read_report(path, referenced)
    if not report.sets[0].findings:
        message = Message(
            "{file} holds no finding with a place in the patient or on an image.", file=path.name
        )
        raise DataError(message, hint="Measurements without a region are not shown.")
    return report
