"""The middle of the window: series browser, views, inspector."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtWidgets import QWidget

from medviewer.ui.theme import repolish

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QResizeEvent

_GRIP_PX = 5
_MIN_PANEL_PX = 180
_MAX_PANEL_PX = 520
_VIEWS_PX = 360
"""The panels together leave the views at least this width."""
_SMALL_BELOW_PX = 1281
"""Up to this width of the window the inspector opens on request, over a view that is alone."""


class WorkArea(QWidget):
    """Lays out two collapsible panels around a centre; their widths can be dragged."""

    width_changed = Signal(str, int)
    """``"browser"`` or ``"inspector"``, and its new width."""
    panels_changed = Signal()
    """A panel opened or collapsed, by the user or for want of room."""
    covered_changed = Signal(int)
    """Width of the views' right part that the inspector lies over, in pixels."""

    def __init__(self, browser: QWidget, inspector: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("workArea")
        self._center: QWidget | None = None
        self._panels = {"browser": browser, "inspector": inspector}
        self._widths = {"browser": 236, "inspector": 300}
        self._shown = {"browser": True, "inspector": True}
        self._is_alone = False
        self._are_views_side_by_side = False
        self._asked = {"browser": False, "inspector": False}
        self._were_open: tuple[bool, ...] = ()
        self.covered_px = 0
        for panel in (browser, inspector):
            panel.setParent(self)
        self._grips = {name: _Grip(name, self) for name in self._panels}
        self.setMinimumSize(640, 400)

    @property
    def is_small(self) -> bool:
        """Whether the inspector is open only while it is asked for."""
        return self.width() < _SMALL_BELOW_PX

    @property
    def is_overlaying(self) -> bool:
        """Whether the inspector lies over the views: of several, it would hide whole ones."""
        return self.is_small and not self._are_views_side_by_side

    def set_side_by_side(self, is_side_by_side: bool) -> None:
        """Say whether there are views beside each other, for which the inspector makes room."""
        if is_side_by_side != self._are_views_side_by_side:
            self._are_views_side_by_side = is_side_by_side
            self._lay_out()

    def set_center(self, widget: QWidget, *, is_alone: bool = False) -> None:
        """Put a widget between the panels; the previous one is hidden, not destroyed.

        Parameters
        ----------
        widget : QWidget
        is_alone : bool
            The panels have nothing to show beside it: they stay collapsed unless asked for.
        """
        self._is_alone = is_alone
        if self._center is not None and self._center is not widget:
            self._center.hide()
        self._center = widget
        widget.setParent(self)
        widget.show()
        self._lay_out()

    def restore_panel(self, name: str, width_px: int, *, is_shown: bool) -> None:
        """Take what was remembered: where there is room, the panel is open or not."""
        self._shown[name] = is_shown
        self.set_panel_width(name, width_px)

    def is_shown(self, name: str) -> bool:
        """Whether a panel is open."""
        return self._asked[name] if self.is_on_request(name) else self._shown[name]

    def is_on_request(self, name: str) -> bool:
        """Whether a panel opens only when asked for: it would be empty, or crowd the views."""
        return self._is_alone or (name == "inspector" and self.is_small)

    def set_shown(self, name: str, is_shown: bool) -> None:
        """Open or collapse a panel; the other one closes where both leave the views no room."""
        self._set_shown(name, is_shown)
        other = "browser" if name == "inspector" else "inspector"
        panels_px = sum(self._widths[panel] for panel in self._panels if self.is_shown(panel))
        if is_shown and self.width() - panels_px < _VIEWS_PX:
            self._set_shown(other, False)
        self._lay_out()

    def _set_shown(self, name: str, is_shown: bool) -> None:
        (self._asked if self.is_on_request(name) else self._shown)[name] = is_shown

    def set_panel_width(self, name: str, width_px: int) -> None:
        """Set the width of a panel."""
        self._widths[name] = max(_MIN_PANEL_PX, min(_MAX_PANEL_PX, width_px))
        self._lay_out()

    def panel_width(self, name: str) -> int:
        """Width of a panel when it is open."""
        return self._widths[name]

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out anew."""
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        height = self.height()
        left = self._widths["browser"] if self.is_shown("browser") else 0
        right = self._widths["inspector"] if self.is_shown("inspector") else 0
        self._panels["browser"].setVisible(bool(left))
        self._panels["inspector"].setVisible(bool(right))
        self._panels["browser"].setGeometry(0, 0, left, height)
        self._panels["inspector"].setGeometry(self.width() - right, 0, right, height)
        surface = "overlay" if self.is_overlaying else "panel"
        if self._panels["inspector"].property("surface") != surface:
            self._panels["inspector"].setProperty("surface", surface)
            repolish(self._panels["inspector"])
        covered = right if self.is_overlaying else 0
        if self._center is not None:
            start, taken = (panel + 1 if panel else 0 for panel in (left, right - covered))
            self._center.setGeometry(QRect(start, 0, self.width() - start - taken, height))
            self._center.lower()
        now_open = tuple(self.is_shown(name) for name in self._panels)
        if now_open != self._were_open:
            self._were_open = now_open
            self.panels_changed.emit()
        if covered != self.covered_px:
            self.covered_px = covered
            self.covered_changed.emit(covered)
        for name, grip in self._grips.items():
            edge = left if name == "browser" else self.width() - right
            grip.setGeometry(edge - _GRIP_PX // 2, 0, _GRIP_PX, height)
            grip.setVisible(self.is_shown(name))
        self._panels["inspector"].raise_()
        for grip in self._grips.values():
            grip.raise_()


class _Grip(QWidget):
    """Invisible edge that resizes a panel."""

    def __init__(self, name: str, area: WorkArea) -> None:
        super().__init__(area)
        self._name = name
        self._area = area
        self.setCursor(Qt.CursorShape.SplitHCursor)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin to drag."""
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pointer."""
        x = self._area.mapFromGlobal(event.globalPosition().toPoint()).x()
        self._area.set_panel_width(
            self._name, x if self._name == "browser" else self._area.width() - x
        )

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Report the new width."""
        self._area.width_changed.emit(self._name, self._area.panel_width(self._name))
