"""Actions on the image of the active view: tools, windows, display, paging."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from medviewer.ui.actions import Action
from medviewer.ui.preset_names import preset_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medviewer.ui.conditions import Conditions
    from medviewer.ui.view_commands import ViewCommands
    from medviewer.ui.window_commands import WindowCommands

_RATE_STEP = 1.25
"""How much faster one key makes a film."""
TOOLS = ("window", "pan", "zoom", "crosshair")
"""Tools that have a button of their own."""
MORE_TOOLS = ("scroll", "rotate", "magnifier", "probe", "reading_box")
"""Tools that share a button; it shows the one used last."""


class ImageActions(QObject):
    """Makes the rows that act on the active view."""

    def __init__(
        self, views: ViewCommands, window: WindowCommands, needs: Conditions, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._views = views
        self._window = window
        self._needs = needs

    def actions(self) -> Iterator[Action]:
        """All rows."""
        yield from self._tools()
        yield from self.windows()
        yield from self._image()
        yield from self._navigation()

    def _tools(self) -> Iterator[Action]:
        needs_box = self._needs.reading_box
        for name, text, key, symbol in (
            ("window", self.tr("Window"), "W", "circle-half"),
            ("pan", self.tr("Pan"), "P", "hand"),
            ("zoom", self.tr("Zoom"), "Z", "magnifying-glass-plus"),
            ("crosshair", self.tr("Crosshair"), "X", "crosshair-lines"),
            ("scroll", self.tr("Page by dragging"), "", "arrows-down-up"),
            ("rotate", self.tr("Turn"), "", "arrow-clockwise"),
            ("magnifier", self.tr("Magnifier"), "", "lens"),
            ("probe", self.tr("Value under the pointer"), "", "eyedropper"),
            ("reading_box", self.tr("Box in which a model reads"), "", "selection-plus"),
        ):
            row = Action(
                f"tool.{name}",
                text,
                partial(self._views.set_tool, name),
                (key,) if key else (),
                symbol,
                is_on=partial(self._is_tool, name),
            )
            yield replace(row, missing=needs_box) if name == "reading_box" else row

    def windows(self) -> Iterator[Action]:
        """Rows of the number keys."""
        apply, needs = self._views.apply_key, self._needs
        header = self.tr("DICOM window (again: next)")
        yield Action("window.0", header, partial(apply, 0), ("0",), missing=needs.gray)
        automatic = self.tr("Automatic window")
        yield Action("window.1", automatic, partial(apply, 1), ("1",), missing=needs.gray)
        for key in range(2, 10):
            preset = self._views.preset_of_key(key)
            if preset is not None:
                yield Action(
                    f"window.{key}",
                    f"{preset_name(preset.name)}  {preset.width:g} / {preset.center:g}",
                    partial(apply, key),
                    (str(key),),
                    missing=needs.hounsfield,
                    section=1,
                )

    def _image(self) -> Iterator[Action]:
        needs, pane, views = self._needs, self._pane_has, self._views
        toggle = views.toggle_slice
        yield Action(
            "image.fit",
            self.tr("Fit to view"),
            lambda: views.grid().fit(),
            ("F",),
            "corners-out",
            missing=needs.image,
        )
        yield Action(
            "image.one_to_one",
            self.tr("Actual pixels"),
            lambda: views.grid().one_to_one(),
            missing=needs.slice,
        )
        yield Action(
            "image.maximise",
            self.tr("Maximise or restore the view"),
            lambda: views.grid().maximise(),
            ("Ctrl+M",),
            "frame-corners",
            missing=needs.image,
            is_on=views.is_maximised,
        )
        yield Action(
            "image.reset",
            self.tr("Reset display"),
            lambda: views.grid().reset(),
            ("Esc",),
            "arrow-counter-clockwise",
            missing=needs.image,
        )
        yield Action(
            "image.cine",
            self.tr("Play"),
            lambda: views.grid().cine_toggle(),
            ("Space",),
            "play",
            missing=needs.cine,
            is_on=views.is_playing,
        )
        for name, text, key, factor in (
            ("faster", self.tr("Play faster"), ".", _RATE_STEP),
            ("slower", self.tr("Play slower"), ",", 1.0 / _RATE_STEP),
        ):
            yield Action(
                f"image.cine_{name}",
                text,
                partial(self._change_rate, factor),
                (key,),
                missing=needs.playing,
            )
        yield Action(
            "image.cine_sweep",
            self.tr("Play back and forth"),
            partial(views.toggle_grid, "is_cine_swept"),
            is_on=lambda: views.grid_state.is_cine_swept,
        )
        yield Action(
            "image.invert",
            self.tr("Invert"),
            partial(toggle, "is_inverted"),
            ("V",),
            "circle-half-tilt",
            missing=needs.gray,
            is_on=partial(pane, "is_inverted"),
            section=1,
        )
        yield Action(
            "image.flip_horizontal",
            self.tr("Flip left to right"),
            partial(toggle, "flip_horizontal"),
            ("H",),
            "flip-horizontal",
            missing=needs.slice,
            is_on=partial(pane, "flip_horizontal"),
            section=1,
        )
        yield Action(
            "image.flip_vertical",
            self.tr("Flip top to bottom"),
            partial(toggle, "flip_vertical"),
            ("Shift+H",),
            "flip-vertical",
            missing=needs.slice,
            is_on=partial(pane, "flip_vertical"),
            section=1,
        )
        yield Action(
            "image.rotate_right",
            self.tr("Rotate clockwise"),
            lambda: views.grid().rotate(90.0),
            ("Ctrl+]",),
            "arrow-clockwise",
            missing=needs.slice,
            section=1,
        )
        yield Action(
            "image.rotate_left",
            self.tr("Rotate counter-clockwise"),
            lambda: views.grid().rotate(-90.0),
            ("Ctrl+[",),
            "arrow-counter-clockwise",
            missing=needs.slice,
            section=1,
        )
        yield Action(
            "image.interpolate",
            self.tr("Smooth pixels"),
            partial(toggle, "is_interpolated"),
            missing=needs.slice,
            is_on=partial(pane, "is_interpolated"),
            section=2,
        )
        yield Action(
            "image.overlay_planes",
            self.tr("Overlay planes"),
            partial(toggle, "are_overlay_planes_shown"),
            missing=needs.overlay_planes,
            is_on=partial(pane, "are_overlay_planes_shown"),
            section=2,
        )

    def _navigation(self) -> Iterator[Action]:
        needs, grid, series = self._needs.slice, self._views.grid, self._window.step_series
        yield Action(
            "navigate.previous_image",
            self.tr("Previous image"),
            lambda: grid().next_image(-1),
            ("Up",),
            missing=needs,
        )
        yield Action(
            "navigate.next_image",
            self.tr("Next image"),
            lambda: grid().next_image(1),
            ("Down",),
            missing=needs,
        )
        yield Action(
            "navigate.back_ten",
            self.tr("Ten images back"),
            lambda: grid().next_image(-10),
            ("PgUp",),
            missing=needs,
        )
        yield Action(
            "navigate.forward_ten",
            self.tr("Ten images on"),
            lambda: grid().next_image(10),
            ("PgDown",),
            missing=needs,
        )
        yield Action(
            "navigate.first_image",
            self.tr("First image"),
            lambda: grid().first_image(),
            ("Home",),
            missing=needs,
        )
        yield Action(
            "navigate.last_image",
            self.tr("Last image"),
            lambda: grid().last_image(),
            ("End",),
            missing=needs,
        )
        yield Action(
            "navigate.previous_series",
            self.tr("Previous series"),
            partial(series, -1),
            ("Left",),
            missing=self._needs.study,
            section=1,
        )
        yield Action(
            "navigate.next_series",
            self.tr("Next series"),
            partial(series, 1),
            ("Right",),
            missing=self._needs.study,
            section=1,
        )
        yield Action(
            "navigate.search",
            self.tr("Search series"),
            self._window.search_series,
            ("Ctrl+F",),
            "magnifying-glass",
            section=1,
        )
        yield Action(
            "navigate.next_view",
            self.tr("Next view"),
            lambda: grid().next_pane(1),
            ("Tab",),
            section=2,
        )
        yield Action(
            "navigate.previous_view",
            self.tr("Previous view"),
            lambda: grid().next_pane(-1),
            ("Shift+Tab",),
            section=2,
        )

    def _change_rate(self, factor: float) -> None:
        self._views.grid().change_cine_rate(factor)

    def _is_tool(self, name: str) -> bool:
        return self._views.grid_state.tool == name

    def _pane_has(self, field: str) -> bool:
        return bool(getattr(self._views.pane.slice, field))
