"""Run models on open images: one at a time on the device, the newest request first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from medviewer.ai.model_result import ModelResult, RunOptions, RunStatus
from medviewer.ai.process_settings import prepare_process, stand_back
from medviewer.ai.registry import scan
from medviewer.app.jobs import Lane
from medviewer.core.volume import ImageStack, Volume

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from medviewer.ai.loaded_model import LoadedModel
    from medviewer.ai.model_card import ModelCard
    from medviewer.ai.model_result import ExplainedScore
    from medviewer.ai.registry import ModelEntry
    from medviewer.app.jobs import Job, JobRunner, Task
    from medviewer.app.results_store import ResultsStore
    from medviewer.app.session import Image, Session
    from medviewer.core.saliency import SaliencyMap
    from medviewer.core.tasks import Progress, TaskContext


@dataclass(frozen=True, slots=True)
class RunRequest:
    """One run that was asked for, or the explanation of what one said."""

    model_id: str
    image_id: str
    options: RunOptions
    explained: tuple[ModelResult, ExplainedScore] | None = None


class _ModelCache:
    """The last model used, kept on the one worker of the device's lane."""

    def __init__(self) -> None:
        self._model: LoadedModel | None = None

    def get(self, entry: ModelEntry) -> LoadedModel:
        """Return a model ready to be asked; loads it if another one was used last."""
        prepare_process()
        from medviewer.ai.device import choose  # lazy: torch, on the worker
        from medviewer.ai.loaded_model import load_model

        known = self._model
        digest = entry.card.weights.sha256 if entry.card else ""
        if known is None or known.card.weights.sha256 != digest or not known.is_on_its_device:
            self._model = None
            known = load_model(entry.id, [entry], choose("auto"))
            self._model = known
        return known

    def forget(self) -> None:
        """Load anew next time: a model that failed may lie on a device that is lost."""
        self._model = None


