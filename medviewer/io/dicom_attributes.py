"""Header facts for corner text: DICOM keyword in snake_case to text as people read it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from medviewer.io.dicom_header import tag_of
from medviewer.io.suv import suv_bw_factor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from medviewer.io.dicom_header import FileHeader, Header
    from medviewer.io.modality_lut import ModalityLut

CREDIT_PREFIX = "Credit: "
_LOSSY_SYNTAXES = {
    "1.2.840.10008.1.2.4.50": "JPEG",
    "1.2.840.10008.1.2.4.51": "JPEG",
    "1.2.840.10008.1.2.4.53": "JPEG",
    "1.2.840.10008.1.2.4.55": "JPEG",
    "1.2.840.10008.1.2.4.81": "JPEG-LS",
    "1.2.840.10008.1.2.4.91": "JPEG 2000",
    "1.2.840.10008.1.2.4.203": "HTJ2K",
    "1.2.840.10008.1.2.4.112": "JPEG XL",
}
_LOSSY_METHODS = {
    "ISO_10918_1": "JPEG",
    "ISO_14495_1": "JPEG-LS",
    "ISO_15444_1": "JPEG 2000",
    "ISO_15444_15": "HTJ2K",
    "ISO_18181_1": "JPEG XL",
    "ISO_13818_2": "MPEG-2",
    "ISO_14496_10": "MPEG-4",
    "ISO_23008_2": "HEVC",
}
_PET_UNITS = {
    "BQML": "Bq/ml",
    "CNTS": "counts",
    "GML": "g/ml",
    "PCNT": "%",
    "CPS": "counts/s",
    "CM2ML": "cm²/ml",
    "MLG": "ml/g",
    "MLMING": "ml/min/g",
    "NONE": "",
}
"""Units (0054,1001) as people write them (PS3.3 C.8.9.1.1.3)."""


def image_attributes(header: FileHeader, groups: Sequence[Header] = ()) -> dict[str, str]:
    """Return the facts that hold for a whole image.

    Parameters
    ----------
    header : FileHeader
    groups : sequence of Header
        Functional group items of one frame (its own, then the shared ones) of an enhanced
        object; facts the top level lacks are looked up in them.

    Returns
    -------
    dict
        Absent where the header says nothing. Dates ``YYYY-MM-DD``, times ``HH:MM:SS``, numbers
        without unit.
    """
    found = {key: read(_find(header, groups, keyword)) for key, keyword, read in _IMAGE_KEYS}
    found["lossy"] = lossy_text(header)
    factor = suv_bw_factor(header)
    found["suv_bw_factor"] = "" if factor is None else repr(factor)
    return {key: text for key, text in found.items() if text}


def slice_attributes(header: FileHeader, groups: Sequence[Header] = ()) -> dict[str, str]:
    """Return the facts that differ from slice to slice; parameters as :func:`image_attributes`."""
    found = {key: read(_find(header, groups, keyword)) for key, keyword, read in _SLICE_KEYS}
    return {key: text for key, text in found.items() if text}


def value_unit(header: Header, lut: ModalityLut) -> str:
    """Return the unit of the modality values: ``HU``, that of PET Units, or ""."""
    modality = header.text("Modality")
    if modality == "PT":
        units = header.text("Units")
        return _PET_UNITS.get(units, units)
    if modality == "CT" and lut.is_present and lut.unit in ("", "HU", "US"):
        return "HU"
    return lut.unit if lut.unit not in ("US", "UNSPECIFIED") else ""


def lossy_text(header: FileHeader) -> str:
    """Say how an image lost information, ``"JPEG 12:1"``; "" where it did not."""
    by_syntax = _LOSSY_SYNTAXES.get(header.transfer_syntax_uid, "")
    if header.text("LossyImageCompression") != "01" and not by_syntax:
        return ""
    methods = header.text("LossyImageCompressionMethod").split("\\")
    method = _LOSSY_METHODS.get(methods[-1], "") or by_syntax or "yes"
    ratios = header.floats("LossyImageCompressionRatio")
    if not ratios or ratios[-1] <= 1:
        return method
    digits = 3 if ratios[-1] < 1000 else 4  # no exponent: nothing is squeezed 10 000 times
    return f"{method} {ratios[-1]:.{digits}g}:1"


def date_text(value: str) -> str:
    """Write a DA value, or the date of a DT, as ``YYYY-MM-DD``; other texts as they are."""
    digits = value.replace(".", "").replace("-", "")[:8]
    if len(digits) == 8 and digits.isdigit():
        return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}"
    return value


def time_text(value: str) -> str:
    """Write a TM value as ``HH:MM:SS``; other texts as they are."""
    digits = value.replace(":", "").split(".")[0]
    if digits.isdigit() and len(digits) in (2, 4, 6):
        return ":".join(digits[index : index + 2] for index in range(0, len(digits), 2))
    return value


def age_text(value: str) -> str:
    """Write an AS value without its zeros: ``045Y`` as ``45 Y``."""
    match = re.fullmatch(r"(\d{1,3})([DWMY])", value)
    return f"{int(match.group(1))} {match.group(2)}" if match else value


def number_text(value: str) -> str:
    """Write the numbers of an element as short as their values allow."""
    try:
        return ", ".join(f"{float(part):.6g}" for part in value.split("\\"))
    except ValueError:
        return value


def _plain(value: str) -> str:
    return value.replace("\\", ", ")


def _credit(value: str) -> str:
    """Return whom to credit, where ImageComments is such a line (as in the demo study)."""
    return value.removeprefix(CREDIT_PREFIX) if value.startswith(CREDIT_PREFIX) else ""


def _laterality(value: str) -> str:
    return "" if value == "U" else value


_IMAGE_KEYS: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("patient_name", "PatientName", _plain),
    ("patient_id", "PatientID", _plain),
    ("patient_birth_date", "PatientBirthDate", date_text),
    ("patient_sex", "PatientSex", _plain),
    ("patient_age", "PatientAge", age_text),
    ("institution_name", "InstitutionName", _plain),
    ("study_description", "StudyDescription", _plain),
    ("study_date", "StudyDate", date_text),
    ("study_time", "StudyTime", time_text),
    ("series_number", "SeriesNumber", _plain),
    ("series_description", "SeriesDescription", _plain),
    ("modality", "Modality", _plain),
    ("body_part_examined", "BodyPartExamined", _plain),
    ("slice_thickness", "SliceThickness", number_text),
    ("manufacturer", "Manufacturer", _plain),
    ("convolution_kernel", "ConvolutionKernel", _plain),
    ("kvp", "KVP", number_text),
    ("echo_time", "EchoTime", number_text),
    ("repetition_time", "RepetitionTime", number_text),
    ("magnetic_field_strength", "MagneticFieldStrength", number_text),
    ("contrast_bolus_agent", "ContrastBolusAgent", _plain),
    ("laterality", "ImageLaterality", _laterality),
    ("view_position", "ViewPosition", _plain),
    ("acquisition_date", "AcquisitionDate", date_text),
    ("burned_in_annotation", "BurnedInAnnotation", _plain),
    ("attribution", "ImageComments", _credit),
)
_SLICE_KEYS: tuple[tuple[str, str, Callable[[str], str]], ...] = (
    ("instance_number", "InstanceNumber", _plain),
    ("sop_instance_uid", "SOPInstanceUID", _plain),
    ("slice_location", "SliceLocation", number_text),
    ("acquisition_time", "AcquisitionTime", time_text),
)
_SYNONYMS = {
    "EchoTime": ("EffectiveEchoTime",),
    "ImageLaterality": ("Laterality", "FrameLaterality"),
    "AcquisitionDate": ("AcquisitionDateTime",),
}
_GROUPS = tuple(
    tag_of(keyword)
    for keyword in (
        "PixelMeasuresSequence", "MREchoSequence", "MRTimingAndRelatedParametersSequence",
        "CTReconstructionSequence", "CTXRayDetailsSequence", "FrameAnatomySequence",
        "ContrastBolusUsageSequence",
    )
)  # fmt: skip


def _find(header: Header, groups: Sequence[Header], keyword: str) -> str:
    """Return the text of a keyword or its synonyms at the top level, else in the groups."""
    keywords = (keyword, *_SYNONYMS.get(keyword, ()))
    for name in keywords:
        text = header.text(name)
        if text:
            return text
    for group in groups:
        for tag in _GROUPS:
            for item in group.items(tag)[:1]:
                for name in keywords:
                    text = item.text(name)
                    if text:
                        return text
    return ""
