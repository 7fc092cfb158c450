"""Results of models on disk, beside the library: one JSON document and one file of arrays."""

from __future__ import annotations

import glob
import hashlib
import io
import json
import logging
import zipfile
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from medviewer.ai.model_result import ModelResult, RunStatus
from medviewer.core.findings import (
    Classification,
    ClassProbability,
    Finding,
    FindingSet,
    ReviewState,
)
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.messages import message_from_json, message_to_json
from medviewer.core.provenance import Provenance
from medviewer.core.saliency import SaliencyMap
from medviewer.core.segmentation import Code, Segment, Segmentation
from medviewer.io.atomic_file import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    Arrays = dict[str, npt.NDArray[Any]]

logger = logging.getLogger(__name__)

_SCHEMA = "medviewer.stored-result/1"
_DAMAGED = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile)


def save_result(root: Path, result: ModelResult) -> None:
    """Write a result, replacing the one of the same model and image.

    Parameters
    ----------
    root : Path
        Folder of all results.
    result : ModelResult
        What to keep.

    Raises
    ------
    OSError
        The disk is full or cannot be written; what was there before is still there.
    """
    path = _path(root, result.source_id, _key(result))
    arrays: Arrays = {}
    document = _to_json(result, arrays)
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = path.with_name(f"{path.stem}-{_arrays_id(result)}.npz")
    document["arrays"] = kept.name
    if not kept.exists():  # arrays never change: a verdict writes the document alone
        stream = io.BytesIO()
        np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]  # the stub takes no dict
        write_atomically(kept, stream.getvalue())
    write_atomically(path, json.dumps(document, ensure_ascii=False).encode())
    for old in path.parent.glob(f"{glob.escape(path.stem)}*.npz"):
        if old != kept:
            old.unlink(missing_ok=True)


def load_results(root: Path, source_id: str) -> list[ModelResult]:
    """Read every result kept for an image; a damaged one is left out."""
    results = []
    for path in sorted(_folder(root, source_id).glob("*.json")):
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            if document["schema"] != _SCHEMA:
                continue
            kept = path.with_name(document.get("arrays", path.with_suffix(".npz").name))
            with np.load(kept, allow_pickle=False) as stored:
                arrays = {name: stored[name] for name in stored.files}
            results.append(_from_json(document, arrays))
        except _DAMAGED as error:
            logger.warning("stored result %s cannot be read: %s", path.name, error)
    return results


def _folder(root: Path, source_id: str) -> Path:
    return root / hashlib.sha256(source_id.encode()).hexdigest()[:20]


def _path(root: Path, source_id: str, key: str) -> Path:
    return _folder(root, source_id) / f"{key}.json"


def _key(result: ModelResult) -> str:
    digest = result.provenance.weights_sha256[:12] or "none"
    return f"{result.model_id}-{digest}-{result.frame_index}"


def _arrays_id(result: ModelResult) -> str:
    """Return what tells the arrays of one run from those of another."""
    names = [s.id for s in result.segmentations] + [s.id for s in result.saliency]
    return hashlib.sha256("|".join(names).encode()).hexdigest()[:12]


def _to_json(result: ModelResult, arrays: Arrays) -> dict[str, Any]:
    classes, findings = result.classification, result.findings
    return {
        "schema": _SCHEMA,
        "status": str(result.status),
        "model_id": result.model_id,
        "provenance": asdict(result.provenance),
        "source_id": result.source_id,
        "image_shape": list(result.image_shape),
        "frame_index": result.frame_index,
        "reason": message_to_json(result.reason),
        "warnings": [message_to_json(warning) for warning in result.warnings],
        "timing_s": result.timing_s,
        "classification": classes and [asdict(c) for c in classes.classes],
        "findings": findings
        and {
            "frame_of_reference_uid": findings.frame_of_reference_uid,
            "findings": [asdict(f) for f in findings.findings],
        },
        "segmentations": [
            _segmentation_to_json(s, f"labels{n}", arrays)
            for n, s in enumerate(result.segmentations)
        ],
        "saliency": [
            _saliency_to_json(s, f"saliency{n}", arrays) for n, s in enumerate(result.saliency)
        ],
    }


