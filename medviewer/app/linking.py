"""Keeps views together: the crosshair's focus, scrolling, and what MPR views share.

Views are linked by patient position within one FrameOfReferenceUID, parallel ones show the same
part of the patient; between frames of reference of one patient they keep the distance they had
when the link was made, and are zoomed and panned by as much. An image without a place
in a patient is never linked.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from medviewer.app.view_store import MPR_LAYOUTS, PaneMode, n_panes
from medviewer.core.cuts import Cut, Image, cut_of, index_nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from medviewer.app.session import Session
    from medviewer.app.view_store import GridState, PaneState, ViewStore
    from medviewer.core.display import SliceState

_SHARED = ("voi", "is_inverted", "zoom", "color_table", "slab_mode", "slab_thickness_mm", "oblique")
"""What the MPR views of one volume have in common."""

_PARALLEL_COSINE = float(np.cos(np.deg2rad(15.0)))

Point = tuple[float, float, float]


class ViewLinking(QObject):
    """Answers each change of a pane with the changes it means for the others.

    Parameters
    ----------
    session : Session
    store : ViewStore
        Listened to, and written to.
    """

    linked_by_distance = Signal()
    """Views of different frames of reference begin to scroll together."""

    def __init__(self, session: Session, store: ViewStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._store = store
        self._anchors_mm: dict[int, float] = {}
        self._is_following = False
        store.pane_changed.connect(self._on_pane_changed)
        store.grid_changed.connect(self._on_grid_changed)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let panes be changed one by one, without an answer in the others."""
        before, self._is_following = self._is_following, True
        try:
            yield
        finally:
            self._is_following = before

    def _on_grid_changed(self, old: GridState, new: GridState) -> None:
        if old.is_linked != new.is_linked or old.layout != new.layout:
            self._anchors_mm.clear()

    def _on_pane_changed(self, index: int, old: PaneState, new: PaneState) -> None:
        if self._is_following or new.mode is not PaneMode.SLICE:
            return
        image = self._session.image(new.volume_id)
        if old.volume_id != new.volume_id or old.slice.orientation != new.slice.orientation:
            self._anchors_mm.clear()
            return
        if image is None or index >= n_panes(self._store.grid.layout):
            return
        with self.paused():
            self._follow(index, image, old.slice, new.slice)

    def _follow(self, index: int, image: Image, old: SliceState, new: SliceState) -> None:
        if old.oblique != new.oblique:
            self._turn(index, image, old, new)
        elif old.focus_lps_mm != new.focus_lps_mm and new.focus_lps_mm is not None:
            self._move_focus(index, image, new.focus_lps_mm)
        elif old.slice_index != new.slice_index:
            self._scroll(index, image, old, new)
        self._share(index, old, new)
        self._zoom_along(index, image, old, new)

    def _turn(self, index: int, image: Image, old: SliceState, new: SliceState) -> None:
        """Turn the MPR views about the focus, which every one of them keeps showing."""
        cut = cut_of(image, old)
        if cut is None:
            return
        focus = _point(cut.centre_lps_mm) if new.focus_lps_mm is None else new.focus_lps_mm
        for pane in (index, *self._siblings(index)):
            state = replace(self._store.pane(pane).slice, oblique=new.oblique, focus_lps_mm=focus)
            nearest = index_nearest(image, state, focus)
            self._store.update_pane(pane, slice=replace(state, slice_index=nearest or 0))

    def _move_focus(self, index: int, image: Image, focus: Point) -> None:
        self._anchors_mm.clear()
        for pane, peer in self._panes_at_one_place(index, image):
            nearest = index_nearest(peer, self._store.pane(pane).slice, focus)
            if nearest is not None:
                self._store.update_slice(pane, focus_lps_mm=focus, slice_index=nearest)

    def _scroll(self, index: int, image: Image, old: SliceState, new: SliceState) -> None:
        before, after = cut_of(image, old), cut_of(image, new)
        if before is None or after is None:
            return
        if new.focus_lps_mm is not None:
            focus = _point(after.project(new.focus_lps_mm))
            for pane, _ in self._panes_at_one_place(index, image):
                self._store.update_slice(pane, focus_lps_mm=focus)
        if not self._store.grid.is_linked:
            return
        one_place = dict(self._panes_at_one_place(index, image))
        for pane, peer in self._peers(index):
            state = self._store.pane(pane).slice
            cut = cut_of(peer, state)
            if cut is None:
                continue
            cosine = float(cut.plane.normal @ after.plane.normal)
            if abs(cosine) < _PARALLEL_COSINE:
                continue
            if pane in one_place:
                target = np.asarray(new.focus_lps_mm or after.centre_lps_mm)
                nearest = index_nearest(peer, state, after.project(target))
            elif self._is_one_patient(index, pane):
                start_mm = self._anchor_mm(index, before)
                anchor_mm = self._anchor_mm(pane, cut)
                moved_mm = (after.position_mm - start_mm) * float(np.sign(cosine))
                target = (
                    cut.centre_lps_mm + (anchor_mm + moved_mm - cut.position_mm) * cut.plane.normal
                )
                nearest = index_nearest(peer, state, target)
            else:
                continue
            self._store.update_slice(
                pane, slice_index=state.slice_index if nearest is None else nearest
            )

    def _anchor_mm(self, index: int, cut: Cut) -> float:
        """Place from which a view's way is counted: where it was when the link began."""
        if not self._anchors_mm:
            self.linked_by_distance.emit()
        return self._anchors_mm.setdefault(index, cut.position_mm)

    def _share(self, index: int, old: SliceState, new: SliceState) -> None:
        changed = {f: getattr(new, f) for f in _SHARED if getattr(old, f) != getattr(new, f)}
        is_panned = old.pan_fraction != new.pan_fraction
        if "oblique" in changed:  # its zoom and pan keep the turning view where it is
            changed.pop("zoom", None)
            is_panned = False
        if not changed and not is_panned:
            return
        image = self._session.image(self._store.pane(index).volume_id)
        for pane in self._siblings(index):
            state = self._store.pane(pane).slice
            pan = _shared_pan(image, old, new, state) if is_panned else state.pan_fraction
            self._store.update_slice(pane, **changed, pan_fraction=pan)

    def _zoom_along(self, index: int, image: Image, old: SliceState, new: SliceState) -> None:
        """Show the same part of the patient in linked views; in other frames zoom by as much."""
        is_moved = (old.zoom, old.pan_fraction) != (new.zoom, new.pan_fraction)
        grid = self._store.grid
        cut = cut_of(image, new) if is_moved and grid.is_linked else None
        if cut is None or grid.layout in MPR_LAYOUTS:
            return
        one_place = dict(self._panes_at_one_place(index, image))
        for pane, peer in self._peers(index):
            state = self._store.pane(pane).slice
            other = cut_of(peer, state)
            if other is None or abs(float(cut.plane.normal @ other.plane.normal)) < (
                _PARALLEL_COSINE
            ):
                continue
            if pane in one_place and _is_upright(state) and _is_upright(new):
                self._store.update_slice(pane, **_same_part(cut, new, other))
            elif pane in one_place or self._is_one_patient(index, pane):
                self._store.update_slice(pane, **_as_much(old, new, state))

    def _peers(self, index: int) -> list[tuple[int, Image]]:
        """Other visible 2-D panes with their decoded images."""
        found = []
        for pane in range(n_panes(self._store.grid.layout)):
            state = self._store.pane(pane)
            image = self._session.image(state.volume_id)
            if pane != index and state.mode is PaneMode.SLICE and image is not None:
                found.append((pane, image))
        return found

    def _siblings(self, index: int) -> list[int]:
        """Other MPR views of the same volume."""
        if self._store.grid.layout not in MPR_LAYOUTS:
            return []
        volume_id = self._store.pane(index).volume_id
        return [p for p, _ in self._peers(index) if self._store.pane(p).volume_id == volume_id]

    def _panes_at_one_place(self, index: int, image: Image) -> list[tuple[int, Image]]:
        """List the pane itself and all whose patient coordinates mean the same."""
        uid = image.frame_of_reference_uid
        return [(index, image)] + [
            (pane, peer)
            for pane, peer in self._peers(index)
            if peer.id == image.id or (uid and peer.frame_of_reference_uid == uid)
        ]

    def _is_one_patient(self, index: int, other: int) -> bool:
        located = [self._session.locate(self._store.pane(i).volume_id) for i in (index, other)]
        patients = [at.study.patient.patient_id for at in located if at is not None]
        return len(patients) == 2 and patients[0] != "" and patients[0] == patients[1]


