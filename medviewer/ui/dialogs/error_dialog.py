"""Says what went wrong, what to do, and keeps the details one click away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from medviewer.ui.icons import icon

if TYPE_CHECKING:
    from medviewer.ui.error_text import ErrorText


class ErrorDialog(QDialog):
    """Title, remedy, and details that can be copied.

    Parameters
    ----------
    text : ErrorText
    trace : str
        Appended to the details; empty for errors that explain themselves.
    """

    def __init__(self, text: ErrorText, trace: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("medviewer"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(460)
        picture = QLabel(self)
        picture.setPixmap(icon("warning-circle", "danger").pixmap(QSize(28, 28)))
        title = QLabel(text.title, self, wordWrap=True)
        title.setProperty("role", "title")
        remedy = QLabel(text.remedy, self, wordWrap=True)
        remedy.setProperty("role", "dim")
        remedy.setVisible(bool(text.remedy))
        self._detail = QPlainTextEdit(f"{text.detail}\n\n{trace}".strip(), self, readOnly=True)
        self._detail.setMinimumHeight(140)
        self._detail.hide()
        self._toggle = QPushButton(self.tr("Details"), self)
        self._toggle.setCheckable(True)
        self._toggle.setAutoDefault(False)
        self._toggle.setProperty("role", "link")
        self._toggle.toggled.connect(self._on_toggled)
        copy = QPushButton(self.tr("Copy"), self)
        copy.setProperty("role", "link")
        copy.setAutoDefault(False)
        copy.clicked.connect(lambda: QApplication.clipboard().setText(self._detail.toPlainText()))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.reject)
        sentences = QVBoxLayout()
        sentences.setSpacing(4)
        sentences.addWidget(title)
        sentences.addWidget(remedy)
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(sentences, 1)
        bottom = QHBoxLayout()
        bottom.addWidget(self._toggle)
        bottom.addWidget(copy)
        bottom.addStretch(1)
        bottom.addWidget(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 16)
        layout.setSpacing(16)
        layout.addLayout(top)
        layout.addWidget(self._detail, 1)
        layout.addLayout(bottom)

    def details(self) -> str:
        """Text behind the button."""
        return self._detail.toPlainText()

    def _on_toggled(self, is_on: bool) -> None:
        self._detail.setVisible(is_on)
        self.adjustSize()
