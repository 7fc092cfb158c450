"""The part of the display page that belongs to a 3-D view: preset, shift, surface, crop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QSlider, QVBoxLayout, QWidget

from medviewer.core.volume import Volume
from medviewer.ui.bindings import on_edit, set_silently
from medviewer.ui.panels.panel_parts import Section
from medviewer.ui.preset_names import volume_preset_names

if TYPE_CHECKING:
    from medviewer.app.services import Services
    from medviewer.core.display import VolumeState
    from medviewer.core.geometry import VolumeGeometry
    from medviewer.ui.view_commands import ViewCommands

_COARSE_RANGE = 100.0
"""Values that spread further need no decimals."""
_CT_SHIFT_HU = 500.0
_STEPS = 1000
_MAX_CUT = 95


class VolumeSection(QWidget):
    """Edits the VolumeState of the active pane.

    Parameters
    ----------
    services : Services
    commands : ViewCommands
    """

    def __init__(
        self, services: Services, commands: ViewCommands, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._store = services.view_store
        self._commands = commands
        self._shown_id = ""
        self._shift_range = _CT_SHIFT_HU
        self._preset = QComboBox(self)
        self._shift = _slider(-_STEPS, _STEPS)
        self._shift.setToolTip(self.tr("Move the preset to darker or brighter values"))
        look = Section(self.tr("Volume rendering"), self)
        look.add_row(self.tr("Preset"), self._preset)
        look.add_row(self.tr("Shift"), self._shift)
        self._is_surface = QCheckBox(self.tr("Surface at a threshold"), self)
        self._threshold = QDoubleSpinBox(self)
        self._threshold.setRange(-1e6, 1e6)
        self._threshold.setDecimals(0)
        self._threshold.setMinimumWidth(64)
        self._threshold.setKeyboardTracking(False)
        surface = Section(self.tr("Surface"), self)
        surface.add(self._is_surface)
        surface.add_row(self.tr("Threshold"), self._threshold)
        self._is_crop_shown = QCheckBox(self.tr("Show crop box"), self)
        crop = Section(self.tr("Crop"), self)
        crop.add(self._is_crop_shown)
        self._cuts: dict[str, QSlider] = {}
        for letter, title in (
            ("R", self.tr("Right")),
            ("L", self.tr("Left")),
            ("A", self.tr("Front")),
            ("P", self.tr("Back")),
            ("H", self.tr("Head")),
            ("F", self.tr("Foot")),
        ):
            self._cuts[letter] = _slider(0, _MAX_CUT)
            crop.add_row(title, self._cuts[letter])
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        for section in (look, surface, crop):
            layout.addWidget(section)
        self._connect()

    def refresh(self) -> None:
        """Show the state of the active pane."""
        volume = self._commands.image
        if not isinstance(volume, Volume):
            return
        if volume.id != self._shown_id:
            self._shown_id = volume.id
            self._offer(volume)
        state = self._commands.pane.volume
        set_silently(self._preset, state.preset or self._preset.itemData(0))
        set_silently(self._shift, _STEPS * state.shift / self._shift_range)
        set_silently(self._is_surface, state.surface_threshold is not None)
        self._threshold.setEnabled(state.surface_threshold is not None)
        if state.surface_threshold is not None:
            set_silently(self._threshold, state.surface_threshold)
        set_silently(self._is_crop_shown, state.is_shown_crop)
        self._show_crop(volume.geometry, state)

    def _connect(self) -> None:
        on_edit(self._preset, lambda name: self._update(preset=name))
        on_edit(self._shift, lambda step: self._update(shift=self._shift_range * step / _STEPS))
        on_edit(self._is_surface, self._on_surface_toggled)
        on_edit(self._threshold, lambda value: self._update(surface_threshold=value))
        on_edit(self._is_crop_shown, lambda is_on: self._update(is_shown_crop=is_on))
        for slider in self._cuts.values():
            on_edit(slider, lambda _value: self._on_crop_edited())

    def _update(self, **fields: object) -> None:
        self._store.update_volume(self._commands.active, **fields)

    def _offer(self, volume: Volume) -> None:
        """Presets and ranges that suit a volume."""
        self._preset.clear()
        for name, title in volume_preset_names(volume.preset_modality):
            self._preset.addItem(title, name)
        if volume.preset_modality == "CT":
            self._shift_range = _CT_SHIFT_HU
            self._threshold.setDecimals(0)
            set_silently(self._threshold, 300.0)
            return
        sample = volume.voxels[::8, ::8, ::8]
        low, high = (float(value) for value in np.percentile(sample, (1.0, 99.8)))
        self._shift_range = max(high - low, 1e-6) / 2.0
        self._threshold.setDecimals(0 if high - low >= _COARSE_RANGE else 3)
        set_silently(self._threshold, (low + high) / 2.0)

    def _on_surface_toggled(self, is_on: bool) -> None:
        self._update(surface_threshold=self._threshold.value() if is_on else None)

    def _on_crop_edited(self) -> None:
        volume = self._commands.image
        if isinstance(volume, Volume):
            crop = [0.0, 1.0, 0.0, 1.0, 0.0, 1.0]
            for letter, (place, is_high) in _sides(volume.geometry).items():
                cut = self._cuts[letter].value() / 100.0
                crop[place] = 1.0 - cut if is_high else cut
            for low in (0, 2, 4):
                crop[low] = min(crop[low], crop[low + 1] - 0.02)
            self._update(crop=tuple(crop), is_shown_crop=True)

    def _show_crop(self, geometry: VolumeGeometry, state: VolumeState) -> None:
        for letter, (place, is_high) in _sides(geometry).items():
            kept = state.crop[place]
            set_silently(self._cuts[letter], 100.0 * (1.0 - kept if is_high else kept))


def _sides(geometry: VolumeGeometry) -> dict[str, tuple[int, bool]]:
    """Patient side to its place in ``VolumeState.crop`` and whether that is the upper end."""
    sides = {}
    # Each patient axis is given to the grid axis nearest to it, without giving one away twice.
    free = [0, 1, 2]
    for patient_axis, (negative, positive) in enumerate((("R", "L"), ("A", "P"), ("F", "H"))):
        cosines = geometry.direction[patient_axis]
        axis = max(free, key=lambda a: abs(cosines[a]))
        free.remove(axis)
        is_along = cosines[axis] > 0
        sides[positive] = (2 * axis + int(is_along), bool(is_along))
        sides[negative] = (2 * axis + int(not is_along), not is_along)
    return sides


def _slider(low: int, high: int) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(low, high)
    return slider
