"""Read what other programs said of an image: segmentations and measurement reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydicom import dcmread
from pydicom.errors import InvalidDicomError

from medviewer.core.errors import DataError
from medviewer.core.messages import Message
from medviewer.io.dicom_seg import read_segmentation
from medviewer.io.dicom_sr import read_findings

if TYPE_CHECKING:
    from pathlib import Path

    from medviewer.core.findings import FindingSet
    from medviewer.core.segmentation import Segmentation

_SEGMENTATIONS = "1.2.840.10008.5.1.4.1.1.66."


def read_shared_result(path: Path) -> Segmentation | FindingSet:
    """Read a DICOM SEG or SR.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Segmentation or FindingSet
        In patient coordinates; its provenance names the maker.

    Raises
    ------
    DataError
        It holds nothing that can be shown over an image.
    """
    try:
        header = dcmread(path, stop_before_pixels=True, specific_tags=["SOPClassUID"])
    except (OSError, InvalidDicomError) as error:
        message = Message("{file} cannot be read: {reason}.", file=path.name, reason=str(error))
        raise DataError(message, hint="Open the study again.") from error
    if str(header.get("SOPClassUID", "")).startswith(_SEGMENTATIONS):
        return read_segmentation(path)
    findings = read_findings(path)
    if not findings.findings:
        message = Message("{file} holds no finding with a place in the patient.", file=path.name)
        raise DataError(message, hint="Only regions in three dimensions are shown.")
    return findings
