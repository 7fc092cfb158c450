"""Which DICOM objects are not images, and which encodings nobody here decodes, as tables."""

from __future__ import annotations

from medviewer.core.messages import Message

_STORAGE = "1.2.840.10008.5.1.4.1.1."
_OBJECTS = {
    "1.2.840.10008.1.3.10": Message("a DICOMDIR, the table of contents of a disc"),
    "1.3.12.2.1107.5.9.1": Message("a private object of a manufacturer"),
    _STORAGE + "4.2": Message("an MR spectrum"),
    _STORAGE + "66.4": Message("a segmentation"),
    _STORAGE + "66.7": Message("a label map segmentation"),
    _STORAGE + "66.5": Message("a surface segmentation"),
    _STORAGE + "66.6": Message("a tractography result"),
    _STORAGE + "66.1": Message("a spatial registration"),
    _STORAGE + "66.2": Message("a set of spatial fiducials"),
    _STORAGE + "66.3": Message("a deformable spatial registration"),
    _STORAGE + "66": Message("raw data"),
    _STORAGE + "67": Message("a real world value mapping"),
    _STORAGE + "104.1": Message("an encapsulated PDF document"),
    _STORAGE + "104.2": Message("an encapsulated CDA document"),
    _STORAGE + "104.3": Message("an encapsulated STL model"),
    _STORAGE + "104.4": Message("an encapsulated OBJ model"),
    _STORAGE + "481.3": Message("an RT structure set"),
    _STORAGE + "481.4": Message("an RT treatment record"),
    _STORAGE + "481.5": Message("an RT plan"),
    _STORAGE + "481.6": Message("an RT brachytherapy record"),
    _STORAGE + "481.7": Message("an RT treatment summary"),
    _STORAGE + "481.8": Message("an RT ion plan"),
    _STORAGE + "481.9": Message("an RT ion treatment record"),
    _STORAGE + "91.1": Message("a set of microscopy annotations"),
}
_PREFIXES = {
    _STORAGE + "88.": Message("a structured report"),
    _STORAGE + "11.": Message("a presentation state"),
    _STORAGE + "9.": Message("a waveform"),
    "1.2.840.10008.5.1.4.38.": Message("a hanging protocol"),
    "1.2.840.10008.5.1.4.39.": Message("a colour palette"),
}
_RESULTS = {_STORAGE + end for end in ("66.4", "66.7", "88.22", "88.33", "88.34")}
_GRAYSCALE_PRESENTATION = _STORAGE + "11.1"
_VIDEO = "1.2.840.10008.1.2.4.10"
"""MPEG-2, MPEG-4 and HEVC: 1.2.840.10008.1.2.4.100 to .108."""


def object_name(sop_class_uid: str) -> str:
    """Name an object that is not an image, with its article; "" for images and unknown classes."""
    name = _OBJECTS.get(sop_class_uid)
    if name is not None:
        return name
    return next((v for k, v in _PREFIXES.items() if sop_class_uid.startswith(k)), "")


def is_result(sop_class_uid: str) -> bool:
    """Whether an object may hold masks or measurements of an image: SEG, or an SR of TID 1500."""
    return sop_class_uid in _RESULTS


def is_presentation_state(sop_class_uid: str) -> bool:
    """Whether an object says how gray images are to look (PS3.3 A.33.1)."""
    return sop_class_uid == _GRAYSCALE_PRESENTATION


def is_video(transfer_syntax_uid: str) -> bool:
    """Whether the frames are a video stream."""
    return transfer_syntax_uid.startswith(_VIDEO) and len(transfer_syntax_uid) == len(_VIDEO) + 1


def refusal_of_transfer_syntax(transfer_syntax_uid: str) -> str:
    """Why an encoding can never be shown here; "" where decoding may be tried."""
    if is_video(transfer_syntax_uid):
        return Message("The image is a video stream (MPEG), which this program does not play.")
    if transfer_syntax_uid.startswith("1.2.840.10008.1.2.4.9") and transfer_syntax_uid[-2:] in (
        "94", "95",
    ):  # fmt: skip
        return Message("The pixels are on a JPIP server, not in the file.")
    return ""
