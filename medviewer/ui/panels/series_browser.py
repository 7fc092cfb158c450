"""The left panel: patients, studies and series with pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QHelpEvent, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QPushButton,
    QToolTip,
    QVBoxLayout,
    QWidget,
)

from medviewer.ui.conditions import not_dicom
from medviewer.ui.icons import icon
from medviewer.ui.message_text import message_text
from medviewer.ui.panels.series_delegate import SeriesDelegate
from medviewer.ui.panels.series_model import Role, SeriesModel
from medviewer.ui.panels.series_rows import Row, RowKind
from medviewer.ui.warning_text import warning_text

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint

    from medviewer.app.services import Services


class SeriesBrowser(QWidget):
    """Lists what is open; opening a row shows it in the active pane."""

    show_requested = Signal(str)
    """Volume id to put into the active pane."""
    headers_requested = Signal(str)
    """Volume id whose DICOM header is wanted."""
    export_requested = Signal(str)
    unreadable_requested = Signal()

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._fractions: dict[str, float] = {}
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.model = SeriesModel(services.session, self)
        self.search_field = QLineEdit(self, placeholderText=self.tr("Search patients and series"))
        self.search_field.setClearButtonEnabled(True)
        # Not by default at start-up: keys belong to the views until somebody clicks to type.
        self.search_field.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.search_field.addAction(
            icon("magnifying-glass", "dim"), QLineEdit.ActionPosition.LeadingPosition
        )
        self.view = _SeriesView(self)
        self.view.setModel(self.model)
        self._delegate = SeriesDelegate(
            services.thumbnails, self._fractions.get, self._place_of, self
        )
        self.view.setItemDelegate(self._delegate)
        self.hint_label = QLabel(self.tr("Nothing matches the search."), self)
        self.hint_label.setProperty("role", "dim")
        self.hint_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint_label.hide()
        self._unreadable = QPushButton(self)
        self._unreadable.setProperty("role", "link")
        self._unreadable.setIcon(icon("warning", "warning"))
        self._unreadable.hide()
        self._lay_out()
        self._connect()

    def focus_search(self) -> None:
        """Put the cursor into the search field."""
        self.search_field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search_field.selectAll()

    def step(self, n_rows: int) -> str:
        """Volume id ``n_rows`` series after the active pane's, or "" at the end."""
        shown = [row for row in self.model.rows if row.volume is not None]
        if not shown:
            return ""
        store = self._services.view_store
        here = self.model.row_of(store.pane(store.grid.active).volume_id)
        current = self.model.rows[here] if here >= 0 else None
        number = shown.index(current) + n_rows if current in shown else 0
        target = shown[number] if 0 <= number < len(shown) else None
        return target.volume.id if target and target.volume else ""

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        head = QVBoxLayout()
        head.setContentsMargins(8, 8, 8, 4)
        head.addWidget(self.search_field)
        layout.addLayout(head)
        layout.addWidget(self.view, 1)
        layout.addWidget(self.hint_label, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(4, 2, 4, 4)
        foot.addWidget(self._unreadable, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addLayout(foot)

    def _connect(self) -> None:
        services = self._services
        self._rebuild_timer = QTimer(self, singleShot=True, interval=0)
        self._rebuild_timer.timeout.connect(self._rebuild)
        services.session.studies_changed.connect(self._rebuild_timer.start)
        services.loading.image_progressed.connect(self._on_image_progressed)
        services.thumbnails.ready.connect(self._on_thumbnail_ready)
        services.view_store.pane_changed.connect(self._repaint)
        services.view_store.grid_changed.connect(self._repaint)
        self.search_field.textChanged.connect(self._on_search_changed)
        self.view.opened.connect(self._on_opened)
        self.view.clicked.connect(self._on_clicked)
        self.view.menu_requested.connect(self._on_menu_requested)
        self._unreadable.clicked.connect(self.unreadable_requested)

    def _rebuild(self) -> None:
        self.model.rebuild()
        is_empty = not self.model.rows and bool(self._services.session.studies)
        self.hint_label.setVisible(is_empty)
        self.view.setVisible(not is_empty)
        n_unreadable = len(self._services.session.unreadable)
        self._unreadable.setText(self.tr("%n file(s) could not be read", "", n_unreadable))
        self._unreadable.setVisible(n_unreadable > 0)

    def _repaint(self, *_states: object) -> None:
        grid = self._services.view_store.grid
        self._delegate.is_identity_shown = grid.is_identity_shown
        self.view.viewport().update()

    def _place_of(self, row: Row) -> int:
        store = self._services.view_store
        if self._shows(row, store.pane(store.grid.active).volume_id):
            return 2
        return int(any(self._shows(row, id_) for id_ in self._services.loading.shown_ids()))

    def _shows(self, row: Row, volume_id: str) -> bool:
        if row.volume is None or not volume_id:
            return False
        if row.volume.id == volume_id:
            return True
        located = self._services.session.locate(volume_id)
        return (
            bool(row.volume.group)
            and located is not None
            and (located.volume.group == row.volume.group)
        )

    def _on_search_changed(self, text: str) -> None:
        self.model.set_search(text)
        self._rebuild()

    def _on_image_progressed(self, volume_id: str, fraction: float) -> None:
        if fraction >= 1.0:
            self._fractions.pop(volume_id, None)
        else:
            self._fractions[volume_id] = fraction
        self._repaint()

    def _on_thumbnail_ready(self, volume_id: str) -> None:
        self._delegate.forget(volume_id)
        self._repaint()

    def _on_clicked(self, index: QModelIndex) -> None:
        row: Row | None = index.data(Role.ROW)
        if row is not None and row.kind is RowKind.STUDY:
            self.model.toggle_study(row.study_uid)

    def _on_opened(self, index: QModelIndex) -> None:
        row: Row | None = index.data(Role.ROW)
        if row is not None and row.volume is not None:
            self.show_requested.emit(row.volume.id)

    def _on_menu_requested(self, index: QModelIndex, position: QPoint) -> None:
        row: Row | None = index.data(Role.ROW)
        if row is None:
            return
        menu = QMenu(self)
        if row.volume is not None:
            volume_id = row.volume.id
            self._add(
                menu,
                self.tr("Show in the active view"),
                lambda: self.show_requested.emit(volume_id),
            )
            header = self._add(
                menu, self.tr("DICOM header…"), lambda: self.headers_requested.emit(volume_id)
            )
            missing = not_dicom(row.volume)
            header.setEnabled(not missing)
            header.setToolTip(missing)
            menu.setToolTipsVisible(bool(missing))
            self._add(
                menu, self.tr("Export volume…"), lambda: self.export_requested.emit(volume_id)
            )
            menu.addSeparator()
        close = self._services.session.close_study
        self._add(menu, self.tr("Close study"), lambda: close(row.study_uid))
        menu.exec(position)
        menu.deleteLater()

    @staticmethod
    def _add(menu: QMenu, text: str, run: object) -> QAction:
        action = QAction(text, menu)
        action.triggered.connect(run)
        menu.addAction(action)
        return action

    def tool_tip(self, row: Row) -> str:
        """Everything the row has no room for, warnings first."""
        series, volume = row.series, row.volume
        if series is None:
            return row.study.description
        lines = [series.description or series.modality]
        if volume is None:
            return "\n".join(
                [*lines, message_text(series.reason) or self.tr("This series holds no image.")]
            )
        lines += [warning_text(warning) for warning in volume.warnings]
        lines.append(" × ".join(map(str, reversed(volume.shape))))
        if volume.spacing_mm:
            spacing = " × ".join(f"{value:.3g}" for value in reversed(volume.spacing_mm))
            lines.append(self.tr("Spacing {spacing} mm").format(spacing=spacing))
        if series.series_number is not None:
            lines.append(self.tr("Series {number}").format(number=series.series_number))
        return "\n".join(lines)


class _SeriesView(QListView):
    """List that opens rows by double click and Enter, and drags them."""

    opened = Signal(QModelIndex)
    menu_requested = Signal(QModelIndex, object)

    def __init__(self, parent: SeriesBrowser) -> None:
        super().__init__(parent)
        self._browser = parent
        self.setMouseTracking(True)
        self.setUniformItemSizes(False)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragEnabled(True)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._on_context_menu)
        self.doubleClicked.connect(self.opened)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open the current row on Enter."""
        if event.matches(QKeySequence.StandardKey.InsertParagraphSeparator):
            self.opened.emit(self.currentIndex())
            return
        super().keyPressEvent(event)

    def moveCursor(  # noqa: N802 - Qt's name
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        """Step from series to series, over the headings between them."""
        moved = super().moveCursor(action, modifiers)
        step = 1 if moved.row() > self.currentIndex().row() else -1
        while moved.isValid() and not moved.flags() & Qt.ItemFlag.ItemIsSelectable:
            moved = self.model().index(moved.row() + step, 0)
        return moved if moved.isValid() else self.currentIndex()

    def viewportEvent(self, event: QEvent) -> bool:
        """Show a tool tip made for the row under the pointer."""
        if isinstance(event, QHelpEvent):
            row: Row | None = self.indexAt(event.pos()).data(Role.ROW)
            if row is not None:
                QToolTip.showText(event.globalPos(), self._browser.tool_tip(row), self)
            return True
        return super().viewportEvent(event)

    def _on_context_menu(self, position: QPoint) -> None:
        self.menu_requested.emit(self.indexAt(position), self.viewport().mapToGlobal(position))
