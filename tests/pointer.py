"""A pointer for tests of real windows: presses, drags and wheel turns with modifiers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

LEFT = Qt.MouseButton.LeftButton
MIDDLE = Qt.MouseButton.MiddleButton
RIGHT = Qt.MouseButton.RightButton
NO_MODIFIER = Qt.KeyboardModifier.NoModifier


def send(
    widget: QWidget,
    kind: QEvent.Type,
    position: tuple[float, float],
    button: Qt.MouseButton,
    buttons: Qt.MouseButton,
    modifiers: Qt.KeyboardModifier = NO_MODIFIER,
) -> None:
    """Deliver one mouse event."""
    local = QPointF(*position)
    global_position = QPointF(widget.mapToGlobal(local))
    event = QMouseEvent(kind, local, global_position, button, buttons, modifiers)
    QApplication.sendEvent(widget, event)


def drag(
    widget: QWidget,
    start: tuple[float, float],
    end: tuple[float, float],
    button: Qt.MouseButton = LEFT,
    modifiers: Qt.KeyboardModifier = NO_MODIFIER,
    n_steps: int = 4,
) -> None:
    """Press, move in steps, release."""
    none = Qt.MouseButton.NoButton
    send(widget, QEvent.Type.MouseButtonPress, start, button, button, modifiers)
    for step in range(1, n_steps + 1):
        x, y = (a + (b - a) * step / n_steps for a, b in zip(start, end, strict=True))
        send(widget, QEvent.Type.MouseMove, (x, y), none, button, modifiers)
    send(widget, QEvent.Type.MouseButtonRelease, end, button, none, modifiers)


def hover(
    widget: QWidget,
    position: tuple[float, float],
    modifiers: Qt.KeyboardModifier = NO_MODIFIER,
) -> None:
    """Move without a button."""
    none = Qt.MouseButton.NoButton
    send(widget, QEvent.Type.MouseMove, position, none, none, modifiers)


def turn_wheel(
    widget: QWidget,
    notches: float,
    position: tuple[float, float],
    modifiers: Qt.KeyboardModifier = NO_MODIFIER,
) -> None:
    """Turn the wheel; away from the user is positive."""
    local = QPointF(*position)
    event = QWheelEvent(
        local,
        QPointF(widget.mapToGlobal(local)),
        QPoint(),
        QPoint(0, round(notches * 120)),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
