"""Takes the pictures of a still 3-D view, drawn on a thread of their own, onto the GUI thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QImage

from medviewer.rendering.still_picture import StillRenderer, StillSubject
from medviewer.rendering.volume_copies import Quality

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_LOOK_EVERY_MS = 50


class StillDrawing(QObject):
    """Best picture of a subject so far; it is outdated as soon as the subject is another."""

    improved = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.image: QImage | None = None
        self._renderer = StillRenderer()
        self._shown: npt.NDArray[np.uint8] | None = None
        self._look = QTimer(self, interval=_LOOK_EVERY_MS)
        self._look.timeout.connect(self._take)

    @property
    def is_available(self) -> bool:
        """Whether pictures can be drawn apart, as far as is known."""
        return self._renderer.is_available

    @property
    def is_busy(self) -> bool:
        """Whether a better picture may come."""
        return self._look.isActive()

    def is_outdated(self, subject: StillSubject | None) -> bool:
        """Whether another subject is drawn, or none; what there was of another is dropped."""
        if subject is not None and subject.is_same(self._renderer.subject):
            return False
        self._stop()
        self._renderer.cancel()
        return True

    def draw(self, subject: StillSubject, first: Quality = Quality.MEDIUM) -> None:
        """Start drawing; the first picture is as fine as this."""
        if self.is_outdated(subject):
            self._renderer.draw(subject, first)
            self._look.start()

    def release(self) -> None:
        """Let go of the volume."""
        self._stop()
        self._renderer.release()

    def close(self) -> None:
        """Free everything; nothing can be drawn afterwards."""
        self._stop()
        self._renderer.close()

    def _stop(self) -> None:
        self._look.stop()
        self.image = self._shown = None

    def _take(self) -> None:
        if not self._renderer.is_busy:
            self._look.stop()
        picture = self._renderer.picture()
        if picture is not self._shown and picture is not None:
            self._shown = picture
            rows, columns, _ = picture.shape
            rgb = QImage(picture.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888)
            self.image = rgb.copy()
            self.improved.emit()
        elif not self.is_available:
            self.improved.emit()
