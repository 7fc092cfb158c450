"""Preferences page: language, theme, mouse, memory, library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QCheckBox, QComboBox, QPushButton, QSpinBox, QVBoxLayout, QWidget

from medviewer.app.memory import physical_bytes
from medviewer.ui.panels.panel_parts import Section, hint
from medviewer.ui.translation import LANGUAGES

if TYPE_CHECKING:
    from medviewer.app.services import Services


class GeneralPage(QWidget):
    """Shows the settings and returns what was chosen."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        settings = services.settings.settings
        self._language = QComboBox(self)
        self._language.addItem(self.tr("System language"), "")
        for code, name in LANGUAGES.items():
            self._language.addItem(name, code)
        self._language.setCurrentIndex(self._language.findData(settings.language))
        self._theme = QComboBox(self)
        self._theme.addItem(self.tr("Dark"), "dark")
        self._theme.addItem(self.tr("Light (views stay black)"), "light")
        self._theme.setCurrentIndex(self._theme.findData(settings.theme))
        look = Section(self.tr("Look"), self)
        look.add_row(self.tr("Language"), self._language)
        look.add_row(self.tr("Theme"), self._theme)
        self._drag = QCheckBox(self.tr("Dragging the window upwards darkens the image"), self)
        self._drag.setChecked(settings.is_window_drag_inverted)
        mouse = Section(self.tr("Mouse"), self)
        mouse.add(self._drag)
        self._budget = QSpinBox(self)
        self._budget.setRange(0, physical_bytes() // 2**20)
        self._budget.setSingleStep(512)
        self._budget.setSuffix(" MB")
        self._budget.lineEdit().setTextMargins(6, 0, 0, 0)  # a style sheet's padding has no effect
        self._budget.setSpecialValueText(self.tr("Half of the memory"))
        self._budget.setValue(settings.memory_budget_mb)
        memory = Section(self.tr("Memory"), self)
        memory.add_row(self.tr("Images may take"), self._budget)
        memory.add(
            hint(self.tr("The images shown least recently are dropped when it is full."), self)
        )
        self._library = QCheckBox(self.tr("Remember opened studies and their thumbnails"), self)
        self._library.setChecked(settings.is_library_enabled)
        self._clear = QPushButton(self.tr("Forget all studies now"), self)
        self._clear.clicked.connect(lambda: self._on_clear_clicked(services))
        library = Section(self.tr("Library"), self)
        library.add(self._library)
        library.add(
            hint(self.tr("Only links are kept; your files are never copied or moved."), self)
        )
        library.add_row("", self._clear)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 16, 4, 4)
        layout.setSpacing(20)
        for section in (look, mouse, memory, library):
            layout.addWidget(section)
        layout.addStretch(1)

    def values(self) -> dict[str, Any]:
        """Fields of the settings."""
        return {
            "language": self._language.currentData(),
            "theme": self._theme.currentData(),
            "memory_budget_mb": self._budget.value(),
            "is_library_enabled": self._library.isChecked(),
            "is_window_drag_inverted": self._drag.isChecked(),
        }

    def _on_clear_clicked(self, services: Services) -> None:
        services.library.clear()
        services.thumbnails.clear()
        self._clear.setText(self.tr("Forgotten"))
        self._clear.setEnabled(False)
