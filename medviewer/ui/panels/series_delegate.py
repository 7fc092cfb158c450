"""Paints the rows of the series browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from medviewer.core.study import UNREAD_WARNING, SeriesKind
from medviewer.ui.formats import iso_date, person_name
from medviewer.ui.icons import icon
from medviewer.ui.message_text import message_text
from medviewer.ui.panels.series_model import Role
from medviewer.ui.panels.series_rows import Row, RowKind
from medviewer.ui.theme import RADIUS_PX, SMALL_PX, tokens

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtCore import QObject

    from medviewer.app.thumbnails import Picture, Thumbnails
    from medviewer.core.study import SeriesRecord

_HEIGHT = {RowKind.PATIENT: 46, RowKind.STUDY: 34, RowKind.SERIES: 76, RowKind.NOTE: 28}
_THUMB_PX = 60
_MARGIN_PX = 12
_LINE_PX = 16
_TEXT_PX = 16
_ELIDE = Qt.TextElideMode.ElideRight
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class SeriesDelegate(QStyledItemDelegate):
    """Draws patient, study and series rows.

    Parameters
    ----------
    thumbnails : Thumbnails
        Asked for the picture of a row when it is drawn, so only for rows on screen.
    loading_fraction : callable
        Volume id to the decoded share, ``None`` when not being decoded.
    place_of : callable
        Row to 2 (in the active pane), 1 (in another pane) or 0.
    """

    def __init__(
        self,
        thumbnails: Thumbnails,
        loading_fraction: Callable[[str], float | None],
        place_of: Callable[[Row], int],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self.is_identity_shown = True
        self._thumbnails = thumbnails
        self._loading_fraction = loading_fraction
        self._place_of = place_of
        self._pixmaps: dict[str, QPixmap] = {}

    def forget(self, volume_id: str) -> None:
        """Draw a picture anew: it has changed."""
        self._pixmaps.pop(volume_id, None)

    def sizeHint(
        self, _option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Height by kind of row."""
        row: Row | None = index.data(Role.ROW)
        height = _HEIGHT[row.kind] if row else 0
        has_one_line = row is not None and row.kind is RowKind.PATIENT and not _facts(row)
        return QSize(80, height - _LINE_PX if has_one_line else height)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw one row."""
        row: Row | None = index.data(Role.ROW)
        if row is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect, state = option.rect, option.state
        if row.kind is RowKind.PATIENT:
            self._paint_patient(painter, rect, row)
        elif row.kind is RowKind.STUDY:
            self._paint_study(painter, rect, row)
        elif row.kind is RowKind.NOTE:
            self._paint_note(painter, rect, row)
        else:
            self._paint_series(painter, rect, row, state)
        painter.restore()

    def meta_text(self, row: Row) -> str:
        """Modality and count of a series row: ``"CT · 133 images"``."""
        if row.series is None or row.volume is None:
            return ""
        n_images = row.volume.shape[0]
        if row.n_siblings > 1:
            count = self.tr("{points} × {images} images").format(
                points=row.n_siblings, images=n_images
            )
        else:
            count = self.tr("%n image(s)", "", n_images)
        return "  ·  ".join(part for part in (row.series.modality, count) if part)

    def study_text(self, row: Row) -> str:
        """Date and name of a study; without the date where nobody shall know whose it is."""
        parts = (self._date(row.study.study_date), row.study.description)
        nameless = self.tr("Study without date") if self.is_identity_shown else self.tr("Study")
        return "  ·  ".join(part for part in parts if part) or nameless

    def _date(self, text: str) -> str:
        return iso_date(text) if self.is_identity_shown else ""

    def _paint_patient(self, painter: QPainter, rect: QRect, row: Row) -> None:
        area = rect.adjusted(_MARGIN_PX, 8, -_MARGIN_PX, -2)
        name = person_name(row.patient.patient_name) or self.tr("No name")
        facts = _facts(row)
        if not self.is_identity_shown:
            name, facts = self.tr("Identity hidden"), []
        _text(
            painter, _line(area, 0), name, tokens().text, _font(painter, 13, QFont.Weight.DemiBold)
        )
        _text(
            painter,
            _line(area, 1),
            "  ·  ".join(facts),
            tokens().dim,
            _font(painter, SMALL_PX),
        )

    def _paint_study(self, painter: QPainter, rect: QRect, row: Row) -> None:
        painter.fillRect(
            rect.adjusted(_MARGIN_PX, 4, -_MARGIN_PX, 5 - rect.height()), QColor(tokens().line)
        )
        area = rect.adjusted(_MARGIN_PX, 6, -_MARGIN_PX - 16, 0)
        _text(
            painter,
            area,
            self.study_text(row),
            tokens().dim,
            _font(painter, SMALL_PX, QFont.Weight.DemiBold),
        )
        arrow = QRect(rect.right() - _MARGIN_PX - 11, area.center().y() - 6, 12, 12)
        icon("caret-right" if row.is_collapsed else "caret-down", "dim").paint(painter, arrow)

    def _paint_note(self, painter: QPainter, rect: QRect, row: Row) -> None:
        is_refused = row.series is not None and row.series.kind is SeriesKind.REFUSED
        mark = QRect(rect.left() + _MARGIN_PX, rect.center().y() - 7, 14, 14)
        icon(
            "warning" if is_refused else "file-text", "danger" if is_refused else "disabled"
        ).paint(painter, mark)
        series = row.series
        text = (
            "  ·  ".join(
                t for t in (series.modality, series.description or message_text(series.reason)) if t
            )
            if series
            else ""
        )
        area = rect.adjusted(_MARGIN_PX + 22, 0, -_MARGIN_PX, 0)
        _text(painter, area, text, tokens().dim, _font(painter, SMALL_PX))

    def _paint_series(
        self, painter: QPainter, rect: QRect, row: Row, state: QStyle.StateFlag
    ) -> None:
        chosen = tokens()
        card = rect.adjusted(6, 2, -6, -2)
        place = self._place_of(row)
        if state & QStyle.StateFlag.State_Selected:
            _fill(painter, card, chosen.selection)
        elif state & QStyle.StateFlag.State_MouseOver:
            _fill(painter, card, chosen.raised)
        if place == 2:
            _fill(painter, QRect(card.left(), card.top() + 8, 3, card.height() - 16), chosen.accent)
        picture = QRect(card.left() + 8, card.top() + 6, _THUMB_PX, _THUMB_PX)
        self._paint_picture(painter, picture, row)
        self._paint_series_text(painter, card, picture.right() + 10, row, is_elsewhere=place == 1)

    def _paint_series_text(
        self, painter: QPainter, card: QRect, left: int, row: Row, *, is_elsewhere: bool
    ) -> None:
        series = row.series
        if series is None or row.volume is None:
            return
        chosen = tokens()
        width = card.right() - 8 - left
        title = series.description or series.protocol_name or self._number_text(series)
        font, small = _font(painter, 13), _font(painter, SMALL_PX)
        plane = row.volume.plane
        shown = self._plane_text(plane) if plane and plane not in row.label else ""
        last = [shown, self._date(series.series_date)]
        lines = [
            (line, chosen.text, font) for line in _wrapped(title, QFontMetrics(font), width, 2)
        ]
        if row.label and len(lines) == 1:
            lines.append((row.label, chosen.dim, small))
        elif row.label:
            last.insert(0, row.label)
        lines.append((self.meta_text(row), chosen.dim, small))
        lines.append(("  ·  ".join(part for part in last if part), chosen.dim, small))
        top = card.center().y() - len(lines) * _TEXT_PX // 2
        for number, (text, color, face) in enumerate(lines):
            place = QRect(left, top + number * _TEXT_PX, width, _TEXT_PX + 1)
            _text(painter, place, text, color, face)
        if is_elsewhere:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(chosen.accent))
            painter.drawEllipse(QPoint(card.right() - 8, card.top() + 10), 3, 3)

    def _number_text(self, series: SeriesRecord) -> str:
        if series.series_number is None:
            return self.tr("No description")
        return self.tr("Series {number}").format(number=series.series_number)

    def _plane_text(self, plane: str) -> str:
        return {
            "axial": self.tr("axial"),
            "coronal": self.tr("coronal"),
            "sagittal": self.tr("sagittal"),
            "oblique": self.tr("oblique"),
        }[plane]

    def _paint_picture(self, painter: QPainter, rect: QRect, row: Row) -> None:
        volume = row.volume
        if volume is None or row.series is None:
            return
        path = QPainterPath()
        path.addRoundedRect(rect, 4, 4)
        painter.fillPath(path, QColor(tokens().view))
        painter.save()
        painter.setClipPath(path)
        pixmap = self._pixmap(row, painter.device().devicePixelRatioF())
        self._thumbnails.request(volume)
        if pixmap is None:
            face, centre = _font(painter, 14), Qt.AlignmentFlag.AlignCenter
            _text(painter, rect, row.series.modality or "…", DARK_DIM, face, centre)
        else:
            size = pixmap.size() / pixmap.devicePixelRatio()
            at = rect.center() - QPoint(size.width() // 2 - 1, size.height() // 2 - 1)
            painter.drawPixmap(at, pixmap)
        fraction = self._loading_fraction(volume.id)
        if fraction is not None:
            bar = QRect(rect.left(), rect.bottom() - 2, rect.width(), 3)
            painter.fillRect(bar, QColor(255, 255, 255, 60))
            bar.setWidth(max(3, round(rect.width() * fraction)))
            painter.fillRect(bar, QColor(tokens().accent))
        painter.restore()
        if any(warning.code != UNREAD_WARNING for warning in volume.warnings):
            badge = QRect(rect.right() - 16, rect.top() + 2, 15, 15)
            _fill(painter, badge, "#000000")
            icon("warning-fill", "warning").paint(painter, badge.adjusted(1, 1, -1, -1))

    def _pixmap(self, row: Row, ratio: float) -> QPixmap | None:
        volume = row.volume
        if volume is None:
            return None
        if volume.id not in self._pixmaps:
            picture = self._thumbnails.picture(volume.id, len(volume.frames))
            if picture is None:
                return None
            side = round(_THUMB_PX * ratio)
            pixmap = QPixmap.fromImage(
                to_image(picture).scaled(
                    side,
                    side,
                    Qt.AspectRatioMode.KeepAspectRatio,
                    Qt.TransformationMode.SmoothTransformation,
                )
            )
            pixmap.setDevicePixelRatio(ratio)
            self._pixmaps[volume.id] = pixmap
        return self._pixmaps[volume.id]


DARK_DIM = "#98a1ad"
"""Text on a black thumbnail, in either theme."""


def to_image(picture: Picture) -> QImage:
    """Copy a uint8 ``(rows, columns[, 3])`` array into a QImage."""
    rows, columns = picture.shape[:2]
    is_color = picture.ndim == 3
    form = QImage.Format.Format_RGB888 if is_color else QImage.Format.Format_Grayscale8
    return QImage(picture.tobytes(), columns, rows, columns * (3 if is_color else 1), form).copy()


def _facts(row: Row) -> list[str]:
    """List what is known of a patient besides the name."""
    patient = row.patient
    facts = (patient.patient_id, iso_date(patient.patient_birth_date), patient.patient_sex)
    return [fact for fact in facts if fact]


def _font(painter: QPainter, size_px: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    font = QFont(painter.font())
    font.setPixelSize(size_px)
    font.setWeight(weight)
    return font


def _line(area: QRect, number: int) -> QRect:
    return QRect(area.left(), area.top() + 18 * number, area.width(), 18)


def _text(
    painter: QPainter,
    rect: QRect,
    text: str,
    color: str,
    font: QFont,
    alignment: Qt.AlignmentFlag = _LEFT,
) -> None:
    painter.setFont(font)
    painter.setPen(QPen(QColor(color)))
    shown = QFontMetrics(font).elidedText(text, _ELIDE, rect.width())
    painter.drawText(rect, alignment, shown)


def _fill(painter: QPainter, rect: QRect, color: str) -> None:
    path = QPainterPath()
    radius = min(RADIUS_PX, rect.width() / 2, rect.height() / 2)
    path.addRoundedRect(rect, radius, radius)
    painter.fillPath(path, QColor(color))


def _wrapped(text: str, metrics: QFontMetrics, width: int, n_lines: int) -> list[str]:
    """Break a title into lines at blanks and underscores; the last line may be elided later."""
    lines: list[str] = []
    rest = text
    while rest and len(lines) < n_lines - 1:
        if metrics.horizontalAdvance(rest) <= width:
            break
        end = len(rest)
        while end > 1 and metrics.horizontalAdvance(rest[:end]) > width:
            end -= 1
        cut = max(rest.rfind(mark, 0, end) for mark in " _-/,") + 1
        cut = cut if cut > 0 else end
        lines.append(rest[:cut].strip())
        rest = rest[cut:].strip()
    return [*lines, rest] if rest else lines
