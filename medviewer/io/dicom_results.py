"""What the DICOM objects that hold results have in common: sources, maker, identity, saving."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import highdicom
from highdicom import sr
from highdicom.sr.coding import CodedConcept
from pydicom import dcmread
from pydicom.errors import InvalidDicomError
from pydicom.sr.codedict import codes

from medviewer import __version__
from medviewer.core.errors import ExportError
from medviewer.core.segmentation import Code
from medviewer.io.atomic_file import replacing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from pydicom import Dataset

    from medviewer.core.provenance import Provenance

MAKER = "medviewer"
_FAMILY = Code("123109", "DCM", "Artificial Intelligence")


class Identity(TypedDict):
    """Arguments of highdicom's objects that tell one from all others."""

    series_instance_uid: str
    series_number: int
    sop_instance_uid: str
    instance_number: int
    manufacturer: str


def new_identity(series_number: int) -> Identity:
    """Return the identity of the only object of a new series."""
    return Identity(
        series_instance_uid=highdicom.UID(),
        series_number=series_number,
        sop_instance_uid=highdicom.UID(),
        instance_number=1,
        manufacturer=MAKER,
    )


def device_observer() -> sr.ObserverContext:
    """Return this program as the observer of a report (TID 1004)."""
    return sr.ObserverContext(
        observer_type=codes.DCM.Device,
        observer_identifying_attributes=sr.DeviceObserverIdentifyingAttributes(
            uid=highdicom.UID(), name=MAKER, model_name=f"{MAKER} {__version__}"
        ),
    )


def algorithm_of(provenance: Provenance | None) -> highdicom.AlgorithmIdentificationSequence:
    """Return who made a result (PS3.3 10.16)."""
    name = provenance.creator if provenance else MAKER
    version = provenance.version if provenance and provenance.version else __version__
    digest = provenance.weights_sha256 if provenance else ""
    return highdicom.AlgorithmIdentificationSequence(
        name=name,
        family=coded(_FAMILY),
        version=version,
        source=MAKER,
        parameters={"weights_sha256": digest} if digest else None,
    )


def is_ai(algorithm: Dataset | None) -> bool:
    """Whether an algorithm identification (PS3.3 10.16) says that it is one of machine learning."""
    families = getattr(algorithm, "AlgorithmFamilyCodeSequence", None) or []
    return any(
        (str(f.get("CodeValue", "")), str(f.get("CodingSchemeDesignator", "")))
        == (_FAMILY.value, _FAMILY.scheme)
        for f in families
    )


def coded(code: Code) -> CodedConcept:
    """Return a code in highdicom's form."""
    return CodedConcept(code.value, code.scheme, code.meaning)


def read_headers(files: Sequence[Path]) -> list[Dataset]:
    """Read the headers of a series without its pixels.

    Raises
    ------
    ExportError
        A file is gone or no DICOM.
    """
    try:
        return [dcmread(path, stop_before_pixels=True) for path in files]
    except (OSError, InvalidDicomError) as error:
        message = f"The series' files cannot be read: {error}."
        raise ExportError(
            message, hint="DICOM results can only be made for DICOM images."
        ) from error


def save(document: Dataset, path: Path) -> str:
    """Write an object, whole or not at all, and return its SOPInstanceUID."""
    with replacing(path) as temporary:
        document.save_as(temporary)
    return str(document.SOPInstanceUID)
