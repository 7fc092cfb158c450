"""The header of one file as a searchable list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QSlider,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from medviewer.app.jobs import Lane
from medviewer.ui.error_text import error_text
from medviewer.ui.icons import icon

if TYPE_CHECKING:
    from medviewer.app.jobs import JobRunner
    from medviewer.core.study import VolumeRecord
    from medviewer.core.tasks import TaskContext
    from medviewer.io.header_dump import HeaderRow

_KEY = "dicom-header"


class HeaderDialog(QDialog):
    """Tag, VR, name and value of every element; a slider walks the files of the series.

    Parameters
    ----------
    runner : JobRunner
        Reads headers in the background.
    record : VolumeRecord
    index : int
        Slice or frame of the image to begin with.
    """

    def __init__(
        self,
        runner: JobRunner,
        record: VolumeRecord,
        index: int,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("DICOM header"))
        self._runner = runner
        frames = record.frames[::-1] if record.is_read_backwards else record.frames
        self._paths = list(dict.fromkeys(frame.path for frame in frames))
        self._rows: list[HeaderRow] = []
        self._search = QLineEdit(self, placeholderText=self.tr("Search tag, name or value"))
        self._search.setClearButtonEnabled(True)
        self._search.addAction(
            icon("magnifying-glass", "dim"), QLineEdit.ActionPosition.LeadingPosition
        )
        self._file = QLabel(self)
        self._file.setProperty("role", "dim")
        self._file.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._slider = QSlider(Qt.Orientation.Horizontal, self)
        self._slider.setRange(0, len(self._paths) - 1)
        self._slider.setVisible(len(self._paths) > 1)
        self._slider.setAccessibleName(self.tr("File of the series"))
        self._table = QTreeWidget(self)
        self._table.setHeaderLabels(
            [self.tr("Tag"), self.tr("VR"), self.tr("Name"), self.tr("Value")]
        )
        self._table.setUniformRowHeights(True)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        for column, width in enumerate((150, 48, 270)):
            self._table.header().resizeSection(column, width)
        self._table.setIndentation(14)
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self._search, 2)
        top.addWidget(self._slider, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 12)
        layout.addLayout(top)
        layout.addWidget(self._table, 1)
        layout.addWidget(self._file)
        self.resize(880, 640)
        self._search.textChanged.connect(self._fill)
        self._slider.valueChanged.connect(self._read)
        QShortcut(QKeySequence.StandardKey.Copy, self, self._copy)
        self._slider.setValue(self._paths.index(record.frames[record.frame_of_slice(index)].path))
        if self._slider.value() == 0:
            self._read(0)
        self._search.setFocus()

    def _read(self, number: int) -> None:
        path = self._paths[number]
        text = self.tr("File {number} of {count}:  {path}")
        self._file.setText(text.format(number=number + 1, count=len(self._paths), path=path))

        def task(_context: TaskContext) -> list[HeaderRow]:
            from medviewer.io.header_dump import header_rows  # start-up weight

            return header_rows(path)

        job = self._runner.submit(Lane.IO, "header", task, key=_KEY)
        job.succeeded.connect(self._on_read)
        job.failed.connect(self._on_failed)

    def _on_read(self, rows: list[HeaderRow]) -> None:
        self._rows = rows
        self._fill(self._search.text())

    def _on_failed(self, error: Exception) -> None:
        self._rows = []
        self._table.clear()
        self._file.setText(f"{self._paths[self._slider.value()]}:  {error_text(error).title}")

    def _fill(self, text: str) -> None:
        words = text.lower().split()
        self._table.clear()
        parents: dict[int, QTreeWidgetItem] = {}
        items = []
        for row in self._rows:
            searched = f"{row.tag} {row.vr} {row.name} {row.value}".lower()
            if words and not all(word in searched for word in words):
                continue
            item = QTreeWidgetItem([row.tag, row.vr, row.name, row.value])
            item.setToolTip(3, row.value)
            above = parents.get(row.level - 1) if not words else None
            if above is None:
                items.append(item)
            else:
                above.addChild(item)
            parents[row.level] = item
        self._table.addTopLevelItems(items)

    def _copy(self) -> None:
        items = self._table.selectedItems()
        lines = ["\t".join(item.text(column) for column in range(4)) for item in items]
        QApplication.clipboard().setText("\n".join(lines))
