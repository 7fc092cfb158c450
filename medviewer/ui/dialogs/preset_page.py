"""Preferences page: what the number keys 2 to 9 do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QPushButton, QSpinBox, QWidget

from medviewer.app.window_presets import WindowPreset, shipped_presets
from medviewer.ui.panels.panel_parts import hint

if TYPE_CHECKING:
    from collections.abc import Iterable

_KEYS = range(2, 10)


class PresetPage(QWidget):
    """Name, width and centre for each key."""

    def __init__(self, presets: tuple[WindowPreset, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(4, 16, 4, 4)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(6)
        for column, title in enumerate(
            (self.tr("Key"), self.tr("Name"), self.tr("Width"), self.tr("Center"))
        ):
            label = QLabel(title, self)
            label.setProperty("role", "section")
            grid.addWidget(label, 0, column)
        self._rows: dict[int, tuple[QLineEdit, QSpinBox, QSpinBox]] = {}
        for key in _KEYS:
            number = QLabel(str(key), self)
            number.setProperty("role", "key")
            name, width, center = QLineEdit(self), _field(1), _field(-32768)
            self._rows[key] = (name, width, center)
            for column, widget in enumerate((number, name, width, center)):
                grid.addWidget(widget, key, column)
        note = hint(self.tr("In Hounsfield units. Key 0 is the DICOM window, 1 automatic."), self)
        grid.addWidget(note, 11, 0, 1, 3)
        reset = QPushButton(self.tr("Defaults"), self)
        reset.clicked.connect(lambda: self._show(shipped_presets()))
        grid.addWidget(reset, 11, 3)
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(12, 1)
        self._show(presets or shipped_presets())

    def presets(self) -> tuple[WindowPreset, ...]:
        """Return what was entered; nothing when it is what ships with the program."""
        edited = tuple(
            WindowPreset(name.text().strip(), float(width.value()), float(center.value()), key)
            for key, (name, width, center) in self._rows.items()
            if name.text().strip()
        )
        return () if edited == shipped_presets() else edited

    def _show(self, presets: Iterable[WindowPreset]) -> None:
        by_key = {preset.key: preset for preset in presets}
        for key, (name, width, center) in self._rows.items():
            preset = by_key.get(key)
            name.setText(preset.name if preset else "")
            width.setValue(round(preset.width) if preset else 400)
            center.setValue(round(preset.center) if preset else 40)


def _field(low: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(low, 65536)
    box.setSingleStep(10)
    box.setMinimumWidth(96)
    return box
