"""A result as the files of ``medviewer analyze``: ``result.json`` and what it names."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from medviewer.ai.model_result import RunStatus
from medviewer.ai.norm_comparison import compare_with_norms
from medviewer.ai.volume_norms import volume_norms
from medviewer.core.findings import ReviewState
from medviewer.core.segmentation import Code
from medviewer.io.atomic_file import replacing
from medviewer.io.dicom_kos import write_key_images
from medviewer.io.dicom_seg import SegHeader, write_segmentation
from medviewer.io.dicom_sr import write_findings
from medviewer.io.result_files import (
    SALIENCY_UNIT,
    write_image_labels,
    write_image_saliency,
    write_volume_map,
)
from medviewer.io.stored_orientation import StoredOrientation

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from pathlib import Path

    from medviewer.ai.model_card import ModelCard
    from medviewer.ai.model_result import ModelResult
    from medviewer.core.findings import Finding, FindingSet
    from medviewer.core.saliency import SaliencyMap
    from medviewer.core.segmentation import Segmentation

RESULT_SCHEMA = "medviewer.result/1"
RESULT_FILE = "result.json"


@dataclass(frozen=True)
class WriteOptions:
    """What is written beside ``result.json``.

    Attributes
    ----------
    formats : frozenset of str
        ``json``, ``nifti`` (label maps), ``seg``, ``sr``.
    writes_all_candidates : bool
        All detections down to the card's floor, not only those above the operating point.
    nifti_source : Path or None
        The NIfTI file the volume was read from.
    stored : StoredOrientation
        How the pixels of a picture's file lie to the upright picture.
    dicom_files : tuple of Path
        The files of the DICOM series, for ``seg`` and ``sr``; empty for other images.
    """

    formats: frozenset[str] = frozenset({"json", "nifti"})
    writes_all_candidates: bool = False
    nifti_source: Path | None = None
    stored: StoredOrientation = field(default_factory=StoredOrientation)
    dicom_files: tuple[Path, ...] = ()


@dataclass
class ResultDocument:
    """``result.json``: every list is always there."""

    status: str
    model: dict[str, Any]
    source: dict[str, Any]
    reason: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    """What was set for the run: device, precision and the reader's choices."""
    classifications: list[dict[str, Any]] = field(default_factory=list)
    detections: list[dict[str, Any]] = field(default_factory=list)
    segmentations: list[dict[str, Any]] = field(default_factory=list)
    saliency: list[dict[str, Any]] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    timing_s: dict[str, float] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Write ``result.json`` into a folder, atomically."""
        folder.mkdir(parents=True, exist_ok=True)
        document = {"schema": RESULT_SCHEMA, **self.__dict__}
        text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False)
        with replacing(folder / RESULT_FILE) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8")


def model_entry(card: ModelCard) -> dict[str, Any]:
    """Return what identifies a model in a result."""
    return {"id": card.id, "version": card.version, "weights_sha256": card.weights.sha256}


def write_result(
    result: ModelResult,
    card: ModelCard,
    source: dict[str, Any],
    folder: Path,
    options: WriteOptions,
) -> ResultDocument:
    """Write a result's files and return its document (not yet written).

    Parameters
    ----------
    result : ModelResult
        From the runner.
    card : ModelCard
        The model.
    source : dict
        What the document says of the input.
    folder : Path
        Made if needed.
    options : WriteOptions
        What to write.

    Returns
    -------
    ResultDocument
        With the names of the files, relative to the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    document = ResultDocument(result.status, model_entry(card), source, result.reason)
    document.warnings = list(result.warnings)
    document.timing_s = {name: round(value, 4) for name, value in result.timing_s.items()}
    if result.status is not RunStatus.OK:
        return document
    document.parameters = dict(result.provenance.parameters)
    if result.classification is not None:
        document.classifications = [
            {
                "label": c.label,
                "probability": c.probability,
                "above_threshold": c.is_above_threshold,
                "threshold": c.threshold,
            }
            for c in result.classification.classes
        ]
    if result.findings is not None:
        chosen = chosen_findings(result.findings, card, options.writes_all_candidates)
        shape = result.image_shape
        document.detections = [_detection(f, options.stored, shape) for f in chosen]
    document.segmentations = [
        _segmentation(s, number, folder, options) for number, s in enumerate(result.segmentations)
    ]
    for item, entry in zip(result.segmentations, document.segmentations, strict=True):
        comparison = compare_with_norms(item, volume_norms(card.volume_norm))
        if comparison is not None:
            entry["norm_comparison"] = asdict(comparison)
    document.saliency = [_saliency(s, folder, options) for s in result.saliency]
    wanted = options.formats & {"seg", "sr"}
    if wanted and not options.dicom_files:
        document.warnings.append("DICOM SEG and SR are only written for DICOM images.")
    elif wanted:
        document.files = write_dicom(result, card, folder, wanted, options.dicom_files)
    return document


