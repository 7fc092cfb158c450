"""DICOM structured reports: findings and probabilities as TID 1500 measurements."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import highdicom
import numpy as np
from highdicom import sr
from highdicom.sr.coding import CodedConcept
from pydicom import dcmread
from pydicom.errors import InvalidDicomError
from pydicom.sr.codedict import codes

from medviewer.core.errors import DataError, ExportError
from medviewer.core.findings import Finding, FindingSet, ReviewState, Unplaced
from medviewer.core.messages import Message
from medviewer.core.provenance import Provenance
from medviewer.io.dicom_results import (
    algorithm_of,
    coded,
    device_observer,
    new_identity,
    read_headers,
    save,
)
from medviewer.io.finding_ratings import solidity_items, suspicion_items, with_ratings
from medviewer.io.report_regions import (
    Placement,
    RegionPlacer,
    Target,
    region_references,
    with_outlines,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from pydicom import Dataset

    from medviewer.core.references import Referenced
    from medviewer.core.segmentation import Code
    from medviewer.io.report_regions import RegionReference

_SERIES_NUMBER = 9002
_PERSON = "121008"
_MAKERS = ("111001", "111003", "121013")
"""Algorithm name, algorithm version, device observer name (DCM)."""
_COMMENT = "121106"
_EDITED = "Place and size edited by"
_SCORE = CodedConcept("score", "99MEDVIEWER", "Calibrated score")
_RATIO = CodedConcept("{ratio}", "UCUM", "ratio")
_READ_ERRORS = (
    InvalidDicomError, ValueError, AttributeError, LookupError, TypeError, OSError
)  # fmt: skip


def write_findings(
    findings: FindingSet,
    source_files: Sequence[Path],
    path: Path,
    label_codes: Mapping[str, Code],
) -> str:
    """Write findings in patient coordinates as a Comprehensive 3-D SR (TID 1500).

    Rejected findings are left out; the report is UNVERIFIED.

    Parameters
    ----------
    findings : FindingSet
        With centres in patient LPS.
    source_files : sequence of Path
        The series they were found in.
    path : Path
        Destination.
    label_codes : mapping of str to Code
        What each label is called; others are written as text of this program.

    Returns
    -------
    str
        SOPInstanceUID of the report.

    Raises
    ------
    ExportError
        There is no finding to write, or the sources cannot be read.
    """
    kept = [f for f in findings.findings if f.review is not ReviewState.REJECTED]
    placed = [f for f in kept if f.centre_lps_mm is not None]
    if not placed:
        message = "There is no finding with a place in the patient to write."
        raise ExportError(message, hint="Rejected findings are left out.")
    sources = read_headers(source_files)
    frame = findings.frame_of_reference_uid or str(sources[0].FrameOfReferenceUID)
    groups = [_group(f, frame, findings.provenance, label_codes) for f in placed]
    report = sr.MeasurementReport(
        observation_context=sr.ObservationContext(observer_device_context=device_observer()),
        procedure_reported=codes.LN.CTUnspecifiedBodyRegion
        if str(sources[0].get("Modality", "")) == "CT"
        else CodedConcept("363679005", "SCT", "Imaging procedure"),
        imaging_measurements=groups,
        title=codes.DCM.ImagingMeasurementReport,
        referenced_images=sources,
    )
    document = sr.Comprehensive3DSR(
        evidence=sources,
        content=report,
        is_complete=True,
        is_verified=False,
        series_description="AI findings",
        **new_identity(_SERIES_NUMBER),
    )
    return save(document, path)


@dataclass(frozen=True, eq=False)
class Report:
    """What a measurement report says.

    Attributes
    ----------
    sets : tuple of FindingSet
        One for each frame of reference, and each image without one, on which it has a place.
        Each lists all findings in the report's order; those that lie elsewhere say so.
    references : frozenset of str
        SOPInstanceUIDs of the images and segmentations its regions refer to.
    """

    sets: tuple[FindingSet, ...]
    references: frozenset[str]


def read_report(path: Path, referenced: Mapping[str, Referenced] | None = None) -> Report:
    """Read the findings of a TID 1500 report: in patient coordinates, on pixels, or as segments.

    Parameters
    ----------
    path : Path
        From this or another program.
    referenced : mapping of str to Referenced, optional
        The open objects by SOPInstanceUID; regions of others have no place.

    Returns
    -------
    Report
        A finding for each measurement group that names a region.

    Raises
    ------
    DataError
        It is no measurement report.
    """
    try:
        dataset = dcmread(path)
        groups = _measurement_groups(dataset)
        source = _source_series(dataset)
        placer = RegionPlacer(referenced or {})
        places = [_places(group, placer) for group in groups]
    except _READ_ERRORS as error:
        message = Message(
            "{file} is no measurement report that can be read: {error}",
            file=path.name,
            error=str(error),
        )
        raise DataError(message, hint="A TID 1500 report is needed.") from error
    uid, provenance = str(dataset.SOPInstanceUID), _origin(dataset, source)
    targets = list(dict.fromkeys(target for place in places for target in place)) or [Target()]
    targets = [t for t in targets if t != Target()] or targets[:1]
    sets = []
    for number, target in enumerate(targets):
        findings = tuple(p.get(target) or _elsewhere(p) for p in places)
        name = f"{uid}/{number}" if number else uid
        at = target.frame_of_reference_uid, target.image_id or source
        sets.append(FindingSet(name, findings, *at, provenance))
    regions = (region for group in groups for region in group.regions)
    return Report(tuple(sets), frozenset(region.sop_instance_uid for region in regions))


def _origin(dataset: Dataset, source: str) -> Provenance:
    """Say who made a report: the algorithm it names, else the observer, else the manufacturer."""
    named = {_name(item): item for item in _items(dataset)}
    texts = {code: str(named[code].get("TextValue", "")) for code in _MAKERS if code in named}
    person = named.get(_PERSON)
    observer = str(person.get("PersonName", "")) if person is not None else ""
    manufacturer = str(dataset.get("Manufacturer", "") or "")
    creator = texts.get("111001", "") or observer or texts.get("121013", "")
    creator = creator or str(dataset.get("ManufacturerModelName", "") or manufacturer)
    created = f"{dataset.get('ContentDate', '')} {dataset.get('ContentTime', '')}".strip()
    parameters: dict[str, object] = {
        "manufacturer": manufacturer,
        "algorithm_type": "",
        "observer": observer,
        "is_ai": False,
    }
    version = texts.get("111003", "")
    return Provenance(creator or "unknown", version, "", (source,), created, parameters)


def _items(dataset: Dataset) -> Iterator[Dataset]:
    """Every content item of a tree."""
    for item in dataset.get("ContentSequence", []):
        yield item
        yield from _items(item)


def _group(
    finding: Finding,
    frame: str,
    provenance: Provenance | None,
    label_codes: Mapping[str, Code],
) -> sr.PlanarROIMeasurementsAndQualitativeEvaluations:
    centre = np.asarray(finding.centre_lps_mm, float)
    radius = max((finding.diameter_mm or 0.0) / 2.0, 0.5)
    ends = np.array([[-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0]], float)
    region = sr.ImageRegion3D(
        graphic_type=sr.GraphicTypeValues3D.ELLIPSE,
        graphic_data=centre + radius * ends,
        frame_of_reference_uid=frame,
    )
    algorithm = sr.AlgorithmIdentification(
        name=algorithm_of(provenance)[0].AlgorithmName,
        version=algorithm_of(provenance)[0].AlgorithmVersion,
        parameters=[f"weights_sha256={provenance.weights_sha256}"] if provenance else None,
    )
    measurements = []
    if finding.diameter_mm is not None:
        measurements.append(
            sr.Measurement(
                name=codes.SCT.Diameter,
                value=float(finding.diameter_mm),
                unit=codes.UCUM.Millimeter,
                algorithm_id=None if finding.edited_by else algorithm,
            )
        )
    if finding.score is not None:
        measurements.append(
            sr.Measurement(
                name=_SCORE, value=float(finding.score), unit=_RATIO, algorithm_id=algorithm
            )
        )
    measurements += suspicion_items(finding, algorithm)
    code = label_codes.get(finding.label)
    meaning = coded(code) if code else CodedConcept(finding.label, "99MEDVIEWER", finding.label)
    group = sr.PlanarROIMeasurementsAndQualitativeEvaluations(
        referenced_region=region,
        tracking_identifier=sr.TrackingIdentifier(uid=highdicom.UID(), identifier=finding.id),
        finding_type=meaning,
        algorithm_id=algorithm,
        measurements=measurements,
        qualitative_evaluations=solidity_items(finding),
    )
    for text in _remarks(finding):
        group[0].ContentSequence.append(
            sr.TextContentItem(
                name=codes.DCM.Comment,
                value=text,
                relationship_type=sr.RelationshipTypeValues.CONTAINS,
            )
        )
    return group


def _remarks(finding: Finding) -> list[str]:
    """Say what the reader remarked and changed; the score stays the algorithm's."""
    remarks = [finding.comment] if finding.comment else []
    if finding.edited_by:
        remarks.append(f"{_EDITED} {finding.edited_by} at {finding.edited_at}.")
    return remarks