class Inference(QObject):
    """Knows the models and runs them.

    Parameters
    ----------
    session : Session
    runner : JobRunner
    results : ResultsStore
        Receives what models say.
    request_image : callable
        Has an image decoded.
    user_folder : Path
        The user's own models.
    """

    changed = Signal()
    """Models, the queue or the state of the run changed."""
    progressed = Signal(float)
    refused = Signal(ModelResult)
    failed = Signal(Exception)

    def __init__(
        self,
        session: Session,
        runner: JobRunner,
        results: ResultsStore,
        request_image: Callable[[str], None],
        user_folder: Path,
    ) -> None:
        super().__init__(results)
        self._session = session
        self._runner = runner
        self._results = results
        self._request_image = request_image
        self._user_folder = user_folder
        self._entries: tuple[ModelEntry, ...] | None = None
        self._reading: Job | None = None
        self._cache = _ModelCache()
        self._queue: list[RunRequest] = []
        self._job: Job | None = None
        self._running: RunRequest | None = None
        self.runs_on_open: Callable[[str], bool] = lambda _model_id: False
        """Whether a model runs by itself on an image that was opened."""
        self.name_of: Callable[[ModelEntry], str] = lambda entry: entry.id
        """What a reader calls a model, in the list of what goes on."""
        results.threshold_of = self._threshold_of
        results.is_usable = self._is_usable
        session.image_completed.connect(self._on_image_completed)
        session.image_removed.connect(self._on_image_removed)

    @property
    def entries(self) -> tuple[ModelEntry, ...]:
        """All models, the refused ones too; read when first asked for."""
        if self._entries is None:
            self._entries = tuple(scan([self._user_folder]))
        return self._entries

    def read_ahead(self) -> None:
        """Read the models on a worker: the first image that is complete asks for them."""
        folder = self._user_folder
        self._reading = self._runner.submit(Lane.IO, "models", lambda _context: scan([folder]))
        self._reading.succeeded.connect(self._take_entries)

    def _take_entries(self, entries: list[ModelEntry]) -> None:
        if self._entries is None:
            self._entries = tuple(entries)

    def rescan(self) -> None:
        """Read the models' folders again."""
        if self._reading is not None:
            self._reading.supersede()
        self._entries = None
        self._results.displays_changed.emit()
        self.changed.emit()

    def entry(self, model_id: str) -> ModelEntry | None:
        """Return a model by its id."""
        return next((e for e in self.entries if e.id == model_id), None)

    def fitting(self, image_id: str) -> list[ModelEntry]:
        """Return the usable models that can read an image, by kind of image and modality."""
        image = self._session.image(image_id)
        return [e for e in self.entries if image is not None and _fits(e, image)]

    @property
    def running(self) -> RunRequest | None:
        """The run that goes on."""
        return self._running

    def is_pending(self, model_id: str, image_id: str) -> bool:
        """Whether a run is going on or waits."""
        return any((r.model_id, r.image_id) == (model_id, image_id) for r in self._requests())

    def run(
        self, model_id: str, image_id: str, options: RunOptions, *, again: bool = False
    ) -> None:
        """Run a model on an image, or show its result at once where there is one.

        Parameters
        ----------
        model_id, image_id : str
        options : RunOptions
        again : bool
            Run although the result of these weights is there.
        """
        entry = self.entry(model_id)
        digest = entry.card.weights.sha256 if entry and entry.card else ""
        known = self._results.find(image_id, digest, options.frame_index)
        if known is not None and known.status is RunStatus.OK and not again:
            self._results.results_changed.emit(image_id)
            return
        if not self.is_pending(model_id, image_id):
            self._queue.append(RunRequest(model_id, image_id, options))
            self._request_image(image_id)
            self._start_next()
            self.changed.emit()

    def can_explain(self, result: ModelResult, label: str) -> bool:
        """Whether the model that gave a result is here and can say what influenced a score."""
        entry = self.entry(result.model_id)
        card = entry.card if entry else None
        digest = result.provenance.weights_sha256
        return card is not None and card.weights.sha256 == digest and card.can_explain(label)

    def explain(self, result: ModelResult, score: ExplainedScore) -> None:
        """Show what influenced a score, at once where that is known."""
        known = result.saliency_of(score)
        if known is not None:
            self._results.show_saliency(result.source_id, known.id)
        elif not self.is_pending(result.model_id, result.source_id):
            options = RunOptions(frame_index=result.frame_index)
            request = RunRequest(result.model_id, result.source_id, options, (result, score))
            self._queue.append(request)
            self._request_image(result.source_id)
            self._start_next()
            self.changed.emit()

    def cancel(self, model_id: str, image_id: str) -> None:
        """Stop a run, or forget it while it waits.

        It is over for the reader at once; what cannot be interrupted (the first import of the
        libraries) ends unseen, and the next run waits for it.
        """
        self._queue = [r for r in self._queue if (r.model_id, r.image_id) != (model_id, image_id)]
        running = self._running
        if self._job and running and (running.model_id, running.image_id) == (model_id, image_id):
            self._job.supersede()
            self._running = None
        self.changed.emit()

    def cancel_model(self, model_id: str) -> None:
        """Stop every run of a model."""
        for request in self._requests():
            if request.model_id == model_id:
                self.cancel(model_id, request.image_id)

    def _requests(self) -> list[RunRequest]:
        return [*self._queue, *([self._running] if self._running else [])]

    def _is_usable(self, model_id: str) -> bool:
        entry = self.entry(model_id)
        return entry is not None and entry.card is not None

    def _start_next(self) -> None:
        """Start the newest request whose image is complete."""
        if self._job is not None:
            return
        for request in reversed(self._queue):
            image, entry = self._session.image(request.image_id), self.entry(request.model_id)
            if image is not None and entry is not None and _is_complete(image):
                self._queue.remove(request)
                self._start(request, entry, image)
                return

    def _start(self, request: RunRequest, entry: ModelEntry, image: Image) -> None:
        is_run = request.explained is None
        name = f"{'infer' if is_run else 'saliency'}:{self.name_of(entry)}"
        job = self._runner.submit(Lane.GPU, name, _task(self._cache, request, entry, image))
        self._job, self._running = job, request
        job.progressed.connect(self._on_progressed)
        job.succeeded.connect(self._on_succeeded if is_run else self._on_explained)
        job.failed.connect(self._on_failed)
        job.finished.connect(self._on_finished)
        self.changed.emit()

    def _on_progressed(self, progress: Progress) -> None:
        self.progressed.emit(progress.fraction or 0.0)

    def _on_succeeded(self, result: ModelResult) -> None:
        self._results.put(result)
        if result.status is RunStatus.REFUSED:
            self.refused.emit(result)

    def _on_explained(self, maps: tuple[SaliencyMap, ...]) -> None:
        """Keep heat maps and show the one that was asked for."""
        if self._running is None or self._running.explained is None:
            return
        result, score = self._running.explained
        self._results.add_saliency(result, maps)
        asked = (score.label, score.finding_id)
        shown = next((m for m in maps if (m.label, m.finding_id) == asked), maps[0])
        self._results.show_saliency(result.source_id, shown.id)

    def _on_failed(self, error: Exception) -> None:
        self._cache.forget()
        self.failed.emit(error)

    def _threshold_of(self, model_id: str) -> float:
        """Return the score at which a model's findings are shown."""
        entry = self.entry(model_id)
        if entry is None or entry.card is None:
            return 0.0
        return min(entry.card.threshold(x.name, "finding") for x in entry.card.labels)

    def _on_finished(self) -> None:
        self._job = self._running = None
        self.changed.emit()
        self._start_next()

    def _on_image_completed(self, image_id: str) -> None:
        """Run what the reader wants run on every image it fits; a refusal stands."""
        for entry in self.fitting(image_id):
            if entry.card is None or not self.runs_on_open(entry.id):
                continue
            if self._results.find(image_id, entry.card.weights.sha256) is None:
                self.run(entry.id, image_id, usual_options(entry.card))
        self._start_next()

    def _on_image_removed(self, image_id: str) -> None:
        for request in self._requests():
            if request.image_id == image_id:
                self.cancel(request.model_id, image_id)


