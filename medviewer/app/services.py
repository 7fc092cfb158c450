"""Everything a window works with, made in one place and ended in one place."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from medviewer.app.jobs import JobRunner
from medviewer.app.library_service import LibraryService
from medviewer.app.loading import Loading
from medviewer.app.paths import cache_path, config_path, data_path
from medviewer.app.session import Session
from medviewer.app.settings import Settings, SettingsStore
from medviewer.app.thumbnails import Thumbnails
from medviewer.app.view_store import ViewStore

if TYPE_CHECKING:
    from medviewer.app.inference import Inference
    from medviewer.app.own_models import OwnModels
    from medviewer.app.presentations import Presentations
    from medviewer.app.results_store import ResultsStore
    from medviewer.app.shared_results import SharedResults


class Services(QObject):
    """Session, stores and use cases of one window; owns them all.

    Attributes
    ----------
    runner : JobRunner
    settings : SettingsStore
    session : Session
    view_store : ViewStore
    loading : Loading
    thumbnails : Thumbnails
    library : LibraryService
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.runner = JobRunner(self)
        self.settings = SettingsStore(config_path("settings.json"), self)
        self.session = Session(self)
        self.view_store = ViewStore(self)
        self.loading = Loading(self.session, self.runner, self.view_store)
        self.thumbnails = Thumbnails(self.runner, cache_path("thumbnails"), self)
        self.library = LibraryService(
            self.runner, self.thumbnails, data_path("library.sqlite"), self
        )
        self._apply(self.settings.settings)
        self.settings.changed.connect(lambda _old, new: self._apply(new))
        self.loading.opening_started.connect(lambda: self._set_growing(is_growing=True))
        self.loading.opened.connect(lambda *_: self._set_growing(is_growing=False))
        self.loading.opening_finished.connect(lambda: self._set_growing(is_growing=False))
        self.loading.opened.connect(self.library.remember)

    @cached_property
    def results(self) -> ResultsStore:
        """Results of models; made when first asked for."""
        from medviewer.app.results_store import ResultsStore  # start-up weight

        return ResultsStore(self.session, data_path("results"), self)

    @cached_property
    def shared_results(self) -> SharedResults:
        """Segmentations and reports of the open studies; made when first asked for."""
        from medviewer.app.shared_results import SharedResults  # start-up weight

        return SharedResults(self.session, self.runner, self)

    @cached_property
    def presentations(self) -> Presentations:
        """Saved looks of the open studies; made when first asked for."""
        from medviewer.app.presentations import Presentations  # start-up weight

        return Presentations(self.session, self.runner, self)

    @cached_property
    def inference(self) -> Inference:
        """Runs models; made when first asked for."""
        from medviewer.app.inference import Inference  # start-up weight

        inference = Inference(
            self.session,
            self.runner,
            self.results,
            self.loading.request_image,
            data_path("models"),
        )
        inference.runs_on_open = lambda name: name in self.settings.settings.auto_run_models
        return inference

    @cached_property
    def own_models(self) -> OwnModels:
        """Adds the user's own models and removes them; made when first asked for."""
        from medviewer.app.own_models import OwnModels  # start-up weight

        return OwnModels(self.inference, self.runner, self.settings, data_path("models"))

    def shutdown(self, timeout_ms: int = 5000) -> bool:
        """Cancel everything and wait; ``False`` if a worker did not stop in time."""
        self.loading.cancel_opening()
        return self.runner.shutdown(timeout_ms)

    def _set_growing(self, *, is_growing: bool) -> None:
        self.thumbnails.is_growing = is_growing

    def _apply(self, settings: Settings) -> None:
        self.loading.set_budget_mb(settings.memory_budget_mb)
        self.view_store.update_grid(is_window_drag_inverted=settings.is_window_drag_inverted)
        self.library.set_enabled(settings.is_library_enabled)
        self.thumbnails.folder = cache_path("thumbnails") if settings.is_library_enabled else None
