"""Parts that panels are put together from: sections, rows, hints."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFormLayout, QFrame, QLabel, QVBoxLayout, QWidget

_SHORT = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
_MIN_LETTERS = 8


class Section(QWidget):
    """A block with one column, or with label and field; an empty title takes no room."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        label = QLabel(title, self)
        label.setProperty("role", "section")
        label.setVisible(bool(title))
        self._column.addWidget(label)
        self._form: QFormLayout | None = None

    def add(self, widget: QWidget) -> None:
        """Add a widget across the whole width."""
        self._column.addWidget(widget)
        self._form = None

    def add_row(self, label: str, field: QWidget) -> None:
        """Add a field with its label."""
        if self._form is None:
            self._form = QFormLayout()
            self._form.setHorizontalSpacing(12)
            self._form.setVerticalSpacing(8)
            self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
            self._form.setLabelAlignment(Qt.AlignmentFlag.AlignLeft)
            self._column.addLayout(self._form)
        if isinstance(field, QComboBox):  # its longest entry must not widen the panel
            field.setSizeAdjustPolicy(_SHORT)
            field.setMinimumContentsLength(_MIN_LETTERS)
        text = QLabel(label, self)
        text.setProperty("role", "dim")
        text.setMinimumWidth(84)
        text.setBuddy(field)
        self._form.addRow(text, field)


def hint(text: str, parent: QWidget) -> QLabel:
    """Make a dim sentence that explains."""
    label = QLabel(text, parent, wordWrap=True)
    label.setProperty("role", "dim")
    return label


def separator(parent: QWidget) -> QFrame:
    """Make a thin line."""
    line = QFrame(parent)
    line.setProperty("line", "true")
    return line
