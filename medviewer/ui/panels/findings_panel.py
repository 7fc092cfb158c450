"""The findings of a model: a list to walk through, a score slider, and the reader's verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QSlider,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from medviewer.ai.model_result import ExplainedScore
from medviewer.core.findings import ReviewState
from medviewer.ui.bindings import on_edit, set_silently
from medviewer.ui.finding_words import ratings_text, unplaced_text
from medviewer.ui.icons import icon
from medviewer.ui.panels.heat_map import HeatMapControls, is_shown, toggle_heat
from medviewer.ui.panels.panel_parts import Section, hint
from medviewer.ui.theme import tokens

if TYPE_CHECKING:
    from medviewer.ai.model_card import OperatingPoint
    from medviewer.ai.model_result import ModelResult
    from medviewer.core.findings import Finding, FindingSet
    from medviewer.ui.panels.ai_context import AiContext

_MAX_HEIGHT_PX = 260
_ROW_PX = 26
_MARGIN_PX = 4
_SCORE_STEPS = 1000
_LEAST_COLUMN_PX = 30
_NAME, _SCORE, _SIZE, _IMAGE = 1, 2, 3, 4


class FindingsPanel(Section):
    """Findings with number, score, size and place; a click centres the views.

    Parameters
    ----------
    context : AiContext
    result : ModelResult
        With findings.
    can_review : bool
        Whether the reader may accept, reject, comment and edit; not what others reported.
    """

    def __init__(
        self, context: AiContext, result: ModelResult, parent: QWidget, *, can_review: bool = True
    ) -> None:
        super().__init__("", parent)
        self.setObjectName("findings")
        self._context = context
        self._result = result
        self._chosen_id = ""
        found = result.findings.findings if result.findings is not None else ()
        self._is_scored = not found or any(f.score is not None for f in found)
        self._add_slider()
        self._make_table()
        self._table.itemSelectionChanged.connect(self._on_selected)
        self._table.cellClicked.connect(self._on_selected)
        self.add(self._table)
        self._not_drawn = hint("", self)
        self.add(self._not_drawn)
        self._ratings = hint("", self)
        self.add(self._ratings)
        self._comment = QLineEdit(self)
        self._comment.setPlaceholderText(self.tr("Comment"))
        self._comment.editingFinished.connect(self._on_comment_edited)
        self.add(self._comment)
        self._can_review = can_review
        buttons = self._make_buttons()
        self.add(buttons)
        self._comment.setVisible(can_review)
        buttons.setVisible(can_review)
        self._heat = self._make_heat_button(found)
        self.add(self._heat)
        self._controls = HeatMapControls(context, self)
        self.add(self._controls)
        on_edit(self._slider, self._on_slider_moved)
        self.refresh()

    @property
    def shown(self) -> list[Finding]:
        """Findings at or above the slider's score, strongest first."""
        findings = self._set
        if findings is None:
            return []
        threshold = self._context.results.display(findings).score_threshold
        return [f for f in findings.findings if f.score is None or f.score >= threshold]

    @property
    def selected(self) -> Finding | None:
        """The finding whose row is chosen."""
        row = self._table.currentRow()
        shown = self.shown
        return shown[row] if 0 <= row < len(shown) and self._table.selectedItems() else None

    def step(self, step: int) -> None:
        """Go to the next (1) or previous (-1) finding, around the end."""
        n = self._table.rowCount()
        if not n:
            return
        row = self._table.currentRow() if self._table.selectedItems() else -1
        start = row if row >= 0 or step > 0 else 0
        following = (start + step) % n
        if following == row:  # the only one: the reader may have scrolled away from it
            self._on_selected()
        else:
            self._table.selectRow(following)

    def refresh(self, result: ModelResult | None = None) -> None:
        """Fill the list anew, keeping the chosen row."""
        if result is not None:
            self._result = result
        findings = self._set
        if findings is None:
            return
        threshold = self._context.results.display(findings).score_threshold
        set_silently(self._slider, threshold * _SCORE_STEPS)
        self._slider_text.setText(self._operating_text(threshold))
        numbers = {f.id: n for n, f in enumerate(findings.findings, start=1)}
        self._not_drawn.setText(self._not_drawn_text(findings))
        self._not_drawn.setVisible(bool(self._not_drawn.text()))
        self._table.blockSignals(True)
        self._table.setRowCount(len(self.shown))
        for row, finding in enumerate(self.shown):
            self._fill_row(row, numbers[finding.id], finding)
            if finding.id == self._chosen_id:
                self._table.selectRow(row)
        is_one_image = not any(self._image_text(finding) for finding in findings.findings)
        self._table.setColumnHidden(_IMAGE, bool(findings.findings) and is_one_image)
        if self._chosen_id not in {finding.id for finding in self.shown}:
            self._forget_chosen()
        self._table.blockSignals(False)
        rows = max(self._table.verticalHeader().length(), _ROW_PX)
        height = self._table.horizontalHeader().sizeHint().height() + rows
        height += 2 * self._table.frameWidth() + _MARGIN_PX
        self._table.setFixedHeight(min(_MAX_HEIGHT_PX, height))
        self._show_selection()

    @property
    def _set(self) -> FindingSet | None:
        return self._result.findings

    def _add_slider(self) -> None:
        self._slider = QSlider(Qt.Orientation.Horizontal, self)
        self._slider.setRange(0, _SCORE_STEPS)
        self._slider_text = hint("", self)
        if self._is_scored:
            self.add_row(self.tr("Score from"), self._slider)
            self.add(self._slider_text)
        self._slider.setVisible(self._is_scored)
        self._slider_text.setVisible(self._is_scored)

    def _make_table(self) -> None:
        titles = [
            self.tr("No."), self.tr("Finding"), self.tr("Score"), self.tr("Size"), self.tr("Image")
        ]  # fmt: skip
        self._table = QTableWidget(0, len(titles), self)
        self._table.setHorizontalHeaderLabels(titles)
        self._table.verticalHeader().hide()
        self._table.verticalHeader().setDefaultSectionSize(_ROW_PX)
        self._table.setShowGrid(False)
        self._table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        header = self._table.horizontalHeader()
        header.setMinimumSectionSize(_LEAST_COLUMN_PX)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        card = self._context.card(self._result.model_id)
        is_named = card is None or len(card.labels) > 1
        self._table.setColumnHidden(_NAME, not is_named)
        self._table.setColumnHidden(_SCORE, not self._is_scored)
        # No sideways scrolling: long names are elided.
        header.setSectionResizeMode(_NAME if is_named else _SIZE, QHeaderView.ResizeMode.Stretch)

    def _make_buttons(self) -> QWidget:
        buttons = QWidget(self)
        row = QHBoxLayout(buttons)
        row.setContentsMargins(0, 0, 0, 0)
        self._accept = QPushButton(self.tr("Accept"), buttons)
        self._reject = QPushButton(self.tr("Reject"), buttons)
        self._undo = QPushButton(self.tr("Undo"), buttons)
        for button, state in (
            (self._accept, ReviewState.ACCEPTED),
            (self._reject, ReviewState.REJECTED),
        ):
            button.setCheckable(True)
            button.clicked.connect(lambda _on, s=state: self._on_verdict(s))
            row.addWidget(button)
        self._undo.clicked.connect(self._context.results.undo)
        row.addWidget(self._undo)
        return buttons

    def _make_heat_button(self, found: tuple[Finding, ...]) -> QPushButton:
        """Make the switch of what influenced the chosen finding's score; not for films."""
        button = QPushButton(icon("fire"), self.tr("What influenced the score"), self)
        button.setToolTip(self.tr("Show what influenced it as a heat map"))
        button.setCheckable(True)
        inference = self._context.inference
        can_explain = any(inference.can_explain(self._result, f.label) for f in found)
        is_placed = any(f.centre_lps_mm is not None for f in found)
        button.setVisible(can_explain and is_placed and self._can_review)
        button.clicked.connect(self._on_heat_clicked)
        return button

    def _fill_row(self, row: int, number: int, finding: Finding) -> None:
        name = self._context.display_name(self._result.model_id, finding.label)
        score = "" if finding.score is None else QLocale().toString(finding.score, "f", 2)
        marks = {ReviewState.ACCEPTED: " ✓", ReviewState.REJECTED: " ✕", ReviewState.OPEN: ""}
        mark = marks[finding.review] + (" ✎" if finding.edited_by else "")
        cells = (f"{number}{mark}", name, score, _size_text(finding), self._image_text(finding))
        for column, text in enumerate(cells):
            item = QTableWidgetItem(text)
            if finding.review is ReviewState.REJECTED or finding.unplaced is not None:
                item.setForeground(QColor(tokens().disabled))
            elif column == 0:
                item.setForeground(QColor(tokens().ai))
            item.setToolTip(self._remark(finding))
            self._table.setItem(row, column, item)

    def _remark(self, finding: Finding) -> str:
        lines = [unplaced_text(finding), ratings_text(finding), finding.comment]
        if finding.edited_by:
            text = self.tr("Place and size edited by {name}, {time}")
            lines.append(text.format(name=finding.edited_by, time=finding.edited_at))
        return "\n".join(line for line in lines if line)

    def _not_drawn_text(self, findings: FindingSet) -> str:
        """Name the findings that are listed alone, by their numbers, and why."""
        reasons: dict[str, list[str]] = {}
        for number, finding in enumerate(findings.findings, start=1):
            if finding.unplaced is not None:
                reasons.setdefault(unplaced_text(finding), []).append(str(number))
        text = self.tr("Not drawn: no. {numbers} ({reason})")
        return "\n".join(
            text.format(numbers=", ".join(numbers), reason=reason)
            for reason, numbers in reasons.items()
        )

    def _image_text(self, finding: Finding) -> str:
        if finding.outlines and finding.outlines[0].frame_index is not None:
            return str(finding.outlines[0].frame_index + 1)
        if finding.centre_lps_mm is None:
            return "" if finding.unplaced is None else "–"
        number = self._context.slice_of(finding.centre_lps_mm)
        return "" if number is None else str(number)

    def _operating_text(self, threshold: float) -> str:
        card = self._context.card(self._result.model_id)
        points = [p for p in card.operating_points if p.scope == "finding"] if card else []
        near = min(points, key=lambda p: abs(p.threshold - threshold), default=None)
        if near is None:
            return QLocale().toString(threshold, "f", 2)
        is_volume = card is not None and card.input.dimensions == 3
        return self._cost_text(near, is_volume=is_volume)

    def _cost_text(self, point: OperatingPoint, *, is_volume: bool) -> str:
        """Say what the nearest measured threshold costs, as the card has it."""
        parts = []
        if point.sensitivity is not None:
            text = self.tr("About {share} of true findings are shown")
            parts.append(text.format(share=f"{point.sensitivity:.0%}"))
        if point.false_positives_per_image is not None:
            text = self.tr("{number} false marks per image")
            if is_volume:
                text = self.tr("{number} false marks per scan")
            parts.append(text.format(number=f"{point.false_positives_per_image:.2g}"))
        if not parts:
            return ""
        measured = self.tr("measured at a score of {score}")
        return ", ".join(
            [*parts, measured.format(score=QLocale().toString(point.threshold, "f", 2))]
        )

    def _on_slider_moved(self, value: int) -> None:
        if self._set is not None:
            self._context.results.update_display(self._set, score_threshold=value / _SCORE_STEPS)
            self.refresh()

    def _on_selected(self) -> None:
        finding = self.selected
        self._chosen_id = "" if finding is None else finding.id
        self._context.select_finding(finding if self._can_review else None)
        if finding is not None:
            self._context.go_to_finding(finding, self._result.frame_index)
        self._show_selection()

    def _forget_chosen(self) -> None:
        """Choose nothing: a row that goes would hand its selection to a neighbour."""
        self._table.clearSelection()
        if self._chosen_id:
            self._chosen_id = ""
            self._context.select_finding(None)

    def _on_verdict(self, state: ReviewState) -> None:
        finding = self.selected
        if finding is None:
            return
        new = ReviewState.OPEN if finding.review is state else state
        self._context.results.review(
            self._result.source_id, finding, new, self._comment.text().strip()
        )

    def _on_heat_clicked(self) -> None:
        finding = self.selected
        if finding is not None:
            score = ExplainedScore(finding.label, finding.id)
            toggle_heat(self._context, self._result, score)
        self._show_selection()

    def _on_comment_edited(self) -> None:
        finding = self.selected
        text = self._comment.text().strip()
        if finding is not None and text != finding.comment:
            self._context.results.review(self._result.source_id, finding, finding.review, text)

    def _show_selection(self) -> None:
        finding = self.selected
        for widget in (self._accept, self._reject, self._comment, self._heat):
            widget.setEnabled(finding is not None)
        score = None if finding is None else ExplainedScore(finding.label, finding.id)
        is_on = score is not None and is_shown(self._context, self._result, score)
        set_silently(self._heat, is_on)
        self._controls.refresh(self._result)
        state = finding.review if finding else ReviewState.OPEN
        set_silently(self._accept, state is ReviewState.ACCEPTED)
        set_silently(self._reject, state is ReviewState.REJECTED)
        self._comment.setText(finding.comment if finding else "")
        self._ratings.setText(ratings_text(finding) if finding else "")
        self._ratings.setVisible(bool(self._ratings.text()))
        self._undo.setEnabled(self._context.results.can_undo)


def _size_text(finding: Finding) -> str:
    if finding.diameter_mm is not None:
        return f"{finding.diameter_mm:.1f} mm"
    if finding.box_px is not None:
        x0, y0, x1, y1 = finding.box_px
        if x0 == x1 and y0 == y1:
            return ""
        return f"{x1 - x0:.0f} × {y1 - y0:.0f} px"
    return ""
