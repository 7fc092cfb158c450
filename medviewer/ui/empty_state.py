"""What the window shows before anything is open: an invitation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtGui import QDragMoveEvent, QDropEvent, QIcon, QPixmap
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from medviewer.app.library_service import picture_key
from medviewer.ui.formats import iso_date, person_name
from medviewer.ui.icons import icon
from medviewer.ui.panels.series_delegate import to_image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medviewer.app.services import Services
    from medviewer.io.library import LibraryEntry

_CARD_PX = 120
_MAX_RECENT = 5


class EmptyState(QWidget):
    """One sentence, one button, a drop target, recent studies, the demo study."""

    open_requested = Signal()
    demo_requested = Signal()
    recent_requested = Signal(object)
    """The LibraryEntry."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = services.thumbnails
        self.setProperty("surface", "window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.drop_frame = QFrame(self)
        self.drop_frame.setObjectName("dropFrame")
        self.drop_frame.setFixedWidth(560)
        self._invitation = self.tr("Drop a study here to read it")
        self._opening_text = self.tr("Opening…")
        self._headline = QLabel(self._invitation, self)
        self._headline.setProperty("role", "headline")
        self._detail = QLabel(
            self.tr("A folder, files or a zip: DICOM, NIfTI, NRRD, MHA, PNG, JPEG or TIFF"),
            self,
            wordWrap=True,
        )
        self._detail.setProperty("role", "dim")
        self._detail.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.notice = NothingFound(self)
        self._open = QPushButton(self.tr("Open folder…"), self)
        self._open.setProperty("role", "primary")
        self._demo = QPushButton(self.tr("Open the demo study"), self)
        self._demo.setProperty("role", "link")
        self._progress = QProgressBar(self)
        self._progress.setTextVisible(False)
        self._progress.setFixedWidth(280)
        self._cancel = QPushButton(self.tr("Cancel"), self)
        self._cancel.setProperty("role", "link")
        self._recent_title = QLabel(self.tr("Recent studies"), self)
        self._recent_title.setProperty("role", "section")
        self._search = QLineEdit(self)
        self._search.setPlaceholderText(self.tr("Name, ID, date or modality"))
        self._search.setClearButtonEnabled(True)
        self._search.setFixedWidth(220)
        self._recent = QHBoxLayout()
        self._open.clicked.connect(self.open_requested)
        self._demo.clicked.connect(self.demo_requested)
        self._search.textChanged.connect(services.library.search)
        services.library.found.connect(self.set_recent)
        services.thumbnails.ready.connect(self._on_thumbnail_ready)
        loading = services.loading
        loading.opening_started.connect(self._on_opening_started)
        loading.opening_finished.connect(self._on_opening_finished)
        loading.opening_progressed.connect(self._on_opening_progressed)
        self._cancel.clicked.connect(loading.cancel_opening)
        self._lay_out()
        self._show_progress(is_opening=False)
        self.set_recent([])
        services.library.search()

    def set_recent(self, studies: Sequence[LibraryEntry]) -> None:
        """Show the studies read last."""
        while (item := self._recent.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for study in studies[:_MAX_RECENT]:
            self._recent.addWidget(self._card(study))
        self._recent.addStretch(1)
        is_used = bool(studies) or bool(self._search.text())
        self._recent_title.setVisible(is_used)
        self._search.setVisible(is_used)
        self._studies = list(studies)

    def _show_progress(self, *, is_opening: bool) -> None:
        """While headers are read: how far, and a way out, in the place of the buttons."""
        for part in (self._open, self._demo, self._detail):
            part.setVisible(not is_opening)
        self._progress.setVisible(is_opening)
        self._cancel.setVisible(is_opening)
        self._progress.setRange(0, 0)
        self._headline.setText(self._opening_text if is_opening else self._invitation)

    def _on_opening_started(self) -> None:
        self.notice.say("")
        self._show_progress(is_opening=True)

    def _on_opening_finished(self) -> None:
        self._show_progress(is_opening=False)

    def _on_opening_progressed(self, fraction: float) -> None:
        self._progress.setRange(0, 0 if fraction < 0 else 1000)
        self._progress.setValue(round(1000 * max(fraction, 0.0)))

    def _on_thumbnail_ready(self, key: str) -> None:
        if self.isVisible() and any(
            picture_key(s.study_instance_uid) == key for s in self._studies
        ):
            self.set_recent(self._studies)

    def recent_titles(self) -> list[str]:
        """Names on the cards."""
        items = (self._recent.itemAt(n) for n in range(self._recent.count()))
        widgets = (item.widget() for item in items if item is not None)
        return [widget.text() for widget in widgets if isinstance(widget, QToolButton)]

    def set_hot(self, is_hot: bool) -> None:
        """Light up while something is dragged over the window."""
        self.drop_frame.setProperty("hot", is_hot)
        self.drop_frame.style().polish(self.drop_frame)

    def _lay_out(self) -> None:
        inside = QVBoxLayout(self.drop_frame)
        inside.setContentsMargins(32, 40, 32, 32)
        inside.setSpacing(8)
        picture = QLabel(self.drop_frame)
        picture.setPixmap(
            icon("folder-open-light", "dim").pixmap(QSize(48, 48), self.devicePixelRatio())
        )
        centre = Qt.AlignmentFlag.AlignHCenter
        inside.addWidget(picture, 0, centre)
        inside.addSpacing(4)
        inside.addWidget(self._headline, 0, centre)
        inside.addWidget(self._detail)
        inside.addWidget(self.notice)
        inside.addSpacing(16)
        inside.addWidget(self._open, 0, centre)
        inside.addWidget(self._demo, 0, centre)
        inside.addWidget(self._progress, 0, centre)
        inside.addWidget(self._cancel, 0, centre)
        outer = QVBoxLayout(self)
        outer.addStretch(3)
        outer.addWidget(self.drop_frame, 0, centre)
        outer.addSpacing(20)
        below = QWidget(self)
        below.setFixedWidth(640)
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 0, 0, 0)
        head = QHBoxLayout()
        head.addWidget(self._recent_title)
        head.addStretch(1)
        head.addWidget(self._search)
        column.addLayout(head)
        self._recent.setSpacing(8)
        column.addLayout(self._recent)
        outer.addWidget(below, 0, centre)
        outer.addStretch(4)

    def _card(self, study: LibraryEntry) -> QToolButton:
        button = QToolButton(self)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        picture = self._thumbnails.picture(picture_key(study.study_instance_uid))
        if picture is not None:
            button.setIcon(QIcon(QPixmap.fromImage(to_image(picture))))
        else:
            button.setIcon(icon("stack-light", "dim"))
        button.setIconSize(QSize(_CARD_PX - 24, 84))
        name = person_name(study.patient_name) or study.patient_id or study.root.name
        metrics = button.fontMetrics()
        lines = [
            name,
            "  ".join(t for t in ("/".join(study.modalities[:2]), iso_date(study.study_date)) if t),
        ]
        elide = Qt.TextElideMode.ElideRight
        button.setText("\n".join(metrics.elidedText(line, elide, _CARD_PX - 10) for line in lines))
        button.setFixedSize(_CARD_PX, 136)
        button.setToolTip("\n".join([name, study.description, str(study.root)]))
        button.clicked.connect(lambda: self.recent_requested.emit(study))
        return button


class NothingFound(QWidget):
    """Says under the invitation that the last thing opened held no image."""

    why_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._sentence = QLabel(self)
        self._sentence.setProperty("role", "warning")
        self._sentence.setWordWrap(True)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._why = QPushButton(self.tr("Why?"), self)
        self._why.setProperty("role", "link")
        self._why.clicked.connect(self.why_requested)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.addWidget(self._sentence)
        layout.addWidget(self._why, 0, Qt.AlignmentFlag.AlignHCenter)
        self.hide()

    def say(self, sentence: str, *, can_explain: bool = False) -> None:
        """Show a sentence until the next thing is opened; an empty one hides it.

        Parameters
        ----------
        sentence : str
        can_explain : bool
            There are files that could not be read, and a list that says why.
        """
        self._sentence.setText(sentence)
        self._why.setVisible(can_explain)
        self.setVisible(bool(sentence))

    @property
    def sentence(self) -> str:
        """Sentence shown now; empty for none."""
        return self._sentence.text()


class DropFilter(QObject):
    """Lets files and folders be dropped anywhere on a window."""

    dropped = Signal(list)
    hovered = Signal(bool)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        window.setAcceptDrops(True)
        window.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Look at an event before its widget does."""
        if isinstance(event, QDragMoveEvent):  # entering is a kind of moving
            if event.mimeData().hasUrls():
                event.acceptProposedAction()
                self.hovered.emit(True)
                return True
        elif event.type() == QEvent.Type.DragLeave:
            self.hovered.emit(False)
        elif isinstance(event, QDropEvent):
            self.hovered.emit(False)
            urls = event.mimeData().urls()
            paths = [url.toLocalFile() for url in urls if url.isLocalFile()]
            if paths:
                event.acceptProposedAction()
                self.dropped.emit(paths)
                return True
        return False
