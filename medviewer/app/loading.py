"""Open paths into the session, and decode the images that views ask for."""

from __future__ import annotations

from importlib import import_module
from math import prod
from typing import TYPE_CHECKING, cast

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from medviewer.app.jobs import Job, JobRunner, Lane
from medviewer.app.memory import budget_bytes
from medviewer.app.view_store import n_panes
from medviewer.core.errors import MemoryBudgetError
from medviewer.core.messages import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from medviewer.app.session import Image, Located, Session
    from medviewer.app.view_store import ViewStore
    from medviewer.core.study import IndexResult, VolumeRecord
    from medviewer.core.tasks import Progress, TaskContext

READER = "medviewer.io.dicom_index"
"""Imported first by whoever opens or prepares to: two threads that come to pydicom by different
ways at the same time find it half imported."""
_MIN_UPDATE_MS = 50


class Loading(QObject):
    """Streams headers and voxels into the session; everything can be cancelled.

    Parameters
    ----------
    session : Session
    runner : JobRunner
    view_store : ViewStore
        Tells which images are in a pane: those are never dropped from memory.
    """

    opening_started = Signal()
    opening_progressed = Signal(float)
    """Share of the files read, in [0, 1]; negative while their number is unknown."""
    opened = Signal(object, object)
    """(paths, IndexResult) of one opening that came to its end."""
    opening_failed = Signal(Exception)
    opening_finished = Signal()
    """After success, failure and cancellation alike, once no opening is under way."""
    image_progressed = Signal(str, float)
    image_failed = Signal(str, Exception)

    def __init__(self, session: Session, runner: JobRunner, view_store: ViewStore) -> None:
        super().__init__(session)
        self._session = session
        self._runner = runner
        self._view_store = view_store
        self._openings: set[Job] = set()
        self._jobs: dict[str, Job] = {}
        self._last_shown: dict[str, None] = {}
        self._known: dict[str, VolumeRecord] = {}
        self._pending: dict[str, Progress] = {}
        self._budget_bytes = budget_bytes(0)
        self._throttle = QTimer(self, singleShot=True, interval=_MIN_UPDATE_MS)
        self._throttle.timeout.connect(self._flush)
        view_store.pane_changed.connect(self._on_pane_changed)

    @property
    def is_opening(self) -> bool:
        """Whether headers are being read."""
        return bool(self._openings)

    @property
    def budget_bytes(self) -> int:
        """What decoded images may take."""
        return self._budget_bytes

    def set_budget_mb(self, budget_mb: int) -> None:
        """Change the memory budget (0: half of the machine's memory) and keep it at once."""
        self._budget_bytes = budget_bytes(budget_mb)
        self._make_room(0)

    def open_paths(self, paths: Sequence[Path]) -> Job:
        """Index folders, files and archives in the background; rows appear as they are known."""

        def task(context: TaskContext) -> IndexResult:
            from medviewer.io.dicom_index import index_paths  # start-up weight

            return index_paths(list(paths), context)

        return self.open_with(task, tuple(paths))

    def open_with(
        self,
        task: Callable[[TaskContext], IndexResult],
        paths: tuple[Path, ...] = (),
        name: str = "open",
    ) -> Job:
        """Open what ``task`` finds; it may first make it (demo study) or fetch it."""

        def reading(context: TaskContext) -> IndexResult:
            import_module(READER)
            return task(context)

        job = self._runner.submit(Lane.IO, name, reading)
        self._openings.add(job)
        job.progressed.connect(self._on_index_progressed)
        job.succeeded.connect(lambda result: self._on_opened(paths, result))
        job.failed.connect(self.opening_failed)
        job.finished.connect(lambda: self._on_opening_finished(job))
        self.opening_started.emit()
        return job

    def cancel_opening(self) -> None:
        """Stop reading headers; what was found stays."""
        for job in self._openings:
            job.cancel()

    def is_loading(self, volume_id: str) -> bool:
        """Whether an image is being decoded."""
        return volume_id in self._jobs

    def request_image(self, volume_id: str) -> None:
        """Decode an image unless it is there or on its way; progress arrives in the session."""
        located = self._session.locate(volume_id)
        if located is None or volume_id in self._jobs:
            return
        self._touch(volume_id)
        if self._session.image(volume_id) is not None:
            return
        needed = prod(located.volume.shape) * np.dtype(located.volume.voxel_type).itemsize
        self._cancel_unseen()
        self._make_room(needed)
        if self._session.n_bytes + needed > self._budget_bytes:
            self.image_failed.emit(volume_id, self._too_large(located, needed))
            return
        self._start(located)

    def cancel_image(self, volume_id: str) -> None:
        """Stop decoding; the unfinished image is dropped."""
        if volume_id in self._jobs:
            self._jobs[volume_id].cancel()

    def shown_ids(self) -> set[str]:
        """Ids of the images in the panes of the present layout."""
        panes = range(n_panes(self._view_store.grid.layout))
        return {self._view_store.pane(index).volume_id for index in panes} - {""}

    def _start(self, located: Located) -> None:
        volume_id = located.volume.id
        record, series, study = located.volume, located.series, located.study

        def task(context: TaskContext) -> Image:
            from medviewer.io.series_loader import load_image  # start-up weight

            return load_image(record, series, study, context)

        name = series.description or series.modality
        job = self._runner.submit(Lane.IO, f"load:{name}", task, key=f"image:{volume_id}")
        self._jobs[volume_id] = job
        self._known[volume_id] = record
        job.progressed.connect(lambda progress: self._on_image_progressed(volume_id, progress))
        job.succeeded.connect(lambda image: self._on_image_loaded(volume_id, image))
        job.failed.connect(lambda error: self._on_image_failed(volume_id, error))
        job.cancelled.connect(lambda: self._on_image_cancelled(volume_id, job))
        self.image_progressed.emit(volume_id, 0.0)

    def _on_index_progressed(self, progress: Progress) -> None:
        self.opening_progressed.emit(-1.0 if progress.fraction is None else progress.fraction)
        if progress.payload is not None:
            self._session.merge(cast("IndexResult", progress.payload))

    def _on_opened(self, paths: tuple[Path, ...], result: IndexResult) -> None:
        self._session.merge(result)
        self._reload_grown()
        self.opened.emit(paths, result)

    def _on_opening_finished(self, job: Job) -> None:
        self._openings.discard(job)
        if not self._openings:
            self.opening_finished.emit()

    def _reload_grown(self) -> None:
        """Decode again what was asked for before all of it was known."""
        for volume_id, known in list(self._known.items()):
            located = self._session.locate(volume_id)
            now = None if located is None else located.volume
            if now is None or (now.frames, now.warnings) == (known.frames, known.warnings):
                continue
            if volume_id in self._jobs:
                self._jobs.pop(volume_id).supersede()
            self._forget(volume_id)
            if volume_id in self.shown_ids():
                self.request_image(volume_id)

    def _on_image_progressed(self, volume_id: str, progress: Progress) -> None:
        earlier = self._pending.get(volume_id)
        if progress.payload is None and earlier is not None and earlier.payload is not None:
            return
        self._pending[volume_id] = progress
        if not self._throttle.isActive():
            self._flush()

    def _flush(self) -> None:
        pending, self._pending = self._pending, {}
        for volume_id, progress in pending.items():
            if volume_id not in self._jobs:
                continue
            if progress.payload is not None:
                self._session.put_image(cast("Image", progress.payload), is_complete=False)
            self.image_progressed.emit(volume_id, progress.fraction or 0.0)
        if pending:
            self._throttle.start()

    def _on_image_loaded(self, volume_id: str, image: Image) -> None:
        self._end(volume_id)
        if self._session.locate(volume_id) is None:
            return  # its study was closed meanwhile
        self._session.put_image(image, is_complete=True)
        self.image_progressed.emit(volume_id, 1.0)
        self._make_room(0)

    def _on_image_failed(self, volume_id: str, error: Exception) -> None:
        self._end(volume_id)
        self._forget(volume_id)
        self.image_progressed.emit(volume_id, 1.0)
        self.image_failed.emit(volume_id, error)

    def _on_image_cancelled(self, volume_id: str, job: Job) -> None:
        if self._jobs.get(volume_id) is not job:
            return  # superseded by a newer request
        self._end(volume_id)
        self._forget(volume_id)
        self.image_progressed.emit(volume_id, 1.0)

    def _end(self, volume_id: str) -> None:
        self._jobs.pop(volume_id, None)
        self._pending.pop(volume_id, None)

    def _forget(self, volume_id: str) -> None:
        self._known.pop(volume_id, None)
        self._last_shown.pop(volume_id, None)
        self._session.remove_image(volume_id)

    def _on_pane_changed(self, _index: int, old: object, new: object) -> None:
        if getattr(old, "volume_id", "") != getattr(new, "volume_id", ""):
            self._touch(getattr(new, "volume_id", ""))

    def _touch(self, volume_id: str) -> None:
        self._last_shown.pop(volume_id, None)
        self._last_shown[volume_id] = None

    def _cancel_unseen(self) -> None:
        """Stop decoding what nobody looks at any more: the image just asked for comes first."""
        shown = self.shown_ids()
        for volume_id, job in self._jobs.items():
            if volume_id not in shown:
                job.cancel()

    def _make_room(self, needed: int) -> None:
        """Drop the least recently shown images until ``needed`` more bytes fit."""
        shown = self.shown_ids()
        for volume_id in [*self._last_shown, *self._session.images]:
            if self._session.n_bytes + needed <= self._budget_bytes:
                return
            if volume_id not in shown and volume_id not in self._jobs:
                self._forget(volume_id)

    def _too_large(self, located: Located, needed: int) -> MemoryBudgetError:
        gigabytes, budget = needed / 2**30, self._budget_bytes / 2**30
        shape = " x ".join(map(str, located.volume.shape))
        return MemoryBudgetError(
            Message(
                "Series {series} ({shape}) takes {needed_gb:.1f} GB; with what is shown it exceeds "
                "the budget of {budget_gb:.1f} GB.",
                series=located.series.description or located.series.modality,
                shape=shape,
                needed_gb=gigabytes,
                budget_gb=budget,
            ),
            hint="Close other views, or raise the memory budget in Preferences.",
            series=located.series.description or located.series.modality,
            needed_gb=f"{gigabytes:.1f}",
            budget_gb=f"{budget:.1f}",
        )