@dataclass(frozen=True, slots=True)
class _Group:
    """A measurement group: what it says, and the regions it says that of."""

    finding: Finding
    placements: list[Placement]
    regions: list[RegionReference]


def _measurement_groups(dataset: Dataset) -> list[_Group]:
    """Collect measurement groups (TID 1410 and 1411) with a region anywhere in the tree."""
    groups: list[_Group] = []
    stack = list(dataset.ContentSequence)
    while stack:
        item = stack.pop(0)
        if _name(item) == "125007" and item.ValueType == "CONTAINER":
            group = _read_group(item, dataset, {g.finding.id for g in groups})
            if group.placements or group.regions:
                groups.append(group)
        else:
            stack = list(item.get("ContentSequence", [])) + stack
    return groups


def _read_group(group: Dataset, report: Dataset, taken_ids: set[str]) -> _Group:
    values: dict[str, str] = {}
    numbers: dict[str, float] = {}
    codes_found: dict[str, str] = {}
    placements, remarks = list[Placement](), list[str]()
    for item in group.get("ContentSequence", []):
        if item.ValueType == "SCOORD3D":
            placements = [_in_patient(item)]
        elif item.ValueType == "NUM" and item.get("MeasuredValueSequence"):
            numbers[_name(item)] = float(item.MeasuredValueSequence[0].NumericValue)
        elif item.ValueType == "TEXT" and _name(item) == _COMMENT:
            remarks.append(str(item.TextValue))
        elif item.ValueType == "TEXT":
            values[_name(item)] = str(item.TextValue)
        elif item.ValueType == "CODE" and _name(item) == "121071":
            values["label"] = str(item.ConceptCodeSequence[0].CodeMeaning)
        elif item.ValueType == "CODE" and item.get("ConceptCodeSequence"):
            codes_found[_name(item)] = str(item.ConceptCodeSequence[0].get("CodeValue", ""))
    identifier = values.get("112039", "finding")
    if identifier in taken_ids:  # some programs identify every finding by the tool that drew it
        identifier = f"{identifier} {len(taken_ids) + 1}"
    diameter = numbers.get("81827009", numbers.get("M-02550"))
    score = numbers.get(_SCORE.value)
    finding = Finding(identifier, values.get("label", "finding"), score, diameter_mm=diameter)
    finding = with_ratings(_with_remarks(finding, remarks), numbers, codes_found)
    return _Group(finding, placements, region_references(_items(group), report))


