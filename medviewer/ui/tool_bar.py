"""The slim bar at the top: few buttons, everything else one key away."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QFrame,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolBar,
    QToolButton,
    QWidget,
)

from medviewer.ui.icons import icon
from medviewer.ui.image_actions import MORE_TOOLS, TOOLS
from medviewer.ui.theme import ICON_PX, TOOL_BAR_PX

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from medviewer.ui.actions import ActionTable


class ToolBar(QToolBar):
    """Menu, open, layout, tools, link, cine, AI, search, panels.

    Parameters
    ----------
    table : ActionTable
    """

    def __init__(self, table: ActionTable, parent: QWidget | None = None) -> None:
        super().__init__(parent, movable=False, floatable=False)
        self._table = table
        self.setFixedHeight(TOOL_BAR_PX)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setIconSize(QSize(ICON_PX, ICON_PX))
        self.setWindowTitle(self.tr("Tool bar"))
        self._menu_button()
        self._button("file.open_folder")
        self._line()
        self._drop_down("layout", "squares-four", self.tr("Layout"))
        self._line()
        for name in TOOLS:
            self._button(f"tool.{name}")
        self._more_tools()
        self._line()
        for action_id in ("layout.is_linked", "image.cine", "image.invert", "image.reset"):
            self._button(action_id)
        self._line()
        self.ai_button = self._drop_down("ai", "sparkle", self.tr("AI"))
        spacer = QWidget(self)
        spacer.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(spacer)
        self._search()
        self._button("view.browser")
        self._button("view.inspector")

    def _add(self, button: QToolButton) -> QToolButton:
        button.setFixedSize(34, 30)
        button.setIconSize(QSize(ICON_PX, ICON_PX))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.addWidget(button)
        return button

    def _button(self, action_id: str) -> QToolButton:
        button = QToolButton(self)
        button.setDefaultAction(self._table.qaction(action_id))
        button.setAccessibleName(self._table.definition(action_id).text)
        return self._add(button)

    def _line(self) -> None:
        line = QFrame(self)
        line.setProperty("vline", "true")
        self.addWidget(line)

    def _drop_down(self, group: str, icon_name: str, title: str) -> QToolButton:
        button = QToolButton(self)
        button.setToolTip(title)
        button.setIcon(icon(icon_name))
        button.setAccessibleName(title)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(lambda: self._fill(menu, group))
        button.setMenu(menu)
        return self._add(button)

    def _fill(self, menu: QMenu, group: str) -> None:
        menu.clear()
        section = None
        for action in self._table:
            if action.group == group:
                if section not in (None, action.section):
                    menu.addSeparator()
                section = action.section
                menu.addAction(self._table.qaction(action.id))

    def _more_tools(self) -> None:
        """Add a button that stands for the tools without one: it shows the last one chosen."""
        button = QToolButton(self)
        button.setObjectName("moreTools")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.MenuButtonPopup)
        menu = QMenu(button)
        menu.setToolTipsVisible(True)
        button.setMenu(menu)
        actions = [self._table.qaction(f"tool.{name}") for name in MORE_TOOLS]
        for action in actions:
            menu.addAction(action)
            action.toggled.connect(partial(_stand_for, button, action))
        _stand_for(button, actions[0])
        self._add(button).setFixedWidth(48)

    def _menu_button(self) -> None:
        button = QToolButton(self)
        button.setToolTip(self.tr("Menu"))
        button.setIcon(icon("list"))
        button.setAccessibleName(self.tr("Menu"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        for group, title in self._table.groups.items():
            below = QMenu(title, menu)
            below.setToolTipsVisible(True)
            below.aboutToShow.connect(lambda m=below, g=group: self._fill(m, g))
            menu.addMenu(below)
        button.setMenu(menu)
        self._add(button)

    def _search(self) -> None:
        palette = self._table.qaction("help.palette")
        button = QPushButton(self.tr("Find an action…   Ctrl+K"), self)
        button.setObjectName("searchButton")
        button.setIcon(icon("magnifying-glass", "dim"))
        button.setMinimumWidth(200)
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.clicked.connect(palette.trigger)
        self.addWidget(button)


def _stand_for(button: QToolButton, action: QAction, is_on: bool = True) -> None:
    """Let a button be the one of an action that was switched on."""
    if is_on:
        button.setDefaultAction(action)
        button.setAccessibleName(action.text())
