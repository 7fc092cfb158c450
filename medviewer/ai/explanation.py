"""What influenced the scores of an answer: maps placed in the patient, or on the image's pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from uuid import uuid4

import numpy as np

from medviewer.ai import saliency
from medviewer.ai.candidates import STRIDE
from medviewer.ai.model_source import Image, prepare, source_of
from medviewer.ai.preparation import PreparedVolume, image_map_on_source
from medviewer.ai.reading_box import boxed
from medviewer.ai.stopping import stops_between_layers
from medviewer.core.errors import InferenceError
from medviewer.core.messages import Message, joined
from medviewer.core.saliency import SaliencyMap
from medviewer.core.volume import Volume

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from medviewer.ai.loaded_model import LoadedModel
    from medviewer.ai.model_card import ModelCard
    from medviewer.ai.model_result import ModelResult
    from medviewer.ai.task_answer import Prepared
    from medviewer.core.findings import ClassProbability, Finding
    from medviewer.core.geometry import VolumeGeometry
    from medviewer.core.provenance import Provenance
    from medviewer.core.tasks import TaskContext

    FloatArray = npt.NDArray[np.float32]

_Target: TypeAlias = "tuple[str, saliency.Score, bool]"
"""Label, score, and whether the score reached the operating point."""

_LARGEST_TILES = 2
"""Of the card's size together; what is larger is not explained at once."""

_TILE_VOXELS = 64
"""Of the network's grid around a finding: more than what its score looks at."""


@dataclass(frozen=True, eq=False)
class Origin:
    """What maps are of: an image (or a frame of it), and the run that is explained."""

    image: Image
    provenance: Provenance
    frame_index: int = 0
    finding_id: str = ""


def explain_answer(
    model: LoadedModel, prepared: Prepared, classes: Sequence[ClassProbability], about: Origin
) -> tuple[tuple[SaliencyMap, ...], list[Message]]:
    """Explain every class of an image, or every segment.

    Parameters
    ----------
    model : LoadedModel
        Its card names layer, method and references.
    prepared : PreparedVolume or PreparedImage
        What it was asked.
    classes : sequence of ClassProbability
        What it answered of the whole image; empty for a segmentation.
    about : Origin
        What the maps are of.

    Returns
    -------
    tuple of SaliencyMap, list of Message
        In the order of the labels; and what could not be explained.
    """
    if model.card.saliency is None:
        return (), [Message("The model names no layer that explains it.")]
    if model.card.task == "detection" and not classes:
        return (), [Message("Its findings are explained one by one.")]
    if _is_too_large(model.card, prepared):
        return (), [Message("The image is too large to be explained at once: draw a box.")]
    targets = _targets(model.card, classes)
    maps = _maps(model, prepared, targets, about)
    known = {item.label for item in maps}
    unexplained = [label for label, _, _ in targets if label not in known]
    warnings = []
    if unexplained:
        names = ", ".join(unexplained)
        warnings.append(Message("There is nothing to explain for {labels}.", labels=names))
    return maps, warnings


def explain_result(
    model: LoadedModel, image: Image, result: ModelResult, finding_id: str, context: TaskContext
) -> tuple[SaliencyMap, ...]:
    """Explain a result that is there: its segments, or the score of one of its findings.

    Parameters
    ----------
    model : LoadedModel
        The one that gave the result.
    image : Volume or ImageStack
        The one it was given for.
    result : ModelResult
        What to explain.
    finding_id : str
        A finding in a volume; empty for the segments.
    context : TaskContext
        Progress and cancellation.

    Returns
    -------
    tuple of SaliencyMap
        At least one.

    Raises
    ------
    InferenceError
        Nothing can be explained.
    """
    context.checkpoint(0.1, "infer.prepare")
    source = source_of(model.card, image, result.frame_index)
    box = result.provenance.parameters.get("box_lps_mm")
    if isinstance(source, Volume) and isinstance(box, list | tuple):
        source, _ = boxed(source, tuple(float(value) for value in box))
    prepared = prepare(model.card, source, context)
    about = Origin(image, result.provenance, result.frame_index, finding_id)
    context.checkpoint(0.4, "infer.explain")
    classes = result.classification.classes if result.classification else ()
    reasons: list[Message] = []
    with stops_between_layers(model.network, context):
        if finding_id and isinstance(prepared, PreparedVolume):
            maps = _finding_map(model, prepared, _finding(result, finding_id), about)
        else:
            maps, reasons = explain_answer(model, prepared, classes, about)
    context.checkpoint(1.0, "infer.done")
    if not maps:
        reason = joined(reasons or [Message("There is nothing to explain here.")])
        raise InferenceError(reason, model=model.card.id)
    return maps


