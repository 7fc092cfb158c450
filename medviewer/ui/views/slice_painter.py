"""Everything a 2-D view has painted over its image."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from PySide6.QtCore import QCoreApplication, QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from medviewer.app.view_store import PaneMode, n_panes
from medviewer.core.cuts import cut_of, reference_segment
from medviewer.core.display import TextLevel
from medviewer.core.orientation import plane_name
from medviewer.core.volume import ImageStack
from medviewer.core.windowing import VoiWindow
from medviewer.rendering.lookup_tables import color_table
from medviewer.ui.views.corner_text import SliceFacts, number, shown_attributes, slice_text
from medviewer.ui.views.halo_text import device_ratio, draw_text, transparent_image
from medviewer.ui.views.lens import paint_lens
from medviewer.ui.views.reading_box import paint_box
from medviewer.ui.views.result_marks import (
    paint_grips,
    paint_heat_bar,
    paint_numbers,
    paint_pointed_mark,
    paint_result_notes,
)
from medviewer.ui.views.saved_look import look_on, look_title, paint_look
from medviewer.ui.views.value_text import suv_window_text, value_text
from medviewer.ui.views.view_colors import ACCENT, DIM, HALO, LINE_HALO, TEXT
from medviewer.ui.views.view_text import (
    paint_color_bar,
    paint_corners,
    paint_letters,
    paint_ruler,
    ruler_for,
)

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.app.view_store import GridState, PaneState
    from medviewer.core.cuts import Image
    from medviewer.core.display import OverlayDisplay, SliceState
    from medviewer.rendering.slice_scene import SliceScene
    from medviewer.ui.views.crosshair import Crosshair
    from medviewer.ui.views.pane_view import ViewContext

translate = QCoreApplication.translate

_MIN_RULER_VIEW_PX = 160
_COLOR_BAR_PX = 64.0
"""Width of the colour bar of the image with its numbers."""
_STRAIGHT_PX = 0.5


class PaintedView(Protocol):
    """What is painted of a 2-D view."""

    context_of_grid: ViewContext
    index: int
    scene: SliceScene
    shown_results: list[tuple[Any, OverlayDisplay]]
    cursor_position: QPointF | None
    look_position: QPointF | None
    lens_image: QImage | None

    @property
    def image(self) -> Image | None:
        """Decoded image of the view."""

    @property
    def pane(self) -> PaneState:
        """State of the pane."""

    @property
    def state(self) -> SliceState:
        """State of the view."""

    def logical_area(self) -> QRectF:
        """Whole view in logical pixels."""

    def free_area(self) -> QRectF:
        """Part of it that nothing lies over."""

    def device_point(self, position: QPointF) -> tuple[float, float]:
        """Device pixel of a logical position."""

    def position_of(self, point_lps_mm: npt.ArrayLike) -> QPointF | None:
        """Logical position of a patient point."""

    def crosshair(self) -> Crosshair | None:
        """Crosshair as it lies on the view."""

    def underMouse(self) -> bool:  # noqa: N802 - Qt's name
        """Whether the pointer is over the view."""

    def devicePixelRatioF(self) -> float:  # noqa: N802 - Qt's name
        """Device pixels per logical pixel."""


def paint_slice_view(painter: QPainter, view: PaintedView) -> None:
    """Paint marks, then text, over a rendered slice."""
    image = view.image
    if image is None:
        return
    grid = view.context_of_grid.store.grid
    area = view.free_area()
    look = _paint_saved_look(painter, view)
    if grid.are_reference_lines_shown:
        _paint_reference_lines(painter, view, image)
    _paint_crosshair(painter, view)
    box = grid.reading_box
    if box is not None and box[0] == view.pane.volume_id:
        paint_box(painter, view.scene, box[1], view.devicePixelRatioF())
    located = view.context_of_grid.session.locate(view.pane.volume_id)
    label = "" if located is None else located.volume.label
    facts = facts_of(view.scene, image, view.state, label=label, value_text=value_text_at(view))
    facts = replace(facts, look=look)
    corners = slice_text(
        image, view.state, facts, grid.text_level, is_identity_shown=grid.is_identity_shown
    )
    if grid.text_level is not TextLevel.OFF:
        paint_scales(painter, area, view.scene, image, view.state)
    paint_corners(painter, area, corners)
    if grid.are_overlays_shown:
        _paint_results(painter, view, grid)
    if not view.scene.is_slice_loaded:
        _paint_absence(painter, area, is_final=view.context_of_grid.session.is_complete(image.id))
    _paint_lens(painter, view)


def facts_of(
    scene: SliceScene, image: Image, state: SliceState, *, label: str = "", value_text: str = ""
) -> SliceFacts:
    """Collect what corner text says about a scene."""
    plane, is_size_known = scene.plane, scene.is_size_known
    return SliceFacts(
        voi=scene.voi if is_size_known else None,
        uptake=suv_window_text(scene.voi, image),
        n_slices=scene.n_slices,
        position_mm=patient_position_mm(scene),
        plane_name="" if plane is None else plane_name(plane.normal),
        scale=state.zoom / scene.one_to_one_zoom if is_size_known else None,
        value_text=value_text,
        label=label,
        attributes=shown_attributes(image, state),
    )


def patient_position_mm(scene: SliceScene) -> float | None:
    """Position of the cut along the patient axis it is nearest to across, as DICOM counts it."""
    plane, position_mm = scene.plane, scene.slice_position_mm
    if plane is None or position_mm is None:
        return None
    main = plane.normal[int(np.argmax(np.abs(plane.normal)))]
    return position_mm if main > 0 else -position_mm


def paint_scales(
    painter: QPainter, area: QRectF, scene: SliceScene, image: Image, state: SliceState
) -> None:
    """Paint letters, ruler and colour bar of a scene drawn at the painter's resolution."""
    if not scene.is_size_known:
        return
    ratio = device_ratio(painter)
    paint_letters(painter, area, scene.letters())
    px_per_mm = scene.px_per_mm()
    if px_per_mm is not None:
        ruler = ruler_for(px_per_mm / ratio, "mm", area.height(), _scale_source(image, state))
    else:
        scale = state.zoom / scene.one_to_one_zoom
        ruler = ruler_for(scale / ratio, "px", area.height())
    if area.height() >= _MIN_RULER_VIEW_PX:
        paint_ruler(painter, area, ruler)
    voi = scene.voi
    if state.color_table != "gray" and isinstance(voi, VoiWindow):
        digits = 0 if voi.width >= 20 else 2
        low, high = (number(voi.center + side * voi.width / 2, digits) for side in (-1, 1))
        paint_color_bar(painter, area, color_table(state.color_table), low, high)


