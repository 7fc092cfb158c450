"""Item model of the series browser; grows while a folder is read without losing a selection."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QAbstractListModel, QMimeData, QModelIndex, QObject, Qt

from medviewer.ui.panels.series_rows import Row, RowKind, browser_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QPersistentModelIndex

    from medviewer.app.session import Session

VOLUME_MIME = "application/x-medviewer-volume-id"


class Role(IntEnum):
    """Extra data roles."""

    ROW = Qt.ItemDataRole.UserRole + 1


class SeriesModel(QAbstractListModel):
    """Rows of the session's studies, filtered by a search text."""

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._rows: list[Row] = []
        self._search = ""
        self._collapsed: set[str] = set()
        self.rebuild()

    @property
    def rows(self) -> list[Row]:
        """Rows as shown."""
        return self._rows

    def set_search(self, text: str) -> None:
        """Show only what contains all words of ``text``."""
        self._search = text
        self.rebuild()

    def toggle_study(self, study_uid: str) -> None:
        """Fold or unfold the series of a study."""
        self._collapsed ^= {study_uid}
        self.rebuild()

    def rebuild(self) -> None:
        """Follow the session; rows that stay keep their indexes' identity."""
        new = browser_rows(self._session.studies, self._search, self._collapsed)
        keys = {row.key for row in new}
        for number in range(len(self._rows) - 1, -1, -1):
            if self._rows[number].key not in keys:
                self.beginRemoveRows(QModelIndex(), number, number)
                del self._rows[number]
                self.endRemoveRows()
        known = {row.key for row in self._rows}
        kept_order = [row.key for row in self._rows]
        if kept_order != [row.key for row in new if row.key in known]:
            self._reorder(new, known)
        self._insert_missing(new, known)
        self._rows[:] = new
        if new:
            self.dataChanged.emit(self.index(0), self.index(len(new) - 1))

    def row_of(self, volume_id: str) -> int:
        """Row number that shows ``volume_id`` (or its 4-D group), or -1."""
        located = self._session.locate(volume_id)
        group = located.volume.group if located else ""
        for number, row in enumerate(self._rows):
            volume = row.volume
            if volume and (volume.id == volume_id or (group and volume.group == group)):
                return number
        return -1

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex | None = None) -> int:
        """Count the rows; a list has no children."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(
        self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Give the row itself, or its title for screen readers."""
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        row = self._rows[index.row()]
        if role == Role.ROW:
            return row
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return row.series.description if row.series else row.study.description
        return None

    def flags(self, index: QModelIndex | QPersistentModelIndex) -> Qt.ItemFlag:
        """Only series can be selected and dragged."""
        row: Row | None = index.data(Role.ROW)
        if row is None:
            return Qt.ItemFlag.NoItemFlags
        if row.kind is RowKind.SERIES:
            return (
                Qt.ItemFlag.ItemIsEnabled
                | Qt.ItemFlag.ItemIsSelectable
                | Qt.ItemFlag.ItemIsDragEnabled
            )
        return Qt.ItemFlag.ItemIsEnabled

    def mimeTypes(self) -> list[str]:
        """Name the kind of thing a dragged series is."""
        return [VOLUME_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Carry the volume id of the dragged series."""
        mime = QMimeData()
        for index in indexes:
            row: Row | None = index.data(Role.ROW)
            if row is not None and row.volume is not None:
                mime.setData(VOLUME_MIME, row.volume.id.encode())
        return mime

    def _reorder(self, new: list[Row], known: set[str]) -> None:
        self.layoutAboutToBeChanged.emit()
        old_indexes = self.persistentIndexList()
        keys = [self._rows[index.row()].key for index in old_indexes]
        self._rows[:] = [row for row in new if row.key in known]
        positions = {row.key: number for number, row in enumerate(self._rows)}
        self.changePersistentIndexList(old_indexes, [self.index(positions[key]) for key in keys])
        self.layoutChanged.emit()

    def _insert_missing(self, new: list[Row], known: set[str]) -> None:
        number = 0
        while number < len(new):
            end = number
            while end < len(new) and new[end].key not in known:
                end += 1
            if end > number:
                self.beginInsertRows(QModelIndex(), number, end - 1)
                self._rows[number:number] = new[number:end]
                self.endInsertRows()
            number = end + 1
