"""The window: where things are. What they do is in the action table and the commands."""

from __future__ import annotations

import json
import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QSize, Qt, QTimer
from PySide6.QtGui import QKeySequence
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QMainWindow

from medviewer.app.paths import config_path
from medviewer.app.view_store import n_columns
from medviewer.io.atomic_file import write_atomically
from medviewer.ui.action_catalogue import ActionCatalogue
from medviewer.ui.actions import ActionTable
from medviewer.ui.card_text import model_name
from medviewer.ui.conditions import Conditions, not_decoded
from medviewer.ui.empty_state import DropFilter, EmptyState
from medviewer.ui.error_text import error_text
from medviewer.ui.inspector import Inspector
from medviewer.ui.key_routing import KeyRouting
from medviewer.ui.panels.series_browser import SeriesBrowser
from medviewer.ui.status_bar import StatusBar
from medviewer.ui.theme import on_screen
from medviewer.ui.tool_bar import ToolBar
from medviewer.ui.view_commands import ViewCommands
from medviewer.ui.window_commands import WindowCommands
from medviewer.ui.window_dialogs import WindowDialogs
from medviewer.ui.work_area import WorkArea

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QKeyEvent, QPaintEvent

    from medviewer.app.services import Services
    from medviewer.ui.views.view_grid import ViewGrid

logger = logging.getLogger(__name__)

_GEOMETRY_FILE = "window.json"
_SMALLEST, _FIRST = QSize(960, 600), QSize(1440, 900)


