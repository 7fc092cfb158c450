"""How everything is shown: one frozen state per pane, remembered per (pane, image)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from PySide6.QtCore import QObject, Signal

from medviewer.core.display import SliceState, TextLevel, VolumeState

if TYPE_CHECKING:
    from collections.abc import Callable

    from medviewer.core.planes import Orientation

MPR_LAYOUTS = {"mpr": 3, "mpr3d": 4}
"""Panes of one volume: axial, coronal, sagittal, and with ``mpr3d`` the volume view."""

FirstState: TypeAlias = "Callable[[int, PaneState], PaneState]"
Role: TypeAlias = "tuple[PaneMode, Orientation]"


class PaneMode(StrEnum):
    """What kind of view a pane is."""

    SLICE = "slice"
    VOLUME = "volume"


@dataclass(frozen=True, slots=True)
class PaneState:
    """One pane of the view grid.

    Attributes
    ----------
    volume_id : str
        Id of the shown VolumeRecord; empty for an empty pane.
    mode : PaneMode
    slice : SliceState
    volume : VolumeState
    """

    volume_id: str = ""
    mode: PaneMode = PaneMode.SLICE
    slice: SliceState = field(default_factory=SliceState)
    volume: VolumeState = field(default_factory=VolumeState)


@dataclass(frozen=True, slots=True)
class GridState:
    """What concerns all panes.

    Attributes
    ----------
    layout : str
        ``"1x1"`` ... ``"3x4"`` (rows x columns), ``"mpr"`` or ``"mpr3d"``.
    active : int
        Index of the active pane.
    maximised : int or None
        Index of the pane that fills the grid.
    is_cine_swept : bool
        Films play back and forth instead of starting again after the last image.
    reading_box : tuple of (str, tuple of 6 float), or None
        Image id, and the box in which a model shall read it: lowest then highest x, y, z in
        patient LPS mm.
    selected_finding : str
        Id of the finding whose mark can be moved and resized; empty for none.
    """

    layout: str = "1x1"
    active: int = 0
    maximised: int | None = None
    text_level: TextLevel = TextLevel.FULL
    is_identity_shown: bool = True
    is_linked: bool = True
    are_reference_lines_shown: bool = False
    is_crosshair_shown: bool = False
    are_overlays_shown: bool = True
    is_cine_swept: bool = False
    tool: str = "window"
    is_window_drag_inverted: bool = False
    selected_finding: str = ""
    reading_box: tuple[str, tuple[float, ...]] | None = None


class ViewStore(QObject):
    """The only place display state lives; change it with ``update_*``, hear of it once."""

    pane_changed = Signal(int, object, object)
    """(pane index, old PaneState, new PaneState)"""
    grid_changed = Signal(object, object)
    """(old GridState, new GridState)"""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._grid = GridState()
        self._panes: dict[int, PaneState] = {}
        self._remembered: dict[tuple[int, str, Role], PaneState] = {}
        self._first_state: FirstState = lambda _index, asked: asked

    @property
    def grid(self) -> GridState:
        """State of the whole grid."""
        return self._grid

    def pane(self, index: int) -> PaneState:
        """State of one pane; a default state for a pane never touched."""
        return self._panes.get(index, PaneState())

    @property
    def panes(self) -> dict[int, PaneState]:
        """Panes that were ever touched, those of other layouts too."""
        return dict(self._panes)

    def update_grid(self, **fields: Any) -> None:
        """Change grid fields; silent when nothing differs."""
        old, new = self._grid, replace(self._grid, **fields)
        if new != old:
            self._grid = new
            self.grid_changed.emit(old, new)

    def update_pane(self, index: int, **fields: Any) -> None:
        """Change fields of one pane; silent when nothing differs."""
        old = self.pane(index)
        new = replace(old, **fields)
        if new != old:
            self._panes[index] = new
            self.pane_changed.emit(index, old, new)

    def swap(self, first: int, second: int) -> None:
        """Let two panes change places, with all they show and how they show it."""
        old = {index: self.pane(index) for index in (first, second)}
        self._panes[first], self._panes[second] = old[second], old[first]
        for index, before in old.items():
            if self._panes[index] != before:
                self.pane_changed.emit(index, before, self._panes[index])

    def update_slice(self, index: int, **fields: Any) -> None:
        """Change fields of a pane's 2-D state."""
        self.update_pane(index, slice=replace(self.pane(index).slice, **fields))

    def update_volume(self, index: int, **fields: Any) -> None:
        """Change fields of a pane's 3-D state."""
        self.update_pane(index, volume=replace(self.pane(index).volume, **fields))

    def set_first_state(self, first_state: FirstState) -> None:
        """Say how an image is shown that was never shown before: (pane, asked) to its state."""
        self._first_state = first_state

    def show(self, index: int, volume_id: str, default: PaneState | None = None) -> None:
        """Put an image into a pane with the state it last had there in the same role.

        Parameters
        ----------
        default : PaneState, optional
            Its mode and orientation are the role asked for; the rest is where the first look
            at an image starts from.
        """
        old = self.pane(index)
        fresh = replace(default or PaneState(), volume_id=volume_id)
        if old.volume_id == volume_id and (default is None or _role(old) == _role(fresh)):
            return
        self._remembered[index, old.volume_id, _role(old)] = old
        known = self._remembered.get((index, volume_id, _role(fresh)))
        new = known or self._first_state(index, fresh)
        self._panes[index] = new
        self.pane_changed.emit(index, old, new)


def n_panes(layout: str) -> int:
    """How many panes a layout has.

    Raises
    ------
    ValueError
        The name is neither ``"mpr"``, ``"mpr3d"`` nor rows x columns.
    """
    if layout in MPR_LAYOUTS:
        return MPR_LAYOUTS[layout]
    rows, _, columns = layout.partition("x")
    if not (rows.isdigit() and columns.isdigit() and int(rows) * int(columns) > 0):
        msg = f"Layout {layout!r} must be 'mpr', 'mpr3d' or rows x columns, as in '2x3'."
        raise ValueError(msg)
    return int(rows) * int(columns)


def n_columns(layout: str) -> int:
    """How many panes of a layout stand side by side."""
    return 2 if layout in MPR_LAYOUTS else int(layout.partition("x")[2])


def _role(state: PaneState) -> Role:
    return state.mode, state.slice.orientation
