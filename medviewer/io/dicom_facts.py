"""From one DICOM header to the facts the index keeps."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from medviewer.core.errors import MedviewerError
from medviewer.core.messages import Message
from medviewer.core.study import FrameReference, PatientRecord
from medviewer.io.dicom_write import derived_uid
from medviewer.io.diffusion_facts import diffusion_values
from medviewer.io.enhanced_frames import enhanced_frames
from medviewer.io.frame_facts import FileFacts, FrameFacts, SeriesFacts, StudyFacts
from medviewer.io.header_values import rounded, seconds, sequence, vector
from medviewer.io.modality_lut import ValueRange, dose_grid_scaling
from medviewer.io.mosaic import mosaic_frames
from medviewer.io.pixel_values import ImageReader
from medviewer.io.sop_classes import is_video, object_name, refusal_of_transfer_syntax

if TYPE_CHECKING:
    from collections.abc import Hashable

    from medviewer.io.dicom_header import FileHeader, Header

RADIOGRAPH_MODALITIES = frozenset(
    ("CR", "DX", "RG", "MG", "PX", "IO", "XA", "RF", "RTIMAGE", "DXR")
)
CINE_MODALITIES = frozenset(("US", "IVUS", "XA", "RF", "NM", "XC", "GM", "ES", "EPS", "ECHO"))
MAX_FRAMES = 100_000
"""More frames than this in one file are an error of the header."""


def file_facts(header: FileHeader) -> FileFacts:
    """Return what the index keeps of a file."""
    sop_class_uid = header.text("SOPClassUID")
    study, series = study_facts(header), series_facts(header)
    identity = FileFacts(
        path=header.path,
        study=study,
        series=series,
        sop_class_uid=sop_class_uid,
        sop_instance_uid=header.text("SOPInstanceUID"),
    )
    not_image = object_name(sop_class_uid)
    if not_image:
        return replace(identity, not_image=not_image)
    refusal = _refusal(header)
    if refusal:
        return replace(identity, refusal=refusal)
    try:
        values = _value_range(ImageReader(header.path, header))
    except MedviewerError as error:
        return replace(identity, refusal=error.text)
    frames = frame_facts(header)
    return replace(
        identity,
        frames=frames,
        style=_style(header, series.modality, frames),
        n_bytes=header.file_size,
        value_range=values,
    )


def study_facts(header: Header) -> StudyFacts:
    """Return patient and study attributes."""
    patient = PatientRecord(
        patient_id=header.text("PatientID"),
        patient_name=header.person_name("PatientName"),
        patient_birth_date=header.text("PatientBirthDate"),
        patient_sex=header.text("PatientSex"),
    )
    uid = header.text("StudyInstanceUID")
    return StudyFacts(
        study_instance_uid=uid or derived_uid("study", patient.patient_id, patient.patient_name),
        patient=patient,
        study_date=header.text("StudyDate"),
        study_time=header.text("StudyTime"),
        description=header.text("StudyDescription"),
        accession_number=header.text("AccessionNumber"),
        institution_name=header.text("InstitutionName"),
        patient_age=header.text("PatientAge"),
    )


def series_facts(header: FileHeader) -> SeriesFacts:
    """Return series attributes; a missing UID is derived from the folder."""
    uid = header.text("SeriesInstanceUID")
    return SeriesFacts(
        series_instance_uid=uid or derived_uid("series", header.path.parent),
        modality=header.text("Modality"),
        description=header.text("SeriesDescription"),
        series_number=header.integer("SeriesNumber"),
        series_date=header.text("SeriesDate") or header.text("AcquisitionDate"),
        body_part=header.text("BodyPartExamined"),
        protocol_name=header.text("ProtocolName"),
    )


def _refusal(header: FileHeader) -> str:
    """Why the image cannot be shown, as far as the header alone tells."""
    rows, columns = header.integer("Rows") or 0, header.integer("Columns") or 0
    if header.pixel_data is None and rows <= 0:
        return Message("The file holds no image: neither an image size nor pixel data.")
    if rows <= 0 or columns <= 0:
        return Message(
            "The header gives no image size (Rows {rows}, Columns {columns}).",
            rows=rows,
            columns=columns,
        )
    if header.pixel_data is None:
        return Message("The file holds no pixel data.")
    n_frames = header.integer("NumberOfFrames") or 1
    if n_frames > MAX_FRAMES:
        return Message("NumberOfFrames {n_frames} is not credible.", n_frames=n_frames)
    if header.file_size - header.pixel_data[2] < n_frames // 8:  # a frame has a bit or more
        return Message(
            "The file is cut off: it cannot hold the {n_frames} frames of its header.",
            n_frames=n_frames,
        )
    reason = refusal_of_transfer_syntax(header.transfer_syntax_uid)
    if reason:
        return reason
    return ""


def _value_range(reader: ImageReader) -> ValueRange | None:
    """Range of the values of all frames; ``None`` for colour."""
    if reader.is_color:
        return None
    n_distinct = reader.n_frames if reader.functional_groups() else 1
    ranges = [reader.value_range(index) for index in range(n_distinct)]
    return ValueRange(
        min(each.low for each in ranges),
        max(each.high for each in ranges),
        all(each.is_whole for each in ranges),
    )


def frame_facts(header: FileHeader) -> tuple[FrameFacts, ...]:
    """Facts of every frame of a file, in stored order."""
    if "PerFrameFunctionalGroupsSequence" in header:
        return enhanced_frames(header, classic_frame(header))
    n_frames = max(1, header.integer("NumberOfFrames") or 1)
    first = classic_frame(header)
    if n_frames == 1:
        return mosaic_frames(header, first) or (first,)
    offsets = _frame_offsets(header, n_frames, first)
    return tuple(_numbered(first, index, offsets) for index in range(n_frames))


def classic_frame(header: FileHeader) -> FrameFacts:
    """Facts of the (first) frame from the top level of the header."""
    detector = next(iter(sequence(header, "DetectorInformationSequence")), header)
    frame = FrameFacts(
        reference=FrameReference(header.path),
        matrix=(header.integer("Rows") or 0, header.integer("Columns") or 0),
        is_color=(header.integer("SamplesPerPixel") or 1) > 1
        or header.text("PhotometricInterpretation") == "PALETTE COLOR",
        pixel_spacing_mm=_pixel_spacing(header),
        thickness_mm=header.number("SpacingBetweenSlices") or header.number("SliceThickness"),
        values=_fixed_values(header),
    )
    return placed_frame(frame, header, detector)


def placed_frame(frame: FrameFacts, header: FileHeader, place: Header) -> FrameFacts:
    """Return a frame with what differs from image to image: its place, time and number.

    Parameters
    ----------
    frame : FrameFacts
        What the images of a series have in common.
    header : FileHeader
    place : Header
        Where position and orientation stand: the header, or an item of a sequence in it.
    """
    position = vector(header, "ImagePositionPatient", 3) or vector(place, "ImagePositionPatient", 3)
    trigger_time = header.number("TriggerTime")
    temporal_position = header.integer("TemporalPositionIdentifier")
    acquisition = header.integer("AcquisitionNumber")
    acquisition_time = seconds(header.text("AcquisitionTime"))
    instance_number = header.integer("InstanceNumber")
    varying: dict[str, Hashable] = {
        "trigger_time": rounded(trigger_time, 1),
        "temporal_position": temporal_position,
        "frame_time": rounded(header.number("FrameReferenceTime"), 1),
        "acquisition": acquisition,
        "acquisition_time": acquisition_time,
    }
    return replace(
        frame,
        reference=FrameReference(
            path=header.path,
            sop_instance_uid=header.text("SOPInstanceUID"),
            instance_number=instance_number,
        ),
        position_lps_mm=None if position is None else (position[0], position[1], position[2]),
        orientation=vector(header, "ImageOrientationPatient", 6)
        or vector(place, "ImageOrientationPatient", 6),
        time_key=(
            float(temporal_position or 0),
            trigger_time or 0.0,
            float(acquisition or 0),
            acquisition_time or 0.0,
            seconds(header.text("ContentTime")) or 0.0,
            float(instance_number or 0),
        ),
        values={**frame.values, **{k: v for k, v in varying.items() if v is not None}},
    )


def _pixel_spacing(header: Header) -> tuple[float, float] | None:
    """(row, column) in mm; the detector's where nothing nearer to the patient is known."""
    return (
        spacing_of(header, "PixelSpacing")
        or spacing_of(header, "ImagerPixelSpacing")
        or spacing_of(header, "NominalScannedPixelSpacing")
        or ultrasound_spacing(header)
    )