def value_text_at(view: PaintedView) -> str:
    """Value and image position under the pointer; empty outside the image."""
    position = view.look_position or view.cursor_position
    if position is None or view.image is None:
        return ""
    point = view.device_point(position)
    value, place = view.scene.value_at(*point), view.scene.display_to_image(*point)
    if value is None or place is None:
        return ""
    return f"{value_text(value, view.image)}   ({round(place[0])}, {round(place[1])})"


def _scale_source(image: Image, state: SliceState) -> str:
    """Say where the millimetres come from when they are not the patient's own."""
    if not isinstance(image, ImageStack):
        return ""
    frame = image.frame_at(state.slice_index)
    if frame is None:
        return ""
    if frame.spacing_source == "at detector":
        return translate("SliceView", "at detector")
    return translate("SliceView", "magnified") if frame.spacing_source == "magnified" else ""


def _paint_crosshair(painter: QPainter, view: PaintedView) -> None:
    crosshair = view.crosshair()
    if crosshair is None:
        return
    area = view.logical_area()
    paint_crosshair_lines(painter, area, crosshair)
    if view.underMouse() and view.context_of_grid.store.grid.tool in {"crosshair", "rotate"}:
        for point in crosshair.handles(area):
            painter.drawImage(point - QPointF(8.0, 8.0), _handle_image(device_ratio(painter)))


@lru_cache(maxsize=4)
def _handle_image(ratio: float) -> QImage:
    """Draw a ring to take hold of, 16 logical pixels wide."""
    image = transparent_image(round(16 * ratio), round(16 * ratio), ratio)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for color, width in ((HALO, 3.5), (TEXT, 1.5)):
        painter.setPen(QPen(color, width))
        painter.drawEllipse(QPointF(8.0, 8.0), 5.0, 5.0)
    painter.end()
    return image


def paint_crosshair_lines(painter: QPainter, area: QRectF, crosshair: Crosshair) -> None:
    """Paint the lines of the other planes."""
    lines = crosshair.segments(area)
    if all(min(abs(a.x() - b.x()), abs(a.y() - b.y())) < _STRAIGHT_PX for a, b, _ in lines):
        for start, end, color in lines:
            _paint_line(painter, start, end, color)
        return
    ratio = device_ratio(painter)  # OpenGL draws slanting lines with steps: picture them first
    size = round(area.width() * ratio), round(area.height() * ratio)
    image = transparent_image(*size, ratio)
    smooth = QPainter(image)
    smooth.setRenderHint(QPainter.RenderHint.Antialiasing)
    for start, end, color in lines:
        _paint_line(smooth, start, end, color)
    smooth.end()
    painter.drawImage(area.topLeft(), image)


