"""The actions of the reading room: name, key, icon and condition. AI panels add their own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from medviewer.ui.actions import Action
from medviewer.ui.image_actions import ImageActions
from medviewer.ui.peek import Peek

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medviewer.ui.conditions import Conditions
    from medviewer.ui.view_commands import ViewCommands
    from medviewer.ui.window_commands import WindowCommands
    from medviewer.ui.window_dialogs import WindowDialogs

LAYOUTS = ("1x1", "1x2", "2x1", "2x2", "1x3", "2x3", "3x3", "3x4")


class ActionCatalogue(QObject):
    """Makes the rows of the action table.

    Parameters
    ----------
    views : ViewCommands
    window : WindowCommands
    dialogs : WindowDialogs
    needs : Conditions
    """

    def __init__(
        self,
        views: ViewCommands,
        window: WindowCommands,
        dialogs: WindowDialogs,
        needs: Conditions,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._views = views
        self._window = window
        self._dialogs = dialogs
        self._needs = needs
        self._image_actions = ImageActions(views, window, needs, self)

    def groups(self) -> dict[str, str]:
        """Titles of the menus, in order."""
        return {
            "file": self.tr("File"),
            "tool": self.tr("Tools"),
            "window": self.tr("Windowing"),
            "image": self.tr("Image"),
            "navigate": self.tr("Navigation"),
            "layout": self.tr("Layout"),
            "ai": self.tr("AI"),
            "view": self.tr("View"),
            "help": self.tr("Help"),
        }

    def actions(self) -> Iterator[Action]:
        """All rows."""
        yield from self._file()
        yield from self._image_actions.actions()
        yield from self._layouts()
        yield from self._ai()
        yield from self._view()
        yield from self._help()

    def _file(self) -> Iterator[Action]:
        run, needs, show = self._window, self._needs, self._dialogs
        yield Action(
            "file.open_folder", self.tr("Open folder…"), run.open_folder, ("Ctrl+O",), "folder-open"
        )
        yield Action(
            "file.open_files",
            self.tr("Open files or archive…"),
            run.open_files,
            ("Ctrl+Shift+O",),
            "files",
        )
        yield Action(
            "file.open_demo", self.tr("Open the demo study"), run.open_demo, icon="lightning"
        )
        yield Action(
            "file.close_study",
            self.tr("Close study"),
            run.close_study,
            ("Ctrl+W",),
            "x-circle",
            missing=needs.study,
        )
        yield Action(
            "file.export_image",
            self.tr("Export image…"),
            show.export_image,
            ("Ctrl+E",),
            "image",
            missing=needs.image,
            section=1,
        )
        yield Action(
            "file.export_volume",
            self.tr("Export volume…"),
            show.export_volume,
            ("Ctrl+Shift+E",),
            "export",
            missing=needs.volume,
            section=1,
        )
        yield Action(
            "file.export_surface",
            self.tr("Export surface (STL)…"),
            show.export_surface,
            icon="polygon",
            missing=needs.surface,
            section=1,
        )
        yield Action(
            "file.headers",
            self.tr("DICOM header…"),
            show.headers,
            ("Ctrl+I",),
            "tag",
            missing=needs.dicom,
            section=1,
        )
        yield Action(
            "file.unreadable",
            self.tr("Files that could not be read…"),
            show.unreadable,
            icon="warning",
            missing=needs.unreadable,
            section=1,
        )
        yield Action(
            "file.preferences",
            self.tr("Preferences…"),
            show.preferences,
            ("Ctrl+,",),
            "gear-six",
            section=2,
        )
        yield Action("file.quit", self.tr("Quit"), run.quit, ("Ctrl+Q",), section=2)

    def _layouts(self) -> Iterator[Action]:
        views, grid, volume = self._views, self._grid_has, self._needs.volume
        for name in LAYOUTS:
            rows, columns = name.split("x")
            text = self.tr("{rows} × {columns} views").format(rows=rows, columns=columns)
            yield Action(
                f"layout.{name}",
                self.tr("One view") if name == "1x1" else text,
                partial(views.set_layout, name),
                icon=f"layout-{name}",
                is_on=partial(self._is_layout, name),
            )
        for name, text, key in (
            ("mpr", self.tr("MPR: axial, coronal, sagittal"), "M"),
            ("mpr3d", self.tr("MPR and 3-D"), "Alt+3"),
        ):
            yield Action(
                f"layout.{name}",
                text,
                partial(views.toggle_layout, name),
                (key,),
                f"layout-{name}",
                missing=volume,
                is_on=partial(self._is_layout, name),
                section=1,
            )
        yield Action(
            "layout.is_linked",
            self.tr("Link views"),
            lambda: views.grid().toggle_link(),
            ("K",),
            "link",
            missing=self._needs.study,
            is_on=partial(grid, "is_linked"),
            section=2,
        )
        yield Action(
            "layout.are_reference_lines_shown",
            self.tr("Reference lines"),
            lambda: views.grid().toggle_reference_lines(),
            ("O",),
            "reference-lines",
            missing=self._needs.study,
            is_on=partial(grid, "are_reference_lines_shown"),
            section=2,
        )

    def window_actions(self) -> Iterator[Action]:
        """Rows of the number keys, to be added anew when the presets change."""
        yield from self._image_actions.windows()

    def _ai(self) -> Iterator[Action]:
        name = "are_overlays_shown"
        peek = Peek(partial(self._views.toggle_grid, name), self)
        yield Action(
            "ai.overlays",
            self.tr("Show AI results (hold to peek)"),
            peek.press,
            ("S",),
            "eye",
            is_on=partial(self._grid_has, name),
        )

    def model_actions(self) -> Iterator[Action]:
        """Rows on the models themselves, below those on their results."""
        yield Action(
            "ai.models",
            self.tr("Add or remove models…"),
            partial(self._dialogs.preferences, shows_models=True),
            section=3,
        )

    def _view(self) -> Iterator[Action]:
        run, grid, toggle = self._window, self._grid_has, self._views.toggle_grid
        yield Action(
            "view.browser",
            self.tr("Series browser"),
            partial(run.toggle_panel, "browser"),
            ("F9",),
            "panel-left",
            is_on=partial(run.is_panel_shown, "browser"),
        )
        yield Action(
            "view.inspector",
            self.tr("Inspector"),
            partial(run.toggle_panel, "inspector"),
            ("F10",),
            "panel-right",
            is_on=partial(run.is_panel_shown, "inspector"),
        )
        yield Action(
            "view.full_screen",
            self.tr("Full screen, views only"),
            run.toggle_full_screen,
            ("F11",),
            "arrows-out",
            is_on=run.is_full_screen,
        )
        yield Action(
            "view.text_level",
            self.tr("Corner text: full, minimal, off"),
            lambda: self._views.grid().set_text_level(),
            ("I",),
            "text-aa",
            section=1,
        )
        yield Action(
            "view.identity",
            self.tr("Show patient identity"),
            partial(toggle, "is_identity_shown"),
            ("Shift+I",),
            "identification-card",
            is_on=partial(grid, "is_identity_shown"),
            section=1,
        )

    def _help(self) -> Iterator[Action]:
        show = self._dialogs
        yield Action(
            "help.cheat_sheet", self.tr("Keys and mouse"), show.cheat_sheet, ("F1",), "keyboard"
        )
        yield Action(
            "help.palette",
            self.tr("Find an action…"),
            show.palette,
            ("Ctrl+K",),
            "magnifying-glass",
        )
        yield Action("help.about", self.tr("About medviewer"), show.about, icon="info")

    def _is_layout(self, name: str) -> bool:
        return self._views.grid_state.layout == name

    def _grid_has(self, field: str) -> bool:
        return bool(getattr(self._views.grid_state, field))
