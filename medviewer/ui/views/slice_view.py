"""A 2-D view: a pane's image and state, the mouse on it, and what it says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from PySide6.QtCore import QPointF, Qt

from medviewer.app.view_store import MPR_LAYOUTS
from medviewer.core.volume import Volume
from medviewer.rendering.slice_scene import SliceScene
from medviewer.ui.views import gestures, lens, mark_editing
from medviewer.ui.views.crosshair import Crosshair, crosshair_of
from medviewer.ui.views.mouse_tools import TOOLS, Drag, moved_state, tool_for
from medviewer.ui.views.pane_view import PaneView, ViewContext, fitting_results
from medviewer.ui.views.reading_box import drawn_box
from medviewer.ui.views.slice_painter import paint_slice_view
from medviewer.ui.views.tool_cursors import tool_cursor

if TYPE_CHECKING:
    import numpy.typing as npt
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QImage, QMouseEvent, QPainter, QWheelEvent
    from PySide6.QtWidgets import QWidget

    from medviewer.app.session import Image
    from medviewer.core.display import OverlayDisplay, SliceState
    from medviewer.core.findings import Finding
    from medviewer.core.presentation import Point

_CLICK_PX = 4
_NOTCH = 120.0
_ZOOM_PER_NOTCH = 1.15


class SliceView(PaneView):
    """Shows a slice, a radiograph or a film frame."""

    def __init__(self, context: ViewContext, index: int, parent: QWidget | None = None) -> None:
        super().__init__(context, index, parent)
        self.scene = SliceScene(self.render_window)
        self.results: list[tuple[Any, OverlayDisplay]] = []
        self.shown_results: list[tuple[Any, OverlayDisplay]] = []
        self.cursor_position: QPointF | None = None
        self.look_position: QPointF | None = None
        self.lens_image: QImage | None = None
        self._shown: Image | None = None
        self._range: tuple[object, float] | None = None
        self._applied: tuple[SliceState, float | None] | None = None
        self._drag: Drag | None = None
        self._grip: mark_editing.Grip | None = None
        self._edited: Finding | None = None
        self._drag_tool = ""
        self._wheel = 0.0
        self.show_tool()

    # State in

    @property
    def state(self) -> SliceState:
        """State of the view."""
        return self.pane.slice

    def show_pane(self) -> None:
        """Show the pane's image in the pane's state."""
        image = self.image
        if image is not self._shown:
            self._shown = image
            self._range = None
            self.scene.set_image(image)
            self.show_results(self.results)
            self._applied = None
        self.scene.apply(self.state)
        # The crosshair's focus is painted as text is; it may shift the images of a turned view.
        applied = (replace(self.state, focus_lps_mm=None), self.scene.slice_position_mm)
        if applied != self._applied:
            self._applied = applied
            self.request_scene()
        else:
            self.request_text()

    def show_voxels(self) -> None:
        """Take in slices that arrived."""
        if self._shown is not None and self._shown is self.image:
            self._range = None
            self.scene.refresh_voxels()
            self.request_scene()
        else:
            self.show_pane()

    def show_results(self, results: list[tuple[Any, OverlayDisplay]]) -> None:
        """Draw results of models over the image; the scene refuses those of another place."""
        self.results = results
        image = self.image
        self.shown_results = [] if image is None else fitting_results(results, image)
        self.scene.set_results(self.shown_results)
        self.request_scene()

    def show_tool(self) -> None:
        """Let the pointer say what the left button does."""
        self.setCursor(tool_cursor(self.context_of_grid.store.grid.tool))
        self.request_text()

    # State out

    def change(self, **fields: Any) -> None:
        """Change fields of the view's state in the store."""
        self.context_of_grid.store.update_slice(self.index, **fields)

    def change_to(self, state: SliceState) -> None:
        """Put a whole state into the store."""
        self.context_of_grid.store.update_pane(self.index, slice=state)

    def change_around_focus(self, state: SliceState) -> None:
        """Put a whole state into the store; the crosshair and the scale stay as they are."""
        before, scale = self.crosshair_position(), self.scene.px_per_mm()
        self.scene.apply(state)
        new_scale = self.scene.px_per_mm()
        if scale is not None and new_scale is not None:
            state = replace(state, zoom=state.zoom * scale / new_scale)
            self.scene.apply(state)
        place = None if state.focus_lps_mm is None else self.position_of(state.focus_lps_mm)
        if before is not None and place is not None:
            moved = (before - place) / min(self.width(), self.height())
            state = gestures.panned(state, moved.x(), moved.y())
        self.change_to(state)

    def centre_on(self, finding: Finding) -> None:
        """Pan so that a finding lies in the middle; a picture that shows it whole stays."""
        place = self._place_of(finding)
        if place is None or (self.state.zoom <= 1.0 and self.logical_area().contains(place)):
            return
        right, down = self.fraction(place)
        self.change_to(gestures.panned(self.state, -right, -down))

    def show_area(self, first: Point, last: Point) -> None:
        """Zoom and pan until a rectangle of the image fills the view.

        Parameters
        ----------
        first, last : tuple of float
            (column, row) of opposite corners; the image's own first corner is (0, 0).
        """
        self.scene.resize(*self.size_px())
        start, end = (self.scene.image_to_display(x - 0.5, y - 0.5) for x, y in (first, last))
        if start is None or end is None:
            return
        (x0, y0), (x1, y1) = start, end
        width, height = self.size_px()
        factor = min(width / max(abs(x1 - x0), 1.0), height / max(abs(y1 - y0), 1.0))
        ratio = self.devicePixelRatioF()
        right, down = self.fraction(QPointF((x0 + x1) / 2.0 / ratio, (y0 + y1) / 2.0 / ratio))
        self.change_to(gestures.zoomed(gestures.panned(self.state, -right, -down), factor))

    def page(self, n_images: int) -> None:
        """Page by a number of images, stopping at the ends."""
        last = max(self.scene.n_slices - 1, 0)
        self.change(slice_index=min(max(self.state.slice_index + n_images, 0), last))

    def point_at(self, position: QPointF) -> None:
        """Put the crosshair under a position, in every linked view."""
        point = self.scene.display_to_lps(*self.device_point(position))
        if point is not None:
            self.context_of_grid.store.update_grid(is_crosshair_shown=True)
            x, y, z = (float(v) for v in point)
            self.change(focus_lps_mm=(x, y, z))

    def look_at(self, position: QPointF) -> None:
        """Magnify or probe at a position."""
        self.look_position = position
        self.request_scene()

    def draw_box(self, start: QPointF, end: QPointF) -> None:
        """Set the box in which a model reads, from two corners in this plane."""
        corners = [self.scene.display_to_lps(*self.device_point(p)) for p in (start, end)]
        frame, store = self.scene.screen_frame, self.context_of_grid.store
        if frame is None or corners[0] is None or corners[1] is None:
            return
        volume_id = self.pane.volume_id
        known = store.grid.reading_box
        box = known[1] if known is not None and known[0] == volume_id else None
        drawn = drawn_box(corners[0], corners[1], frame.normal, box)
        store.update_grid(reading_box=(volume_id, drawn))

    # Queries

    def fraction(self, position: QPointF) -> tuple[float, float]:
        """Position from the middle in fractions of the shorter side."""
        side = min(self.width(), self.height())
        return (
            (position.x() - self.width() / 2.0) / side,
            (position.y() - self.height() / 2.0) / side,
        )

    def value_range(self) -> float:
        """Largest minus smallest value of the image, from a sample of what is decoded."""
        image = self.image
        if image is None:
            return 1.0
        key = None if isinstance(image, Volume) else self.state.slice_index
        if self._range is None or self._range[0] != key:
            values = _sample(image, self.state.slice_index)
            known = values[np.isfinite(values)].astype(float)
            self._range = (key, float(np.ptp(known)) if known.size else 1.0)
        return self._range[1] or 1.0

    @property
    def is_window_drag_inverted(self) -> bool:
        """Whether a drag upwards makes the image darker."""
        return self.context_of_grid.store.grid.is_window_drag_inverted

    @property
    def is_mirrored(self) -> bool:
        """Whether the picture is flipped once: turns then run the other way round."""
        return self.state.flip_horizontal != self.state.flip_vertical

    def crosshair(self) -> Crosshair | None:
        """Crosshair as it lies on this view, or ``None`` where none is shown."""
        grid = self.context_of_grid.store.grid
        focus = self.state.focus_lps_mm
        frame = self.scene.screen_frame
        if not grid.is_crosshair_shown or focus is None or frame is None:
            return None
        peers = []
        if grid.layout in MPR_LAYOUTS:
            panes = [self.context_of_grid.store.pane(i) for i in range(3) if i != self.index]
            peers = [p.slice for p in panes if p.volume_id == self.pane.volume_id]
        image = self.image
        geometry = image.geometry if isinstance(image, Volume) else None
        if not self.scene.is_in_patient:
            return None
        return crosshair_of(frame, focus, geometry, peers, self.devicePixelRatioF())

    def crosshair_position(self) -> QPointF | None:
        """Logical position of the crosshair's centre."""
        crosshair = self.crosshair()
        return None if crosshair is None else crosshair.centre

    def is_on_crosshair_handle(self, position: QPointF) -> bool:
        """Whether a press here turns the crosshair."""
        crosshair = self.crosshair()
        return crosshair is not None and crosshair.is_handle(position, self.logical_area())

    def position_of(self, point_lps_mm: npt.ArrayLike) -> QPointF | None:
        """Logical position of a patient point."""
        place = self.scene.lps_to_display(point_lps_mm)
        ratio = self.devicePixelRatioF()
        return None if place is None else QPointF(place[0] / ratio, place[1] / ratio)

    def _place_of(self, finding: Finding) -> QPointF | None:
        """Logical position of a finding this view was sent to; also while none is drawn."""
        centre, ratio = finding.centre_lps_mm, self.devicePixelRatioF()
        if centre is not None:
            return self.position_of(centre) if self.state.focus_lps_mm == centre else None
        marks = (m for m in self.scene.finding_marks() if m.finding.id == finding.id)
        return next((QPointF(mark.x / ratio, mark.y / ratio) for mark in marks), None)

    # Painting

    def prepare_scene(self) -> None:
        """Follow the size of the view; picture what the magnifier shows."""
        self.scene.resize(*self.size_px())
        self.lens_image = None
        position = self.look_position
        if position is not None and self.context_of_grid.store.grid.tool == "magnifier":
            fixed = self.fraction(position)
            self.scene.apply(gestures.zoomed(self.state, lens.FACTOR, fixed))
            self.render_window.Render()
            self.lens_image = lens.picture(self.render_window, self.device_point(position))
            self.scene.apply(self.state)

    def paint_over(self, painter: QPainter) -> None:
        """Write and draw over the image."""
        paint_slice_view(painter, self)
        self.paint_frame(painter)

    def close_view(self) -> None:
        """Free the scene, then the window it drew into."""
        if not self.is_closed:
            self.makeCurrent()
            self.render_window.SetIsCurrent(True)
            self.scene.close()
            self.doneCurrent()
            self._shown = None
        super().close_view()

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start the drag of a tool."""
        self.activate()
        if self._drag is not None or self._grip is not None or self.image is None:
            return
        position = event.position()
        is_plain = event.button() is Qt.MouseButton.LeftButton and not event.modifiers()
        self._grip = self._grip_at(position) if is_plain else None
        if self._grip is not None:
            return
        tool = self.context_of_grid.store.grid.tool
        self._drag_tool = tool_for(event.button(), event.modifiers(), tool)
        self._drag = Drag(position, position, position)
        self.setCursor(tool_cursor(self._drag_tool))
        press = TOOLS[self._drag_tool].press
        if press is not None:
            press(self, self._drag)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag, or tell what lies under the pointer."""
        self.cursor_position = event.position()
        if self._grip is not None:
            place = self.device_point(event.position())
            self._edited = mark_editing.edited(self.scene, self._grip, place)
            self.show_results(mark_editing.with_finding(self.results, self._edited))
        elif self._drag is not None:
            self._drag = moved_state(self._drag, event.position(), event.modifiers())
            far = self._drag.now - self._drag.start
            is_click = event.buttons() & Qt.MouseButton.RightButton and (
                far.manhattanLength() < _CLICK_PX
            )
            if not is_click:
                TOOLS[self._drag_tool].drag(self, self._drag)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.point_at(event.position())
        elif self.context_of_grid.store.grid.tool == "crosshair":
            is_handle = self.is_on_crosshair_handle(event.position())
            self.setCursor(tool_cursor("rotate" if is_handle else "crosshair"))
        else:
            self._show_grip(event.position())
        self.request_text()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag; a right click that did not move asks for the menu."""
        if self._grip is not None:
            self._end_editing()
            return
        drag, self._drag = self._drag, None
        self.show_tool()
        if self.look_position is not None:
            self.look_position = None
            self.request_scene()
        moved = 0.0 if drag is None else (event.position() - drag.start).manhattanLength()
        if event.button() is Qt.MouseButton.RightButton and moved < _CLICK_PX:
            self.context_menu_requested.emit(self.index, event.globalPosition().toPoint())

    def _grip_at(self, position: QPointF) -> mark_editing.Grip | None:
        grid = self.context_of_grid.store.grid
        if not grid.selected_finding or not grid.are_overlays_shown:
            return None
        return mark_editing.grip_at(self.scene, grid.selected_finding, self.device_point(position))

    def _show_grip(self, position: QPointF) -> None:
        """Let the pointer say that a mark can be moved or resized here."""
        grip = self._grip_at(position)
        if grip is not None:
            shape = Qt.CursorShape
            self.setCursor(shape.SizeFDiagCursor if grip.is_resizing else shape.SizeAllCursor)
        elif self.context_of_grid.store.grid.selected_finding:
            self.show_tool()

    def _end_editing(self) -> None:
        finding, self._edited, self._grip = self._edited, None, None
        owner = None if finding is None else mark_editing.owner_of(self.results, finding)
        if owner is not None:
            self.finding_edited.emit(owner.source_id, finding)

    def leaveEvent(self, event: QEvent) -> None:
        """Forget the value under the pointer."""
        self.cursor_position = None
        self.request_text()
        super().leaveEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Page, or with Ctrl zoom at the pointer."""
        notches = event.angleDelta().y() / _NOTCH
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            fixed = self.fraction(event.position())
            self.change_to(gestures.zoomed(self.state, _ZOOM_PER_NOTCH**notches, fixed))
        else:
            self._wheel -= notches
            whole = int(self._wheel)
            self._wheel -= whole
            if whole:
                self.page(whole)
        event.accept()


def _sample(image: Image, frame_index: int) -> npt.NDArray[Any]:
    """Pick some values of a volume or of one frame, from what is decoded."""
    if isinstance(image, Volume):
        loaded = np.flatnonzero(image.is_loaded)
        chosen = loaded[:: max(1, len(loaded) // 16)]
        return image.voxels[:, ::8, ::8][chosen]
    frame = image.frame_at(frame_index)
    return np.zeros(1) if frame is None else frame.pixels[::4, ::4]