class MainWindow(QMainWindow):
    """Tool bar, series browser, views, inspector, status bar.

    Parameters
    ----------
    services : Services
        Owned by the window from now on.
    """

    def __init__(self, services: Services) -> None:
        super().__init__()
        self.setWindowTitle("medviewer")
        services.setParent(self)
        self.services = services
        self.grid: ViewGrid | None = None
        self.commands = ViewCommands(services, self.ensure_grid, self)
        self.browser = SeriesBrowser(services, self)
        self.inspector = Inspector(self)
        self.empty_state = EmptyState(services, self)
        self.area = WorkArea(self.browser, self.inspector, self)
        self.window_commands = WindowCommands(
            services, self.commands, self, self.area, self.browser
        )
        self.needs = Conditions(services, self.commands, self)
        self.dialogs = WindowDialogs(self, services, self.commands)
        self.catalogue = ActionCatalogue(
            self.commands, self.window_commands, self.dialogs, self.needs, self
        )
        self.table = ActionTable(self, self.catalogue.groups())
        self.table.add(self.catalogue.actions())
        self.table.set_overrides(services.settings.settings.shortcuts)
        self.dialogs.set_table(self.table)
        self.tool_bar = ToolBar(self.table, self)
        self.status = StatusBar(services, self)
        self._key_routing = KeyRouting(self)
        self._is_complete = False
        self._is_library_lost = False
        self._place()
        self._connect()
        self._restore()

    def ensure_grid(self) -> ViewGrid:
        """Return the views; made when first needed, which keeps the start quick."""
        self.complete()
        if self.grid is None:
            from medviewer.ui.views.view_grid import ViewGrid  # start-up weight: VTK

            services = self.services
            self.grid = ViewGrid(
                services.session, services.view_store, services.loading.request_image
            )
            self.grid.setParent(self.area)
            self.grid.presets = lambda: self.commands.presets
            self.grid.absence = partial(not_decoded, services)
            self.grid.presentations = services.presentations.of_image
            services.loading.image_failed.connect(self.grid.say_absence)
            services.loading.image_progressed.connect(self.grid.say_absence)
            self.grid.status_text.connect(self.status.say)
            self.grid.set_covered(self.area.covered_px)
            self.area.covered_changed.connect(self.grid.set_covered)
            self.ai.feed(self.grid)
        return self.grid

    def let_go(self) -> None:
        """Remember the place on the screen and free the views; the services go on."""
        self._save()
        if self.grid is not None:
            self.grid.close_views()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Stop all work, then let go."""
        self.hide()  # what is still running may take a moment to notice
        self.let_go()
        if not self.services.shutdown():
            logger.warning("a job did not stop in time")
        super().closeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Make what can wait once the window is on screen."""
        super().paintEvent(event)
        if not self._is_complete:
            QTimer.singleShot(0, self.complete)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Say why a key does nothing: one that can act never gets here."""
        missing = self.table.why_not(QKeySequence(event.keyCombination()))
        if missing:
            self.status.say(missing)
        super().keyPressEvent(event)

    def complete(self) -> None:
        """Fill the inspector and offer what models can do; the first call counts."""
        if self._is_complete:
            return
        self._is_complete = True
        self._add_pages()
        self.inspector.show_page(self.services.settings.settings.inspector_page)
        self.inspector.page_changed.connect(self._on_page_changed)

    def _add_pages(self) -> None:
        from medviewer.ui.ai_commands import AiCommands  # start-up weight
        from medviewer.ui.panels.display_panel import DisplayPanel  # start-up weight

        self.display_panel = DisplayPanel(self.services, self.commands, self.needs, self)
        self.inspector.add_page(
            "display", self.tr("Display"), "sliders-horizontal", self.display_panel
        )
        self.ai = AiCommands(self.services, self.commands, self.needs.image, self)
        self.inspector.add_page("ai", self.tr("AI"), "sparkle", self.ai.panel)
        self.ai.panel.status_text.connect(self.status.say)
        self.ai.saved.connect(self._on_written)
        self.ai.failed.connect(self.dialogs.error)
        self.table.add(self.ai.actions())
        self.table.add(self.catalogue.model_actions())
        self.services.results.results_changed.connect(self.table.request_refresh)
        self.services.inference.name_of = model_name
        self.services.inference.failed.connect(self.dialogs.error)
        self.services.own_models.failed.connect(self.dialogs.model_error)
        self.services.results.saving_failed.connect(self.dialogs.error)

    def _place(self) -> None:
        self.tool_bar.setObjectName("toolBar")
        self.addToolBar(Qt.ToolBarArea.TopToolBarArea, self.tool_bar)
        self.setStatusBar(self.status)
        self.setCentralWidget(self.area)
        self.area.set_center(self.empty_state, is_alone=True)
        # A window that gets its first OpenGL child later is made anew by Qt and flickers.
        QOpenGLWidget(self.area).setFixedSize(0, 0)
        self.setMinimumSize(on_screen(self, _SMALLEST))
        self.resize(on_screen(self, _FIRST))

    def _connect(self) -> None:
        services, commands, refresh = (
            self.services,
            self.window_commands,
            self.table.request_refresh,
        )
        session, store = services.session, services.view_store
        for signal in (
            session.studies_changed,
            session.image_added,
            session.image_completed,
            session.image_removed,
            store.pane_changed,
            store.grid_changed,
        ):
            signal.connect(refresh)
        session.studies_changed.connect(self._on_studies_changed)
        services.loading.opened.connect(self._on_opened)
        services.loading.opening_failed.connect(self.dialogs.error)
        services.loading.image_failed.connect(self._on_image_failed)
        services.settings.changed.connect(self._on_settings_changed)
        services.library.failed.connect(self._on_library_failed)
        self.browser.show_requested.connect(self.commands.show)
        self.browser.unreadable_requested.connect(self.dialogs.unreadable)
        self.browser.headers_requested.connect(self.dialogs.headers_of)
        self.browser.export_requested.connect(self.dialogs.export_volume_of)
        self.dialogs.exports.done.connect(self._on_written)
        self.empty_state.open_requested.connect(commands.open_folder)
        self.empty_state.demo_requested.connect(commands.open_demo)
        self.empty_state.notice.why_requested.connect(self.dialogs.unreadable)
        self.empty_state.recent_requested.connect(lambda study: commands.open_paths([study.root]))
        drops = DropFilter(self)
        drops.dropped.connect(lambda names: commands.open_paths([Path(n) for n in names]))
        drops.hovered.connect(self.empty_state.set_hot)
        store.grid_changed.connect(self._on_grid_changed)
        self.area.panels_changed.connect(refresh)
        self.area.width_changed.connect(self._on_panel_width_changed)

    def _on_studies_changed(self) -> None:
        if self.services.session.studies:
            was_empty, grid = self.empty_state.isVisible(), self.ensure_grid()
            self.area.set_center(grid)
            if was_empty:  # else the button hidden last hands the keys to the tool bar
                grid.view(self.commands.active).setFocus()
        else:
            self.area.set_center(self.empty_state, is_alone=True)

    def _on_grid_changed(self, *_anything: object) -> None:
        grid = self.services.view_store.grid
        self.area.set_side_by_side(grid.maximised is None and n_columns(grid.layout) > 1)

    def _on_opened(self, paths: tuple[Path, ...], result: object) -> None:
        self.commands.hang_if_empty()
        n_unreadable = len(getattr(result, "unreadable", ()))
        if not getattr(result, "studies", ()):
            names = ", ".join(path.name or str(path) for path in paths[:3])
            sentence = self.tr("No image was found in {name}.").format(name=names)
            self.status.say(sentence)
            if n_unreadable:
                sentence += "\n" + self.tr("%n file(s) could not be read", "", n_unreadable)
            self.empty_state.notice.say(sentence, can_explain=n_unreadable > 0)
        elif n_unreadable:
            self.status.say(self.tr("%n file(s) could not be read", "", n_unreadable))

    def _on_image_failed(self, _volume_id: str, error: Exception) -> None:
        self.dialogs.error(error)

    def _on_library_failed(self, error: Exception) -> None:
        if not self._is_library_lost:  # once: it fails again with every study
            self._is_library_lost = True
            lost = self.tr("Opened studies are not remembered.")
            reason = error_text(error).title if isinstance(error, OSError) else str(error)
            self.status.say(f"{lost} {reason}")

    def _on_written(self, path: str) -> None:
        self.status.say(self.tr("Written: {path}").format(path=path))

    def _on_settings_changed(self, old: object, new: object) -> None:
        if getattr(old, "shortcuts", None) != getattr(new, "shortcuts", None):
            self.table.set_overrides(self.services.settings.settings.shortcuts)
        if getattr(old, "window_presets", None) != getattr(new, "window_presets", None):
            self.table.add(self.catalogue.window_actions())

    def _on_panel_width_changed(self, name: str, width_px: int) -> None:
        self.services.settings.update(**{f"{name}_width_px": width_px})

    def _on_page_changed(self, page_id: str) -> None:
        self.services.settings.update(inspector_page=page_id)

    def _restore(self) -> None:
        settings = self.services.settings.settings
        for name in ("browser", "inspector"):
            width_px = getattr(settings, f"{name}_width_px")
            self.area.restore_panel(name, width_px, is_shown=getattr(settings, f"is_{name}_shown"))
        damaged = self.services.settings.damaged_file
        if damaged is not None:
            text = self.tr("The settings file was damaged and is now {name}. Defaults are in use.")
            self.status.say(text.format(name=damaged.name))
        self._on_grid_changed()
        if self.services.session.studies:  # opened in a window before this one
            self._on_studies_changed()
        try:
            text = config_path(_GEOMETRY_FILE).read_text("utf-8")
            encoded = json.loads(text)["geometry"]
            self.restoreGeometry(QByteArray.fromBase64(encoded.encode()))
        except (OSError, ValueError, KeyError, AttributeError, TypeError):
            return  # no geometry yet, or one that is worth nothing

    def _save(self) -> None:
        encoded = self.saveGeometry().toBase64().toStdString()
        content = json.dumps({"geometry": encoded}).encode()
        try:
            write_atomically(config_path(_GEOMETRY_FILE), content)
        except OSError as error:
            logger.warning("window geometry was not kept: %s", error)
