"""A switch on a key: a short press flips it, a long press only while the key is down."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from collections.abc import Callable

LONG_PRESS_MS = 250
_MODIFIERS = {
    Qt.Key.Key_Shift,
    Qt.Key.Key_Control,
    Qt.Key.Key_Alt,
    Qt.Key.Key_Meta,
    Qt.Key.Key_AltGr,
}


class Peek(QObject):
    """Flips a switch when pressed, and back at the release of a key that was held.

    Parameters
    ----------
    toggle : callable
        Flips the switch.
    """

    def __init__(self, toggle: Callable[[], object], parent: QObject) -> None:
        super().__init__(parent)
        self._toggle = toggle
        self._held = QElapsedTimer()

    def press(self) -> None:
        """Flip the switch and watch for the release."""
        self._toggle()
        self._held.start()
        application = QApplication.instance()
        if application is not None:
            application.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """End at the key's release, at the next key, or when another program is chosen."""
        kind = event.type()
        if kind is QEvent.Type.ApplicationDeactivate:
            self._release()
        elif isinstance(event, QKeyEvent) and not event.isAutoRepeat():
            if kind is QEvent.Type.ShortcutOverride:
                self._stop_watching()
            elif kind is QEvent.Type.KeyRelease and event.key() not in _MODIFIERS:
                self._release()
        return False

    def _release(self) -> None:
        is_long = self._held.isValid() and self._held.elapsed() > LONG_PRESS_MS
        self._stop_watching()
        if is_long:
            self._toggle()

    def _stop_watching(self) -> None:
        self._held.invalidate()
        application = QApplication.instance()
        if application is not None:
            application.removeEventFilter(self)
