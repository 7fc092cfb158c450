"""Every action by name, two keys away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from medviewer.ui.theme import ROW_PX

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from medviewer.ui.actions import Action, ActionTable

_ID = Qt.ItemDataRole.UserRole
_WIDTH_PX, _HEIGHT_PX = 560, 420


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
        item = QListWidgetItem(self._list)
        item.setData(_ID, action.id)
        item.setToolTip(missing)
        row = QWidget()
        item.setSizeHint(QSize(0, ROW_PX + 4))
        name = QLabel(action.text, row)
        if missing:
            name.setProperty("role", "dim")
        group = QLabel(missing or self._table.groups[action.group], row)
        group.setProperty("role", "small")
        layout = QHBoxLayout(row)
        layout.setContentsMargins(8, 0, 12, 0)
        layout.setSpacing(12)
        layout.addWidget(name)
        layout.addWidget(group, 1)
        for key in self._table.shortcuts(action.id)[:1]:
            shown = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
            label = QLabel(shown, row)
            label.setProperty("role", "key")
            layout.addWidget(label)
        self._list.setItemWidget(item, row)

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
