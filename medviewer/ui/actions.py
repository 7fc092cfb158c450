"""The one table of actions: menus, tool bar, palette, cheat sheet and shortcuts read it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QWidget

from medviewer.ui.icons import icon

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping


def _always() -> str:
    """Nothing stands in the way."""
    return ""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing the user can do.

    Attributes
    ----------
    id : str
        Stable name, ``"image.invert"``: group and name. Shortcuts in the settings refer to it;
        the group is a menu and a section of the cheat sheet (:attr:`ActionTable.groups`).
    text : str
        Translated, as shown in menus and the palette.
    run : callable
        What happens.
    shortcuts : tuple of str
        Portable key sequences (``"Shift+H"``); the first is shown.
    icon : str
        Name for :func:`medviewer.ui.icons.icon`.
    missing : callable
        Translated sentence on what is missing for the action to work now, or "".
    is_on : callable or None
        Whether a switch is on; ``None`` for an action that is not a switch.
    section : int
        Actions of one group with different sections are separated by a line.
    """

    id: str
    text: str
    run: Callable[[], object]
    shortcuts: tuple[str, ...] = ()
    icon: str = ""
    missing: Callable[[], str] = _always
    is_on: Callable[[], bool] | None = None
    section: int = 0

    @property
    def group(self) -> str:
        """First part of the id."""
        return self.id.partition(".")[0]


class ActionTable(QObject):
    """Holds the actions of a window and their live QActions.

    Parameters
    ----------
    host : QWidget
        The window in which the shortcuts work.
    groups : mapping
        Group id to translated title, in menu order.
    """

    def __init__(self, host: QWidget, groups: Mapping[str, str]) -> None:
        super().__init__(host)
        self._host = host
        self.groups = dict(groups)
        self._actions: dict[str, Action] = {}
        self._qactions: dict[str, QAction] = {}
        self._overrides: Mapping[str, tuple[str, ...]] = {}
        self._refresh_timer = QTimer(self, singleShot=True, interval=0)
        self._refresh_timer.timeout.connect(self.refresh)

    def __iter__(self) -> Iterator[Action]:
        return iter(self._actions.values())

    def __contains__(self, action_id: object) -> bool:
        return action_id in self._actions

    def add(self, actions: Iterable[Action]) -> None:
        """Add actions; one of an id that exists already takes its place, buttons included.

        Raises
        ------
        KeyError
            The group of an action is unknown.
        """
        for action in actions:
            if action.group not in self.groups:
                msg = f"Action {action.id}: group {action.group!r} is not one of {self.groups}."
                raise KeyError(msg)
            self._actions[action.id] = action
            if action.id not in self._qactions:
                self._qactions[action.id] = self._build(action)
            self._qactions[action.id].setText(action.text)
        self.request_refresh()

    def definition(self, action_id: str) -> Action:
        """Return the row of the table."""
        return self._actions[action_id]

    def qaction(self, action_id: str) -> QAction:
        """Return the live action, for a button or a menu."""
        return self._qactions[action_id]

    def menu(self, group: str, parent: QWidget) -> QMenu:
        """Menu of one group, in the order of the table."""
        menu = QMenu(self.groups[group], parent)
        menu.setToolTipsVisible(True)
        section = None
        for action in self:
            if action.group != group:
                continue
            if section not in (None, action.section):
                menu.addSeparator()
            section = action.section
            menu.addAction(self._qactions[action.id])
        return menu

    def shortcuts(self, action_id: str) -> tuple[str, ...]:
        """Key sequences in force: the user's own, else the default."""
        default = self._actions[action_id].shortcuts
        return tuple(self._overrides.get(action_id, default))

    def set_overrides(self, overrides: Mapping[str, tuple[str, ...]]) -> None:
        """Take the user's shortcuts."""
        self._overrides = overrides
        for action_id, qaction in self._qactions.items():
            qaction.setShortcuts([QKeySequence(key) for key in self.shortcuts(action_id)])
        self.request_refresh()

    def conflicts(self, overrides: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """Key sequences that more than one action would take, with the ids of those actions."""
        owners: dict[str, list[str]] = {}
        for action in self:
            for key in overrides.get(action.id, action.shortcuts):
                owners.setdefault(QKeySequence(key).toString(), []).append(action.id)
        return {key: tuple(ids) for key, ids in owners.items() if len(ids) > 1}

    def why_not(self, key: QKeySequence) -> str:
        """Sentence on why a key can do nothing now; empty for a key no action has."""
        for action in self:
            if key in self._qactions[action.id].shortcuts():
                return action.missing()
        return ""

    def request_refresh(self, *_anything: object) -> None:
        """Evaluate all conditions again at the next turn of the event loop; any signal fits."""
        self._refresh_timer.start()

    def refresh(self) -> None:
        """Evaluate which actions can run and which switches are on, and say why not."""
        for action_id, action in self._actions.items():
            qaction = self._qactions[action_id]
            missing = action.missing()
            qaction.setEnabled(not missing)
            if action.is_on is not None:
                qaction.setChecked(action.is_on())
            qaction.setToolTip(self._tool_tip(action, missing))

    def _build(self, action: Action) -> QAction:
        qaction = QAction(action.text, self)
        qaction.setObjectName(action.id)
        if action.icon:
            qaction.setIcon(icon(action.icon))
        qaction.setCheckable(action.is_on is not None)
        qaction.setAutoRepeat(action.is_on is None)  # a switch must not flicker under a held key
        qaction.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        qaction.setShortcuts([QKeySequence(key) for key in self.shortcuts(action.id)])
        qaction.triggered.connect(lambda _checked: self._on_triggered(action.id))
        self._host.addAction(qaction)
        return qaction

    def _on_triggered(self, action_id: str) -> None:
        self._actions[action_id].run()
        self.request_refresh()

    def _tool_tip(self, action: Action, missing: str) -> str:
        keys = self.shortcuts(action.id)
        shown = (
            QKeySequence(keys[0]).toString(QKeySequence.SequenceFormat.NativeText) if keys else ""
        )
        first = f"{action.text}  ({shown})" if shown else action.text
        return f"{first}\n{missing}" if missing else first
