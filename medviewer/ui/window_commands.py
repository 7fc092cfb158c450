"""What concerns the window and not the images: opening, dialogs, panels, full screen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QFileDialog, QMainWindow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medviewer.app.services import Services
    from medviewer.core.study import IndexResult
    from medviewer.core.tasks import TaskContext
    from medviewer.ui.panels.series_browser import SeriesBrowser
    from medviewer.ui.view_commands import ViewCommands
    from medviewer.ui.work_area import WorkArea


class WindowCommands(QObject):
    """Acts on the window.

    Parameters
    ----------
    services : Services
    views : ViewCommands
    window : QMainWindow
    area : WorkArea
    browser : SeriesBrowser
    """

    def __init__(
        self,
        services: Services,
        views: ViewCommands,
        window: QMainWindow,
        area: WorkArea,
        browser: SeriesBrowser,
    ) -> None:
        super().__init__(window)
        self._services = services
        self._views = views
        self._window = window
        self._area = area
        self._browser = browser
        self._panels_before_full_screen = {"browser": True, "inspector": True}

    def open_paths(self, paths: Sequence[Path]) -> None:
        """Read headers of folders, files and archives; remembers the folder for next time."""
        if not paths:
            return
        first = paths[0]
        folder = first if first.is_dir() else first.parent
        self._services.settings.update(last_folder=str(folder))
        self._services.loading.open_paths(paths)

    def open_folder(self) -> None:
        """Choose a folder."""
        last = self._services.settings.settings.last_folder
        folder = QFileDialog.getExistingDirectory(self._window, self.tr("Open folder"), last)
        if folder:
            self.open_paths([Path(folder)])

    def open_files(self) -> None:
        """Choose files or archives."""
        last = self._services.settings.settings.last_folder
        names, _ = QFileDialog.getOpenFileNames(
            self._window, self.tr("Open files or archive"), last
        )
        self.open_paths([Path(name) for name in names])

    def open_demo(self) -> None:
        """Make or find the demo study and open it."""

        def task(context: TaskContext) -> IndexResult:
            from medviewer.app.demo import demo_study  # start-up weight
            from medviewer.io.dicom_index import index_paths  # start-up weight

            return index_paths([demo_study(context).folder], context)

        self._services.loading.open_with(task, name="demo")

    def close_study(self) -> None:
        """Close the study of the active view, else the first one."""
        located = self._views.located
        studies = self._services.session.studies
        study = located.study if located else studies[0] if studies else None
        if study is not None:
            self._services.session.close_study(study.study_instance_uid)

    def toggle_panel(self, name: str) -> None:
        """Open or collapse ``"browser"`` or ``"inspector"``; remembered."""
        is_shown = not self._area.is_shown(name)
        self._area.set_shown(name, is_shown)
        if not self._area.is_on_request(name):
            self._services.settings.update(**{f"is_{name}_shown": is_shown})

    def is_panel_shown(self, name: str) -> bool:
        """Whether a side panel is open."""
        return self._area.is_shown(name)

    def is_full_screen(self) -> bool:
        """Whether only views are shown."""
        return self._window.isFullScreen()

    def toggle_full_screen(self) -> None:
        """Hide everything but the views, or bring it back."""
        enter = not self._window.isFullScreen()
        for name in self._panels_before_full_screen:
            if enter:
                self._panels_before_full_screen[name] = self._area.is_shown(name)
                self._area.set_shown(name, False)
            else:
                self._area.set_shown(name, self._panels_before_full_screen[name])
        self._window.statusBar().setVisible(not enter)
        for bar in self._window.findChildren(QObject, "toolBar"):
            bar.setProperty("visible", not enter)
        if enter:
            self._window.showFullScreen()
        else:
            self._window.showNormal()

    def search_series(self) -> None:
        """Open the browser and put the cursor into its search field."""
        if not self._area.is_shown("browser"):
            self.toggle_panel("browser")
        self._browser.focus_search()

    def step_series(self, step: int) -> None:
        """Show the next or previous series in the active view."""
        volume_id = self._browser.step(step)
        if volume_id:
            self._views.show(volume_id)
        else:
            self._views.grid().status_text.emit(self.tr("There is no further series."))

    def quit(self) -> None:
        """Close the window; the program ends with it."""
        self._window.close()
