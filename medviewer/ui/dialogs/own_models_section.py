"""The user's own models in the preferences: add one, see why one is refused, remove one."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMenu,
    QMessageBox,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from medviewer.ui.error_text import error_text
from medviewer.ui.message_text import message_text
from medviewer.ui.panels.panel_parts import Section, hint
from medviewer.ui.theme import repolish

if TYPE_CHECKING:
    from medviewer.ai.registry import ModelEntry
    from medviewer.app.services import Services


class OwnModelsSection(QWidget):
    """Lists the user's own models; what is done here is done at once.

    Parameters
    ----------
    services : Services
    """

    def __init__(self, services: Services, parent: QWidget) -> None:
        super().__init__(parent)
        self._services = services
        self._own = services.own_models
        section = Section(self.tr("Your own models"), self)
        self._rows = QWidget(section)
        self._list = QVBoxLayout(self._rows)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(10)
        self._shown: list[QWidget] = []
        what = self.tr(
            "A bundle of the MONAI Model Zoo or a model folder of this program can be added; "
            "nothing in it is executed."
        )
        section.add(hint(what, section))
        section.add(self._make_buttons())
        self._outcome = QLabel("", section, wordWrap=True)
        self._outcome.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        section.add(self._outcome)
        section.add(self._rows)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(section)
        self._asked = ""
        self._own.changed.connect(self._show_state)
        self._own.added.connect(self._on_added)
        self._own.removed.connect(self._on_removed)
        self._own.failed.connect(self._on_failed)
        self._fill()
        self._show_state()
        self._say("", "dim")

    def add_model(self, source: Path) -> None:
        """Add a model; what becomes of it is said below the list."""
        self._asked = source.name
        self._say("", "dim")
        self._own.add(source)

    def _make_buttons(self) -> QWidget:
        row = QWidget(self)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        self._add = QPushButton(self.tr("Add a model…"), row)
        self._add.setAutoDefault(False)
        menu = QMenu(self._add)
        menu.addAction(self.tr("From a folder…"), self._on_folder_asked)
        menu.addAction(self.tr("From a zip file…"), self._on_zip_asked)
        self._add.setMenu(menu)
        self._progress = QProgressBar(row, textVisible=False)
        self._progress.setRange(0, 0)
        self._cancel = QPushButton(self.tr("Cancel"), row)
        self._cancel.setProperty("role", "link")
        self._cancel.setAutoDefault(False)
        self._cancel.clicked.connect(self._own.cancel)
        layout.addWidget(self._add)
        layout.addWidget(self._progress, 1)
        layout.addWidget(self._cancel)
        layout.addStretch(0)
        return row

    def _fill(self) -> None:
        """List the models anew."""
        for widget in self._shown:
            widget.hide()  # a layout shows what was added to it later, then without a parent
            widget.setParent(None)
            widget.deleteLater()
        self._shown = [self._make_row(entry) for entry in self._own.entries]
        for widget in self._shown:
            self._list.addWidget(widget)

    def _make_row(self, entry: ModelEntry) -> QWidget:
        row = QWidget(self._rows)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        words = QVBoxLayout()
        words.setSpacing(2)
        card = entry.card
        words.addWidget(QLabel(f"{card.name} {card.version}" if card else entry.id, row))
        note = hint(message_text(entry.reason) if card is None else entry.id, row)
        if card is None:
            note.setProperty("role", "danger")
        words.addWidget(note)
        remove = QPushButton(self.tr("Remove…"), row)
        remove.setObjectName(f"remove-{entry.folder.name}")
        remove.setAutoDefault(False)
        remove.clicked.connect(partial(self._ask_to_remove, entry))
        layout.addLayout(words, 1)
        layout.addWidget(remove, 0, Qt.AlignmentFlag.AlignTop)
        return row

    def _ask_to_remove(self, entry: ModelEntry, *_checked: object) -> None:
        name = entry.card.name if entry.card else entry.id
        text = self.tr("Remove the model “{name}”?").format(name=name)
        box = QMessageBox(QMessageBox.Icon.NoIcon, self.tr("Remove model"), text, parent=self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setInformativeText(
            self.tr(
                "Its folder is deleted from this computer. Results it made are kept, and shown "
                "again when it is added again."
            )
        )
        remove = box.addButton(self.tr("Remove"), QMessageBox.ButtonRole.DestructiveRole)
        box.setDefaultButton(box.addButton(QMessageBox.StandardButton.Cancel))
        remove.clicked.connect(partial(self._remove, entry, name))
        box.open()

    def _remove(self, entry: ModelEntry, name: str, *_checked: object) -> None:
        self._asked = name
        self._own.remove(entry)

    def _show_state(self) -> None:
        is_busy = self._own.is_busy
        self._add.setEnabled(not is_busy)
        self._rows.setEnabled(not is_busy)
        self._progress.setVisible(is_busy)
        self._cancel.setVisible(is_busy)

    def _on_folder_asked(self) -> None:
        last = self._services.settings.settings.last_folder
        name = QFileDialog.getExistingDirectory(self, self.tr("Folder of the model"), last)
        if name:
            self.add_model(Path(name))

    def _on_zip_asked(self) -> None:
        last = self._services.settings.settings.last_folder
        title, filters = self.tr("Zip file of the model"), self.tr("Zip files (*.zip)")
        name, _ = QFileDialog.getOpenFileName(self, title, last, filters)
        if name:
            self.add_model(Path(name))

    def _on_added(self, model_id: str) -> None:
        entry = self._services.inference.entry(model_id)
        name = entry.card.name if entry and entry.card else model_id
        self._fill()
        self._say(self.tr("“{name}” was added.").format(name=name), "success")

    def _on_removed(self, _model_id: str) -> None:
        self._fill()
        self._say(self.tr("“{name}” was removed.").format(name=self._asked), "success")

    def _on_failed(self, error: Exception) -> None:
        text = error_text(error)
        reason = f"{text.title} {text.detail}"
        self._say(self.tr("“{name}”: {reason}").format(name=self._asked, reason=reason), "danger")

    def _say(self, text: str, role: str) -> None:
        self._outcome.setText(text)
        self._outcome.setProperty("role", role)
        self._outcome.setVisible(bool(text))
        repolish(self._outcome)
