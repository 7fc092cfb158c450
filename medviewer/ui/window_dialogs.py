"""Makes the window's dialogs when they are asked for, and imports them only then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QDialog

from medviewer.core.cuts import recorded_slice
from medviewer.core.volume import Volume
from medviewer.ui.dialogs.export_dialogs import Exports
from medviewer.ui.error_text import error_text
from medviewer.ui.theme import on_screen

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from medviewer.app.services import Services
    from medviewer.ui.actions import ActionTable
    from medviewer.ui.view_commands import ViewCommands


class WindowDialogs(QObject):
    """Knows what each dialog needs; every one deletes itself when closed.

    Parameters
    ----------
    window : QWidget
        Their parent.
    services : Services
    views : ViewCommands
    """

    def __init__(self, window: QWidget, services: Services, views: ViewCommands) -> None:
        super().__init__(window)
        self._window = window
        self._services = services
        self._views = views
        self._table: ActionTable | None = None
        self.exports = Exports(services, window)
        self.exports.failed.connect(self.error)

    def set_table(self, table: ActionTable) -> None:
        """Take the actions that the palette, the cheat sheet and the shortcuts list."""
        self._table = table

    def palette(self) -> None:
        """Find an action by its name."""
        from medviewer.ui.dialogs.command_palette import CommandPalette  # start-up weight

        if self._table is not None:
            self._show(CommandPalette(self._table, self._window))

    def cheat_sheet(self) -> None:
        """List keys and mouse gestures."""
        from medviewer.ui.dialogs.cheat_sheet import CheatSheet  # start-up weight

        if self._table is not None:
            self._show(CheatSheet(self._table, self._window))

    def preferences(self, *, shows_models: bool = False) -> None:
        """Edit the settings."""
        from medviewer.ui.dialogs.preferences import PreferencesDialog  # start-up weight

        if self._table is not None:
            dialog = PreferencesDialog(self._services, self._table, self._window)
            if shows_models:
                dialog.show_models()
            self._show(dialog)

    def about(self) -> None:
        """Say what the program is and is made of."""
        from medviewer.ui.dialogs.about import AboutDialog  # start-up weight

        self._show(AboutDialog(self._window))

    def unreadable(self) -> None:
        """List the files that could not be read."""
        from medviewer.ui.dialogs.unreadable import UnreadableDialog  # start-up weight

        self._show(UnreadableDialog(self._services.session.unreadable, self._window))

    def error(self, error: Exception) -> None:
        """Say what went wrong."""
        from medviewer.ui.dialogs.error_dialog import ErrorDialog  # start-up weight

        self._show(ErrorDialog(error_text(error), parent=self._window))

    def model_error(self, error: Exception) -> None:
        """Say why a model was not added or removed, unless the preferences are open: they do."""
        if self._window.findChild(QDialog, "preferences") is None:
            self.error(error)

    def headers(self) -> None:
        """Browse the header of the image shown in the active view."""
        image, state = self._views.image, self._views.pane.slice
        shown: int | None = state.slice_index
        if isinstance(image, Volume):
            shown = recorded_slice(image, state)
        self._show_headers(self._views.pane.volume_id, shown)

    def headers_of(self, volume_id: str) -> None:
        """Browse the header of an image that need not be shown."""
        self._show_headers(volume_id, None)

    def export_image(self) -> None:
        """Save what the active view shows, marks and text included."""
        view = self._views.grid().view(self._views.active)
        self.exports.ask_image(view.grab().toImage())

    def export_volume(self) -> None:
        """Save the volume of the active view."""
        self.export_volume_of(self._views.pane.volume_id)

    def export_volume_of(self, volume_id: str) -> None:
        """Save a volume that need not be shown."""
        located = self._services.session.locate(volume_id)
        if located is not None:
            self.exports.ask_volume(located)

    def export_surface(self) -> None:
        """Save the surface the active 3-D view shows."""
        threshold = self._views.pane.volume.surface_threshold
        if isinstance(self._views.image, Volume) and threshold is not None:
            self.exports.ask_surface(self._views.image, threshold)

    def _show_headers(self, volume_id: str, index: int | None) -> None:
        from medviewer.ui.dialogs.dicom_header import HeaderDialog  # start-up weight

        located = self._services.session.locate(volume_id)
        if located is not None:
            record, runner = located.volume, self._services.runner
            first = record.recorded_index(0) if index is None else index
            self._show(HeaderDialog(runner, record, first, self._window))

    def _show(self, dialog: QDialog) -> None:
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        possible = on_screen(dialog, dialog.size())
        if possible != dialog.size():  # a size that was set is no longer found by itself
            dialog.resize(possible)
        dialog.open()