def spacing_of(header: Header, keyword: str) -> tuple[float, float] | None:
    """(row, column) of a spacing attribute; ``None`` where absent or not positive."""
    numbers = header.floats(keyword)
    is_valid = len(numbers) == 2 and min(numbers) > 0 and all(map(math.isfinite, numbers))
    return (numbers[0], numbers[1]) if is_valid else None


def ultrasound_spacing(header: Header) -> tuple[float, float] | None:
    """Spacing of a single calibrated region in centimetres (PS3.3 C.8.5.5)."""
    regions = sequence(header, "SequenceOfUltrasoundRegions")
    found = {
        (abs(region.number("PhysicalDeltaY") or 0), abs(region.number("PhysicalDeltaX") or 0))
        for region in regions
        if region.integer("PhysicalUnitsXDirection") == 3
        and region.integer("PhysicalUnitsYDirection") == 3
    }
    if len(found) != 1:
        return None
    row_cm, column_cm = found.pop()
    return (row_cm * 10.0, column_cm * 10.0) if row_cm > 0 and column_cm > 0 else None


def _fixed_values(header: Header) -> dict[str, Hashable]:
    """Values of split rules, and other facts, that seldom differ within a series."""
    image_type = tuple(v.strip().upper() for v in header.text("ImageType").split("\\"))
    values: dict[str, Hashable] = {
        "sop_class": header.text("SOPClassUID"),
        "frame_of_reference": header.text("FrameOfReferenceUID"),
        "image_type": image_type,
        "kernel": header.text("ConvolutionKernel"),
        "echo": header.integer("EchoNumbers"),
        "echo_time": rounded(header.number("EchoTime"), 2),
        "inversion_time": rounded(header.number("InversionTime"), 1),
        "flip_angle": rounded(header.number("FlipAngle"), 1),
        "cardiac_phase": rounded(header.number("NominalPercentageOfCardiacPhase"), 1),
        "kvp": header.number("KVP"),
    }
    if header.text("Modality") == "MR":
        values.update(diffusion_values(header))
    if header.text("Modality") == "RTDOSE" and dose_grid_scaling(header) is None:
        values["unscaled_dose"] = True
    return {name: value for name, value in values.items() if value not in (None, "", ("",))}


