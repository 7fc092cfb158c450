"""``medviewer analyze``: many inputs, one model, one folder of files for each."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field, replace
from itertools import chain, count
from typing import TYPE_CHECKING, Any

from medviewer.ai.input_gate import header_problems
from medviewer.ai.model_result import RunOptions
from medviewer.ai.result_document import (
    ResultDocument,
    WriteOptions,
    model_entry,
    write_result,
)
from medviewer.ai.runner import run_model
from medviewer.core.errors import DataError, InputMismatchError, MedviewerError
from medviewer.core.study import SeriesKind
from medviewer.core.volume import ImageStack
from medviewer.io.dicom_index import index_paths
from medviewer.io.file_formats import plain_format
from medviewer.io.series_loader import load_image
from medviewer.io.stored_orientation import StoredOrientation, stored_orientation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from medviewer.ai.loaded_model import LoadedModel
    from medviewer.core.study import SeriesRecord, StudyRecord, VolumeRecord
    from medviewer.core.tasks import TaskContext

logger = logging.getLogger(__name__)

_SUFFIXES = (".nii.gz", ".nii", ".nrrd", ".dcm", ".png", ".jpg", ".jpeg")
_NIFTI = (".nii.gz", ".nii")
_FAILURES = (
    MedviewerError, OSError, ValueError, TypeError, RuntimeError, MemoryError, ArithmeticError,
    LookupError, AttributeError, NotImplementedError,
)  # fmt: skip
"""What one input may raise without stopping the others."""


@dataclass(frozen=True)
class AnalysisRequest:
    """What the command line asks for."""

    inputs: tuple[Path, ...]
    output: Path
    run: RunOptions = field(default_factory=RunOptions)
    formats: frozenset[str] = frozenset({"json", "nifti"})
    writes_all_candidates: bool = False


@dataclass(frozen=True)
class _Item:
    """One image to analyse; ``None`` where an input holds none."""

    stem: str
    path: Path
    study: StudyRecord | None = None
    series: SeriesRecord | None = None
    volume: VolumeRecord | None = None
    reason: str = ""
    status: str = "failed"
    """What an item without a volume becomes."""


def analyze(
    model: LoadedModel,
    request: AnalysisRequest,
    context: TaskContext,
    report: Callable[[int, int, str], None],
) -> bool:
    """Analyse every input and write ``<output>/<stem>/result.json`` for each.

    Parameters
    ----------
    model : LoadedModel
        The model.
    request : AnalysisRequest
        Inputs and choices.
    context : TaskContext
        Cancellation.
    report : callable
        Told (inputs done, inputs, name) before each input and at the end.

    Returns
    -------
    bool
        Whether every input got a ``result.json``.
    """
    names: set[str] = set()
    is_complete = True
    items = [item for path in request.inputs for item in _items(model, path, request, context)]
    for number, item in enumerate(items):
        report(number, len(items), item.path.name)
        try:
            _analyze_item(model, request, item, names, context)
        except OSError as error:
            logger.error("%s: the result cannot be written: %s", item.path.name, error)  # noqa: TRY400 - one line for the person
            is_complete = False
    report(len(items), len(items), "")
    return is_complete


def stem_of(path: Path) -> str:
    """Return a file's name without the suffix of its format."""
    lower = path.name.lower()
    suffix = next((s for s in _SUFFIXES if lower.endswith(s)), "")
    return path.name[: len(path.name) - len(suffix)] or path.name


def _items(
    model: LoadedModel, path: Path, request: AnalysisRequest, context: TaskContext
) -> list[_Item]:
    """List the images of an input: each plain file, and each series that the model accepts."""
    try:
        index = index_paths([path], context)
    except _FAILURES as error:
        return [_Item(_input_stem(path), path, reason=str(error))]
    found = [
        _Item("", volume.frames[0].path, study, series, volume)
        for study in index.studies
        for series in study.series
        for volume in series.volumes
        if volume.frames
    ]
    unreadable = [_Item(stem_of(u.path), u.path, reason=u.reason) for u in index.unreadable]
    plain = [replace(i, stem=stem_of(i.path)) for i in found if plain_format(i.path)]
    plain += [item for item in unreadable if plain_format(item.path)]
    dicom = [item for item in found if not plain_format(item.path)]
    if not dicom:
        reason = " ".join(item.reason for item in unreadable) or "There is no image here."
        return sorted(plain, key=lambda i: i.path) or [
            _Item(_input_stem(path), path, reason=reason[:1000])
        ]
    return sorted(plain, key=lambda i: i.path) + _chosen_series(model, path, dicom, request)


