"""Files that cannot be shown, and why."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from medviewer.ui.message_text import message_text

if TYPE_CHECKING:
    from collections.abc import Mapping


class UnreadableDialog(QDialog):
    """Table of name, reason and folder.

    Parameters
    ----------
    reasons : mapping
        Path to reason.
    """

    def __init__(self, reasons: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Files that could not be read"))
        self._reasons = {path: message_text(reason) for path, reason in reasons.items()}
        head = QLabel(self.tr("%n file(s) could not be read", "", len(reasons)), self)
        head.setProperty("role", "title")
        table = QTreeWidget(self)
        table.setRootIsDecorated(False)
        table.setWordWrap(True)
        table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        table.setHeaderLabels([self.tr("File"), self.tr("Why"), self.tr("Folder")])
        for name, reason in sorted(self._reasons.items()):
            path = Path(name)
            item = QTreeWidgetItem([path.name, reason, str(path.parent)])
            for column in range(3):
                item.setToolTip(column, item.text(column))
            table.addTopLevelItem(item)
        table.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = table.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)  # the reason is read whole
        header.resizeSection(0, 160)
        header.resizeSection(2, 180)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        copy = buttons.addButton(self.tr("Copy list"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.clicked.connect(self._on_copy_clicked)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(12)
        layout.addWidget(head)
        layout.addWidget(table, 1)
        layout.addWidget(buttons)
        self.resize(860, 480)

    def _on_copy_clicked(self) -> None:
        lines = [f"{path}\t{reason}" for path, reason in sorted(self._reasons.items())]
        QApplication.clipboard().setText("\n".join(lines))
