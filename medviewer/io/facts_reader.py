"""Facts of the files of a series at the price of what differs between them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from medviewer.io.dicom_elements import UNDEFINED_LENGTH
from medviewer.io.dicom_facts import file_facts, placed_frame
from medviewer.io.dicom_header import tag_of

if TYPE_CHECKING:
    from medviewer.io.dicom_header import FileHeader
    from medviewer.io.frame_facts import FileFacts

VARYING = frozenset(
    tag_of(keyword)
    for keyword in (
        "SOPInstanceUID", "InstanceNumber", "ImagePositionPatient", "ImageOrientationPatient",
        "TriggerTime", "TemporalPositionIdentifier", "AcquisitionNumber", "AcquisitionTime",
        "ContentTime", "FrameReferenceTime",
    )
)  # fmt: skip
"""Elements :func:`placed_frame` reads of every file."""

_COMMON_KEYWORDS = (
    "SOPClassUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality", "SpecificCharacterSet",
    "PatientID", "PatientName", "PatientBirthDate", "PatientSex", "PatientAge", "StudyDate",
    "StudyTime", "StudyDescription", "AccessionNumber", "InstitutionName", "SeriesDescription",
    "SeriesNumber", "SeriesDate", "AcquisitionDate", "BodyPartExamined", "ProtocolName",
    "Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "PhotometricInterpretation",
    "PlanarConfiguration", "BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation",
    "RescaleSlope", "RescaleIntercept", "RescaleType", "PixelSpacing", "ImagerPixelSpacing",
    "NominalScannedPixelSpacing", "SliceThickness", "SpacingBetweenSlices", "ImageType",
    "FrameOfReferenceUID", "ConvolutionKernel", "EchoNumbers", "EchoTime", "InversionTime",
    "FlipAngle", "NominalPercentageOfCardiacPhase", "KVP", "DiffusionBValue",
    "DiffusionGradientOrientation", "ComplexImageComponent", "Manufacturer", "FrameTime",
    "FrameTimeVector", "CineRate", "GridFrameOffsetVector", "DoseGridScaling",
)  # fmt: skip
_PRIVATE = (
    0x0019100C, 0x0019100E, 0x001910BB, 0x001910BC, 0x001910BD, 0x00431039, 0x0043102F,
    0x20011003, 0x20051011, 0x200510B0, 0x200510B1, 0x200510B2, 0x00651009, 0x00651037,
)  # fmt: skip
COMMON = (*map(tag_of, _COMMON_KEYWORDS), *_PRIVATE)
"""All other elements :func:`file_facts` reads of an ordinary file: most are equal in a series."""

NESTED = frozenset(
    tag_of(keyword)
    for keyword in (
        "PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence",
        "ModalityLUTSequence", "DetectorInformationSequence", "SequenceOfUltrasoundRegions",
    )
)  # fmt: skip
"""Files with one of these are always read in full."""


class FactsReader:
    """Reads the facts of files; what is equal to an earlier file is not read again."""

    def __init__(self) -> None:
        self._known: dict[object, tuple[FileFacts, int]] = {}

    def read(self, header: FileHeader) -> FileFacts:
        """Return what the index keeps of a file."""
        if header.pixel_data is None or header.is_deflated or not NESTED.isdisjoint(header.tags()):
            return file_facts(header)
        tag, _, start, length = header.pixel_data
        common = header.raws(COMMON)
        key = (common, header.transfer_syntax_uid, header.is_little_endian, tag)
        known = self._known.get(key)
        is_complete = length == UNDEFINED_LENGTH or start + length <= header.file_size
        if known is None or known[1] != length or not is_complete:
            facts = file_facts(header)
            if len(facts.frames) == 1 and is_complete:
                self._known[key] = (facts, length)
            return facts
        like = known[0]
        frame = placed_frame(like.frames[0], header, header)
        return replace(
            like,
            path=header.path,
            sop_instance_uid=frame.reference.sop_instance_uid,
            frames=(frame,),
            n_bytes=header.file_size,
        )