def _chosen_series(
    model: LoadedModel, path: Path, found: list[_Item], request: AnalysisRequest
) -> list[_Item]:
    stem = _input_stem(path)
    readable = [item for item in found if not _mismatch(model, item)]
    accepted = [item for item in readable if not _header_reason(model, item)]
    chosen = (readable if request.run.runs_anyway else accepted) or readable
    if not chosen:
        reason = " ".join(dict.fromkeys(_mismatch(model, item) for item in found))
        return [_Item(stem, path, reason=reason[:1000], status="refused")]
    is_only = len(chosen) == 1 or not path.is_dir()
    return [replace(item, stem=_series_stem(stem, item, is_only=is_only)) for item in chosen]


def _series_stem(stem: str, item: _Item, *, is_only: bool) -> str:
    number = item.series.series_number if item.series else None
    return stem if is_only or number is None else f"{stem}-{number}"


def _input_stem(path: Path) -> str:
    return path.resolve().name if path.is_dir() else stem_of(path)


def _header_reason(model: LoadedModel, item: _Item) -> str:
    if item.series is None:
        return ""
    problems = header_problems(model.card, item.series.modality, item.series.body_part)
    return " ".join(problem.message for problem in problems)


def _mismatch(model: LoadedModel, item: _Item) -> str:
    """Return why the model cannot read a series at all; empty if it may."""
    card, volume = model.card, item.volume
    if volume is None or volume.kind in (SeriesKind.NOT_IMAGE, SeriesKind.REFUSED):
        return "There is no image to read."
    is_flat = volume.shape[0] == 1 or volume.kind is not SeriesKind.VOLUME
    if card.input.dimensions == 3 and (is_flat or volume.geometry is None):
        return f"'{card.name}' reads volumes; this is a {volume.kind.value} of {volume.shape[0]}."
    if card.input.dimensions == 2 and not is_flat:
        return f"'{card.name}' reads radiographs; this is a volume of {volume.shape[0]} slices."
    return ""


def _analyze_item(
    model: LoadedModel,
    request: AnalysisRequest,
    item: _Item,
    names: set[str],
    context: TaskContext,
) -> None:
    """Analyse one image, each frame of a stack; write one document for each."""
    start = time.perf_counter()
    source: dict[str, Any] = {"path": str(item.path), "file": item.path.name}
    try:
        if item.volume is None or item.series is None or item.study is None:
            raise DataError(item.reason)
        source |= _source_entry(item.series, item.volume)
        image = load_image(item.volume, item.series, item.study, context)
    except _FAILURES as error:
        document = ResultDocument(item.status, model_entry(model.card), source, str(error))
        document.write(request.output / _unique(item.stem, names))
        return
    loaded_s = time.perf_counter() - start
    is_flat_model = model.card.input.dimensions == 2
    n_frames = len(image.frames) if is_flat_model and isinstance(image, ImageStack) else 1
    for frame_index in range(n_frames):
        folder = request.output / _unique(item.stem, names)
        options = RunOptions(request.run.runs_anyway, request.run.wants_saliency, frame_index)
        try:
            result = run_model(model, image, context, options)
            write_start = time.perf_counter()
            writing = WriteOptions(
                request.formats,
                request.writes_all_candidates,
                _nifti_source(item.path),
                stored_orientation(item.path) if plain_format(item.path) else StoredOrientation(),
                _dicom_files(item),
            )
            document = write_result(result, model.card, source, folder, writing)
            document.timing_s |= {"load": loaded_s, "write": time.perf_counter() - write_start}
        except InputMismatchError as error:
            document = ResultDocument("refused", model_entry(model.card), source, str(error))
        except _FAILURES as error:
            logger.debug("analysis failed", exc_info=True)
            document = ResultDocument("failed", model_entry(model.card), source, str(error))
        document.source = source | ({"frame_index": frame_index} if n_frames > 1 else {})
        document.write(folder)


def _source_entry(series: SeriesRecord, volume: VolumeRecord) -> dict[str, Any]:
    return {
        "series_instance_uid": series.series_instance_uid,
        "frame_of_reference_uid": volume.frame_of_reference_uid,
        "modality": series.modality,
        "body_part": series.body_part,
        "shape": list(volume.shape),
    }


def _dicom_files(item: _Item) -> tuple[Path, ...]:
    if item.volume is None or plain_format(item.path):
        return ()
    return tuple(dict.fromkeys(frame.path for frame in item.volume.frames))


def _nifti_source(path: Path) -> Path | None:
    return path if path.is_file() and path.name.lower().endswith(_NIFTI) else None


def _unique(stem: str, names: set[str]) -> str:
    """Return the stem, or with ``-2``, ``-3``, ... the first name that no other result has."""
    numbered = (f"{stem}-{number}" for number in count(2))
    name = next(name for name in chain((stem,), numbered) if name not in names)
    names.add(name)
    return name
