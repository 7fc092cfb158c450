"""All keys and mouse gestures on one page, made from the action table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

if TYPE_CHECKING:
    from medviewer.ui.actions import ActionTable

_COLUMN_PX = 300
_MAX_COLUMNS = 5
_GAP_PX = 32
_BLOCK_GAP_PX = 20


class CheatSheet(QDialog):
    """Keys by group, in columns; actions without a key are listed too.

    Parameters
    ----------
    table : ActionTable
    """

    def __init__(self, table: ActionTable, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keys and mouse"))
        self._table = table
        page = QWidget(self)
        page.setProperty("surface", "panel")
        columns = QHBoxLayout(page)
        columns.setContentsMargins(24, 16, 24, 16)
        columns.setSpacing(_GAP_PX)
        blocks = [self._mouse(), *(self._block(group) for group in table.groups)]
        room = (parent or self).size()
        n_columns = max(1, min(_MAX_COLUMNS, (room.width() - 40) // _COLUMN_PX))
        for column in _balanced([block for block in blocks if block is not None], n_columns):
            layout = QVBoxLayout()
            layout.setSpacing(_BLOCK_GAP_PX)
            for block in column:
                layout.addWidget(block)
            layout.addStretch(1)
            columns.addLayout(layout, 1)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setWidget(page)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 12)
        layout.addWidget(area, 1)
        row = QHBoxLayout()
        row.setContentsMargins(24, 0, 24, 0)
        row.addWidget(buttons)
        layout.addLayout(row)
        needed = page.sizeHint().height() + buttons.sizeHint().height() + 48
        self.resize(n_columns * _COLUMN_PX + 40, min(room.height() - 40, needed))

    def _block(self, group: str) -> QWidget | None:
        rows = [
            (action.text, tuple(_native(key) for key in self._table.shortcuts(action.id)))
            for action in self._table
            if action.group == group
        ]
        return self._grid(self._table.groups[group], rows) if rows else None

    def _mouse(self) -> QWidget:
        rows: list[tuple[str, tuple[str, ...]]] = [
            (self.tr("Tool in use (window, pan, …)"), (self.tr("Left drag"),)),
            (self.tr("Pan"), (self.tr("Middle drag"),)),
            (self.tr("Zoom"), (self.tr("Right drag"),)),
            (self.tr("Menu"), (self.tr("Right click"),)),
            (self.tr("Page through images"), (self.tr("Wheel"),)),
            (self.tr("Zoom at the pointer"), (self.tr("Ctrl + wheel"),)),
            (self.tr("Crosshair in all views"), (self.tr("Shift + move"),)),
            (self.tr("Turn MPR planes (crosshair tool)"), (self.tr("Drag a ring"),)),
            (self.tr("Turn in 3-D"), (self.tr("Left drag"),)),
            (self.tr("Shift the preset in 3-D"), (self.tr("Shift + drag"),)),
            (self.tr("Five times as fast"), (self.tr("Ctrl + drag"),)),
            (self.tr("Maximise or restore a view"), (self.tr("Double click"),)),
            (self.tr("Two views change places"), (self.tr("Drag the top bar"),)),
            (self.tr("Move or resize the chosen finding"), (self.tr("Drag its middle or rim"),)),
        ]
        return self._grid(self.tr("Mouse"), rows)

    def _grid(self, title: str, rows: list[tuple[str, tuple[str, ...]]]) -> QWidget:
        block = QWidget(self)
        lines = QVBoxLayout(block)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(5)
        head = QLabel(title, block)
        head.setProperty("role", "section")
        lines.addWidget(head)
        for text, keys in rows:  # each by itself: a long key narrows no other text
            line = QHBoxLayout()
            line.addWidget(QLabel(text, block, wordWrap=True), 1)
            if keys:
                key = QLabel("   ".join(keys), block)
                key.setProperty("role", "key")
                line.addWidget(key, 0, Qt.AlignmentFlag.AlignVCenter)
            lines.addLayout(line)
        return block


def _balanced(blocks: list[QWidget], n_columns: int) -> list[list[QWidget]]:
    """Deal blocks into columns, keeping their order, with the tallest as low as it can be."""
    limit = max(_height(block) for block in blocks)
    while len(columns := _filled(blocks, limit)) > n_columns:
        limit += 1
    return columns


def _filled(blocks: list[QWidget], limit: int) -> list[list[QWidget]]:
    """Begin a new column before the block that would make one taller than a limit."""
    columns: list[list[QWidget]] = [[]]
    for block in blocks:
        if sum(_height(b) for b in columns[-1]) + _height(block) > limit:
            columns.append([])
        columns[-1].append(block)
    return columns


def _height(block: QWidget) -> int:
    """Pixels a block needs in a column, with the gap below it."""
    return block.heightForWidth(_COLUMN_PX - _GAP_PX) + _BLOCK_GAP_PX


def _native(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
