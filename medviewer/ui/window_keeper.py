"""Keeps the one window: makes it, and makes it anew when the reader chooses another language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from medviewer.app.services import Services
from medviewer.ui.main_window import MainWindow
from medviewer.ui.theme import apply_theme
from medviewer.ui.translation import chosen_language, install_translators

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from medviewer.app.settings import Settings

_UNBROKEN = "export"
"""Jobs whose end the window that began them has to tell."""


class WindowKeeper(QObject):
    """Dresses the application and owns its window, not yet shown.

    Everything open, how it is shown, results and running jobs belong to the services; a window
    in another language is built around the same ones.

    Parameters
    ----------
    application : QApplication

    Attributes
    ----------
    window : MainWindow
        The present one.
    """

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._device = ""
        services = Services()
        settings = services.settings.settings
        self._language = chosen_language(settings.language)
        self._translators = install_translators(application, self._language)
        apply_theme(application, settings.theme)
        self.window = MainWindow(services)
        services.settings.changed.connect(self._on_settings_changed)

    def set_device(self, name: str) -> None:
        """Name what computes, in this window and those that follow."""
        self._device = name
        self.window.status.set_device(name)

    def undress(self) -> None:
        """Take the texts of the language away from the application."""
        for translator in self._translators:
            self._application.removeTranslator(translator)
        self._translators = []

    def _on_settings_changed(self, old: Settings, new: Settings) -> None:
        if old.theme != new.theme:
            apply_theme(self._application, new.theme)
        if old.language != new.language:
            QTimer.singleShot(0, self, self._renew)  # once the preferences are closed

    def _renew(self) -> None:
        """Put a window in the chosen language in the place of the present one."""
        services = self.window.services
        language = chosen_language(services.settings.settings.language)
        if language == self._language:
            return
        for job in services.runner.jobs:
            if job.objectName().startswith(_UNBROKEN):
                job.finished.connect(self._renew)
                return
        self.undress()
        self._language = language
        self._translators = install_translators(self._application, language)
        before = self.window
        before.let_go()
        self.window = MainWindow(services)
        self.window.status.set_device(self._device)
        if not before.isMaximized() and not before.isFullScreen():
            self.window.setGeometry(before.geometry())  # exactly; what is kept allows for frames
        self.window.show()
        self.window.activateWindow()
        before.hide()
        before.deleteLater()
