"""What keys, menus and buttons do to the active pane: changes of the view store."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from medviewer.app.view_store import MPR_LAYOUTS, PaneMode, n_panes
from medviewer.app.window_presets import shipped_presets
from medviewer.core.cuts import cut_of, index_nearest, n_images
from medviewer.core.display import SliceState, TextLevel, VolumeState
from medviewer.core.presentation import shown_frame
from medviewer.core.volume import ImageStack, Volume
from medviewer.core.windowing import VoiLut, VoiWindow, auto_window
from medviewer.ui.views.cine import CinePlayer, swept
from medviewer.ui.views.saved_look import with_look
from medviewer.ui.views.time_slider import siblings_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from medviewer.app.arranging import Arranging
    from medviewer.app.session import Image, Session
    from medviewer.app.view_store import PaneState, ViewStore
    from medviewer.app.window_presets import WindowPreset
    from medviewer.core.planes import Orientation
    from medviewer.core.presentation import DisplayedArea, PresentationState

_TEXT_LEVELS = (TextLevel.FULL, TextLevel.MINIMAL, TextLevel.OFF)


class PaneCommands(QWidget):
    """Acts on the active pane; a key pressed over a view has made that one active."""

    arranging: Arranging
    presets: Callable[[], Sequence[WindowPreset]] = staticmethod(shipped_presets)
    """Window presets in force."""
    presentations: Callable[[str], tuple[PresentationState, ...]] = staticmethod(lambda _id: ())
    """Looks that were saved with the study for an image."""
    status_text = Signal(str)

    def __init__(self, session: Session, store: ViewStore, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.store = store
        self.cine = CinePlayer(self._advance_cine, self)
        self._cine_pane = 0
        self._cine_direction = 1
        store.pane_changed.connect(self._stop_with_its_film)

    @property
    def active(self) -> int:
        """Index of the active pane."""
        return self.store.grid.active

    @property
    def active_pane(self) -> PaneState:
        """State of the active pane."""
        return self.store.pane(self.active)

    @property
    def active_image(self) -> Image | None:
        """Decoded image of the active pane."""
        return self.session.image(self.active_pane.volume_id)

    def next_image(self, n: int = 1) -> None:
        """Page by ``n`` images (negative: back), stopping at the ends."""
        self._go_to(self.active_pane.slice.slice_index + n)

    def first_image(self) -> None:
        """Go to the first image."""
        self._go_to(0)

    def last_image(self) -> None:
        """Go to the last image."""
        self._go_to(self._n_images(self.active) - 1)

    def next_series(self, step: int = 1) -> None:
        """Show the next image of the study in the active pane."""
        located = self.session.locate(self.active_pane.volume_id)
        if located is None:
            return
        study = next(
            s
            for s in self.session.studies
            if s.study_instance_uid == located.study.study_instance_uid
        )
        groups: dict[str, str] = {}
        for volume in (v for series in study.series for v in series.volumes):
            groups.setdefault(volume.group or volume.id, volume.id)
        keys = list(groups)
        here = keys.index(located.volume.group or located.volume.id)
        self.arranging.show(self.active, groups[keys[(here + step) % len(keys)]])

    def next_pane(self, step: int = 1) -> None:
        """Make the next pane active; a maximised one gives its room to it."""
        active = (self.active + step) % n_panes(self.store.grid.layout)
        is_maximised = self.store.grid.maximised is not None
        self.store.update_grid(active=active, maximised=active if is_maximised else None)

    def fit(self) -> None:
        """Fit the image into the pane."""
        self._update(zoom=1.0, pan_fraction=(0.0, 0.0))

    def one_to_one(self) -> None:
        """Draw each image pixel as one device pixel."""
        zoom = self.one_to_one_zoom(self.active)
        if zoom is not None:
            self.change_slice(zoom=zoom)

    def one_to_one_zoom(self, index: int) -> float | None:
        """Zoom at which an image pixel is a device pixel; known to the view, see the grid."""
        raise NotImplementedError

    def zoom_by(self, factor: float) -> None:
        """Zoom about the middle of the view."""
        pane = self.active_pane
        state = pane.volume if pane.mode is PaneMode.VOLUME else pane.slice
        x, y = state.pan_fraction
        zoom = min(max(state.zoom * factor, 0.05), 100.0)
        ratio = zoom / state.zoom
        self._update(zoom=zoom, pan_fraction=(x * ratio, y * ratio))

    def invert(self) -> None:
        """Swap black and white."""
        self.change_slice(is_inverted=not self.active_pane.slice.is_inverted)

    def flip_h(self) -> None:
        """Mirror left and right."""
        self.change_slice(flip_horizontal=not self.active_pane.slice.flip_horizontal)

    def flip_v(self) -> None:
        """Mirror up and down."""
        self.change_slice(flip_vertical=not self.active_pane.slice.flip_vertical)

    def rotate(self, degrees: float) -> None:
        """Turn the picture clockwise."""
        angle = (self.active_pane.slice.rotation_deg + degrees) % 360.0
        self.change_slice(rotation_deg=angle)

    def reset(self) -> None:
        """Display as at first; keeps the slice."""
        pane = self.active_pane
        if pane.mode is PaneMode.VOLUME:
            self.store.update_pane(self.active, volume=VolumeState(preset=pane.volume.preset))
            return
        is_mpr = self.store.grid.layout in MPR_LAYOUTS
        for index in range(n_panes(self.store.grid.layout)) if is_mpr else (self.active,):
            old = self.store.pane(index).slice
            kept = {f: getattr(old, f) for f in ("orientation", "slice_index", "focus_lps_mm")}
            self.store.update_pane(index, slice=replace(SliceState(), **kept))

    def apply_look(self, saved: PresentationState | None) -> None:
        """Show the active image as somebody saved it; ``None``: as it was recorded."""
        pane, image = self.active_pane, self.active_image
        located = self.session.locate(pane.volume_id)
        if image is not None and located is not None and pane.mode is PaneMode.SLICE:
            state = with_look(saved, located.volume, image, pane.slice)
            self.store.update_pane(self.active, slice=state)
            frame = shown_frame(located.volume, state.slice_index)
            area = None if saved is None or frame is None else saved.area_on(frame)
            if area is not None:
                self.show_area(self.active, area)

    def show_area(self, index: int, area: DisplayedArea) -> None:
        """Let a part of the image fill a pane; known to the view, see the grid."""
        raise NotImplementedError

    def set_orientation(self, orientation: Orientation) -> None:
        """Cut a volume along another plane, at the place shown now."""
        pane, image = self.active_pane, self.active_image
        if pane.mode is not PaneMode.SLICE or not isinstance(image, Volume):
            return
        cut = cut_of(image, pane.slice)
        state = replace(pane.slice, orientation=orientation)
        focus = image.geometry.centre_lps_mm if cut is None else cut.centre_lps_mm
        nearest = index_nearest(image, state, pane.slice.focus_lps_mm or focus)
        self.store.update_pane(self.active, slice=replace(state, slice_index=nearest or 0))

    def set_window(self, voi: VoiWindow | VoiLut | Literal["auto"] | None) -> None:
        """Window of the active pane: ``None`` is the image's own, ``"auto"`` from its values."""
        self.change_slice(voi=self._automatic_window() if isinstance(voi, str) else voi)

    def set_layout(self, layout: str) -> None:
        """Arrange the panes; an MPR layout takes the active image into all of its planes."""
        if layout in MPR_LAYOUTS and self.arranging.geometry(self.active_pane.volume_id) is None:
            self.status_text.emit(
                self.tr("MPR needs a volume of regular slices; this series is not one.")
            )
            return
        self.store.update_grid(layout=layout, maximised=None)

    def maximise(self) -> None:
        """Let the active pane fill the grid, or give the others their room again."""
        is_maximised = self.store.grid.maximised is not None
        self.store.update_grid(maximised=None if is_maximised else self.active)

    def set_tool(self, tool: str) -> None:
        """Choose what the left button does."""
        self.store.update_grid(tool=tool)

    def set_text_level(self, level: TextLevel | None = None) -> None:
        """Choose how much the corners say; ``None`` takes the next level."""
        if level is None:
            place = _TEXT_LEVELS.index(self.store.grid.text_level)
            level = _TEXT_LEVELS[(place + 1) % len(_TEXT_LEVELS)]
        self.store.update_grid(text_level=level)

    def toggle_link(self) -> None:
        """Link or unlink scrolling."""
        self.store.update_grid(is_linked=not self.store.grid.is_linked)
        self._say_if_alone()

    def toggle_reference_lines(self) -> None:
        """Show or hide where the other views' images cut."""
        is_shown = self.store.grid.are_reference_lines_shown
        self.store.update_grid(are_reference_lines_shown=not is_shown)
        self._say_if_alone()

    def _say_if_alone(self) -> None:
        grid = self.store.grid
        if n_panes(grid.layout) == 1 or grid.maximised is not None:
            self.status_text.emit(self.tr("This shows between several views; now there is one."))

    def cine_toggle(self) -> None:
        """Play the active pane, or stop what plays."""
        if self.cine.is_playing:
            self.cine.stop()
            return
        image = self.active_image
        rate = image.frame_rate_hz if isinstance(image, ImageStack) else None
        if self.n_cine_images(self.active) > 1:
            self._cine_pane, self._cine_direction = self.active, 1
            self.cine.play(rate)
            recorded = self.tr("Plays at the recorded rate: {rate} images/s.")
            chosen = self.tr("Plays at {rate} images/s; no rate is recorded.")
            self._say_rate(recorded if rate else chosen)

    def change_cine_rate(self, factor: float) -> None:
        """Play faster or slower; said in the status bar."""
        self.cine.change_rate(factor)
        self._say_rate(self.tr("Plays at {rate} images/s."))

    def n_cine_images(self, index: int) -> int:
        """How many images of a pane can be played: time points, else images; 0 for none."""
        siblings = siblings_of(self.session, self.store.pane(index).volume_id)
        return len(siblings) or self._n_images(index)

    def step_to_sibling(self, index: int, volume_id: str) -> None:
        """Show another volume of a 4-D data set with everything else unchanged."""
        shown = self.store.pane(index).volume_id
        for pane in range(n_panes(self.store.grid.layout)):
            if self.store.pane(pane).volume_id == shown:
                self.store.update_pane(pane, volume_id=volume_id)

    def _advance_cine(self, passed: int) -> None:
        pane = self.store.pane(self._cine_pane)
        siblings = siblings_of(self.session, pane.volume_id)
        if siblings:
            ids = [volume.id for volume in siblings]
            place = self._cine_place(ids.index(pane.volume_id), passed, len(ids))
            self.step_to_sibling(self._cine_pane, ids[place])
            return
        n = self._n_images(self._cine_pane)
        if n > 1:
            place = self._cine_place(pane.slice.slice_index, passed, n)
            self.store.update_slice(self._cine_pane, slice_index=place)
        else:
            self.cine.stop()

    def _cine_place(self, index: int, passed: int, n: int) -> int:
        if not self.store.grid.is_cine_swept:
            return (index + passed) % n
        place, self._cine_direction = swept(index, self._cine_direction, passed, n)
        return place

    def _stop_with_its_film(self, index: int, old: PaneState, new: PaneState) -> None:
        """Do not play on into another series: its rate is another, and nobody asked."""
        if index != self._cine_pane or old.volume_id == new.volume_id:
            return
        film = {volume.id for volume in siblings_of(self.session, old.volume_id)}
        if new.volume_id not in film:
            self.cine.stop()

    def _say_rate(self, text: str) -> None:
        self.status_text.emit(text.format(rate=f"{self.cine.rate_hz:.3g}"))

    def _n_images(self, index: int) -> int:
        pane = self.store.pane(index)
        image = self.session.image(pane.volume_id)
        if image is None or pane.mode is not PaneMode.SLICE:
            return 0
        return n_images(image, pane.slice)

    def _go_to(self, slice_index: int) -> None:
        n = self._n_images(self.active)
        if n:
            self.change_slice(slice_index=min(max(slice_index, 0), n - 1))

    def change_slice(self, **fields: Any) -> None:
        """Change fields of the active 2-D view; nothing for a 3-D one."""
        if self.active_pane.mode is PaneMode.SLICE:
            self.store.update_slice(self.active, **fields)

    def _update(self, **fields: Any) -> None:
        is_volume = self.active_pane.mode is PaneMode.VOLUME
        (self.store.update_volume if is_volume else self.store.update_slice)(self.active, **fields)

    def _automatic_window(self) -> VoiWindow | None:
        image = self.active_image
        if isinstance(image, Volume):
            loaded = np.flatnonzero(image.is_loaded)
            sample = image.voxels[loaded[:: max(1, len(loaded) // 16)]]
            return auto_window(sample, image.padding_value)
        if image is None:
            return None
        frame = image.frame_at(self.active_pane.slice.slice_index)
        if frame is None or frame.is_color:
            return None
        return auto_window(frame.pixels, frame.padding_value)
