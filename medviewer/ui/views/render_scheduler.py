"""The only place that asks for a picture: once per event-loop turn, for dirty visible views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


class RenderScheduler(QObject):
    """Coalesces requests; a hidden view draws when it is shown again."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._dirty: set[QWidget] = set()
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._flush)

    def request(self, view: QWidget) -> None:
        """Have a view painted at the next turn of the event loop."""
        self._dirty.add(view)
        if not self._timer.isActive():
            self._timer.start()

    def forget(self, view: QWidget) -> None:
        """Drop a request of a view that is about to be closed."""
        self._dirty.discard(view)

    def stop(self) -> None:
        """Drop everything asked for."""
        self._timer.stop()
        self._dirty.clear()

    def _flush(self) -> None:
        dirty, self._dirty = self._dirty, set()
        for view in dirty:
            if view.isVisible():
                view.update()