def write_dicom(
    result: ModelResult,
    card: ModelCard,
    folder: Path,
    formats: Collection[str],
    source_files: Sequence[Path],
) -> list[dict[str, Any]]:
    """Write label maps as DICOM SEG, findings as SR and their images as KOS, where there are any.

    Parameters
    ----------
    result : ModelResult
        What to write; findings below the operating point and rejected ones are left out.
    card : ModelCard
        The model.
    folder : Path
        Destination.
    formats : collection of str
        Of ``seg``, ``sr`` and ``kos`` (images of accepted findings).
    source_files : sequence of Path
        The series.

    Returns
    -------
    list of dict
        ``format`` and ``file`` of each.

    Raises
    ------
    ExportError
        The series' files cannot be read.
    """
    written: list[dict[str, Any]] = []
    if "seg" in formats:
        for number, item in enumerate(result.segmentations, start=1):
            if item.is_on_pixels or not item.labels.any():
                continue
            name = "seg.dcm" if number == 1 else f"seg-{number}.dcm"
            write_segmentation(item, source_files, folder / name, SegHeader(f"AI {card.name}"))
            written.append({"format": "seg", "file": name})
    if "sr" in formats and result.findings is not None:
        chosen = chosen_findings(result.findings, card, is_everything_wanted=False)
        kept = (f for f in chosen if f.review is not ReviewState.REJECTED)
        if any(f.centre_lps_mm for f in kept):
            codes = {
                x.name: Code(x.codes[0].value, x.codes[0].scheme, x.codes[0].meaning)
                for x in card.labels
                if x.codes
            }
            findings = replace(result.findings, findings=tuple(chosen))
            write_findings(findings, source_files, folder / "sr.dcm", codes)
            written.append({"format": "sr", "file": "sr.dcm"})
    found = result.findings.findings if result.findings else ()
    is_accepted = any(f.review is ReviewState.ACCEPTED for f in found)
    if "kos" in formats and result.findings is not None and is_accepted:
        write_key_images(result.findings, source_files, folder / "kos.dcm")
        written.append({"format": "kos", "file": "kos.dcm"})
    return written


def chosen_findings(
    findings: FindingSet, card: ModelCard, is_everything_wanted: bool
) -> list[Finding]:
    """Return the findings above the operating point, or all candidates."""
    if is_everything_wanted:
        return list(findings.findings)
    return [
        f
        for f in findings.findings
        if f.score is None or f.score >= card.threshold(f.label, "finding")
    ]


def _detection(
    finding: Finding, stored: StoredOrientation, shape: tuple[int, int]
) -> dict[str, Any]:
    entry: dict[str, Any] = {"label": finding.label, "score": finding.score}
    if finding.centre_lps_mm is not None:
        entry["centre_lps_mm"] = list(finding.centre_lps_mm)
        entry["diameter_mm"] = finding.diameter_mm
        if finding.solidity:
            entry["solidity"] = finding.solidity
        if finding.suspicion_rating is not None:
            entry["suspicion_rating"] = finding.suspicion_rating
    if finding.box_px is not None:
        entry["box_px"] = list(stored.box(finding.box_px, *shape))
    if finding.edited_by:
        entry["edited"] = {"by": finding.edited_by, "at": finding.edited_at}
    return entry


def _segmentation(
    segmentation: Segmentation, number: int, folder: Path, options: WriteOptions
) -> dict[str, Any]:
    name = "labels" if number == 0 else f"labels-{number + 1}"
    file = f"{name}.png" if segmentation.is_on_pixels else f"{name}.nii.gz"
    if segmentation.is_on_pixels:
        write_image_labels(folder / file, options.stored.array(segmentation.labels[0]))
    elif "nifti" in options.formats:
        write_volume_map(
            folder / file, segmentation.labels, segmentation.geometry, options.nifti_source
        )
    segments = [
        {
            "number": s.number,
            "label": s.label,
            "volume_ml": None if segmentation.is_on_pixels else segmentation.volume_ml(s.number),
        }
        for s in segmentation.segments
    ]
    is_written = segmentation.is_on_pixels or "nifti" in options.formats
    return {"file": file if is_written else None, "segments": segments}


def _saliency(item: SaliencyMap, folder: Path, options: WriteOptions) -> dict[str, Any]:
    entry = {
        "label": item.label,
        "method": item.method,
        "layer": item.layer,
        "above_threshold": item.is_above_threshold,
    }
    if item.geometry is not None:
        entry["file"] = f"saliency-{item.label}.nii.gz"  # on the network's own grid
        write_volume_map(folder / str(entry["file"]), item.values, item.geometry)
    else:
        entry |= {"file": f"saliency-{item.label}.png", "unit": SALIENCY_UNIT}
        write_image_saliency(folder / str(entry["file"]), options.stored.array(item.values))
    return entry
