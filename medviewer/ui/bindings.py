"""Tie an input widget to a value: shows the value without echo, reports only the user's edits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QAbstractButton, QComboBox, QDoubleSpinBox, QSlider, QSpinBox, QWidget

if TYPE_CHECKING:
    from collections.abc import Callable


def set_silently(widget: QWidget, value: Any) -> None:
    """Show a value in a combo box (item data), spin box, slider or check box; no signal."""
    blocker = QSignalBlocker(widget)
    if isinstance(widget, QComboBox):
        widget.setCurrentIndex(widget.findData(value))
    elif isinstance(widget, QAbstractButton):
        widget.setChecked(bool(value))
    elif isinstance(widget, QSpinBox | QSlider):
        widget.setValue(round(value))
    elif isinstance(widget, QDoubleSpinBox):
        widget.setValue(float(value))
    else:
        msg = f"{type(widget).__name__} holds no value."
        raise TypeError(msg)
    blocker.unblock()


def on_edit(widget: QWidget, report: Callable[[Any], None]) -> None:
    """Call ``report`` with the new value whenever the user changes the widget.

    Enter in a number field gives the keys back to the views: the next figure means a window there.
    """
    if isinstance(widget, QComboBox):
        widget.activated.connect(lambda index: report(widget.itemData(index)))
    elif isinstance(widget, QAbstractButton):
        widget.clicked.connect(report)
    elif isinstance(widget, QSpinBox | QDoubleSpinBox | QSlider):
        widget.valueChanged.connect(report)
        if not isinstance(widget, QSlider):
            widget.lineEdit().returnPressed.connect(widget.clearFocus)
    else:
        msg = f"{type(widget).__name__} holds no value."
        raise TypeError(msg)