def _task(cache: _ModelCache, request: RunRequest, entry: ModelEntry, image: Image) -> Task:
    """Return what the worker does for a request."""

    def task(context: TaskContext) -> ModelResult | tuple[SaliencyMap, ...]:
        stand_back()
        context.checkpoint(0.0, "infer.load")
        model = cache.get(entry)
        from medviewer.ai.explanation import explain_result  # lazy: torch, on the worker
        from medviewer.ai.runner import run_model  # lazy: torch, on the worker

        if request.explained is None:
            return run_model(model, image, context, request.options)
        result, score = request.explained
        return explain_result(model, image, result, score.finding_id, context)

    return task


def usual_options(card: ModelCard, frame_index: int = 0) -> RunOptions:
    """Return how a model is run for a reader: what it says of a whole image is explained."""
    is_of_whole_image = card.task == "classification" or card.input.dimensions == 2
    wants_saliency = bool(card.saliency) and is_of_whole_image and card.task != "segmentation"
    return RunOptions(wants_saliency=wants_saliency, frame_index=frame_index)


def _fits(entry: ModelEntry, image: Image) -> bool:
    card = entry.card
    if card is None:
        return False
    is_volume = isinstance(image, Volume) and image.voxels.shape[0] > 1
    if (card.input.dimensions == 3) != is_volume:
        return False
    radiographs = {"CR", "DX", "RG", "RF"}
    accepted = set(card.modalities)
    accepted |= radiographs if accepted & radiographs else set()
    return not image.modality or image.modality in accepted


def _is_complete(image: Image) -> bool:
    if isinstance(image, ImageStack):
        return all(frame is not None for frame in image.frames)
    return bool(np.all(image.is_loaded))
