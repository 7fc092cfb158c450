"""The right-hand panel: one page at a time, chosen by a row of icons."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from medviewer.ui.icons import icon
from medviewer.ui.theme import ICON_PX


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the inspector."""

    id: str
    title: str
    button: QToolButton
    area: QScrollArea


class Inspector(QWidget):
    """Holds pages; ``add_page`` is all a page needs."""

    page_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("surface", "panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._pages: dict[str, Page] = {}
        self._group = QButtonGroup(self)
        self._buttons = QHBoxLayout()
        self._buttons.setContentsMargins(8, 6, 8, 2)
        self._buttons.setSpacing(2)
        self._buttons.addStretch(1)
        self._title = QLabel(self)
        self._title.setProperty("role", "title")
        self._title.setContentsMargins(16, 6, 16, 6)
        self._stack = QStackedWidget(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._buttons)
        line = QFrame(self)
        line.setProperty("line", "true")
        layout.addWidget(line)
        layout.addWidget(self._title)
        layout.addWidget(self._stack, 1)

    @property
    def current(self) -> str:
        """Id of the page shown."""
        shown = self._stack.currentWidget()
        return next((page.id for page in self._pages.values() if page.area is shown), "")

    def page_ids(self) -> tuple[str, ...]:
        """Ids of all pages, in order."""
        return tuple(self._pages)

    def add_page(self, page_id: str, title: str, icon_name: str, widget: QWidget) -> None:
        """Add a page.

        Parameters
        ----------
        page_id : str
            Stable id, ``"display"``.
        title : str
            Translated.
        icon_name : str
            For :func:`medviewer.ui.icons.icon`.
        widget : QWidget
            The page; scrolls vertically when it is taller than the panel.
        """
        button = QToolButton(self)
        button.setCheckable(True)
        button.setToolTip(title)
        button.setIcon(icon(icon_name))
        button.setIconSize(QSize(ICON_PX, ICON_PX))
        button.setFixedSize(32, 28)
        button.setAccessibleName(title)
        button.clicked.connect(lambda: self.show_page(page_id))
        self._group.addButton(button)
        self._buttons.insertWidget(self._buttons.count() - 1, button)
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(widget)
        widget.setProperty("surface", "panel")
        widget.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._stack.addWidget(area)
        self._pages[page_id] = Page(page_id, title, button, area)
        if len(self._pages) == 1:
            self.show_page(page_id)

    def show_page(self, page_id: str) -> None:
        """Bring a page to the front; an unknown id changes nothing."""
        page = self._pages.get(page_id)
        if page is None:
            return
        page.button.setChecked(True)
        self._title.setText(page.title)
        self._stack.setCurrentWidget(page.area)
        self.page_changed.emit(page_id)
