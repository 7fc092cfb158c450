"""Add models to the user's own and remove them, one at a time, in the background."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from medviewer.ai.process_settings import prepare_process, stand_back
from medviewer.ai.user_models import remove_model
from medviewer.app.jobs import Lane

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from medviewer.ai.registry import ModelEntry
    from medviewer.app.inference import Inference
    from medviewer.app.jobs import Job, JobRunner
    from medviewer.app.settings import SettingsStore
    from medviewer.core.tasks import TaskContext


class OwnModels(QObject):
    """Changes the folder of the user's own models, and has them listed anew.

    Parameters
    ----------
    inference : Inference
        Knows the models; reads their folders again after a change.
    runner : JobRunner
    settings : SettingsStore
        A model that is removed no longer runs by itself.
    folder : Path
        Of the user's own models.
    """

    changed = Signal()
    """A change began or ended."""
    added = Signal(str)
    """(model id)"""
    removed = Signal(str)
    """(model id)"""
    failed = Signal(Exception)

    def __init__(
        self, inference: Inference, runner: JobRunner, settings: SettingsStore, folder: Path
    ) -> None:
        super().__init__(inference)
        self._inference = inference
        self._runner = runner
        self._settings = settings
        self._folder = folder
        self._job: Job | None = None

    @property
    def entries(self) -> tuple[ModelEntry, ...]:
        """The user's own models, the refused ones too."""
        return tuple(e for e in self._inference.entries if not e.is_bundled)

    @property
    def is_busy(self) -> bool:
        """Whether a change goes on; another one is not begun before it ends."""
        return self._job is not None

    def add(self, source: Path) -> None:
        """Add a bundle of the MONAI Model Zoo or a model folder, as a folder or a zip file."""
        folder = self._folder

        def task(context: TaskContext) -> str:
            prepare_process()
            from medviewer.ai.model_import import import_model  # lazy: torch, on the worker

            stand_back()
            return import_model(source, folder, context).name

        if self._job is None:
            self._start(f"add_model:{source.name}", task).succeeded.connect(self._on_added)

    def remove(self, entry: ModelEntry) -> None:
        """Delete one of the user's own models; its runs end, its results stay on disk."""

        def task(_context: TaskContext) -> str:
            remove_model(entry)
            return entry.id

        if self._job is None:
            self._inference.cancel_model(entry.id)
            self._start(f"remove_model:{entry.id}", task).succeeded.connect(self._on_removed)

    def cancel(self) -> None:
        """Stop what goes on; the models stay as they were."""
        if self._job is not None:
            self._job.cancel()

    def _start(self, name: str, task: Callable[[TaskContext], str]) -> Job:
        # The lane of the runs: torch is imported by one thread alone, and no run loads a model
        # while it is being deleted.
        self._job = job = self._runner.submit(Lane.GPU, name, task)
        job.failed.connect(self.failed)
        job.finished.connect(self._on_finished)
        self.changed.emit()
        return job

    def _on_added(self, model_id: str) -> None:
        self._inference.rescan()
        self.added.emit(model_id)

    def _on_removed(self, model_id: str) -> None:
        kept = (name for name in self._settings.settings.auto_run_models if name != model_id)
        self._settings.update(auto_run_models=tuple(kept))
        self._inference.rescan()
        self.removed.emit(model_id)

    def _on_finished(self) -> None:
        self._job = None
        self.changed.emit()