def _paint_reference_lines(painter: QPainter, view: PaintedView, image: Image) -> None:
    """Show where the other views' images cut this one; the active view's brighter."""
    shown = cut_of(image, view.state)
    grid = view.context_of_grid.store.grid
    if shown is None:
        return
    for index in range(n_panes(grid.layout)):
        pane = view.context_of_grid.store.pane(index)
        other_image = view.context_of_grid.session.image(pane.volume_id)
        is_peer = index != view.index and pane.mode is PaneMode.SLICE and other_image is not None
        if not is_peer or other_image is None or not _are_at_one_place(image, other_image):
            continue
        other = cut_of(other_image, pane.slice)
        segment = None if other is None else reference_segment(shown, other)
        if segment is None:
            continue
        ends = [view.position_of(point) for point in segment]
        if ends[0] is not None and ends[1] is not None:
            color = ACCENT if index == grid.active else DIM
            _paint_line(painter, ends[0], ends[1], color)


def _are_at_one_place(image: Image, other: Image) -> bool:
    uid = image.frame_of_reference_uid
    return image.id == other.id or (uid != "" and uid == other.frame_of_reference_uid)


def _paint_line(painter: QPainter, start: QPointF, end: QPointF, color: QColor) -> None:
    """Draw a line of one pixel with a dark edge; exact pixels where it runs along the screen."""
    if min(abs(start.x() - end.x()), abs(start.y() - end.y())) < _STRAIGHT_PX:
        start, end = (QPointF(int(p.x()) + 0.5, int(p.y()) + 0.5) for p in (start, end))
    line = QLineF(start, end)
    painter.setPen(QPen(LINE_HALO, 3.0))
    painter.drawLine(line)
    painter.setPen(QPen(color, 1.0))
    painter.drawLine(line)


def _paint_saved_look(painter: QPainter, view: PaintedView) -> str:
    """Draw what somebody saved with the image and was asked for; return its name."""
    look = look_on(view.context_of_grid, view.pane)
    located = view.context_of_grid.session.locate(view.pane.volume_id)
    if look is None or located is None:
        return ""
    ratio = view.devicePixelRatioF()

    def place(point: tuple[float, float]) -> QPointF:
        x, y = view.scene.image_to_display(point[0] - 0.5, point[1] - 0.5) or (0.0, 0.0)
        return QPointF(x / ratio, y / ratio)

    _, rows, columns = located.volume.shape
    shown = QRectF(place((0.0, 0.0)), place((float(columns), float(rows)))).normalized()
    paint_look(painter, view.logical_area(), look, shown, place)
    return look_title(look)


def _paint_results(painter: QPainter, view: PaintedView, grid: GridState) -> None:
    """Write the numbers of marks, hold out grips, and say what marks and heat maps are."""
    area, marks = view.free_area(), view.scene.finding_marks()
    paint_numbers(painter, marks)
    paint_grips(painter, marks, grid.selected_finding)
    paint_result_notes(painter, area, view.shown_results)
    is_bar_there = view.state.color_table != "gray" and grid.text_level is not TextLevel.OFF
    paint_heat_bar(painter, area, view.shown_results, _COLOR_BAR_PX if is_bar_there else 0.0)
    if view.cursor_position is not None and view.look_position is None:
        paint_pointed_mark(painter, marks, view.shown_results, view.cursor_position)


def _paint_absence(painter: QPainter, area: QRectF, *, is_final: bool) -> None:
    """Say that the shown image has not arrived, or never will."""
    place = QPointF(area.center().x(), area.center().y() - 9)
    text = translate("SliceView", "Loading…")
    if is_final:
        text = translate("SliceView", "This image could not be decoded.")
    draw_text(painter, place, text, 13, DIM, Qt.AlignmentFlag.AlignHCenter)


def _paint_lens(painter: QPainter, view: PaintedView) -> None:
    """Paint the magnifier's disc or the probe's label while the button is down."""
    position = view.look_position
    if position is None:
        return
    if view.lens_image is not None:
        paint_lens(painter, position, view.lens_image, view.devicePixelRatioF())
        return
    text = value_text_at(view)
    if text:
        draw_text(painter, position + QPointF(14, -22), text, 13, ACCENT)
