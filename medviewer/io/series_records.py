"""From the facts of a series' files to its record: volumes, stacks, radiographs, cine loops."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from medviewer.core.messages import Message
from medviewer.core.study import (
    SeriesKind,
    SeriesRecord,
    SeriesWarning,
    StudyRecord,
    VolumeRecord,
    series_order,
)
from medviewer.io.dicom_geometry import (
    Arrangement,
    arrange,
    frame_geometry,
    in_paging_order,
    in_reading_order,
)
from medviewer.io.modality_lut import value_dtype
from medviewer.io.series_splitting import FrameGroup, split_series
from medviewer.io.sop_classes import is_presentation_state, is_result

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

    from medviewer.io.frame_facts import FileFacts, StudyFacts

_KIND_ORDER = (SeriesKind.VOLUME, SeriesKind.CINE, SeriesKind.RADIOGRAPH, SeriesKind.STACK)
_NAMED_REPEATS = 3
_LIKELY_INT16 = 2.0**20
"""Whole numbers that a header allows up to here are expected to fit int16; the loader checks."""
_SINGLE_KINDS = {
    "radiograph": SeriesKind.RADIOGRAPH,
    "cine": SeriesKind.CINE,
    "stills": SeriesKind.STACK,
}


def series_record(files: Sequence[FileFacts], volume_id: str = "") -> SeriesRecord:
    """Return the record of a series from the facts of its files.

    Parameters
    ----------
    files : sequence of FileFacts
        All of one SeriesInstanceUID; copies of an instance are shown once.
    volume_id : str
        What the ids of its volumes start with; the SeriesInstanceUID by default.
    """
    facts = files[0].series
    unique = _without_copies(files)
    volumes = _volumes(unique, volume_id or facts.series_instance_uid)
    kind, reason = _kind(files, volumes)
    return SeriesRecord(
        series_instance_uid=facts.series_instance_uid,
        modality=facts.modality,
        description=facts.description,
        kind=kind,
        n_instances=len(files),
        series_number=facts.series_number,
        series_date=facts.series_date,
        body_part=facts.body_part,
        protocol_name=facts.protocol_name,
        volumes=tuple(volumes),
        reason=reason,
        result_files=tuple(file.path for file in unique if is_result(file.sop_class_uid)),
        presentation_files=tuple(
            file.path for file in unique if is_presentation_state(file.sop_class_uid)
        ),
    )


def study_record(facts: StudyFacts, series: Iterable[SeriesRecord]) -> StudyRecord:
    """Return the record of a study; series in their order."""
    return StudyRecord(
        study_instance_uid=facts.study_instance_uid,
        patient=facts.patient,
        study_date=facts.study_date,
        study_time=facts.study_time,
        description=facts.description,
        accession_number=facts.accession_number,
        institution_name=facts.institution_name,
        patient_age=facts.patient_age,
        series=tuple(sorted(series, key=series_order)),
    )


def _without_copies(files: Sequence[FileFacts]) -> list[FileFacts]:
    """Drop files that hold an instance already seen: same SOPInstanceUID, same image."""
    seen: dict[Hashable, FileFacts] = {}
    for number, file in enumerate(files):
        first = file.frames[0] if file.frames else None
        place = None if first is None else (first.matrix, first.position_lps_mm)
        # without a place, files of one UID but different size are other encodings: show each
        size = 0 if first is not None and first.has_geometry else file.n_bytes
        uid = file.sop_instance_uid or number
        seen.setdefault((uid, len(file.frames), place, size), file)
    return list(seen.values())


def _kind(files: Sequence[FileFacts], volumes: list[VolumeRecord]) -> tuple[SeriesKind, str]:
    if volumes:
        kinds = {volume.kind for volume in volumes}
        return next(kind for kind in _KIND_ORDER if kind in kinds), ""
    refusals = [file.refusal for file in files if file.refusal]
    if refusals:
        return SeriesKind.REFUSED, refusals[0]
    return SeriesKind.NOT_IMAGE, Message(
        "This is {object}, not an image.", object=files[0].not_image
    )


def _volumes(files: list[FileFacts], uid: str) -> list[VolumeRecord]:
    by_style: dict[str, list[FileFacts]] = defaultdict(list)
    for file in files:
        if file.frames:
            by_style[file.style].append(file)
    parts: list[tuple[FrameGroup, SeriesKind]] = []
    for style, members in by_style.items():
        parts += _parts(style, members)
    labels = _unique_labels(parts)
    types = _voxel_types(files)
    records = [
        _record(volume_id, label, group, kind)
        for volume_id, label, (group, kind) in zip(_ids(uid, labels), labels, parts, strict=True)
    ]
    records = [replace(r, voxel_type=types(r)) for r in records]
    return _with_dimensions(uid, records, [group for group, _ in parts])


def _voxel_types(files: list[FileFacts]) -> Callable[[VolumeRecord], str]:
    """Name the type that holds the values of a record's frames."""
    ranges = {file.path: file.value_range for file in files}

    def voxel_type(record: VolumeRecord) -> str:
        found = [ranges[path] for path in {frame.path for frame in record.frames}]
        known = [each for each in found if each is not None]
        if len(known) < len(found):
            return "uint8"
        dtype = value_dtype(known)
        # 16 stored bits and an intercept could leave int16, but real values hardly ever do
        is_likely = all(
            each.is_whole and max(abs(each.low), abs(each.high)) < _LIKELY_INT16 for each in known
        )
        return "int16" if dtype == np.float32 and is_likely else str(dtype)

    return voxel_type


