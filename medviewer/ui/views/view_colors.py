"""Colours inside a view; views are black in every theme, so these are the dark ones."""

from __future__ import annotations

from PySide6.QtGui import QColor

from medviewer.core.planes import Orientation
from medviewer.ui.theme import DARK

TEXT = QColor(DARK.text)
DIM = QColor(DARK.dim)
ACCENT = QColor(DARK.accent)
WARNING = QColor(DARK.warning)
AI = QColor(DARK.ai)
READER = QColor(DARK.mark)
GAP = QColor(DARK.window)

HALO = QColor(0, 0, 0, 190)
PLATE = QColor(0, 0, 0, 160)
LINE_HALO = QColor(0, 0, 0, 80)

PLANES = {
    Orientation.AXIAL: QColor(DARK.axial),
    Orientation.CORONAL: QColor(DARK.coronal),
    Orientation.SAGITTAL: QColor(DARK.sagittal),
    Orientation.ACQUISITION: QColor(DARK.dim),
}
