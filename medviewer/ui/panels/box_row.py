"""Where a model that reads one part of a large volume is told which part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from medviewer.ui.bindings import set_silently
from medviewer.ui.panels.panel_parts import hint

if TYPE_CHECKING:
    from medviewer.ui.panels.ai_context import AiContext

BOX_TOOL = "reading_box"


class BoxRow(QWidget):
    """Draw or remove the box in which the model reads.

    Parameters
    ----------
    context : AiContext
    """

    def __init__(self, context: AiContext, parent: QWidget) -> None:
        super().__init__(parent)
        self._context = context
        self._draw = QPushButton(self.tr("Draw a box"), self)
        self._draw.setCheckable(True)
        self._draw.clicked.connect(self._on_draw)
        self._remove = QPushButton(self.tr("Remove the box"), self)
        self._remove.clicked.connect(context.remove_reading_box)
        row = QHBoxLayout()
        row.addWidget(self._draw)
        row.addWidget(self._remove)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        text = self.tr("In an image of a whole head, draw a box around one side in two planes.")
        column.addWidget(hint(text, self))
        column.addLayout(row)
        store = context.services.view_store
        store.grid_changed.connect(self.refresh)
        self.refresh()

    def refresh(self, *_anything: object) -> None:
        """Take in the tool and the box."""
        grid = self._context.services.view_store.grid
        set_silently(self._draw, grid.tool == BOX_TOOL)
        self._remove.setEnabled(self._context.reading_box is not None)

    def _on_draw(self, is_on: bool) -> None:
        tool = BOX_TOOL if is_on else "window"
        self._context.services.view_store.update_grid(tool=tool)
