"""Run a model on an image: check, prepare, ask, explain, and place the answer."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias
from uuid import uuid4

import numpy as np

from medviewer.ai import classification, detection, input_gate, saliency, segmentation
from medviewer.ai import device as devices
from medviewer.ai.case_hash import hash_values
from medviewer.ai.input_gate import GateProblem
from medviewer.ai.model_result import ModelResult, RunOptions, RunStatus
from medviewer.ai.precision import choose_precision
from medviewer.ai.preparation import (
    PreparedImage,
    PreparedVolume,
    gray_values,
    image_map_on_source,
    map_on_source,
    prepare_image,
    prepare_volume,
    reoriented,
)
from medviewer.ai.reading_box import boxed, side_of_head, unboxed
from medviewer.ai.stopping import stops_between_layers
from medviewer.core.errors import DeviceMemoryError, InferenceError, InputMismatchError
from medviewer.core.findings import Classification, FindingSet
from medviewer.core.messages import Message, joined
from medviewer.core.provenance import Provenance
from medviewer.core.saliency import SaliencyMap
from medviewer.core.segmentation import Code, Segment, Segmentation, pixel_geometry
from medviewer.core.volume import Frame, ImageStack, Volume

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from medviewer.ai.loaded_model import LoadedModel
    from medviewer.ai.task_answer import Prepared, TaskAnswer
    from medviewer.core.tasks import TaskContext

Image: TypeAlias = Volume | ImageStack

ADAPTERS: dict[str, Callable[[LoadedModel, Prepared, TaskContext], TaskAnswer]] = {
    "segmentation": segmentation.predict,
    "classification": classification.predict,
    "detection": detection.predict,
}
"""Task of a card to its adapter: the only dispatch."""


@dataclass(eq=False)
class _Run:
    """One run while it goes on."""

    model: LoadedModel
    image: Image
    options: RunOptions
    context: TaskContext
    warnings: list[Message] = field(default_factory=list)
    timing_s: dict[str, float] = field(default_factory=dict)
    window: tuple[slice, slice, slice] | None = None
    """Where the box that is read lies in the volume, (k, j, i)."""

    @contextmanager
    def stage(self, name: str, fraction: float) -> Iterator[None]:
        """Time a stage; a checkpoint before it."""
        self.context.checkpoint(fraction, f"infer.{name}")
        start = time.perf_counter()
        yield
        self.timing_s[name] = time.perf_counter() - start


def run_model(
    model: LoadedModel, image: Image, context: TaskContext, options: RunOptions
) -> ModelResult:
    """Run a model on an image.

    Parameters
    ----------
    model : LoadedModel
        From :func:`medviewer.ai.loaded_model.load_model`.
    image : Volume or ImageStack
        Completely loaded.
    context : TaskContext
        Progress and cancellation, at least once for each stage and tile.
    options : RunOptions
        The reader's choices.

    Returns
    -------
    ModelResult
        ``refused`` with a reason where the gate does not let the image through.

    Raises
    ------
    InputMismatchError
        The model cannot read such an image at all (2-D model, 3-D image).
    DeviceMemoryError, InferenceError
        The model failed, on the processor too.
    """
    run = _Run(model, image, options, context)
    with run.stage("prepare", 0.0):
        source = _source_of(model, image, options.frame_index)
        if options.box_lps_mm is not None and isinstance(source, Volume):
            source, run.window = boxed(source, options.box_lps_mm)
        prepared = _prepare(run, source)
    with run.stage("check", 0.1):
        problems = _gate(model, image, source, prepared)
        _warn_of_training_case(run, source)
        _tell_side(run)
    if problems and not (options.runs_anyway and all(p.can_be_overridden for p in problems)):
        reason = joined(p.message for p in problems)
        return _empty(run, source, RunStatus.REFUSED, reason)
    if problems:
        reason = joined(p.message for p in problems)
        run.warnings.append(Message("Run anyway: {reason}", reason=reason))
    with run.stage("run", 0.15):
        answer = _ask(run, prepared)
    with run.stage("explain", 0.92):
        maps = _explain(run, prepared, answer) if options.wants_saliency else ()
    result = _placed(run, source, prepared, answer)
    run.context.checkpoint(1.0, "infer.done")
    return replace(result, saliency=maps, warnings=tuple(run.warnings), timing_s=run.timing_s)


def _source_of(model: LoadedModel, image: Image, frame_index: int) -> Volume | Frame:
    """Return the volume or the frame that the model looks at.

    Raises
    ------
    InputMismatchError
        The model reads the other kind.
    """
    card = model.card
    if card.input.dimensions == 3:
        if isinstance(image, Volume):
            return image
        message = Message(
            "'{model}' reads volumes; this image is two-dimensional.", model=card.name
        )
        raise InputMismatchError(message, hint="Choose a CT or MR series.", model=card.id)
    if isinstance(image, Volume):
        if image.voxels.shape[0] == 1:
            return Frame(image.voxels[0], vois=image.vois, is_inverted=image.is_inverted,
                         attributes=image.attributes)  # fmt: skip
        message = Message(
            "'{model}' reads radiographs; this is a volume of {n_slices} slices.",
            model=card.name,
            n_slices=image.voxels.shape[0],
        )
        raise InputMismatchError(message, hint="Choose a radiograph.", model=card.id)
    frame = image.frames[frame_index] if frame_index < len(image.frames) else None
    if frame is None:
        message = Message(
            "Frame {number} of {count} is not loaded.",
            number=frame_index + 1,
            count=len(image.frames),
        )
        raise InputMismatchError(message, hint="Load the image first.", model=card.id)
    return frame


def _prepare(run: _Run, source: Volume | Frame) -> Prepared:
    grid = run.model.card.input
    if isinstance(source, Volume):
        return prepare_volume(source, grid, run.context)
    return prepare_image(gray_values(source), grid)


def _gate(
    model: LoadedModel, image: Image, source: Volume | Frame, prepared: Prepared
) -> list[GateProblem]:
    body_part = source.attributes.get("body_part_examined", "") or image.attributes.get(
        "body_part_examined", ""
    )
    problems = input_gate.check(model.card, prepared, image.modality, body_part)
    values = source.voxels if isinstance(source, Volume) else source.pixels
    if np.issubdtype(values.dtype, np.floating) and not np.isfinite(values).all():
        share = 1.0 - float(np.isfinite(values).mean())
        message = Message("{share:.1%} of the values are not numbers.", share=share)
        problems.append(GateProblem("values", message, can_be_overridden=share < 1.0))
    return problems


def _warn_of_training_case(run: _Run, source: Volume | Frame) -> None:
    known = run.model.card.training.case_hashes
    if not known:
        return
    if isinstance(source, Volume):
        digest = hash_values(reoriented(source, "SPL"), run.context)
    else:
        digest = hash_values(gray_values(source))
    if digest in known:
        run.warnings.append(
            Message(
                "This image was among the model's training cases: its result says nothing about "
                "how good the model is."
            )
        )


def _tell_side(run: _Run) -> None:
    """Say which of a pair a model of one side has read, or that this is unknown."""
    if not run.model.card.is_localised or not isinstance(run.image, Volume):
        return
    side = side_of_head(run.image, run.options.box_lps_mm)
    said = {"left": Message("Side: left."), "right": Message("Side: right.")}
    unknown = Message("Side: unknown; neither the box nor the header tells it.")
    run.warnings.append(said.get(side, unknown))


def _ask(run: _Run, prepared: Prepared) -> TaskAnswer:
    """Ask the network; where a graphics card is full or lost ask again on the processor."""
    adapter = ADAPTERS[run.model.card.task]
    try:
        with stops_between_layers(run.model.network, run.context):
            return adapter(run.model, prepared, run.context)
    except (DeviceMemoryError, InferenceError) as error:
        if run.model.device.kind == devices.CPU:
            raise
        is_full = isinstance(error, DeviceMemoryError)
        name = run.model.device.name
        warning = (
            Message("{device} ran out of memory: the model ran on the processor.", device=name)
            if is_full
            else Message("{device} failed: the model ran on the processor.", device=name)
        )
        run.model = _on_processor(run.model)
        run.warnings.append(warning)
        with stops_between_layers(run.model.network, run.context):
            return adapter(run.model, prepared, run.context)


def _on_processor(model: LoadedModel) -> LoadedModel:
    """Move a model to the processor.

    Raises
    ------
    InferenceError
        The device is lost and its memory with it.
    """
    processor = devices.choose(devices.CPU)
    with devices.memory_errors(model.device):
        devices.release_memory(model.device)
        network = model.network.to(processor.torch_device)
    precision = choose_precision(model.card, processor)
    return replace(model, network=network, device=processor, precision=precision)


def _explain(run: _Run, prepared: Prepared, answer: TaskAnswer) -> tuple[SaliencyMap, ...]:
    model = run.model
    spec = model.card.saliency
    if spec is None:
        run.warnings.append(Message("The model names no layer that explains it."))
        return ()
    run.context.checkpoint(0.93, "infer.explain")
    targets = _targets(model, answer)
    with stops_between_layers(model.network, run.context):
        maps = saliency.explain(model, prepared.values, [(t[0], t[1]) for t in targets])
    unexplained = [label for label, _, _ in targets if label not in maps]
    if unexplained:
        names = ", ".join(unexplained)
        run.warnings.append(Message("There is nothing to explain for {labels}.", labels=names))
    return tuple(
        _saliency_map(run, prepared, maps[label], (label, is_above))
        for label, _, is_above in targets
        if label in maps
    )


def _targets(model: LoadedModel, answer: TaskAnswer) -> list[tuple[str, saliency.Score, bool]]:
    """Every class, with whether it is above its operating point; or the segments."""
    if not answer.classes:
        return [(x.name, saliency.segment_score(x.number), True) for x in model.card.labels]
    numbers = {x.name: x.number for x in model.card.labels}
    return [
        (c.label, saliency.class_score(numbers[c.label] - 1), c.is_above_threshold)
        for c in answer.classes
    ]


def _saliency_map(
    run: _Run, prepared: Prepared, values: npt.NDArray[np.float32], target: tuple[str, bool]
) -> SaliencyMap:
    label, is_above = target
    spec = run.model.card.saliency
    method = saliency.METHOD_NAMES[spec.method] if spec else ""
    if run.model.card.task == "segmentation":
        method = saliency.SEGMENTATION_METHOD_NAME
    is_volume = isinstance(prepared, PreparedVolume)
    placed = (
        map_on_source(values, prepared)
        if isinstance(prepared, PreparedVolume)
        else image_map_on_source(values, prepared)
    )
    return SaliencyMap(
        uuid4().hex,
        placed,
        label,
        method,
        spec.layer if spec else "",
        is_above,
        prepared.source if isinstance(prepared, PreparedVolume) else None,
        run.image.frame_of_reference_uid if is_volume else "",
        run.image.id,
        _provenance(run),
        run.options.frame_index,
    )


def _placed(
    run: _Run, source: Volume | Frame, prepared: Prepared, answer: TaskAnswer
) -> ModelResult:
    """Wrap an answer in core values that name their source."""
    provenance, image = _provenance(run), run.image
    run.warnings.extend(answer.warnings)
    result = _empty(run, source, RunStatus.OK, "")
    frame_index = run.options.frame_index
    frame_of_reference = image.frame_of_reference_uid if isinstance(source, Volume) else ""
    if answer.classes:
        classes = Classification(uuid4().hex, answer.classes, image.id, provenance, frame_index)
        result = replace(result, classification=classes)
    if run.model.card.task == "detection":
        findings = FindingSet(
            uuid4().hex, answer.findings, frame_of_reference, image.id, provenance, frame_index
        )
        result = replace(result, findings=findings)
    if answer.labels is not None:
        is_on_pixels = isinstance(prepared, PreparedImage)
        geometry = (
            pixel_geometry(*prepared.source_shape)
            if isinstance(prepared, PreparedImage)
            else prepared.source
        )
        labels = answer.labels[None] if is_on_pixels else answer.labels
        if run.window is not None and isinstance(image, Volume):
            geometry = image.geometry
            labels = unboxed(labels, run.window, geometry.shape)
        labels.setflags(write=False)
        segments = Segmentation(
            uuid4().hex, labels, geometry, _segments(run.model), frame_of_reference, provenance,
            image.id, frame_index, is_on_pixels,
        )  # fmt: skip
        result = replace(result, segmentations=(segments,))
    return result


def _segments(model: LoadedModel) -> tuple[Segment, ...]:
    return tuple(
        Segment(
            x.number,
            x.name,
            Code(x.codes[0].value, x.codes[0].scheme, x.codes[0].meaning) if x.codes else None,
            x.color_rgb,
        )
        for x in model.card.labels
    )


def _empty(run: _Run, source: Volume | Frame, status: RunStatus, reason: str) -> ModelResult:
    values = source.voxels[0] if isinstance(source, Volume) else source.pixels
    return ModelResult(
        status,
        run.model.card.id,
        _provenance(run),
        run.image.id,
        (values.shape[0], values.shape[1]),
        run.options.frame_index,
        reason,
        warnings=tuple(run.warnings),
        timing_s=run.timing_s,
    )


def _provenance(run: _Run) -> Provenance:
    card, device = run.model.card, run.model.device
    parameters: dict[str, object] = {
        "device": device.kind,
        "precision": str(run.model.precision),
        "run_anyway": run.options.runs_anyway,
    }
    if run.options.box_lps_mm is not None:
        parameters["box_lps_mm"] = list(run.options.box_lps_mm)
    created = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
    return Provenance(
        card.id, card.version, card.weights.sha256, (run.image.id,), created, parameters
    )
