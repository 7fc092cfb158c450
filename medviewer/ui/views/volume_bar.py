"""The small bar of a 3-D view: preset, crop box, cut plane, surface, and one slider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMenu, QSlider, QToolButton, QWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

SLIDER_STEPS = 1000
_SPACING_PX = 2
_MARGINS_PX = (4, 3, 8, 3)

_STYLE = """
QFrame#volumeBar { background: rgba(22, 25, 29, 215); border-radius: 6px; }
QFrame#volumeBar QToolButton { color: #e6e9ed; background: transparent; border: none;
  border-radius: 4px; padding: 4px 8px; font-size: 12px; }
QFrame#volumeBar QToolButton:hover { background: #2b3038; }
QFrame#volumeBar QToolButton:checked { color: #4da3ff; background: #1f2933; }
QFrame#volumeBar QToolButton::menu-indicator { image: none; }
QFrame#volumeBar QLabel { color: #98a1ad; font-size: 12px; padding-left: 6px; }
QFrame#volumeBar QSlider::groove:horizontal { background: #2b3038; }
QFrame#volumeBar QSlider::sub-page:horizontal { background: #4da3ff; }
QFrame#volumeBar QSlider::handle:horizontal { background: #e6e9ed; }
"""


class VolumeBar(QFrame):
    """Says what the reader asks for; the view decides what it means."""

    preset_chosen = Signal(str)
    crop_toggled = Signal(bool)
    cut_toggled = Signal(bool)
    surface_toggled = Signal(bool)
    slid = Signal(float)
    """Position of the slider, 0 to 1."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("volumeBar")
        self.setStyleSheet(_STYLE)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self._preset = QToolButton(self)
        self._preset.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._preset.setToolTip(self.tr("Preset of the volume rendering"))
        self._menu = QMenu(self._preset)
        self._preset.setMenu(self._menu)
        self.crop = self._toggle(self.tr("Crop"), self.tr("Show the crop box; drag its faces"))
        self.cut = self._toggle(self.tr("Cut"), self.tr("Cut the volume open across the view"))
        self.surface = self._toggle(self.tr("Surface"), self.tr("Show a surface at a threshold"))
        self._meaning = QLabel(self)
        self.slider = QSlider(Qt.Orientation.Horizontal, self)
        self.slider.setRange(0, SLIDER_STEPS)
        self.slider.setMinimumWidth(40)
        self.slider.setMaximumWidth(120)
        row = QHBoxLayout(self)
        row.setContentsMargins(*_MARGINS_PX)
        row.setSpacing(_SPACING_PX)
        buttons = (self._preset, self.crop, self.cut, self.surface)
        for widget in (*buttons, self._meaning, self.slider):
            row.addWidget(widget)
        self._by_need = (*buttons, self.slider, self._meaning)
        self.crop.toggled.connect(self.crop_toggled)
        self.cut.toggled.connect(self.cut_toggled)
        self.surface.toggled.connect(self.surface_toggled)
        self.slider.valueChanged.connect(lambda v: self.slid.emit(v / SLIDER_STEPS))

    def show_presets(self, presets: Sequence[tuple[str, str]], current: str) -> None:
        """Offer presets, (name, title), and say which is in effect."""
        self._preset.setText(f"{dict(presets).get(current, current)} \u25be")
        offered = [(action.data(), action.text()) for action in self._menu.actions()]
        if offered != list(presets):
            self._menu.clear()
            for name, title in presets:
                action = self._menu.addAction(title)
                action.setData(name)
                action.setCheckable(True)
                action.triggered.connect(
                    lambda _checked, chosen=name: self.preset_chosen.emit(chosen)
                )
        for action in self._menu.actions():
            action.setChecked(action.data() == current)
        self.adjustSize()

    def show_toggles(self, *, crop: bool, cut: bool, surface: bool) -> None:
        """Set the switches without announcing it."""
        for button, is_on in ((self.crop, crop), (self.cut, cut), (self.surface, surface)):
            with QSignalBlocker(button):
                button.setChecked(is_on)

    def show_slider(self, fraction: float, meaning: str, tooltip: str) -> None:
        """Set the slider without announcing it, and say what it moves."""
        self._meaning.setText(meaning)
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(fraction * SLIDER_STEPS))
        self.slider.setToolTip(tooltip)

    def fit(self, width_px: int) -> None:
        """Show what there is room for; the inspector has the rest."""
        left, _, right, _ = _MARGINS_PX
        room = width_px - left - right + _SPACING_PX
        for widget in self._by_need:
            room -= (widget.minimumWidth() or widget.sizeHint().width()) + _SPACING_PX
            widget.setHidden(room < 0)

    def _toggle(self, text: str, tooltip: str) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setCheckable(True)
        button.setToolTip(tooltip)
        return button
