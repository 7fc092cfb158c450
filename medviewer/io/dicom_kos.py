"""DICOM Key Object Selection: the images on which a reader accepted findings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from highdicom import ko
from pydicom.sr.codedict import codes

from medviewer.core.errors import ExportError
from medviewer.core.findings import ReviewState
from medviewer.io.dicom_results import device_observer, new_identity, read_headers, save

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pydicom import Dataset

    from medviewer.core.findings import Finding, FindingSet

_SERIES_NUMBER = 9003


def write_key_images(findings: FindingSet, source_files: Sequence[Path], path: Path) -> str:
    """Write the images of accepted findings as key images (PS3.3 A.35.4, TID 2010).

    Parameters
    ----------
    findings : FindingSet
        Those that are not accepted are left out.
    source_files : sequence of Path
        The series they were found in, in the order of its frames.
    path : Path
        Destination.

    Returns
    -------
    str
        SOPInstanceUID of the document.

    Raises
    ------
    ExportError
        No finding was accepted, or the sources cannot be read.
    """
    accepted = [f for f in findings.findings if f.review is ReviewState.ACCEPTED]
    if not accepted:
        message = "No finding was accepted."
        raise ExportError(message, hint="Accept the findings whose images are to be kept.")
    sources = read_headers(source_files)
    chosen = {_image_of(finding, findings.frame_index, sources) for finding in accepted}
    key_images = [sources[number] for number in sorted(chosen)]
    labels = ", ".join(dict.fromkeys(f.label.replace("_", " ") for f in accepted))
    content = ko.KeyObjectSelection(
        document_title=codes.DCM.OfInterest,
        referenced_objects=key_images,
        observer_device_context=device_observer(),
        description=f"Accepted findings: {labels}",
    )
    document = ko.KeyObjectSelectionDocument(
        evidence=key_images,
        content=content,
        **new_identity(_SERIES_NUMBER),
    )
    return save(document, path)


def _image_of(finding: Finding, frame_index: int, sources: Sequence[Dataset]) -> int:
    """Return the number of the instance whose plane is nearest to a finding."""
    if finding.centre_lps_mm is None or "ImagePositionPatient" not in sources[0]:
        return min(frame_index, len(sources) - 1)
    row, column = np.reshape(np.asarray(sources[0].ImageOrientationPatient, float), (2, 3))
    normal = np.cross(row, column)
    positions = np.array([source.ImagePositionPatient for source in sources], float)
    distances = np.abs((positions - np.asarray(finding.centre_lps_mm)) @ normal)
    return int(distances.argmin())