def _point(values: npt.NDArray[np.float64]) -> Point:
    return float(values[0]), float(values[1]), float(values[2])


def _shared_pan(
    image: Image | None, old: SliceState, new: SliceState, state: SliceState
) -> tuple[float, float]:
    """Shift another view of the volume by the part of a pan that lies in its plane."""
    cuts = [cut_of(image, s) for s in (new, state)] if image is not None else []
    if len(cuts) != 2 or cuts[0] is None or cuts[1] is None:
        return state.pan_fraction
    x, y = (b - a for a, b in zip(old.pan_fraction, new.pan_fraction, strict=True))
    shift = x * cuts[0].plane.right + y * cuts[0].plane.down
    right, down = cuts[1].plane.right, cuts[1].plane.down
    return state.pan_fraction[0] + float(shift @ right), state.pan_fraction[1] + float(shift @ down)


def _is_upright(state: SliceState) -> bool:
    return not (state.rotation_deg % 360 or state.flip_horizontal or state.flip_vertical)


def _as_much(old: SliceState, new: SliceState, state: SliceState) -> dict[str, object]:
    """Zoom and pan another state as one was zoomed and panned."""
    factor = new.zoom / old.zoom
    pan = [
        p * factor + after - before * factor
        for p, before, after in zip(
            state.pan_fraction, old.pan_fraction, new.pan_fraction, strict=True
        )
    ]
    return {"zoom": state.zoom * factor, "pan_fraction": (pan[0], pan[1])}


def _same_part(cut: Cut, state: SliceState, other: Cut) -> dict[str, object]:
    """Zoom and pan that show in another cut what a state shows of this one.

    The scale is exact for square images, which fit into a view by its shorter side.
    """
    own_mm, other_mm = _longer_side_mm(cut), _longer_side_mm(other)
    axes = np.stack([other.plane.right, other.plane.down])
    turn = axes @ np.stack([cut.plane.right, cut.plane.down], axis=1)
    off_mm = axes @ (other.centre_lps_mm - cut.centre_lps_mm)
    pan = turn @ np.array(state.pan_fraction)
    pan += off_mm * state.zoom / own_mm
    zoom = state.zoom * other_mm / own_mm
    return {"zoom": zoom, "pan_fraction": (float(pan[0]), float(pan[1]))}


def _longer_side_mm(cut: Cut) -> float:
    sides = np.diff(cut.corners_lps_mm[:3], axis=0)
    return float(np.linalg.norm(sides, axis=1).max())
