"""Every action by name, two keys away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QKeySequence, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from medviewer.ui.theme import ROW_PX, SMALL_PX, tokens

if TYPE_CHECKING:
    from PySide6.QtCore import QModelIndex, QPersistentModelIndex
    from PySide6.QtGui import QShowEvent

    from medviewer.ui.actions import Action, ActionTable

_ID = Qt.ItemDataRole.UserRole
_ROW = Qt.ItemDataRole.UserRole + 1
_WIDTH_PX, _HEIGHT_PX = 560, 420


@dataclass(frozen=True, slots=True)
class _Row:
    """What a line shows; ``group`` is what stands in the way where it is not possible."""

    name: str
    group: str
    key: str
    is_possible: bool


class _RowDelegate(QStyledItemDelegate):
    """Draws the lines: eighty of them as widgets would take a tenth of a second to make."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Name, group and key chip on the background of the list."""
        super().paint(painter, option, index)
        row = index.data(_ROW)
        if not isinstance(row, _Row):
            return
        chosen, place = tokens(), option.rect.adjusted(8, 0, -12, 0)
        small = QFont(option.font)
        small.setPixelSize(SMALL_PX)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row.key:
            chip = QRect(0, 0, QFontMetrics(small).horizontalAdvance(row.key) + 14, 22)
            chip.moveCenter(place.center())
            chip.moveRight(place.right())
            painter.setFont(small)
            painter.setPen(QColor(chosen.line))
            painter.setBrush(QColor(chosen.raised))
            painter.drawRoundedRect(QRectF(chip).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
            painter.setPen(QColor(chosen.text))
            painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, row.key)
            place.setRight(chip.left() - 12)
        painter.setFont(option.font)
        painter.setPen(QColor(chosen.text if row.is_possible else chosen.dim))
        painter.drawText(place, middle, row.name)
        place.setLeft(place.left() + QFontMetrics(option.font).horizontalAdvance(row.name) + 12)
        elide = Qt.TextElideMode.ElideRight
        group = QFontMetrics(small).elidedText(row.group, elide, max(place.width(), 0))
        painter.setFont(small)
        painter.setPen(QColor(chosen.dim))
        painter.drawText(place, middle, group)
        painter.restore()


class CommandPalette(QDialog):
    """A search field over a list of actions.

    Parameters
    ----------
    table : ActionTable
    """

    def __init__(self, table: ActionTable, window: QWidget) -> None:
        super().__init__(window, Qt.WindowType.Popup | Qt.WindowType.FramelessWindowHint)
        self._table = table
        self._window = window
        self.setWindowTitle(self.tr("Find an action"))
        frame = QFrame(self)
        frame.setObjectName("palette")
        self.field = QLineEdit(frame, placeholderText=self.tr("Type what you want to do"))
        self._list = QListWidget(frame)
        self._list.setItemDelegate(_RowDelegate(self._list))
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QVBoxLayout(frame)
        inside.setContentsMargins(8, 4, 8, 8)
        inside.addWidget(self.field)
        inside.addWidget(self._list, 1)
        outside = QVBoxLayout(self)
        outside.setContentsMargins(0, 0, 0, 0)
        outside.addWidget(frame)
        self.resize(_WIDTH_PX, _HEIGHT_PX)
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self._fill)
        self.field.returnPressed.connect(self._run_current)
        self._list.itemClicked.connect(lambda _item: self._run_current())
        self._fill("")

    def showEvent(self, event: QShowEvent) -> None:
        """Appear in the upper middle of the window."""
        super().showEvent(event)
        window = self._window
        middle = window.mapToGlobal(window.rect().center())
        self.move(
            middle.x() - self.width() // 2, window.mapToGlobal(window.rect().topLeft()).y() + 48
        )
        self.field.setFocus()

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Look at an event before its widget does."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step and self._list.count():
                self._list.setCurrentRow((self._list.currentRow() + step) % self._list.count())
                return True
        return False

    def _fill(self, text: str) -> None:
        self._list.clear()
        words = text.lower().split()
        for action in sorted(self._table, key=lambda a: _rank(a, words)):
            words_of = f"{action.text} {self._table.groups[action.group]} {action.id}".lower()
            if action.id != "help.palette" and all(word in words_of for word in words):
                self._add(action)
        if self._list.count() == 0:
            nothing = self.tr("No action is called “{text}”.").format(text=text.strip())
            item = QListWidgetItem(nothing, self._list)
            item.setFlags(Qt.ItemFlag.NoItemFlags)
        self._list.setCurrentRow(0)

    def _add(self, action: Action) -> None:
        missing = action.missing()
        group = missing or self._table.groups[action.group]
        keys = [
            QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
            for key in self._table.shortcuts(action.id)[:1]
        ]
        item = QListWidgetItem(self._list)
        item.setData(_ID, action.id)
        item.setData(_ROW, _Row(action.text, group, "".join(keys), is_possible=not missing))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, ", ".join([action.text, group, *keys]))
        item.setToolTip(missing)
        item.setSizeHint(QSize(0, ROW_PX + 4))

    def _run_current(self) -> None:
        item = self._list.currentItem()
        if item is None or not item.flags():
            return
        action = self._table.qaction(item.data(_ID))
        self.close()
        action.trigger()


def _rank(action: Action, words: list[str]) -> tuple[bool, bool]:
    """Possible actions first, then those whose name begins with what was typed."""
    begins = bool(words) and action.text.lower().startswith(words[0])
    return bool(action.missing()), not begins