def _finding(result: ModelResult, finding_id: str) -> Finding:
    found = result.findings.findings if result.findings else ()
    return next(f for f in found if f.id == finding_id)


def _targets(card: ModelCard, classes: Sequence[ClassProbability]) -> list[_Target]:
    """Every class, with whether it is above its operating point; or the segments."""
    if not classes:
        return [(x.name, saliency.segment_score(x.number), True) for x in card.labels]
    numbers = {x.name: x.number for x in card.labels}
    return [
        (c.label, saliency.class_score(numbers[c.label] - 1), c.is_above_threshold) for c in classes
    ]


def _finding_map(
    model: LoadedModel, prepared: PreparedVolume, finding: Finding, about: Origin
) -> tuple[SaliencyMap, ...]:
    """Explain the score of one finding from what lies around it."""
    if finding.centre_lps_mm is None:
        return ()
    card, score = model.card, finding.score or 0.0
    place = prepared.geometry.lps_to_ijk(finding.centre_lps_mm)[::-1]
    tile, first = _tile_around(prepared, place, card.input.multiple)
    cell = [int(n) for n in np.floor((place - first + 0.5) / STRIDE)]
    number = card.label(finding.label).number - 1
    is_above = score >= card.threshold(finding.label, "finding")
    target = (finding.label, saliency.detection_score(number, cell), is_above)
    return _maps(model, tile, [target], about)


def _tile_around(
    prepared: PreparedVolume, place: npt.NDArray[np.float64], multiple: int
) -> tuple[PreparedVolume, npt.NDArray[np.int_]]:
    """Cut a tile around a place out of what was prepared, on the network's multiples."""
    shape = np.asarray(prepared.values.shape)
    size = np.minimum(-(-_TILE_VOXELS // multiple) * multiple, shape)
    first = np.rint((place - size / 2) / multiple).astype(int) * multiple
    first = np.clip(first, 0, shape - size)
    window = tuple(slice(a, a + n) for a, n in zip(first, size, strict=True))
    shift = np.eye(4)
    shift[:3, 3] = first
    values = np.ascontiguousarray(prepared.values[window])
    return PreparedVolume(values, prepared.to_source @ shift, prepared.source), first


def _maps(
    model: LoadedModel, prepared: Prepared, targets: Sequence[_Target], about: Origin
) -> tuple[SaliencyMap, ...]:
    """Explain some scores; a label is left out where there is nothing to explain."""
    found = saliency.explain(model, prepared.values, [(t[0], t[1]) for t in targets])
    return tuple(
        _placed(model.card, prepared, found[label], (label, is_above), about)
        for label, _, is_above in targets
        if label in found
    )


def _is_too_large(card: ModelCard, prepared: Prepared) -> bool:
    """Whether a network can only read an image in parts: a map needs all of it at once."""
    window = card.input.window
    return window is not None and prepared.values.size > _LARGEST_TILES * math.prod(window.size)


def _placed(
    card: ModelCard,
    prepared: Prepared,
    values: FloatArray,
    target: tuple[str, bool],
    about: Origin,
) -> SaliencyMap:
    """Lay a map in the patient on the network's own grid, or on the pixels of the image."""
    geometry: VolumeGeometry | None = None
    if isinstance(prepared, PreparedVolume):
        geometry = prepared.geometry
        values = _within(values, geometry, prepared.source)
    else:
        values = image_map_on_source(values, prepared)
    spec = card.saliency
    method = saliency.METHOD_NAMES[spec.method] if spec else ""
    if card.task == "segmentation":
        method = saliency.SEGMENTATION_METHOD_NAME
    label, is_above = target
    return SaliencyMap(
        uuid4().hex,
        values,
        label,
        method,
        spec.layer if spec else "",
        is_above,
        geometry,
        "" if geometry is None else about.image.frame_of_reference_uid,
        about.image.id,
        about.provenance,
        about.frame_index,
        about.finding_id,
    )


def _within(values: FloatArray, geometry: VolumeGeometry, source: VolumeGeometry) -> FloatArray:
    """Clear what lies beyond the image: the margins of the network's grid."""
    result = values.copy()
    limits = np.asarray(source.shape[::-1]) - 0.5
    j, i = np.indices(values.shape[1:])
    for k, plane in enumerate(result):
        points = geometry.ijk_to_lps(np.stack([i, j, np.full_like(i, k)], axis=-1))
        ijk = source.lps_to_ijk(points)
        plane[~((ijk >= -0.5) & (ijk <= limits)).all(axis=-1)] = 0.0
    return result
