"""The menu of a view: what concerns the image in it alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QMenu, QWidget

from medviewer.app.view_store import MPR_LAYOUTS, PaneMode
from medviewer.core.display import SlabMode
from medviewer.core.planes import Orientation
from medviewer.core.volume import ImageStack, Volume
from medviewer.ui.preset_names import color_table_names, preset_name, volume_preset_names
from medviewer.ui.views.saved_look import look_title

if TYPE_CHECKING:
    from collections.abc import Callable

    from medviewer.ui.views.pane_commands import PaneCommands

translate = QCoreApplication.translate

_SLABS_MM = (5.0, 10.0, 20.0, 40.0)


@dataclass(frozen=True, slots=True)
class _Menu:
    """A menu being filled."""

    menu: QMenu

    def add(self, text: str, run: Callable[[], None], *, is_on: bool | None = None) -> None:
        action = self.menu.addAction(text)
        if is_on is not None:
            action.setCheckable(True)
            action.setChecked(is_on)
        action.triggered.connect(lambda _checked: run())

    def sub(self, title: str) -> _Menu:
        return _Menu(self.menu.addMenu(title))


def view_menu(commands: PaneCommands, parent: QWidget) -> QMenu:
    """Build the menu of the active view for what it shows now."""
    menu = QMenu(parent)
    filled = _Menu(menu)
    pane = commands.active_pane
    if pane.mode is PaneMode.VOLUME:
        _add_volume(filled, commands)
    else:
        _add_slice(filled, commands)
    menu.addSeparator()
    filled.add(translate("ViewMenu", "Fit to view"), commands.fit)
    filled.add(translate("ViewMenu", "Reset display"), commands.reset)
    is_maximised = commands.store.grid.maximised is not None
    filled.add(translate("ViewMenu", "Maximise"), commands.maximise, is_on=is_maximised)
    return menu


def _add_volume(menu: _Menu, commands: PaneCommands) -> None:
    image = commands.active_image
    state = commands.active_pane.volume

    def change(**fields: Any) -> Callable[[], None]:
        return lambda: commands.store.update_volume(commands.active, **fields)

    presets = menu.sub(translate("ViewMenu", "Preset"))
    for name, title in volume_preset_names("" if image is None else image.preset_modality):
        presets.add(title, change(preset=name, shift=0.0), is_on=name == state.preset)
    is_shown = state.is_shown_crop
    menu.add(translate("ViewMenu", "Crop box"), change(is_shown_crop=not is_shown), is_on=is_shown)
    whole = (0.0, 1.0, 0.0, 1.0, 0.0, 1.0)
    menu.add(translate("ViewMenu", "Uncrop"), change(crop=whole, cut_plane=None))
    looks = menu.sub(translate("ViewMenu", "Look from"))
    for title, azimuth, elevation in (
        (translate("ViewMenu", "Front"), 0.0, 0.0),
        (translate("ViewMenu", "Back"), 180.0, 0.0),
        (translate("ViewMenu", "Left"), 90.0, 0.0),
        (translate("ViewMenu", "Right"), -90.0, 0.0),
        (translate("ViewMenu", "Head"), 0.0, 90.0),
        (translate("ViewMenu", "Feet"), 0.0, -90.0),
    ):
        looks.add(title, change(azimuth_deg=azimuth, elevation_deg=elevation, roll_deg=0.0))


def _add_slice(menu: _Menu, commands: PaneCommands) -> None:
    image, state = commands.active_image, commands.active_pane.slice

    def change(**fields: Any) -> Callable[[], None]:
        return lambda: commands.change_slice(**fields)

    is_gray = not (isinstance(image, ImageStack) and image.is_color_at(state.slice_index))
    if is_gray:
        _add_windows(menu.sub(translate("ViewMenu", "Window")), commands)
    if isinstance(image, Volume):
        if commands.store.grid.layout not in MPR_LAYOUTS:
            planes = menu.sub(translate("ViewMenu", "Plane"))
            for orientation, title in _plane_titles().items():
                planes.add(
                    title,
                    partial(commands.set_orientation, orientation),
                    is_on=orientation is state.orientation,
                )
        _add_slab(menu.sub(translate("ViewMenu", "Slab")), commands)
    if is_gray:
        colors = menu.sub(translate("ViewMenu", "Colours"))
        for name, title in color_table_names():
            colors.add(title, change(color_table=name), is_on=name == state.color_table)
    smooth = state.is_interpolated
    change_smooth = change(is_interpolated=not smooth)
    menu.add(translate("ViewMenu", "Smooth pixels"), change_smooth, is_on=smooth)
    if is_gray:
        menu.add(translate("ViewMenu", "Invert"), commands.invert, is_on=state.is_inverted)
    if image is not None and image.all_overlay_planes:
        is_on = state.are_overlay_planes_shown
        change_planes = change(are_overlay_planes_shown=not is_on)
        menu.add(translate("ViewMenu", "Overlay planes"), change_planes, is_on=is_on)
    _add_looks(menu, commands)
    menu.menu.addSeparator()
    menu.add(translate("ViewMenu", "Flip left to right"), commands.flip_h)
    menu.add(translate("ViewMenu", "Flip top to bottom"), commands.flip_v)
    menu.add(translate("ViewMenu", "Rotate clockwise"), lambda: commands.rotate(90.0))
    menu.add(translate("ViewMenu", "Rotate counter-clockwise"), lambda: commands.rotate(-90.0))
    menu.add(translate("ViewMenu", "Actual pixels"), commands.one_to_one)


def _add_windows(windows: _Menu, commands: PaneCommands) -> None:
    image = commands.active_image
    windows.add(translate("ViewMenu", "As recorded"), lambda: commands.set_window(None))
    windows.add(translate("ViewMenu", "Automatic"), lambda: commands.set_window("auto"))
    if image is not None and image.preset_modality == "CT":
        for preset in commands.presets():
            windows.add(preset_name(preset.name), partial(commands.set_window, preset.voi))


def _add_looks(menu: _Menu, commands: PaneCommands) -> None:
    """Offer how others saved the image; nothing of it is applied by itself."""
    pane = commands.active_pane
    looks = commands.presentations(pane.volume_id)
    if not looks or pane.slice.orientation is not Orientation.ACQUISITION:
        return
    saved = menu.sub(translate("ViewMenu", "Saved presentation"))
    shown_id = pane.slice.presentation_id
    as_recorded = translate("ViewMenu", "As recorded")
    saved.add(as_recorded, partial(commands.apply_look, None), is_on=not shown_id)
    for look in looks:
        is_on = look.id == shown_id
        saved.add(look_title(look), partial(commands.apply_look, look), is_on=is_on)


def _add_slab(menu: _Menu, commands: PaneCommands) -> None:
    state = commands.active_pane.slice
    titles = {
        SlabMode.NONE: translate("ViewMenu", "None"),
        SlabMode.MIP: translate("ViewMenu", "Maximum (MIP)"),
        SlabMode.MINIP: translate("ViewMenu", "Minimum (MinIP)"),
        SlabMode.MEAN: translate("ViewMenu", "Mean"),
    }
    for mode, title in titles.items():
        menu.add(
            title,
            partial(commands.change_slice, slab_mode=mode),
            is_on=mode is state.slab_mode,
        )
    menu.menu.addSeparator()
    for thickness_mm in _SLABS_MM:
        menu.add(
            translate("ViewMenu", "{mm} mm").format(mm=round(thickness_mm)),
            partial(commands.change_slice, slab_thickness_mm=thickness_mm),
            is_on=thickness_mm == state.slab_thickness_mm,
        )


def _plane_titles() -> dict[Orientation, str]:
    return {
        Orientation.ACQUISITION: translate("ViewMenu", "As recorded"),
        Orientation.AXIAL: translate("ViewMenu", "Axial"),
        Orientation.CORONAL: translate("ViewMenu", "Coronal"),
        Orientation.SAGITTAL: translate("ViewMenu", "Sagittal"),
    }
