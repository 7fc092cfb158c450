"""A 3-D view: turning, transfer function, crop box, cut plane and surface of a volume."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QPointF, Qt, QTimer
from PySide6.QtGui import QPen

from medviewer.core.display import TextLevel
from medviewer.core.volume import Volume
from medviewer.rendering.still_picture import StillSubject
from medviewer.rendering.volume_camera import volume_frame
from medviewer.rendering.volume_copies import Quality
from medviewer.rendering.volume_scene import VolumeScene
from medviewer.ui.preset_names import volume_preset_names, volume_preset_title
from medviewer.ui.views import gestures
from medviewer.ui.views.corner_text import VolumeFacts, volume_text
from medviewer.ui.views.crop_box import dragged_crop, face_points
from medviewer.ui.views.halo_text import draw_text
from medviewer.ui.views.pane_view import PaneView, ViewContext, fitting_results
from medviewer.ui.views.result_marks import paint_heat_bar, paint_result_notes
from medviewer.ui.views.still_drawing import StillDrawing
from medviewer.ui.views.tool_cursors import tool_cursor
from medviewer.ui.views.view_colors import ACCENT, DIM, HALO
from medviewer.ui.views.view_text import paint_corners, paint_letters
from medviewer.ui.views.volume_bar import VolumeBar
from medviewer.ui.views.volume_preparation import PreparedVolume, VolumePreparation
from medviewer.ui.views.volume_slider import slid, slider_place

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QPainter, QResizeEvent, QWheelEvent
    from PySide6.QtWidgets import QWidget

    from medviewer.core.display import OverlayDisplay, VolumeState
    from medviewer.rendering.volume_copies import VolumeCopies

translate = QCoreApplication.translate

_STILL_AFTER_MS = 250
_CLICK_PX = 4
_HANDLE_PX = 12.0
_ZOOM_PER_NOTCH = 1.1
_BAR_BOTTOM_PX = 40


class VolumeView(PaneView):
    """Shows a volume in 3-D; coarse while it moves on a slow renderer, sharp when still."""

    def __init__(self, context: ViewContext, index: int, parent: QWidget | None = None) -> None:
        super().__init__(context, index, parent)
        self.scene = VolumeScene(self.render_window)
        self._results: list[tuple[Any, OverlayDisplay]] = []
        self._shown: Volume | None = None
        self._is_ready = False
        self._awaits_first = False
        self._copies: VolumeCopies | None = None
        self._preparation = VolumePreparation(context.runner, self)
        self._preparation.prepared.connect(self._show_prepared)
        self._preparation.meshes_made.connect(self._show_meshes)
        self._range = (0.0, 1.0)
        self._press: QPointF | None = None
        self._last = QPointF()
        self._button = Qt.MouseButton.NoButton
        self._face: int | None = None
        self._still = QTimer(self, singleShot=True)
        self._still.timeout.connect(self._refine)
        self.still_drawing = StillDrawing(self)
        self.still_drawing.improved.connect(self._show_still_drawing)
        self.bar = VolumeBar(self)
        self.bar.preset_chosen.connect(lambda name: self.change(preset=name, shift=0.0))
        self.bar.crop_toggled.connect(lambda is_on: self.change(is_shown_crop=is_on))
        self.bar.cut_toggled.connect(self._toggle_cut)
        self.bar.surface_toggled.connect(self._toggle_surface)
        self.bar.slid.connect(self._slide)
        self.show_tool()

    # State in

    @property
    def state(self) -> VolumeState:
        """State of the view."""
        return self.pane.volume

    @property
    def volume(self) -> Volume | None:
        """Volume of the pane once all of it is decoded."""
        image = self.image
        return image if isinstance(image, Volume) and self.loaded_fraction() == 1.0 else None

    def show_pane(self) -> None:
        """Show the pane's volume in the pane's state."""
        volume = self.volume
        if volume is not self._shown:
            self._shown, self._is_ready = volume, False
            self.still_drawing.release()
            self._preparation.cancel()
            self.scene.set_volume(None)
            if volume is not None:
                self._preparation.prepare(volume)
        self.scene.apply(self.state)
        self._show_bar()
        self.request_scene()

    def show_voxels(self) -> None:
        """Wait for the last slice: a volume is not rendered piece by piece."""
        self.show_pane()

    def show_results(self, results: list[tuple[Any, OverlayDisplay]]) -> None:
        """Draw results of models with the volume."""
        self._results = results
        if self._is_ready and self.volume is not None:
            fitting = fitting_results(results, self.volume)
            quality = Quality.COARSE if self.scene.is_software_renderer else Quality.SHARP
            waiting = self._preparation.make_meshes([r for r, _ in fitting], quality)
            ready = [pair for pair in fitting if pair[0] not in waiting]
            self.scene.set_results(ready, self._preparation.meshes)
            self.request_scene()

    def show_tool(self) -> None:
        """Let the pointer say what the left button does."""
        tool = self.context_of_grid.store.grid.tool
        self.setCursor(tool_cursor(tool if tool in ("pan", "zoom") else "orbit"))

    def change(self, **fields: Any) -> None:
        """Change fields of the view's state; it draws coarsely until nothing moves."""
        self._move(replace(self.state, **fields))

    # Painting

    def prepare_scene(self) -> None:
        """Follow the size of the view; what is drawn apart of something else is outdated."""
        subject = self._still_subject()
        is_outdated = self.still_drawing.is_outdated(subject)
        if subject is not None:
            self.scene.set_interactive(True)
            if is_outdated:
                self._still.start(0 if self._awaits_first else _STILL_AFTER_MS)
        is_apart = self._awaits_first or self.still_drawing.image is not None
        self.scene.set_drawn(subject is None or not is_apart)
        self.scene.resize(*self.size_px())

    def paint_over(self, painter: QPainter) -> None:
        """Write and draw over the volume."""
        image, grid = self.image, self.context_of_grid.store.grid
        area = self.free_area()
        if self.still_drawing.image is not None:
            painter.drawImage(self.logical_area(), self.still_drawing.image)
        if image is not None:
            preset = self.scene.preset
            title = "" if preset is None else volume_preset_title(preset.name)
            facts = VolumeFacts(title, self.state.shift)
            shown = grid.is_identity_shown
            corners = volume_text(
                image, self.state, facts, grid.text_level, is_identity_shown=shown
            )
            if grid.text_level is not TextLevel.OFF and self.volume is not None:
                paint_letters(painter, area, self.scene.letters())
            paint_corners(painter, area, corners)
            self._paint_note(painter, image)
            self._paint_crop_handles(painter)
        self.paint_frame(painter)

    def close_view(self) -> None:
        """Free the scene, then the window it drew into."""
        self._still.stop()
        if not self.is_closed:
            self.still_drawing.close()
            self._preparation.cancel()
            self.makeCurrent()
            self.render_window.SetIsCurrent(True)
            self.scene.close()
            self.doneCurrent()
            self._shown = None
        super().close_view()

    def set_covered(self, width_px: int) -> None:
        """Keep letters, text and the bar off a strip at the right that something lies over."""
        super().set_covered(width_px)
        self._place_bar()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the bar at the bottom."""
        super().resizeEvent(event)
        self._place_bar()

    # Mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Start turning, panning, zooming, or moving a face of the crop box."""
        self.activate()
        if self._press is not None or self.volume is None:
            return
        self._press = self._last = event.position()
        self._button = event.button()
        self._face = self._face_at(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Drag."""
        if self._press is None:
            return
        moved, self._last = event.position() - self._last, event.position()
        if self._button is Qt.MouseButton.RightButton and (
            (self._last - self._press).manhattanLength() < _CLICK_PX
        ):
            return
        if self._face is not None and self.volume is not None:
            step = self.device_point(moved)
            crop = dragged_crop(self.scene, self.volume.geometry, self.state.crop, self._face, step)
            self.change(crop=crop)
            return
        self._drag(moved, event.modifiers())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a drag; a right click that did not move asks for the menu."""
        press, self._press = self._press, None
        self._face = None
        moved = 0.0 if press is None else (event.position() - press).manhattanLength()
        if event.button() is Qt.MouseButton.RightButton and moved < _CLICK_PX:
            self.context_menu_requested.emit(self.index, event.globalPosition().toPoint())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom."""
        if self.volume is not None:
            self._zoom(_ZOOM_PER_NOTCH ** (event.angleDelta().y() / 120.0))
        event.accept()

    # Inside

    def _show_prepared(self, volume: Volume, prepared: PreparedVolume) -> None:
        if self.is_closed or volume is not self._shown:
            return
        self._range, self._is_ready, self._copies = prepared.value_range, True, prepared.copies
        self.scene.set_interactive(True)  # something at once, the fine picture after it
        self._awaits_first = self._still_subject() is not None
        self.scene.set_drawn(not self._awaits_first)
        self.scene.set_volume(volume, prepared.copies)
        self._still.start(0 if self._awaits_first else _STILL_AFTER_MS)
        self.show_results(self._results)
        self.show_pane()

    def _show_meshes(self) -> None:
        if not self.is_closed:
            self.show_results(self._results)

    def _drag(self, moved: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        side = min(self.width(), self.height())
        right, down = moved.x() / side, moved.y() / side
        tool = self.context_of_grid.store.grid.tool
        is_left = self._button is Qt.MouseButton.LeftButton
        if is_left and modifiers & Qt.KeyboardModifier.ShiftModifier:
            low, high = self._range
            self.change(shift=self.state.shift - down * (high - low))
        elif self._button is Qt.MouseButton.MiddleButton or (is_left and tool == "pan"):
            x, y = self.state.pan_fraction
            self.change(pan_fraction=(x + right, y + down))
        elif self._button is Qt.MouseButton.RightButton or (is_left and tool == "zoom"):
            self._zoom(gestures.zoom_factor(moved.y() / self.height()))
        elif is_left:
            self._move(gestures.orbited(self.state, right, down))

    def _zoom(self, factor: float) -> None:
        zoom = min(max(self.state.zoom * factor, 0.1), 50.0)
        ratio = zoom / self.state.zoom
        x, y = self.state.pan_fraction
        self.change(zoom=zoom, pan_fraction=(x * ratio, y * ratio))

    def _move(self, state: VolumeState) -> None:
        if self._is_ready:
            self._awaits_first = False
            self.scene.set_interactive(True)
            self._still.start(_STILL_AFTER_MS)
        self.context_of_grid.store.update_pane(self.index, volume=state)

    def _refine(self) -> None:
        """Draw sharply: nothing has moved for a moment."""
        if self._press is not None:
            self._still.start(_STILL_AFTER_MS)
            return
        subject = self._still_subject() if self.isVisible() else None
        if subject is None:
            self.scene.set_interactive(False)
            self.request_scene()
        else:
            first = Quality.COARSE if self._awaits_first else Quality.MEDIUM
            self.still_drawing.draw(subject, first)

    def _still_subject(self) -> StillSubject | None:
        """Return what is better drawn apart, since drawing it here would keep the user waiting."""
        volume = self.volume
        is_slow = self.scene.is_software_renderer or self.state.surface_threshold is not None
        is_wanted = self._is_ready and is_slow and self.still_drawing.is_available
        if volume is None or not is_wanted:
            return None
        results = tuple(fitting_results(self._results, volume))
        return StillSubject(volume, self.state, results, self.size_px(), self._copies)

    def _show_still_drawing(self) -> None:
        self._awaits_first = False
        if self.still_drawing.is_available:
            self.request_text()
        else:
            self._refine()

    def _toggle_cut(self, is_on: bool) -> None:
        volume = self.volume
        if not is_on or volume is None:
            self.change(cut_plane=None)
            return
        normal = -volume_frame(self.state, volume.geometry, self.size_px()).into
        centre = volume.geometry.centre_lps_mm
        self.change(cut_plane=tuple(float(v) for v in (*centre, *normal)))

    def _toggle_surface(self, is_on: bool) -> None:
        low, high = self._range
        is_ct = self.volume is not None and self.volume.preset_modality == "CT"
        threshold = 300.0 if is_ct else low + 0.4 * (high - low)
        self.change(surface_threshold=threshold if is_on else None)

    def _slide(self, fraction: float) -> None:
        if self.volume is not None:
            self._move(slid(self.state, fraction, self._range, self.volume.geometry))

    def _show_bar(self) -> None:
        volume, preset = self.volume, self.scene.preset
        self.bar.setVisible(self._is_ready)
        if volume is None or preset is None:
            return
        self.bar.show_presets(volume_preset_names(volume.preset_modality), preset.name)
        state = self.state
        self.bar.show_toggles(
            crop=state.is_shown_crop,
            cut=state.cut_plane is not None,
            surface=state.surface_threshold is not None,
        )
        self.bar.show_slider(*slider_place(state, self._range, volume.geometry))
        self._place_bar()

    def _place_bar(self) -> None:
        width = int(self.free_area().width())
        self.bar.fit(width)
        size = self.bar.sizeHint()
        self.bar.setGeometry(
            max((width - size.width()) // 2, 0),
            max(self.height() - _BAR_BOTTOM_PX - size.height(), 0),
            min(size.width(), width),
            size.height(),
        )

    def _face_at(self, position: QPointF) -> int | None:
        if not self.state.is_shown_crop or self.volume is None:
            return None
        ratio = self.devicePixelRatioF()
        points = face_points(self.scene, self.volume.geometry, self.state.crop)
        for face, (x, y) in enumerate(points):
            far = QPointF(x / ratio, y / ratio) - position
            if far.manhattanLength() <= _HANDLE_PX:
                return face
        return None

    def _paint_crop_handles(self, painter: QPainter) -> None:
        if not self.state.is_shown_crop or self.volume is None:
            return
        ratio = self.devicePixelRatioF()
        for x, y in face_points(self.scene, self.volume.geometry, self.state.crop):
            painter.setPen(QPen(HALO, 1.0))
            painter.setBrush(ACCENT)
            painter.drawEllipse(QPointF(x / ratio, y / ratio), 5.0, 5.0)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _paint_note(self, painter: QPainter, image: object) -> None:
        area = self.free_area()
        place = QPointF(area.center().x(), area.center().y() - 9)
        text = ""
        if not isinstance(image, Volume):
            text = translate("VolumeView", "3-D needs a volume of regular slices.")
        elif self.volume is None:
            text = translate("VolumeView", "Loading…")
        elif not self._is_ready or self._awaits_first:
            text = translate("VolumeView", "Preparing 3-D…")
        if text:
            draw_text(painter, place, text, 13, DIM, Qt.AlignmentFlag.AlignHCenter)
        if self.volume is not None and self.context_of_grid.store.grid.are_overlays_shown:
            results = fitting_results(self._results, self.volume)
            paint_result_notes(painter, area, results, _BAR_BOTTOM_PX + self.bar.height() + 20.0)
            paint_heat_bar(painter, area, results)