def _in_patient(item: Dataset) -> Placement:
    """Place of a region in three dimensions: the middle of its points, as wide as they are."""
    points = np.asarray(item.GraphicData, float).reshape(-1, 3)
    x, y, z = ((points.min(0) + points.max(0)) / 2.0).tolist()
    extent = float(np.ptp(points, axis=0).max())
    target = Target(str(item.ReferencedFrameOfReferenceUID))
    return Placement(target, centre_lps_mm=(x, y, z), extent_mm=extent or None)


def _places(group: _Group, placer: RegionPlacer) -> dict[Target, Finding]:
    """Return a finding as it lies in each of its targets, or under no target why nowhere."""
    placements = group.placements + [p for r in group.regions for p in placer.place(r)]
    found: dict[Target, Finding] = {}
    for target in dict.fromkeys(p.target for p in placements):
        here = [p for p in placements if p.target == target]
        outlines = tuple(outline for p in here for outline in p.outlines)
        found[target] = (
            with_outlines(group.finding, outlines) if outlines else _marked(group.finding, here[0])
        )
    return found


def _marked(finding: Finding, placement: Placement) -> Finding:
    diameter = finding.diameter_mm or placement.extent_mm
    centre, unplaced = placement.centre_lps_mm, placement.unplaced
    return replace(finding, centre_lps_mm=centre, diameter_mm=diameter, unplaced=unplaced)


def _elsewhere(places: dict[Target, Finding]) -> Finding:
    """Return a finding for the list of a target that it does not lie in."""
    reason = Unplaced.ELSEWHERE if any(places[t].unplaced is None for t in places) else None
    finding = next(iter(places.values()))
    return replace(
        finding,
        centre_lps_mm=None,
        box_px=None,
        outlines=(),
        unplaced=reason or finding.unplaced,
    )


def _with_remarks(finding: Finding, remarks: list[str]) -> Finding:
    for text in remarks:
        if text.startswith(_EDITED) and " at " in text:
            who, _, when = text[len(_EDITED) + 1 : -1].rpartition(" at ")
            finding = replace(finding, edited_by=who, edited_at=when)
        else:
            finding = replace(finding, comment=f"{finding.comment} {text}".strip())
    return finding


def _name(item: Dataset) -> str:
    names = item.get("ConceptNameCodeSequence", [])
    return str(names[0].CodeValue) if names and "CodeValue" in names[0] else ""


def _source_series(dataset: Dataset) -> str:
    for study in dataset.get("CurrentRequestedProcedureEvidenceSequence", []):
        for series in study.get("ReferencedSeriesSequence", []):
            return str(series.SeriesInstanceUID)
    return ""
