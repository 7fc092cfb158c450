"""Preferences page: keys of every action, with conflicts named."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon, QKeySequence
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from medviewer.core.resources import bundled_path
from medviewer.ui.icons import icon

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medviewer.ui.actions import ActionTable

_ID = Qt.ItemDataRole.UserRole


class ShortcutPage(QWidget):
    """Choose an action, press its new key."""

    changed = Signal()

    def __init__(
        self,
        table: ActionTable,
        overrides: Mapping[str, tuple[str, ...]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._table = table
        self._overrides = dict(overrides)
        self._search = QLineEdit(self)
        self._search.setPlaceholderText(self.tr("Search actions and keys"))
        self._search.addAction(
            icon("magnifying-glass", "dim"), QLineEdit.ActionPosition.LeadingPosition
        )
        self._list = QTreeWidget(self)
        self._list.setHeaderLabels([self.tr("Action"), self.tr("Keys")])
        self._list.header().resizeSection(0, 380)
        self._edit = QKeySequenceEdit(self)
        self._edit.setMaximumSequenceLength(1)
        self._edit.setClearButtonEnabled(True)
        self._default = QPushButton(self.tr("Default"), self)
        self._profile = QComboBox(self)
        for name, keys in key_profiles().items():
            self._profile.addItem(name, keys)
        self._profile.setCurrentIndex(self._profile.findData(self._overrides))
        self._profile.setPlaceholderText(self.tr("Own keys"))
        top = QHBoxLayout()
        top.addWidget(self._search, 1)
        top.addWidget(QLabel(self.tr("Keys like in"), self))
        top.addWidget(self._profile)
        row = QHBoxLayout()
        row.addWidget(QLabel(self.tr("New key"), self))
        row.addWidget(self._edit, 1)
        row.addWidget(self._default)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 16, 4, 4)
        layout.setSpacing(10)
        layout.addLayout(top)
        layout.addWidget(self._list, 1)
        layout.addLayout(row)
        self._fill()
        self._search.textChanged.connect(self._on_search_changed)
        self._list.currentItemChanged.connect(lambda *_items: self._show_current())
        self._edit.editingFinished.connect(self._on_edited)
        self._default.clicked.connect(self._on_default_clicked)
        self._profile.activated.connect(self._on_profile_chosen)
        self._show_current()

    def overrides(self) -> dict[str, tuple[str, ...]]:
        """Keys that differ from the default."""
        return dict(self._overrides)

    def problem(self) -> str:
        """Sentence that names a conflict; empty when there is none."""
        for key, ids in self._table.conflicts(self._overrides).items():
            names = ", ".join(self._table.definition(action_id).text for action_id in ids)
            text = self.tr("{key} is taken by more than one action: {names}.")
            return text.format(key=_native(key), names=names)
        return ""

    def set_key(self, action_id: str, key: str) -> None:
        """Give an action a key ("" for none)."""
        keys = (key,) if key else ()
        if keys == self._table.definition(action_id).shortcuts:
            self._overrides.pop(action_id, None)
        else:
            self._overrides[action_id] = keys
        self._profile.setCurrentIndex(-1)
        self._refresh()

    def _fill(self) -> None:
        for group, title in self._table.groups.items():
            head = QTreeWidgetItem([title])
            head.setFlags(Qt.ItemFlag.ItemIsEnabled)
            for action in self._table:
                if action.group == group:
                    item = QTreeWidgetItem([action.text])
                    item.setData(0, _ID, action.id)
                    head.addChild(item)
            if head.childCount():
                self._list.addTopLevelItem(head)
                head.setExpanded(True)
        self._refresh()

    def _items(self) -> list[QTreeWidgetItem]:
        return [
            item for head in _children(self._list.invisibleRootItem()) for item in _children(head)
        ]

    def _keys(self, action_id: str) -> tuple[str, ...]:
        return self._overrides.get(action_id, self._table.definition(action_id).shortcuts)

    def _refresh(self) -> None:
        taken = {i for ids in self._table.conflicts(self._overrides).values() for i in ids}
        for item in self._items():
            action_id = item.data(0, _ID)
            item.setText(1, "   ".join(_native(key) for key in self._keys(action_id)))
            font = item.font(1)
            font.setBold(action_id in self._overrides)
            item.setFont(1, font)
            item.setIcon(1, icon("warning", "danger") if action_id in taken else QIcon())
        self.changed.emit()

    def _current_id(self) -> str:
        item = self._list.currentItem()
        return str(item.data(0, _ID) or "") if item is not None else ""

    def _show_current(self) -> None:
        action_id = self._current_id()
        for widget in (self._edit, self._default):
            widget.setEnabled(bool(action_id))
        keys = self._keys(action_id) if action_id else ()
        self._edit.setKeySequence(QKeySequence(keys[0] if keys else ""))

    def _on_edited(self) -> None:
        action_id = self._current_id()
        if action_id:
            self.set_key(action_id, self._edit.keySequence().toString())

    def _on_default_clicked(self) -> None:
        self._overrides.pop(self._current_id(), None)
        self._profile.setCurrentIndex(-1)
        self._refresh()
        self._show_current()

    def _on_profile_chosen(self, index: int) -> None:
        self._overrides = dict(self._profile.itemData(index))
        self._refresh()
        self._show_current()

    def _on_search_changed(self, text: str) -> None:
        words = text.lower().split()
        for head in _children(self._list.invisibleRootItem()):
            for item in _children(head):
                shown = f"{item.text(0)} {item.text(1)}".lower()
                item.setHidden(not all(word in shown for word in words))
            head.setHidden(all(item.isHidden() for item in _children(head)))


def _children(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    found = (item.child(n) for n in range(item.childCount()))
    return [child for child in found if child is not None]


def key_profiles() -> dict[str, dict[str, tuple[str, ...]]]:
    """Keys that differ from the default, by the name of the program whose hands know them."""
    text = bundled_path("resources", "shortcuts", "profiles.json").read_text("utf-8")
    return {
        row["name"]: {action_id: tuple(keys) for action_id, keys in row["keys"].items()}
        for row in json.loads(text)
    }


def _native(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
