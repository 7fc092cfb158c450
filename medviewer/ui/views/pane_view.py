"""What every pane of the grid has, whatever it shows: place, focus, drops, edge, progress."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QLineEdit, QPlainTextEdit, QTextEdit

from medviewer.app.view_store import MPR_LAYOUTS, PaneState, n_panes
from medviewer.core.errors import FrameOfReferenceError
from medviewer.core.volume import Volume
from medviewer.rendering.overlay_registry import require_same_frame
from medviewer.ui.views.halo_text import draw_text
from medviewer.ui.views.pane_handle import PANE_MIME_TYPE, PaneHandle
from medviewer.ui.views.view_colors import ACCENT, DIM
from medviewer.ui.views.vtk_widget import VtkWidget

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtGui import (
        QDragEnterEvent,
        QDragLeaveEvent,
        QDropEvent,
        QEnterEvent,
        QMouseEvent,
        QPainter,
        QResizeEvent,
    )
    from PySide6.QtWidgets import QWidget

    from medviewer.app.jobs import JobRunner
    from medviewer.app.session import Image, Session
    from medviewer.app.view_store import ViewStore
    from medviewer.core.display import OverlayDisplay
    from medviewer.core.presentation import PresentationState
    from medviewer.ui.views.render_scheduler import RenderScheduler

VOLUME_MIME_TYPE = "application/x-medviewer-volume-id"
"""What the series browser drags: a volume id in UTF-8."""

_TYPING_WIDGETS = (QLineEdit, QAbstractSpinBox, QTextEdit, QPlainTextEdit)


@dataclass(frozen=True, slots=True)
class ViewContext:
    """What the views of one grid share.

    Attributes
    ----------
    show : callable
        ``(pane index, volume id)``: put an image into a pane.
    swap : callable
        ``(pane index, pane index)``: let two panes change places.
    runner : JobRunner
        For what would keep the window waiting.
    absence : callable
        Sentence on why an image that is in a pane is not there (yet), by its id.
    presentations : callable
        Looks that were saved with the study for an image, by its id.
    """

    session: Session
    store: ViewStore
    scheduler: RenderScheduler
    show: Callable[[int, str], None]
    swap: Callable[[int, int], None]
    runner: JobRunner
    absence: Callable[[str], str]
    presentations: Callable[[str], tuple[PresentationState, ...]]


class PaneView(VtkWidget):
    """A view in the grid."""

    context_menu_requested = Signal(int, QPoint)
    """(pane index, global position): the right button was clicked without moving."""
    hovered = Signal(int)
    finding_edited = Signal(str, object)
    """(image id, Finding as it is after a reader moved or resized its mark)"""

    def __init__(self, context: ViewContext, index: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context_of_grid = context
        self.index = index
        self._is_drop_target = False
        self._covered_px = 0
        self._handle = PaneHandle(self, index)
        self.setAcceptDrops(True)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setObjectName(f"view{index}")

    @property
    def pane(self) -> PaneState:
        """State of the pane in the store."""
        return self.context_of_grid.store.pane(self.index)

    @property
    def image(self) -> Image | None:
        """Decoded image of the pane, complete or still filling."""
        return self.context_of_grid.session.image(self.pane.volume_id)

    def show_pane(self) -> None:
        """Take in the pane's state from the store; for subclasses."""

    def show_voxels(self) -> None:
        """Take in slices that arrived; for subclasses."""

    def show_results(self, results: list[tuple[Any, OverlayDisplay]]) -> None:
        """Take in results of models; for subclasses."""

    def show_tool(self) -> None:
        """Let the pointer say what the left button does; for subclasses."""

    def request_scene(self) -> None:
        """Have the scene drawn anew."""
        self.mark_stale()
        self.request_text()

    def request_text(self) -> None:
        """Have only what Qt paints drawn anew."""
        if not self.is_closed:
            self.context_of_grid.scheduler.request(self)

    def close_view(self) -> None:
        """Free what VTK holds and forget pending requests."""
        self.context_of_grid.scheduler.forget(self)
        super().close_view()

    def activate(self) -> None:
        """Make this the active pane."""
        self.context_of_grid.store.update_grid(active=self.index)

    def toggle_maximised(self) -> None:
        """Fill the grid with this view, or give the others their room again."""
        store = self.context_of_grid.store
        is_maximised = store.grid.maximised == self.index
        store.update_grid(active=self.index, maximised=None if is_maximised else self.index)

    def logical_area(self) -> QRectF:
        """Whole view in logical pixels."""
        return QRectF(0.0, 0.0, self.width(), self.height())

    def set_covered(self, width_px: int) -> None:
        """Keep letters and text off a strip at the right that something lies over."""
        if width_px != self._covered_px:
            self._covered_px = width_px
            self._handle.place(self.free_area())
            self.request_text()

    def free_area(self) -> QRectF:
        """Part of the view that nothing lies over, in logical pixels."""
        return self.logical_area().adjusted(0.0, 0.0, -self._covered_px, 0.0)

    @property
    def can_move(self) -> bool:
        """Whether there is another place for what is shown; the planes of an MPR have theirs."""
        grid = self.context_of_grid.store.grid
        has_others = n_panes(grid.layout) > 1 and grid.maximised is None
        return has_others and grid.layout not in MPR_LAYOUTS and bool(self.pane.volume_id)

    def device_point(self, position: QPointF) -> tuple[float, float]:
        """Device pixel of a logical position."""
        ratio = self.devicePixelRatioF()
        return position.x() * ratio, position.y() * ratio

    def loaded_fraction(self) -> float:
        """Share of the pane's image that is decoded, or never will be; 0 before the first slice."""
        image = self.image
        if image is None:
            return 0.0
        if self.context_of_grid.session.is_complete(image.id):
            return 1.0
        if isinstance(image, Volume):
            return float(np.mean(image.is_loaded))
        return sum(f is not None for f in image.frames) / max(len(image.frames), 1)

    def paint_frame(self, painter: QPainter) -> None:
        """Paint progress, the empty pane's invitation and the edge of the active one."""
        area = self.logical_area()
        volume_id = self.pane.volume_id
        if self.image is None:
            place = QPointF(self.free_area().center().x(), area.center().y() - 9)
            absence = self.context_of_grid.absence
            text = absence(volume_id) if volume_id else self.tr("Drop a series here")
            draw_text(painter, place, text, 13, DIM, Qt.AlignmentFlag.AlignHCenter)
        if volume_id:
            loaded = self.loaded_fraction()
            if loaded < 1.0:
                bar = QRectF(0.0, area.height() - 2.0, area.width() * loaded, 2.0)
                painter.fillRect(bar, ACCENT)
        grid = self.context_of_grid.store.grid
        is_alone = n_panes(grid.layout) == 1 or grid.maximised is not None
        if self._is_drop_target:
            _paint_edge(painter, area, 3.0)
        elif grid.active == self.index and not is_alone:
            _paint_edge(painter, area, 1.0)

    def event(self, event: QEvent) -> bool:
        """Let keys act on the view under the pointer: it becomes active before they do."""
        if event.type() is QEvent.Type.ShortcutOverride and self.underMouse():
            self.activate()
        return super().event(event)

    def enterEvent(self, event: QEnterEvent) -> None:
        """Receive keys without a click, unless somebody is typing."""
        if not isinstance(QApplication.focusWidget(), _TYPING_WIDGETS):
            self.setFocus(Qt.FocusReason.MouseFocusReason)
        self.hovered.emit(self.index)
        self._handle.setVisible(self.can_move)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Put the grip away."""
        self._handle.hide()
        super().leaveEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the grip in the middle; in another layout it may have nowhere to lead."""
        super().resizeEvent(event)
        self._handle.place(self.free_area())
        self._handle.setVisible(self.can_move and self.underMouse())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Maximise or restore."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.toggle_maximised()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept a series and another view; leave files to the window."""
        if event.mimeData().hasFormat(VOLUME_MIME_TYPE) or self._dragged_pane(event) is not None:
            event.acceptProposedAction()
            self._set_drop_target(is_target=True)
        else:
            event.ignore()

    def _dragged_pane(self, event: QDropEvent) -> int | None:
        """Index of the other view that is dragged, if one is and may come here."""
        data = bytes(event.mimeData().data(PANE_MIME_TYPE).data())
        index = int(data) if data.isdigit() else self.index
        is_mpr = self.context_of_grid.store.grid.layout in MPR_LAYOUTS
        return None if is_mpr or index == self.index else index

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:
        """Take the drop mark away."""
        self._set_drop_target(is_target=False)

    def _set_drop_target(self, *, is_target: bool) -> None:
        self._is_drop_target = is_target
        self.request_text()

    def dropEvent(self, event: QDropEvent) -> None:
        """Show the dropped series here, or change places with the dropped view."""
        self._set_drop_target(is_target=False)
        pane = self._dragged_pane(event)
        volume_id = bytes(event.mimeData().data(VOLUME_MIME_TYPE).data()).decode("utf-8")
        if pane is not None:
            self.context_of_grid.swap(pane, self.index)
        elif volume_id:
            self.context_of_grid.show(self.index, volume_id)
        else:
            return
        self.activate()
        event.acceptProposedAction()


def _paint_edge(painter: QPainter, area: QRectF, width: float) -> None:
    """Draw an accent edge inside the view."""
    w, h = area.width(), area.height()
    for edge in (
        (0.0, 0.0, w, width),
        (0.0, h - width, w, width),
        (0.0, 0.0, width, h),
        (w - width, 0.0, width, h),
    ):
        painter.fillRect(QRectF(*edge), ACCENT)


def fitting_results(
    results: list[tuple[Any, OverlayDisplay]], image: Image
) -> list[tuple[Any, OverlayDisplay]]:
    """Visible results that belong to an image; the others are for other views."""
    found = []
    for result, display in results:
        try:
            require_same_frame(result, image)
        except FrameOfReferenceError:
            continue
        if display.is_visible:
            found.append((result, display))
    return found