def _segmentation_to_json(item: Segmentation, name: str, arrays: Arrays) -> dict[str, Any]:
    arrays[name] = item.labels
    return {
        "id": item.id,
        "array": name,
        "affine": item.geometry.affine_ijk_to_lps.tolist(),
        "segments": [asdict(s) for s in item.segments],
        "frame_of_reference_uid": item.frame_of_reference_uid,
        "is_on_pixels": item.is_on_pixels,
    }


def _saliency_to_json(item: SaliencyMap, name: str, arrays: Arrays) -> dict[str, Any]:
    arrays[name] = item.values.astype(np.float16)
    return {
        "id": item.id,
        "array": name,
        "label": item.label,
        "method": item.method,
        "layer": item.layer,
        "is_above_threshold": item.is_above_threshold,
        "affine": item.geometry and item.geometry.affine_ijk_to_lps.tolist(),
        "frame_of_reference_uid": item.frame_of_reference_uid,
        "finding_id": item.finding_id,
    }


def _from_json(document: dict[str, Any], arrays: Arrays) -> ModelResult:
    facts = document["provenance"]
    provenance = Provenance(**{**facts, "source_uids": tuple(facts["source_uids"])})
    source, frame_index = document["source_id"], document["frame_index"]
    classes, findings = document["classification"], document["findings"]
    identity = f"{document['model_id']}-{provenance.created}"
    return ModelResult(
        RunStatus(document["status"]),
        document["model_id"],
        provenance,
        source,
        (int(document["image_shape"][0]), int(document["image_shape"][1])),
        frame_index,
        message_from_json(document["reason"]),
        classes
        and Classification(
            identity, tuple(ClassProbability(**c) for c in classes), source, provenance, frame_index
        ),
        findings
        and FindingSet(
            identity,
            tuple(_finding(f) for f in findings["findings"]),
            findings["frame_of_reference_uid"],
            source,
            provenance,
            frame_index,
        ),
        tuple(
            _segmentation(s, arrays, provenance, (source, frame_index))
            for s in document["segmentations"]
        ),
        tuple(
            _saliency(s, arrays, provenance, (source, frame_index)) for s in document["saliency"]
        ),
        tuple(message_from_json(warning) for warning in document["warnings"]),
        document["timing_s"],
    )


def _finding(facts: dict[str, Any]) -> Finding:
    facts = dict(facts)
    for name in ("centre_lps_mm", "box_px"):
        facts[name] = tuple(facts[name]) if facts[name] is not None else None
    facts["review"] = ReviewState(facts["review"])
    for name in ("outlines", "unplaced"):  # of reports alone, which are not kept here
        facts.pop(name, None)
    return Finding(**facts)


def _segmentation(
    facts: dict[str, Any], arrays: Arrays, provenance: Provenance, place: tuple[str, int]
) -> Segmentation:
    labels = arrays[facts["array"]].astype(np.uint8)
    labels.setflags(write=False)
    segments = tuple(
        Segment(
            s["number"],
            s["label"],
            Code(**s["code"]) if s["code"] else None,
            tuple(s["color_rgb"]) if s["color_rgb"] else None,
        )
        for s in facts["segments"]
    )
    return Segmentation(
        facts["id"],
        labels,
        VolumeGeometry(labels.shape, np.asarray(facts["affine"])),
        segments,
        facts["frame_of_reference_uid"],
        provenance,
        place[0],
        place[1],
        facts["is_on_pixels"],
    )


def _saliency(
    facts: dict[str, Any], arrays: Arrays, provenance: Provenance, place: tuple[str, int]
) -> SaliencyMap:
    values = arrays[facts["array"]].astype(np.float32)
    geometry = None
    if facts["affine"] is not None:
        geometry = VolumeGeometry(values.shape, np.asarray(facts["affine"]))
    return SaliencyMap(
        facts["id"],
        values,
        facts["label"],
        facts["method"],
        facts["layer"],
        facts["is_above_threshold"],
        geometry,
        facts["frame_of_reference_uid"],
        place[0],
        provenance,
        place[1],
        facts.get("finding_id", ""),  # none in what was kept before single findings had maps
    )
