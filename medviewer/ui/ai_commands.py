"""Actions on what models said, and the wire from results to the views."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from medviewer.ui.actions import Action
from medviewer.ui.panels.ai_panel import AiPanel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PySide6.QtWidgets import QWidget

    from medviewer.app.services import Services
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

    def __init__(
        self,
        services: Services,
        commands: ViewCommands,
        missing_image: Callable[[], str],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._results = services.results
        self._missing_image = missing_image
        self.panel = AiPanel(services, commands, parent)

    def feed(self, grid: ViewGrid) -> None:
        """Keep a grid's overlays as the results store has them."""

        def show(*_anything: object) -> None:
            grid.set_results(list(self._results.overlays()))

        self._results.results_changed.connect(show)
        self._results.displays_changed.connect(show)
        show()

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
            "ai.undo_review", self.tr("Undo verdict on a finding"), results.undo, section=1
        )
        yield Action(
            "ai.redo_review", self.tr("Redo verdict on a finding"), results.redo, section=1
        )
