"""The grip at the top of a view by which its series is dragged to another view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QPoint, QRectF, Qt
from PySide6.QtGui import QDrag, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from medviewer.ui.views.view_colors import ACCENT, DIM, HALO

if TYPE_CHECKING:
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QMouseEvent, QPaintEvent

PANE_MIME_TYPE = "application/x-medviewer-pane"
"""What a grip drags: the index of its pane, in ASCII."""

_WIDTH_PX, _HEIGHT_PX = 72, 12
_BAR_PX = QRectF(16.0, 3.0, 40.0, 4.0)
_PICTURE_PX = 160


class PaneHandle(QWidget):
    """Lies above the letter at the top edge, away from what the mouse tools work on.

    Parameters
    ----------
    view : QWidget
        The view it moves; hidden until the pointer is there.
    index : int
        Of the view's pane.
    """

    def __init__(self, view: QWidget, index: int) -> None:
        super().__init__(view)
        self._view = view
        self._index = index
        self._press: QPoint | None = None
        self.setFixedSize(_WIDTH_PX, _HEIGHT_PX)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setToolTip(self.tr("Drag to another view: the two change places"))
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.hide()

    def place(self, free_area: QRectF) -> None:
        """Stand in the middle of the part of the view that nothing lies over."""
        self.move(round(free_area.center().x() - _WIDTH_PX / 2), 0)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw a small bar, brighter under the pointer."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for color, rect in (
            (HALO, _BAR_PX.adjusted(-1.0, -1.0, 1.0, 1.0)),
            (ACCENT if self.underMouse() else DIM, _BAR_PX),
        ):
            painter.setBrush(color)
            painter.drawRoundedRect(rect, rect.height() / 2.0, rect.height() / 2.0)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold; no tool of the view below begins."""
        is_left = event.button() is Qt.MouseButton.LeftButton
        self._press = event.position().toPoint() if is_left else None
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Begin to drag once it has been moved far enough to be meant."""
        if self._press is None:
            return
        moved = (event.position().toPoint() - self._press).manhattanLength()
        if moved >= QApplication.startDragDistance():
            self._press = None
            self.start_drag()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go without a drag."""
        self._press = None
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Do nothing: a hand that hesitates does not want the view maximised."""
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Hide when the pointer has left the view over its top edge."""
        super().leaveEvent(event)
        if not self._view.rect().contains(self._view.mapFromGlobal(self.cursor().pos())):
            self.hide()

    def start_drag(self) -> None:
        """Drag the pane under its own picture; returns when it is dropped."""
        drag = QDrag(self)
        mime = QMimeData()
        mime.setData(PANE_MIME_TYPE, str(self._index).encode("ascii"))
        drag.setMimeData(mime)
        picture = self._view.grab().scaledToWidth(
            _PICTURE_PX, Qt.TransformationMode.SmoothTransformation
        )
        drag.setPixmap(picture)
        drag.setHotSpot(QPoint(picture.deviceIndependentSize().toSize().width() // 2, 6))
        drag.exec(Qt.DropAction.MoveAction)
