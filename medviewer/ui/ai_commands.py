"""Actions on what models said, and the wire from results to the views."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from medviewer.app.jobs import Lane
from medviewer.app.result_export import export_dicom
from medviewer.ui.actions import Action
from medviewer.ui.dialogs.export_dialogs import ask_folder
from medviewer.ui.panels.ai_panel import AiPanel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from medviewer.app.services import Services
    from medviewer.core.tasks import TaskContext
    from medviewer.ui.view_commands import ViewCommands
    from medviewer.ui.views.view_grid import ViewGrid


class AiCommands(QObject):
    """Keys for findings and overlays; feeds overlays to the views.

    Parameters
    ----------
    services : Services
    commands : ViewCommands
    missing_image : callable
        Sentence on why there is no image, or "".
    """

    saved = Signal(str)
    """(folder) results were written as DICOM"""
    failed = Signal(Exception)

    def __init__(
        self,
        services: Services,
        commands: ViewCommands,
        missing_image: Callable[[], str],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._commands = commands
        self._results = services.results
        self._missing_image = missing_image
        self._grid: ViewGrid | None = None
        self.panel = AiPanel(services, commands, parent)

    def feed(self, grid: ViewGrid) -> None:
        """Keep a grid's overlays as the results store has them."""
        self._grid = grid
        self._results.results_changed.connect(self._show_overlays)
        self._results.displays_changed.connect(self._show_overlays)
        self._services.shared_results.changed.connect(self._show_overlays)
        grid.finding_edited.connect(self._results.edit)
        self._show_overlays()

    def save_dicom(self) -> None:
        """Choose a folder and write the results of the active image there as SEG, SR and KOS."""
        title = self.tr("Save AI results as DICOM")
        folder = ask_folder(self._services.settings, self._commands.grid(), title)
        if folder is not None:
            self.save_dicom_in(folder)

    def save_dicom_in(self, folder: Path) -> None:
        """Write the results of the active image as SEG, SR and KOS below a folder."""
        located = self._commands.located
        if located is None:
            return
        results = [
            (result, entry.card)
            for result in self._results.of_image(located.volume.id)
            if (entry := self._services.inference.entry(result.model_id)) and entry.card
        ]
        files = tuple(dict.fromkeys(frame.path for frame in located.volume.frames))

        def task(context: TaskContext) -> object:
            return export_dicom(results, files, folder, context)

        job = self._services.runner.submit(Lane.IO, "export:SEG, SR", task)
        job.succeeded.connect(lambda _paths: self.saved.emit(str(folder)))
        job.failed.connect(self.failed)

    def actions(self) -> Iterator[Action]:
        """Rows for the action table."""
        panel, results = self.panel, self._results
        rows: tuple[tuple[str, str, Callable[[], object], str], ...] = (
            ("next_finding", self.tr("Next finding"), partial(panel.step_finding, 1), "N"),
            (
                "previous_finding",
                self.tr("Previous finding"),
                partial(panel.step_finding, -1),
                "Shift+N",
            ),
            ("fainter", self.tr("AI results fainter"), partial(panel.change_opacity, -1), "A"),
            ("stronger", self.tr("AI results stronger"), partial(panel.change_opacity, 1), "D"),
        )
        for name, text, run, key in rows:
            yield Action(f"ai.{name}", text, run, (key,), missing=self._missing_image)
        yield Action(
            "ai.run_all",
            self.tr("Run all models that fit"),
            panel.run_all,
            ("Ctrl+R",),
            "sparkle",
            missing=self._missing_image,
            section=1,
        )
        yield Action(
            "ai.save_dicom",
            self.tr("Save AI results as DICOM…"),
            self.save_dicom,
            missing=self._missing_result,
            section=1,
        )
        yield Action(
            "ai.undo_review",
            self.tr("Undo the last change of a finding"),
            results.undo,
            ("Ctrl+Z",),
            missing=self._missing_undo,
            section=2,
        )
        yield Action(
            "ai.redo_review",
            self.tr("Redo the change of a finding"),
            results.redo,
            ("Ctrl+Shift+Z",),
            missing=self._missing_redo,
            section=2,
        )

    def _show_overlays(self, *_anything: object) -> None:
        shared = self._services.shared_results.items()
        others = [(item, self._results.display(item)) for item in shared]
        if self._grid is not None:
            self._grid.set_results([*self._results.overlays(), *others])

    def _missing_result(self) -> str:
        missing = self._missing_image()
        if not missing and not self._results.of_image(self._commands.pane.volume_id):
            return self.tr("There is no result on this image.")
        return missing

    def _missing_undo(self) -> str:
        return "" if self._results.can_undo else self.tr("No finding was changed.")

    def _missing_redo(self) -> str:
        return "" if self._results.can_redo else self.tr("No change was undone.")
