"""Run a model on an image: check, prepare, ask, explain, and place the answer."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np

from medviewer.ai import classification, detection, input_gate, segmentation
from medviewer.ai import device as devices
from medviewer.ai.case_hash import hash_values
from medviewer.ai.explanation import Origin, explain_answer
from medviewer.ai.input_gate import GateProblem
from medviewer.ai.model_result import ModelResult, RunOptions, RunStatus
from medviewer.ai.model_source import Image, prepare, source_of
from medviewer.ai.precision import choose_precision
from medviewer.ai.preparation import PreparedImage, gray_values, reoriented
from medviewer.ai.reading_box import boxed, side_of_head, unboxed
from medviewer.ai.stopping import stops_between_layers
from medviewer.core.errors import DeviceMemoryError, InferenceError
from medviewer.core.findings import Classification, FindingSet
from medviewer.core.messages import Message, joined
from medviewer.core.patient_age import age_at_study
from medviewer.core.provenance import Provenance
from medviewer.core.segmentation import Code, Segment, Segmentation, pixel_geometry
from medviewer.core.volume import Frame, Volume

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from medviewer.ai.loaded_model import LoadedModel
    from medviewer.ai.reading_box import Window
    from medviewer.ai.task_answer import Prepared, TaskAnswer
    from medviewer.core.saliency import SaliencyMap
    from medviewer.core.tasks import TaskContext

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
    window: Window | None = None
    """Where the box that is read lies in the volume."""
    subject: dict[str, object] = field(default_factory=dict)
    """What is known of whom the image shows, as far as the result depends on it."""

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
        source = source_of(model.card, image, options.frame_index)
        if options.box_lps_mm is not None and isinstance(source, Volume):
            source, run.window = boxed(source, options.box_lps_mm)
        prepared = prepare(model.card, source, context)
    with run.stage("check", 0.1):
        problems = _gate(model, image, source, prepared)
        _warn_of_training_case(run, source)
        _tell_side(run)
        _tell_age(run)
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
    _warn_of_volume(run, result)
    run.context.checkpoint(1.0, "infer.done")
    return replace(result, saliency=maps, warnings=tuple(run.warnings), timing_s=run.timing_s)


def _gate(
    model: LoadedModel, image: Image, source: Volume | Frame, prepared: Prepared
) -> list[GateProblem]:
    body_part = source.attributes.get("body_part_examined", "") or image.attributes.get(
        "body_part_examined", ""
    )
    problems = input_gate.check(model.card, prepared, image.modality, body_part)
    if isinstance(source, Frame):
        problems += input_gate.color_problems(source)
    values = source.voxels if isinstance(source, Volume) else source.pixels
    if np.issubdtype(values.dtype, np.floating) and not np.isfinite(values).all():
        count, total = values.size - int(np.isfinite(values).sum()), values.size
        message = Message("{count} of {total} values are not numbers.", count=count, total=total)
        problems.append(GateProblem("values", message, can_be_overridden=count < total))
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
    run.subject["side"] = side


def _tell_age(run: _Run) -> None:
    """Keep the patient's age at the study, where the model's volumes have norms by age."""
    age_years = age_at_study(run.image.attributes)
    if run.model.card.volume_norm and age_years is not None:
        run.subject["age_years"] = age_years


def _warn_of_volume(run: _Run, result: ModelResult) -> None:
    """Say when the segments' volume cannot be that of the structure, in an image upside down."""
    plausible = run.model.card.plausible_ml
    if plausible is None or not result.segmentations:
        return
    (found,) = result.segmentations
    total_ml = sum(found.volume_ml(segment.number) for segment in found.segments)
    if not plausible[0] <= total_ml <= plausible[1]:
        warning = Message(
            "In all {total:.2f} ml are marked, {low:g} to {high:g} ml are plausible: look at "
            "the outline, and whether the image is cut or turned.",
            total=total_ml,
            low=plausible[0],
            high=plausible[1],
        )
        run.warnings.append(warning)


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
    """Explain every class, or every segment; say what cannot be explained."""
    run.context.checkpoint(0.93, "infer.explain")
    about = Origin(run.image, _provenance(run), run.options.frame_index)
    with stops_between_layers(run.model.network, run.context):
        maps, warnings = explain_answer(run.model, prepared, answer.classes, about)
    run.warnings.extend(warnings)
    return maps


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
    parameters |= run.subject
    created = datetime.now(UTC).astimezone().isoformat(timespec="seconds")
    return Provenance(
        card.id, card.version, card.weights.sha256, (run.image.id,), created, parameters
    )
