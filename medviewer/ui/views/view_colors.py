"""Colours inside a view; views are black in every theme."""

from __future__ import annotations

from PySide6.QtGui import QColor

from medviewer.core.planes import Orientation

TEXT = QColor("#e6e9ed")
DIM = QColor("#98a1ad")
HALO = QColor(0, 0, 0, 190)
LINE_HALO = QColor(0, 0, 0, 80)
ACCENT = QColor("#4da3ff")
WARNING = QColor("#ffb224")
AI = QColor("#b48cff")
GAP = QColor("#0f1113")

PLANES = {
    Orientation.AXIAL: QColor("#f0655d"),
    Orientation.CORONAL: QColor("#5ccf7c"),
    Orientation.SAGITTAL: QColor("#f2cf55"),
    Orientation.ACQUISITION: QColor("#98a1ad"),
}