def _parts(style: str, files: list[FileFacts]) -> list[tuple[FrameGroup, SeriesKind]]:
    """Return groups of images with the kind they are read as."""
    if style in ("radiograph", "cine"):  # every radiograph and every loop stands alone
        kind = _SINGLE_KINDS[style]
        ordered = sorted(files, key=lambda f: f.frames[0].reference.instance_number or 0)
        return [(FrameGroup(file.frames), kind) for file in ordered]
    groups = split_series(frame for file in files for frame in file.frames)
    kind = SeriesKind.STACK if style == "stills" else SeriesKind.VOLUME
    return [(group, kind) for group in groups]


_PART_NAMES = {SeriesKind.CINE: "loop", SeriesKind.RADIOGRAPH: "image"}


def _unique_labels(parts: list[tuple[FrameGroup, SeriesKind]]) -> list[str]:
    """Labels, numbered where two groups would have the same."""
    if len(parts) == 1:
        return [parts[0][0].label]
    labels = [group.label or _PART_NAMES.get(kind, "part") for group, kind in parts]
    totals = Counter(labels)
    counts: Counter[str] = Counter()
    result = []
    for label in labels:
        counts[label] += 1
        result.append(f"{label} {counts[label]}" if totals[label] > 1 else label)
    return result


def _ids(uid: str, labels: list[str]) -> list[str]:
    """Ids of volumes from their labels; a number tells apart what only differs in signs or case."""
    if len(labels) == 1:
        return [uid]
    slugs = [_slug(label) for label in labels]
    return [
        f"{uid}/{slug}-{n}" if slug in slugs[: n - 1] else f"{uid}/{slug}"
        for n, slug in enumerate(slugs, 1)
    ]


def _record(volume_id: str, label: str, group: FrameGroup, kind: SeriesKind) -> VolumeRecord:
    arrangement = _arranged(group, kind)
    kind = _final_kind(kind, arrangement)
    frames, geometry = arrangement.frames, arrangement.geometry
    n_slices = len(frames) if geometry is None else geometry.shape[0]
    matrix = frames[0].matrix if geometry is None else geometry.shape[1:]
    frame_of_reference = frames[0].values.get("frame_of_reference", "")
    return VolumeRecord(
        id=volume_id,
        label=label,
        kind=kind,
        shape=(n_slices, matrix[0], matrix[1]),
        frames=tuple(frame.reference for frame in frames),
        geometry=geometry,
        spacing_mm=_spacing(kind, arrangement),
        frame_of_reference_uid=str(frame_of_reference),
        warnings=(*arrangement.warnings, *_repeat_warnings(group), *_dose_warnings(group)),
        regridding=arrangement.regridding,
    )


