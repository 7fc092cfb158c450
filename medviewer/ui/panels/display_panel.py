"""The inspector's page on how the active view shows its image."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from medviewer.app.hanging import protocol_of
from medviewer.app.view_store import PaneMode
from medviewer.core.display import SlabMode
from medviewer.core.errors import WindowError
from medviewer.core.volume import Volume
from medviewer.core.windowing import VoiLut, VoiWindow
from medviewer.ui.bindings import on_edit, set_silently
from medviewer.ui.panels.panel_parts import Section, hint
from medviewer.ui.panels.volume_section import VolumeSection
from medviewer.ui.preset_names import color_table_names, preset_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from medviewer.app.services import Services
    from medviewer.app.window_presets import WindowPreset
    from medviewer.ui.conditions import Conditions
    from medviewer.ui.view_commands import ViewCommands


_PRESET_TEXT_PX = 108
"""Two preset buttons fit side by side into the panel at its first width."""


class DisplayPanel(QWidget):
    """Window, colours, slab; in a 3-D view its preset, shift and crop.

    Parameters
    ----------
    services : Services
    commands : ViewCommands
    needs : Conditions
        Says why something is not possible now.
    """

    def __init__(
        self,
        services: Services,
        commands: ViewCommands,
        needs: Conditions,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._commands = commands
        self._needs = needs
        self._shown_buttons: tuple[object, ...] = ()
        self._nothing = hint("", self)
        self._window_section = self._make_window_section()
        self._colors = self._make_color_section()
        self._slab = self._make_slab_section()
        self._volume = VolumeSection(services, commands, self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 4, 16, 16)
        layout.setSpacing(16)
        layout.addWidget(self._nothing)
        for section in (self._window_section, self._colors, self._slab, self._volume):
            layout.addWidget(section)
        layout.addStretch(1)
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._refresh)
        session, store = services.session, services.view_store
        for signal in (
            store.pane_changed,
            store.grid_changed,
            session.image_added,
            session.image_completed,
            session.image_removed,
            services.settings.changed,
        ):
            signal.connect(self._timer.start)
        self._timer.start()

    def _make_window_section(self) -> Section:
        section = Section(self.tr("Window"), self)
        self._width = _spin_box(1.0, 1e6)
        self._center = _spin_box(-1e6, 1e6)
        row = QWidget(self)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for label, field in ((self.tr("Width"), self._width), (self.tr("Center"), self._center)):
            text = QLabel(label, row)
            text.setProperty("role", "dim")
            text.setBuddy(field)
            layout.addWidget(text)
            layout.addWidget(field, 1)
        section.add(row)
        self._presets = QWidget(self)
        self._preset_grid = QGridLayout(self._presets)
        self._preset_grid.setContentsMargins(0, 0, 0, 0)
        self._preset_grid.setSpacing(4)
        section.add(self._presets)
        on_edit(self._width, lambda _value: self._on_window_edited())
        on_edit(self._center, lambda _value: self._on_window_edited())
        return section

    def _make_color_section(self) -> Section:
        section = Section(self.tr("Image"), self)
        self._color_table = QComboBox(self)
        for name, title in color_table_names():
            self._color_table.addItem(title, name)
        section.add_row(self.tr("Colours"), self._color_table)
        self._invert = QCheckBox(self.tr("Invert"), self)
        self._smooth = QCheckBox(self.tr("Smooth pixels"), self)
        section.add(self._invert)
        self._overlay_planes = QCheckBox(self.tr("Overlay planes"), self)
        section.add(self._smooth)
        section.add(self._overlay_planes)
        self._bind(self._color_table, "color_table")
        self._bind(self._invert, "is_inverted")
        self._bind(self._smooth, "is_interpolated")
        self._bind(self._overlay_planes, "are_overlay_planes_shown")
        return section

    def _make_slab_section(self) -> Section:
        section = Section(self.tr("Slab"), self)
        self._slab_mode = QComboBox(self)
        for mode, title in (
            (SlabMode.NONE, self.tr("None: one slice")),
            (SlabMode.MIP, self.tr("Maximum (MIP)")),
            (SlabMode.MINIP, self.tr("Minimum (MinIP)")),
            (SlabMode.MEAN, self.tr("Mean")),
        ):
            self._slab_mode.addItem(title, mode)
        self._thickness = _spin_box(1.0, 200.0)
        self._thickness.setSuffix(" mm")
        section.add_row(self.tr("Projection"), self._slab_mode)
        section.add_row(self.tr("Thickness"), self._thickness)
        self._bind(self._slab_mode, "slab_mode", SlabMode)  # Qt gives back a bare string
        self._bind(self._thickness, "slab_thickness_mm")
        return section

    def _bind(
        self, widget: QWidget, field: str, convert: Callable[[Any], Any] = lambda value: value
    ) -> None:
        store, commands = self._services.view_store, self._commands
        on_edit(
            widget, lambda value: store.update_slice(commands.active, **{field: convert(value)})
        )

    def _refresh(self) -> None:
        missing = self._needs.image()
        is_volume_view = self._commands.pane.mode is PaneMode.VOLUME
        self._nothing.setText(missing)
        self._nothing.setVisible(bool(missing))
        has_slice = not missing and not is_volume_view
        is_gray = has_slice and not self._commands.is_color
        is_volume = isinstance(self._commands.image, Volume)
        self._window_section.setVisible(is_gray)
        self._colors.setVisible(has_slice)
        self._color_table.setEnabled(is_gray)
        self._invert.setEnabled(is_gray)
        self._show_overlay_planes()
        self._slab.setVisible(has_slice and is_volume)
        self._volume.setVisible(not missing and is_volume_view)
        if has_slice:
            self._show_slice_state()
        elif not missing:
            self._volume.refresh()

    def _show_overlay_planes(self) -> None:
        """Offer the switch where the image came with drawings; its tool tip names them."""
        image = self._commands.image
        planes = () if image is None else image.all_overlay_planes
        self._overlay_planes.setVisible(bool(planes))
        names = dict.fromkeys(plane.name for plane in planes if plane.name)
        self._overlay_planes.setToolTip("\n".join(names))

    def _show_slice_state(self) -> None:
        state = self._commands.pane.slice
        set_silently(self._color_table, state.color_table)
        set_silently(self._invert, state.is_inverted)
        set_silently(self._smooth, state.is_interpolated)
        set_silently(self._overlay_planes, state.are_overlay_planes_shown)
        set_silently(self._slab_mode, state.slab_mode)
        set_silently(self._thickness, state.slab_thickness_mm)
        self._thickness.setEnabled(state.slab_mode is not SlabMode.NONE)
        windows = self._commands.header_windows()
        shown = self._commands.shown_window()
        is_window = isinstance(shown, VoiWindow)
        for field in (self._width, self._center):
            field.setEnabled(is_window or shown is None)
        if isinstance(shown, VoiWindow):
            small = shown.width < 10
            for field in (self._width, self._center):
                field.setDecimals(2 if small else 0)
                field.setMinimum(0.01 if small and field is self._width else field.minimum())
            set_silently(self._width, shown.width)
            set_silently(self._center, shown.center)
        self._show_presets(windows, shown)

    def _show_presets(
        self, windows: tuple[VoiWindow | VoiLut, ...], shown: VoiWindow | VoiLut | None
    ) -> None:
        choices = [*self._header_choices(windows), *self._preset_choices()]
        signature = tuple((text, tip) for text, tip, _ in choices)
        if signature != self._shown_buttons:
            self._shown_buttons = signature
            while (item := self._preset_grid.takeAt(0)) is not None:
                widget = item.widget()
                if widget is not None:
                    widget.deleteLater()
            for number, (text, tip, _) in enumerate(choices):
                elide = Qt.TextElideMode.ElideRight
                short = self.fontMetrics().elidedText(text, elide, _PRESET_TEXT_PX)
                button = QPushButton(short, self._presets)
                button.setCheckable(True)
                button.setToolTip(f"{text}\n{tip}" if short != text else tip)
                button.setProperty("role", "preset")
                button.clicked.connect(lambda _on, n=number: self._on_preset_clicked(n))
                self._preset_grid.addWidget(button, number // 2, number % 2)
        self._choices = [voi for _, _, voi in choices]
        is_marked = False
        for number, voi in enumerate(self._choices):
            item = self._preset_grid.itemAt(number)
            shown_button = item.widget() if item is not None else None
            if isinstance(shown_button, QPushButton):
                is_shown = not is_marked and _is_same(voi, shown)
                is_marked = is_marked or is_shown  # a header may give one window twice
                set_silently(shown_button, is_shown)

    def _header_choices(
        self, windows: tuple[VoiWindow | VoiLut, ...]
    ) -> list[tuple[str, str, VoiWindow | VoiLut | None]]:
        choices: list[tuple[str, str, VoiWindow | VoiLut | None]] = []
        for number, voi in enumerate(windows, start=1):
            name = preset_name(voi.explanation) or self.tr("DICOM {number}").format(number=number)
            choices.append((_numbered(name, 0), _describe(voi), voi))
        choices.append((_numbered(self.tr("Automatic"), 1), self.tr("From the values shown"), None))
        return choices

    def _preset_choices(self) -> list[tuple[str, str, VoiWindow | VoiLut | None]]:
        if self._needs.hounsfield():
            return []
        located = self._commands.located
        order = protocol_of(located).windows if located else ()

        def rank(preset: WindowPreset) -> tuple[int, int]:
            place = order.index(preset.name) if preset.name in order else len(order)
            return place, preset.key or 99

        return [
            (_numbered(preset_name(p.name), p.key), _describe(p.voi), p.voi)
            for p in sorted(self._commands.presets, key=rank)
        ]

    def _on_preset_clicked(self, number: int) -> None:
        voi = self._choices[number]
        self._commands.set_window("auto" if voi is None else voi)
        self._timer.start()

    def _on_window_edited(self) -> None:
        shown = self._commands.shown_window()
        base = shown if isinstance(shown, VoiWindow) else VoiWindow(0.0, 1.0)
        try:
            window = replace(
                base, width=self._width.value(), center=self._center.value(), explanation=""
            )
        except WindowError:
            return  # below the minimum of its function; the field is corrected at the next value
        self._commands.set_window(window)


def _spin_box(low: float, high: float) -> QDoubleSpinBox:
    box = QDoubleSpinBox()
    box.setRange(low, high)
    box.setDecimals(0)
    box.setKeyboardTracking(False)
    box.setStepType(QDoubleSpinBox.StepType.AdaptiveDecimalStepType)
    box.setAlignment(Qt.AlignmentFlag.AlignRight)
    box.setMinimumWidth(64)  # a size hint for a million would be wider than the panel
    return box


def _numbered(name: str, key: int | None) -> str:
    return name if key is None else f"{key}   {name}"


def _describe(voi: VoiWindow | VoiLut) -> str:
    if isinstance(voi, VoiWindow):
        return f"W {voi.width:g}   L {voi.center:g}   {voi.function}"
    return "VOI LUT"


def _is_same(choice: VoiWindow | VoiLut | None, shown: VoiWindow | VoiLut | None) -> bool:
    if isinstance(choice, VoiWindow) and isinstance(shown, VoiWindow):
        return (choice.width, choice.center) == (shown.width, shown.center)
    if choice is None:
        return isinstance(shown, VoiWindow) and shown.explanation == "auto"
    return choice is shown
