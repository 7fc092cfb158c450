"""A look that somebody saved with the study: its name, what it changes, and its drawings."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPen, QPolygonF

from medviewer.core.planes import Orientation
from medviewer.core.presentation import DrawingKind, line_of, names, shown_frame
from medviewer.core.volume import Volume
from medviewer.ui.formats import iso_date, person_name
from medviewer.ui.views.halo_text import device_ratio, draw_text, line_height, transparent_image
from medviewer.ui.views.view_colors import LINE_HALO, READER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from medviewer.app.session import Image
    from medviewer.app.view_store import PaneState
    from medviewer.core.display import SliceState
    from medviewer.core.presentation import Drawing, Point, PresentationState
    from medviewer.core.study import VolumeRecord
    from medviewer.ui.views.pane_view import ViewContext

    Place = Callable[[Point], QPointF]

translate = QCoreApplication.translate

_POINT_PX = 4.0
_TEXT_PX = 13


def look_title(saved: PresentationState) -> str:
    """``"Nodule  ·  as saved by Doe, Jane  2020-02-03"``."""
    who = person_name(saved.creator)
    by = translate("SavedLook", "as saved by {name}").format(name=who) if who else ""
    by = by or translate("SavedLook", "as saved")
    return "  ·  ".join(part for part in (saved.label, f"{by}  {iso_date(saved.created)}") if part)


def with_look(
    saved: PresentationState | None, record: VolumeRecord, image: Image, state: SliceState
) -> SliceState:
    """State that shows a saved look, on the first image it names; ``None`` takes it away again."""
    plain = replace(
        state,
        presentation_id="",
        voi=None,
        is_inverted=False,
        rotation_deg=0.0,
        flip_horizontal=False,
        flip_vertical=False,
        zoom=1.0,
        pan_fraction=(0.0, 0.0),
    )
    if saved is None:
        return plain
    n = record.shape[0] if isinstance(image, Volume) else len(image.frames)
    frames = {index: shown_frame(record, index) for index in range(n)}
    named = [i for i, frame in frames.items() if frame is not None and names(saved.images, frame)]
    if not named:
        return state
    index = state.slice_index if state.slice_index in named else named[0]
    frame = frames[index]
    shown = image if isinstance(image, Volume) else image.frame_at(index)
    is_dark = shown is not None and shown.is_inverted
    return replace(
        plain,
        presentation_id=saved.id,
        slice_index=index,
        voi=None if frame is None else saved.voi_for(frame),
        is_inverted=saved.is_inverted != is_dark,
        rotation_deg=saved.rotation_deg,
        flip_horizontal=saved.is_flipped,
    )


def look_on(context: ViewContext, pane: PaneState) -> PresentationState | None:
    """Return the saved look that was applied to a pane and names the image in it."""
    state = pane.slice
    if not state.presentation_id or state.orientation is not Orientation.ACQUISITION:
        return None
    located = context.session.locate(pane.volume_id)
    frame = None if located is None else shown_frame(located.volume, state.slice_index)
    looks = context.presentations(pane.volume_id)
    saved = next((look for look in looks if look.id == state.presentation_id), None)
    if saved is None or frame is None or not names(saved.images, frame):
        return None
    return replace(saved, drawings=tuple(saved.drawings_on(frame)))


def paint_look(
    painter: QPainter, area: QRectF, saved: PresentationState, shown: QRectF, place: Place
) -> None:
    """Cover what lies outside the shutter, then draw the lines and texts.

    Parameters
    ----------
    area, shown : QRectF
        The view, and the whole image in it.
    place : callable
        (column, row) of the image, from its upper left corner, to a position in the view.
    """

    def fraction(point: Point) -> QPointF:
        x, y = point
        return shown.topLeft() + QPointF(x * shown.width(), y * shown.height())

    _cover(painter, area, (map(place, opening) for opening in saved.openings))
    ratio = device_ratio(painter)  # OpenGL draws slanting lines with steps: picture them first
    image = transparent_image(round(area.width() * ratio), round(area.height() * ratio), ratio)
    smooth = QPainter(image)
    smooth.setRenderHint(QPainter.RenderHint.Antialiasing)
    for drawing in saved.drawings:
        _draw(smooth, drawing, place if drawing.is_in_pixels else fraction)
    smooth.end()
    painter.drawImage(area.topLeft(), image)


def _cover(painter: QPainter, area: QRectF, openings: Iterable[Iterable[QPointF]]) -> None:
    for corners in openings:
        covered, opening = QPainterPath(), QPainterPath()
        covered.addRect(area)
        opening.addPolygon(QPolygonF(list(corners)))
        opening.closeSubpath()
        painter.fillPath(covered.subtracted(opening), Qt.GlobalColor.black)


def _draw(painter: QPainter, drawing: Drawing, place: Place) -> None:
    if drawing.kind is DrawingKind.TEXT:
        start = place(drawing.points[0])
        for number, words in enumerate(drawing.text.splitlines()):
            down = QPointF(0.0, number * line_height(_TEXT_PX))
            draw_text(painter, start + down, words, _TEXT_PX, READER)
        return
    line = [place(point) for point in line_of(drawing)]
    for color, width in ((LINE_HALO, 3.0), (READER, 1.5)):
        painter.setPen(QPen(color, width))
        if drawing.kind is DrawingKind.POINT:
            for point in line:
                painter.drawEllipse(point, _POINT_PX, _POINT_PX)
        else:
            painter.drawPolyline(QPolygonF(line))