def _frame_offsets(header: Header, n_frames: int, first: FrameFacts) -> list[float] | None:
    """Distance of each frame from the first along the normal, where the header tells.

    RT Dose: GridFrameOffsetVector (PS3.3 C.8.8.3.2); NM: SpacingBetweenSlices of a
    reconstruction (C.8.4.15).
    """
    if not first.has_geometry:
        return None
    offsets = header.floats("GridFrameOffsetVector")
    if len(offsets) == n_frames:
        return [offset - offsets[0] for offset in offsets]
    spacing = header.number("SpacingBetweenSlices")
    if header.text("Modality") == "NM" and "RECON TOMO" in header.text("ImageType") and spacing:
        return [spacing * index for index in range(n_frames)]
    return None


def _numbered(first: FrameFacts, index: int, offsets: list[float] | None) -> FrameFacts:
    position = None
    if offsets is not None and first.position_lps_mm and first.orientation:
        position = along_normal(first.position_lps_mm, first.orientation, offsets[index])
    reference = FrameReference(
        path=first.reference.path,
        frame_index=index,
        sop_instance_uid=first.reference.sop_instance_uid,
        instance_number=first.reference.instance_number,
    )
    return FrameFacts(
        reference=reference,
        matrix=first.matrix,
        is_color=first.is_color,
        position_lps_mm=position,
        orientation=first.orientation if offsets is not None else None,
        pixel_spacing_mm=first.pixel_spacing_mm,
        thickness_mm=first.thickness_mm,
        time_key=(*first.time_key, float(index)),
        values=first.values,
    )


def along_normal(
    position: tuple[float, float, float], orientation: tuple[float, ...], distance_mm: float
) -> tuple[float, float, float]:
    """Move a position along ``row x column``."""
    a, b, c, d, e, f = orientation
    normal = (b * f - c * e, c * d - a * f, a * e - b * d)
    x, y, z = (p + distance_mm * n for p, n in zip(position, normal, strict=True))
    return x, y, z


def _style(header: FileHeader, modality: str, frames: tuple[FrameFacts, ...]) -> str:
    if frames[0].has_geometry and modality not in RADIOGRAPH_MODALITIES:
        return "slices"
    if len(frames) > 1:
        timed = any(keyword in header for keyword in ("FrameTime", "FrameTimeVector", "CineRate"))
        if timed or modality in CINE_MODALITIES or is_video(header.transfer_syntax_uid):
            return "cine"
        return "stills"
    return "radiograph" if modality in RADIOGRAPH_MODALITIES else "stills"
