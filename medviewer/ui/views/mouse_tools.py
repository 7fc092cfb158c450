"""What the mouse buttons do in a 2-D view."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from PySide6.QtCore import Qt

from medviewer.core.planes import Orientation
from medviewer.ui.views import gestures

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QPointF

    from medviewer.core.display import SliceState
    from medviewer.rendering.slice_scene import SliceScene


class ToolTarget(Protocol):
    """What a tool needs of the 2-D view it works on."""

    scene: SliceScene

    @property
    def state(self) -> SliceState:
        """State of the view."""

    @property
    def is_mirrored(self) -> bool:
        """Whether the picture is flipped once."""

    @property
    def is_window_drag_inverted(self) -> bool:
        """Whether a drag upwards makes the image darker."""

    def width(self) -> int:
        """Width in logical pixels."""

    def height(self) -> int:
        """Height in logical pixels."""

    def change(self, **fields: Any) -> None:
        """Change fields of the state."""

    def change_to(self, state: SliceState) -> None:
        """Take a whole state."""

    def change_around_focus(self, state: SliceState) -> None:
        """Take a whole state; the crosshair stays where it is."""

    def page(self, n_images: int) -> None:
        """Page by a number of images."""

    def point_at(self, position: QPointF) -> None:
        """Put the crosshair under a position."""

    def look_at(self, position: QPointF) -> None:
        """Magnify or probe at a position."""

    def draw_box(self, start: QPointF, end: QPointF) -> None:
        """Set the box in which a model reads."""

    def fraction(self, position: QPointF) -> tuple[float, float]:
        """Position from the middle in fractions of the shorter side."""

    def value_range(self) -> float:
        """Largest minus smallest value of the image."""

    def crosshair_position(self) -> QPointF | None:
        """Logical position of the crosshair's centre."""

    def is_on_crosshair_handle(self, position: QPointF) -> bool:
        """Whether a press here turns the crosshair."""


@dataclass(slots=True)
class Drag:
    """A drag under way; positions in logical pixels.

    Attributes
    ----------
    remainder : float
        Part of a step that did not yet amount to a whole image.
    is_turning : bool
        Whether a drag of the crosshair turns it.
    """

    start: QPointF
    last: QPointF
    now: QPointF
    gain: float = 1.0
    remainder: float = 0.0
    is_turning: bool = False

    @property
    def step_px(self) -> tuple[float, float]:
        """Movement since the last event, accelerated."""
        moved = self.now - self.last
        return moved.x() * self.gain, moved.y() * self.gain


@dataclass(frozen=True, slots=True)
class MouseTool:
    """A tool: what dragging and pressing do."""

    drag: Callable[[ToolTarget, Drag], None]
    press: Callable[[ToolTarget, Drag], None] | None = None


def _window(view: ToolTarget, drag: Drag) -> None:
    voi = view.scene.voi
    if voi is None:
        return
    right, down = drag.step_px
    if view.is_window_drag_inverted:
        down = -down
    view.change(voi=gestures.dragged_window(voi, right, down, view.value_range()))


def _pan(view: ToolTarget, drag: Drag) -> None:
    moved = drag.now - drag.last
    side = min(view.width(), view.height())
    view.change_to(gestures.panned(view.state, moved.x() / side, moved.y() / side))


def _zoom(view: ToolTarget, drag: Drag) -> None:
    factor = gestures.zoom_factor(drag.step_px[1] / view.height())
    view.change_to(gestures.zoomed(view.state, factor, view.fraction(drag.start)))


def _scroll(view: ToolTarget, drag: Drag) -> None:
    n = view.scene.n_slices
    steps = gestures.scroll_steps(drag.step_px[1], view.height(), n) + drag.remainder
    whole = math.trunc(steps)
    drag.remainder = steps - whole
    view.page(whole)


def _press_crosshair(view: ToolTarget, drag: Drag) -> None:
    drag.is_turning = view.is_on_crosshair_handle(drag.now)
    if not drag.is_turning:
        view.point_at(drag.now)


def _crosshair(view: ToolTarget, drag: Drag) -> None:
    if drag.is_turning:
        _turn_crosshair(view, drag)
    else:
        view.point_at(drag.now)


def _rotate(view: ToolTarget, drag: Drag) -> None:
    if view.state.orientation is not Orientation.ACQUISITION:
        _turn_crosshair(view, drag)
        return
    turn = gestures.angle_deg(view.fraction(drag.last), view.fraction(drag.now))
    view.change_to(gestures.turned(view.state, turn))


def _turn_crosshair(view: ToolTarget, drag: Drag) -> None:
    """Turn the MPR planes about the line of sight through the focus; this image stays still."""
    frame, centre = view.scene.screen_frame, view.crosshair_position()
    if frame is None or centre is None:
        return
    before, after = drag.last - centre, drag.now - centre
    turn = gestures.angle_deg((before.x(), before.y()), (after.x(), after.y()))
    rotation = _rotation(np.cross(frame.right, frame.down), math.radians(turn))
    oblique = _orthonormal(rotation @ np.array(view.state.oblique).reshape(3, 3))
    state = gestures.turned(view.state, turn * (-1.0 if view.is_mirrored else 1.0))
    view.change_around_focus(replace(state, oblique=tuple(float(v) for v in oblique.reshape(-1))))


def _rotation(axis: np.ndarray, angle_rad: float) -> np.ndarray:
    """Rodrigues' rotation about a unit axis, right-handed."""
    x, y, z = axis
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    turn = math.sin(angle_rad) * cross + (1.0 - math.cos(angle_rad)) * cross @ cross
    return np.asarray(np.eye(3) + turn)


def _orthonormal(matrix: np.ndarray) -> np.ndarray:
    """Nearest rotation: many small turns must not add up to a shear."""
    u, _, vt = np.linalg.svd(matrix)
    return np.asarray(u @ vt)


def _draw_box(view: ToolTarget, drag: Drag) -> None:
    view.draw_box(drag.start, drag.now)


def _look(view: ToolTarget, drag: Drag) -> None:
    view.look_at(drag.now)


TOOLS: dict[str, MouseTool] = {
    "window": MouseTool(_window),
    "pan": MouseTool(_pan),
    "zoom": MouseTool(_zoom),
    "scroll": MouseTool(_scroll),
    "crosshair": MouseTool(_crosshair, _press_crosshair),
    "rotate": MouseTool(_rotate),
    "magnifier": MouseTool(_look, _look),
    "probe": MouseTool(_look, _look),
    "reading_box": MouseTool(_draw_box),
}
"""Tools of the left button by name."""


def tool_for(button: Qt.MouseButton, modifiers: Qt.KeyboardModifier, active: str) -> str:
    """Name the tool of a pressed button: middle pans, right zooms, left is the active one."""
    if button is Qt.MouseButton.MiddleButton:
        return "pan"
    if button is Qt.MouseButton.RightButton:
        return "zoom"
    if modifiers & Qt.KeyboardModifier.ShiftModifier:
        return "crosshair"
    return active if active in TOOLS else "window"


def moved_state(drag: Drag, now: QPointF, modifiers: Qt.KeyboardModifier) -> Drag:
    """Take a mouse movement into a drag."""
    is_fast = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
    gain = gestures.ACCELERATION if is_fast else 1.0
    return replace(drag, last=drag.now, now=now, gain=gain)
