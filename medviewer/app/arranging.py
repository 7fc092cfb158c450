"""What each pane shows: the first look at an image, and what a change of layout means."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from medviewer.app.hanging import rest_of
from medviewer.app.view_store import MPR_LAYOUTS, PaneMode, PaneState, n_panes
from medviewer.core.cuts import cut_of, image_stack_mm, index_nearest
from medviewer.core.display import SliceState
from medviewer.core.planes import Orientation
from medviewer.core.study import SeriesKind
from medviewer.core.volume import Volume

if TYPE_CHECKING:
    from medviewer.app.session import Session
    from medviewer.app.view_store import GridState, ViewStore
    from medviewer.core.geometry import VolumeGeometry

_MPR_PANES = (Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL)


class Arranging(QObject):
    """Fills the panes of a new layout and says how an image is first shown.

    Parameters
    ----------
    session : Session
    store : ViewStore
        Listened to, and written to.
    """

    def __init__(self, session: Session, store: ViewStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._store = store
        self._before_mpr: tuple[GridState, tuple[PaneState, ...]] | None = None
        store.set_first_state(self._first_state)
        store.grid_changed.connect(self._on_grid_changed)
        session.studies_changed.connect(self._on_studies_changed)

    def geometry(self, volume_id: str) -> VolumeGeometry | None:
        """Grid of a volume, known from its headers before its voxels arrive."""
        image = self._session.image(volume_id)
        if isinstance(image, Volume):
            return image.geometry
        located = self._session.locate(volume_id)
        if located is None or located.volume.kind is not SeriesKind.VOLUME:
            return None
        return located.volume.geometry

    def role(self, index: int) -> PaneState:
        """Role of a pane in the present layout, as a state to ask for."""
        if self._store.grid.layout not in MPR_LAYOUTS:
            return PaneState()
        if index >= len(_MPR_PANES):
            return PaneState(mode=PaneMode.VOLUME)
        return PaneState(slice=SliceState(orientation=_MPR_PANES[index]))

    def show(self, index: int, volume_id: str) -> None:
        """Put an image into a pane; in an MPR layout into all its panes."""
        if self._store.grid.layout in MPR_LAYOUTS:
            if self.geometry(volume_id) is not None:
                for pane in range(n_panes(self._store.grid.layout)):
                    self._store.show(pane, volume_id, self.role(pane))
                return
            self._store.update_grid(layout="1x1", active=0, maximised=None)
            index = 0
        self._store.show(index, volume_id, PaneState())

    def _first_state(self, _index: int, asked: PaneState) -> PaneState:
        """Start in the middle of a volume and at the first frame of a film."""
        first = replace(SliceState(), orientation=asked.slice.orientation)
        geometry = self.geometry(asked.volume_id)
        if geometry is not None:
            focus = None
            if first.orientation is not Orientation.ACQUISITION:
                x, y, z = (float(v) for v in geometry.centre_lps_mm)
                focus = (x, y, z)
            n = image_stack_mm(geometry, first)[3]
            first = replace(first, slice_index=n // 2, focus_lps_mm=focus)
        else:
            located = self._session.locate(asked.volume_id)
            if located is not None and located.volume.kind is SeriesKind.STACK:
                first = replace(first, slice_index=located.volume.shape[0] // 2)
        return replace(asked, slice=first)

    def _on_studies_changed(self) -> None:
        """Empty the panes of a study that was closed: the next one takes its place."""
        for index, pane in self._store.panes.items():
            if pane.volume_id and self._session.locate(pane.volume_id) is None:
                self._store.show(index, "", PaneState())

    def _on_grid_changed(self, old: GridState, new: GridState) -> None:
        if old.layout == new.layout:
            return
        was_mpr, is_mpr = old.layout in MPR_LAYOUTS, new.layout in MPR_LAYOUTS
        source = self._store.pane(old.active)
        if is_mpr:
            if not was_mpr:
                panes = tuple(self._store.pane(i) for i in range(n_panes(old.layout)))
                self._before_mpr = (old, panes)
            self._enter_mpr(source)
        elif was_mpr:
            self._leave_mpr(source, old, new)
        elif old.active >= n_panes(new.layout):
            self._store.show(0, source.volume_id, PaneState())
            self._store.update_pane(0, slice=source.slice)
            self._store.update_grid(active=0, maximised=None)
        elif n_panes(old.layout) < n_panes(new.layout):
            self._fill(source, n_panes(new.layout))

    def _fill(self, source: PaneState, n: int) -> None:
        """Put the other series of the active image's study into the empty panes."""
        located = self._session.locate(source.volume_id)
        if located is None:
            return
        panes = {index: self._store.pane(index) for index in range(n)}
        rest = rest_of(located.study, {pane.volume_id for pane in panes.values()})
        empty = [index for index, pane in panes.items() if not pane.volume_id]
        for index, volume_id in zip(empty, rest, strict=False):
            self._store.show(index, volume_id, PaneState())

    def _enter_mpr(self, source: PaneState) -> None:
        """Show the active image in all planes, at the place and in the window it had."""
        if self.geometry(source.volume_id) is None:
            self._store.show(0, source.volume_id, PaneState())
            return
        image = self._session.image(source.volume_id)
        cut = None if image is None else cut_of(image, source.slice)
        for pane in range(n_panes(self._store.grid.layout)):
            self._store.show(pane, source.volume_id, self.role(pane))
            if self._store.pane(pane).mode is PaneMode.SLICE:
                self._store.update_slice(pane, **_look(source))
        focus = self._store.pane(0).slice.focus_lps_mm
        if cut is not None and focus is not None and source.mode is PaneMode.SLICE:
            x, y, z = (float(v) for v in cut.project(focus))
            self._store.update_slice(0, focus_lps_mm=(x, y, z))
        self._store.update_grid(active=0, is_crosshair_shown=True)

    def _leave_mpr(self, source: PaneState, old: GridState, new: GridState) -> None:
        """Restore what the panes had before; the image read last stays, at its place."""
        reading = source if source.mode is PaneMode.SLICE else self._store.pane(0)
        before, panes = self._before_mpr or (old, ())
        self._before_mpr = None
        for index, state in enumerate(panes[: n_panes(new.layout)]):
            self._store.show(index, state.volume_id, state)
        active = before.active if before.active < n_panes(new.layout) and panes else 0
        self._store.show(active, reading.volume_id, PaneState())
        for index in range(max(len(panes), 1), n_panes(new.layout)):
            self._store.show(index, "", PaneState())
        image = self._session.image(reading.volume_id)
        shown = self._store.pane(active).slice
        fields = _look(reading)
        focus = reading.slice.focus_lps_mm
        nearest = None if image is None or focus is None else index_nearest(image, shown, focus)
        if nearest is not None:
            self._store.update_slice(active, slice_index=nearest, **fields)
        else:
            self._store.update_slice(active, **fields)
        self._store.update_grid(active=active, maximised=None, is_crosshair_shown=False)


def _look(pane: PaneState) -> dict[str, Any]:
    """Return what an image keeps when it is seen in other planes: its gray and its colours."""
    return {name: getattr(pane.slice, name) for name in ("voi", "is_inverted", "color_table")}
