"""The slim slider of a 4-D data set: time points, phases, echoes or b-values of one series."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from medviewer.ui.views.halo_text import draw_text
from medviewer.ui.views.view_colors import ACCENT, DIM, TEXT

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QPaintEvent

    from medviewer.app.session import Session
    from medviewer.core.study import VolumeRecord

translate = QCoreApplication.translate

HEIGHT_PX = 22
_LABEL_PX = 120


def siblings_of(session: Session, volume_id: str) -> tuple[VolumeRecord, ...]:
    """Volumes of the same 4-D data set in the order of its dimension; empty for a single one."""
    located = session.locate(volume_id)
    if located is None or not located.volume.group:
        return ()
    group = located.volume.group
    found = [v for v in located.series.volumes if v.group == group]
    found.sort(key=lambda v: (v.dimension_value is None, v.dimension_value or 0.0))
    return tuple(found) if len(found) > 1 else ()


class TimeSlider(QWidget):
    """A track with a mark for each volume; click or drag to choose."""

    chosen = Signal(str)
    """Volume id."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._volumes: tuple[VolumeRecord, ...] = ()
        self._index = 0
        self.setFixedHeight(HEIGHT_PX)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.hide()

    def show_volumes(self, volumes: tuple[VolumeRecord, ...], volume_id: str) -> None:
        """Offer the volumes of a data set; hidden where there is nothing to choose."""
        self._volumes = volumes
        ids = [volume.id for volume in volumes]
        self._index = ids.index(volume_id) if volume_id in ids else 0
        self.setVisible(len(volumes) > 1)
        self.setToolTip(self._label())
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the track, the part passed, the handle and the label."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = self._track()
        x = self._x_of(self._index)
        painter.fillRect(track, DIM.darker(250))
        painter.fillRect(QRectF(track.left(), track.top(), x - track.left(), 2.0), ACCENT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(TEXT)
        painter.drawEllipse(QPointF(x, track.center().y()), 4.5, 4.5)
        place = QPointF(self.width() - 8.0, 3.0)
        draw_text(painter, place, self._label(), 11, TEXT, Qt.AlignmentFlag.AlignRight)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the nearest volume."""
        self._choose(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Choose while dragging."""
        self._choose(event.position().x())

    def _choose(self, x: float) -> None:
        track = self._track()
        last = len(self._volumes) - 1
        index = round((x - track.left()) / max(track.width(), 1.0) * last)
        index = min(max(index, 0), last)
        if index != self._index:
            self._index = index
            self.update()
            self.chosen.emit(self._volumes[index].id)

    def _track(self) -> QRectF:
        width = max(self.width() - _LABEL_PX - 20.0, 20.0)
        return QRectF(12.0, self.height() / 2.0 - 1.0, width, 2.0)

    def _x_of(self, index: int) -> float:
        track = self._track()
        return track.left() + track.width() * index / max(len(self._volumes) - 1, 1)

    def _label(self) -> str:
        if not self._volumes:
            return ""
        names = {
            "time": translate("TimeSlider", "Time"),
            "echo": translate("TimeSlider", "Echo"),
            "phase": translate("TimeSlider", "Phase"),
            "b_value": translate("TimeSlider", "b-value"),
        }
        volume = self._volumes[self._index]
        name, place = names.get(volume.dimension, ""), str(self._index + 1)
        if volume.label and volume.label.split()[-1] != place:
            name = f"{volume.label} "
        return f"{name} {place} / {len(self._volumes)}"