def _arranged(group: FrameGroup, kind: SeriesKind) -> Arrangement:
    if kind is SeriesKind.VOLUME:
        arrangement = arrange(group.frames)
        if arrangement.regridding is not None and group.frames[0].is_color:
            arrangement = Arrangement(arrangement.frames, warnings=arrangement.warnings)
        if _final_kind(kind, arrangement) is SeriesKind.STACK:
            return replace(arrangement, frames=in_paging_order(arrangement.frames))
        return arrangement
    frames = group.frames if kind is SeriesKind.CINE else in_reading_order(group.frames)
    return Arrangement(frames, frame_geometry(frames[0]) if len(frames) == 1 else None)


def _final_kind(kind: SeriesKind, arrangement: Arrangement) -> SeriesKind:
    """Only several gray slices on a grid are a volume."""
    if kind is not SeriesKind.VOLUME:
        return kind
    is_grid = arrangement.geometry is not None and arrangement.geometry.shape[0] > 1
    return SeriesKind.VOLUME if is_grid and not arrangement.frames[0].is_color else SeriesKind.STACK


def _spacing(kind: SeriesKind, arrangement: Arrangement) -> tuple[float, float, float] | None:
    if arrangement.geometry is not None and kind is not SeriesKind.RADIOGRAPH:
        i, j, k = arrangement.geometry.spacing_ijk_mm
        return k, j, i
    spacing = arrangement.frames[0].pixel_spacing_mm
    if kind in (SeriesKind.RADIOGRAPH, SeriesKind.CINE) and spacing is not None:
        return 0.0, *spacing
    return None


def _repeat_warnings(group: FrameGroup) -> tuple[SeriesWarning, ...]:
    """Name the positions that hold several images."""
    if not group.repeats:
        return ()
    places = [
        f"position {position} (images {', '.join(map(str, numbers))})"
        for position, numbers in group.repeats[:_NAMED_REPEATS]
    ]
    if len(group.repeats) > _NAMED_REPEATS:
        places.append(f"{len(group.repeats) - _NAMED_REPEATS} more")
    message = (
        f"Several images lie at the same place, and nothing in the headers tells them apart: "
        f"{', '.join(places)}; the first of each is shown here, the others beside it."
    )
    facts: dict[str, object] = {"n_positions": len(group.repeats), "places": ", ".join(places)}
    return (SeriesWarning("geometry.duplicate", message, facts),)


def _dose_warnings(group: FrameGroup) -> tuple[SeriesWarning, ...]:
    if not any(frame.values.get("unscaled_dose") for frame in group.frames):
        return ()
    message = (
        "DoseGridScaling is missing or not a positive number: "
        "the values are the stored numbers, not doses."
    )
    return (SeriesWarning("pixels.unscaled_dose", message),)


def _slug(label: str) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", label).strip("-").lower() or "part"


def _with_dimensions(
    uid: str, records: list[VolumeRecord], groups: list[FrameGroup]
) -> list[VolumeRecord]:
    """Join siblings on the same grid into sliders.

    The slider runs along the dimension with the most steps; volumes that differ otherwise
    (kernel, component, ...) belong to different sliders.
    """
    n_values: dict[str, set[str]] = defaultdict(set)
    for group in groups:
        for d in group.distinctions:
            if d.rule.dimension:
                n_values[d.rule.dimension].add(d.text)
    if not n_values:
        return records
    main = max(n_values, key=lambda name: len(n_values[name]))
    sliders: dict[Hashable, list[int]] = defaultdict(list)
    for n, (record, group) in enumerate(zip(records, groups, strict=True)):
        others = tuple(d.text for d in group.distinctions if d.rule.dimension != main)
        if any(d.rule.dimension == main for d in group.distinctions):
            sliders[record.shape, record.geometry, others].append(n)
    result = list(records)
    for number, members in enumerate(sliders.values(), 1):
        for place, n in enumerate(members, 1):
            if len(members) == 1:
                continue
            own = [d.number for d in groups[n].distinctions if d.rule.dimension == main]
            value = own[0] if len(own) == 1 and own[0] is not None else float(place)
            result[n] = replace(
                result[n], dimension=main, group=f"{uid}/{main}-{number}", dimension_value=value
            )
    return result
