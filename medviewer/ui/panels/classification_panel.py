"""Calibrated probabilities of a model's classes, and what influenced the chosen one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QWidget

from medviewer.ai.model_result import ExplainedScore
from medviewer.ui.bindings import set_silently
from medviewer.ui.panels.heat_map import HeatMapControls, is_shown, toggle_heat
from medviewer.ui.panels.panel_parts import Section
from medviewer.ui.theme import tokens

if TYPE_CHECKING:
    from medviewer.ai.model_result import ModelResult
    from medviewer.core.findings import ClassProbability
    from medviewer.ui.panels.ai_context import AiContext

_ROW_PX = 30


class ClassificationPanel(Section):
    """One bar for each class; a click shows the heat map of that class.

    Parameters
    ----------
    context : AiContext
    result : ModelResult
        With a classification.
    """

    def __init__(self, context: AiContext, result: ModelResult, parent: QWidget) -> None:
        super().__init__("", parent)
        self.setObjectName("classification")
        self._context = context
        self._result = result
        self._rows: dict[str, ProbabilityRow] = {}
        classes = result.classification.classes if result.classification else ()
        for item in sorted(classes, key=lambda c: -c.probability):
            name = context.display_name(result.model_id, item.label)
            row = ProbabilityRow(name, item, self)
            row.setToolTip(self._tool_tip(item))
            row.clicked.connect(lambda _on, label=item.label: self._on_row_clicked(label))
            self._rows[item.label] = row
            self.add(row)
        idle = self.tr("Click a class to see what influenced its score.")
        self._heat = HeatMapControls(context, self, idle)
        self.add(self._heat)
        self.refresh()

    def refresh(self, result: ModelResult | None = None) -> None:
        """Show which heat map is on."""
        self._result = result or self._result
        for label, row in self._rows.items():
            set_silently(row, is_shown(self._context, self._result, ExplainedScore(label)))
        self._heat.refresh(self._result)

    def _on_row_clicked(self, label: str) -> None:
        score = ExplainedScore(label)
        known = self._result.saliency_of(score)
        if known is not None:
            toggle_heat(self._context, self._result, score)
        else:
            self._context.results.show_saliency(self._result.source_id, "")
        self.refresh()

    def _tool_tip(self, item: ClassProbability) -> str:
        card = self._context.card(self._result.model_id)
        points = card.operating_points if card else ()
        point = next(
            (p for p in points if (p.label, p.scope) == (item.label, "image") and p.is_default),
            None,
        )
        text = self.tr("Operating point {threshold}").format(threshold=f"{item.threshold:.2f}")
        if point is not None and point.sensitivity is not None and point.specificity is not None:
            more = self.tr("sensitivity {sensitivity}, specificity {specificity}")
            text += ": " + more.format(
                sensitivity=f"{point.sensitivity:.0%}", specificity=f"{point.specificity:.0%}"
            )
        return text


class ProbabilityRow(QAbstractButton):
    """A class with its probability as a bar, and a tick at the operating point."""

    def __init__(self, name: str, item: ClassProbability, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setText(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._item = item
        self._number = QLocale().toString(item.probability * 100, "f", 0) + " %"
        self.setAccessibleName(f"{name} {self._number}")

    def sizeHint(self) -> QSize:
        """Return the size of a row."""
        return QSize(160, _ROW_PX)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw name, number and bar."""
        colors = tokens()
        painter = QPainter(self)
        width, height = self.width(), self.height()
        strong = QColor(colors.ai)
        dim = QColor(colors.dim)
        above = self._item.is_above_threshold
        painter.setPen(QColor(colors.text) if above or self.isChecked() else dim)
        area = QRectF(0, 0, width, height - 8)
        painter.drawText(
            area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.text()
        )
        painter.drawText(
            area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._number
        )
        bar = QRectF(0, height - 7, width, 3)
        track = QColor(dim)
        track.setAlpha(60)
        painter.fillRect(bar, track)
        filled = QRectF(bar)
        filled.setWidth(width * self._item.probability)
        if not above:
            strong.setAlpha(110)
        painter.fillRect(filled, strong)
        tick = QRectF(width * self._item.threshold - 0.5, height - 9, 1, 7)
        painter.fillRect(tick, QColor(colors.text))
        if self.isChecked():
            painter.fillRect(QRectF(-1, 0, 2, height - 8), strong)
        painter.end()
