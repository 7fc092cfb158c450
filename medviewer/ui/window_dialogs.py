"""Makes the window's dialogs when they are asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from medviewer.ui.dialogs.about import AboutDialog
from medviewer.ui.dialogs.cheat_sheet import CheatSheet
from medviewer.ui.dialogs.command_palette import CommandPalette
from medviewer.ui.dialogs.dicom_header import HeaderDialog
from medviewer.ui.dialogs.unreadable import UnreadableDialog

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from medviewer.app.services import Services
    from medviewer.ui.actions import ActionTable
    from medviewer.ui.view_commands import ViewCommands
    from medviewer.ui.window_commands import WindowCommands


class WindowDialogs(QObject):
    """Knows what each dialog needs.

    Parameters
    ----------
    window : QWidget
        Their parent.
    """

    def __init__(
        self, window: QWidget, services: Services, views: ViewCommands, table: ActionTable
    ) -> None:
        super().__init__(window)
        self._window = window
        self._services = services
        self._views = views
        self._table = table

    def register(self, commands: WindowCommands) -> None:
        """Tell the commands how each dialog is made."""
        window, table = self._window, self._table
        commands.add_dialog("palette", lambda: CommandPalette(table, window))
        commands.add_dialog("cheat_sheet", lambda: CheatSheet(table, window))
        commands.add_dialog("about", lambda: AboutDialog(window))
        commands.add_dialog("headers", self._headers)
        commands.add_dialog(
            "unreadable", lambda: UnreadableDialog(self._services.session.unreadable, window)
        )

    def show_headers_of(self, volume_id: str) -> None:
        """Open the header browser for an image that need not be shown."""
        located = self._services.session.locate(volume_id)
        if located is not None:
            HeaderDialog(self._services.runner, located.volume, 0, self._window).open()

    def _headers(self) -> HeaderDialog:
        located = self._views.located
        if located is None:
            msg = "The DICOM header was asked for while the active view is empty."
            raise ValueError(msg)
        index = self._views.pane.slice.slice_index
        return HeaderDialog(self._services.runner, located.volume, index, self._window)
