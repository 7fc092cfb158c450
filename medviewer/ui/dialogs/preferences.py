"""Preferences: language and look, window presets, models, shortcuts, memory, library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QLabel,
    QPushButton,
    QScrollArea,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from medviewer.ui.dialogs.ai_page import AiPage
from medviewer.ui.dialogs.general_page import GeneralPage
from medviewer.ui.dialogs.preset_page import PresetPage
from medviewer.ui.dialogs.shortcut_page import ShortcutPage

if TYPE_CHECKING:
    from medviewer.app.services import Services
    from medviewer.ui.actions import ActionTable


class PreferencesDialog(QDialog):
    """Edits a copy; nothing changes before it is accepted.

    Parameters
    ----------
    services : Services
    table : ActionTable
    """

    def __init__(
        self, services: Services, table: ActionTable, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("preferences")
        self.setWindowTitle(self.tr("Preferences"))
        self._services = services
        self._general = GeneralPage(services, self)
        self._presets = PresetPage(services.settings.settings.window_presets, self)
        self._models = AiPage(services, self)
        self._shortcuts = ShortcutPage(table, services.settings.settings.shortcuts, self)
        self._tabs = tabs = QTabWidget(self)
        tabs.addTab(_scrolled(self._general), self.tr("General"))
        tabs.addTab(self._presets, self.tr("Window presets"))
        tabs.addTab(self._models, self.tr("AI"))
        tabs.addTab(self._shortcuts, self.tr("Shortcuts"))
        self._problem = QLabel(self)
        self._problem.setProperty("role", "danger")
        self._problem.setWordWrap(True)
        box = QDialogButtonBox
        self._buttons = box(box.StandardButton.Ok | box.StandardButton.Cancel, self)
        self._buttons.accepted.connect(self._on_accepted)
        self._buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 12, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(tabs, 1)
        layout.addWidget(self._problem)
        layout.addWidget(self._buttons)
        self.resize(680, 560)
        self._shortcuts.changed.connect(self._show_problem)
        self._show_problem()

    def show_models(self) -> None:
        """Bring the page on models to the front."""
        self._tabs.setCurrentWidget(self._models)

    @property
    def ok_button(self) -> QPushButton:
        """Accepts what was chosen."""
        return self._buttons.button(QDialogButtonBox.StandardButton.Ok)

    def _show_problem(self) -> None:
        problem = self._shortcuts.problem()
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self.ok_button.setEnabled(not problem)

    def _on_accepted(self) -> None:
        self._services.settings.update(
            **self._general.values(),
            auto_run_models=self._models.chosen(),
            window_presets=self._presets.presets(),
            shortcuts=self._shortcuts.overrides(),
        )
        self.accept()


def _scrolled(page: QWidget) -> QScrollArea:
    """Let a page be higher than the screen."""
    area = QScrollArea(page.parentWidget())
    area.setWidgetResizable(True)
    area.setWidget(page)
    return area
