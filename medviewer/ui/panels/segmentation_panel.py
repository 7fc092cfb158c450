"""The segments of a model: volumes, what their voxels measure, colour and visibility."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLocale, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSlider, QToolButton, QWidget

from medviewer.ai.model_result import ExplainedScore
from medviewer.rendering.segment_colors import segment_color
from medviewer.ui.bindings import on_edit, set_silently
from medviewer.ui.icons import icon
from medviewer.ui.panels.heat_map import HeatMapControls, is_shown, toggle_heat
from medviewer.ui.panels.norm_note import norm_note
from medviewer.ui.panels.panel_parts import Section

if TYPE_CHECKING:
    from medviewer.ai.model_result import ModelResult
    from medviewer.core.segmentation import Segment
    from medviewer.ui.panels.ai_context import AiContext

_SWATCH_PX = 12
_MIDDLE = Qt.AlignmentFlag.AlignVCenter
"""Aligned, a button of fixed height leaves the row free to be as tall as a name of two lines."""
_LINE_LETTERS = 14
"""Longer names take a second line: a wider row would push its buttons out of the inspector."""


class SegmentationPanel(Section):
    """One row for each segment, then how segments are drawn.

    Parameters
    ----------
    context : AiContext
    result : ModelResult
        With a segmentation.
    """

    def __init__(self, context: AiContext, result: ModelResult, parent: QWidget) -> None:
        super().__init__("", parent)
        self.setObjectName("segmentation")
        self._context = context
        self._result = result
        self._segmentation = result.segmentations[0]
        self._boxes: dict[int, QCheckBox] = {}
        self._heat: dict[ExplainedScore, QToolButton] = {}
        for segment in self._segmentation.segments:
            self.add(self._make_row(segment))
        note = norm_note(self._segmentation, context.card(result.model_id), self)
        if note is not None:
            self.add(note)
        self._fill = QSlider(Qt.Orientation.Horizontal, self)
        self._fill.setRange(0, 100)
        self._outline = QCheckBox(self.tr("Outlines"), self)
        self.add_row(self.tr("Fill"), self._fill)
        self.add(self._outline)
        self._controls = HeatMapControls(context, self)
        self.add(self._controls)
        on_edit(self._fill, lambda v: self._update(fill_opacity=v / 100))
        on_edit(self._outline, lambda on: self._update(is_outline_shown=bool(on)))
        self.refresh()

    def refresh(self, result: ModelResult | None = None) -> None:
        """Show how the segments are drawn, and which heat map is on."""
        self._result = result or self._result
        display = self._context.results.display(self._segmentation)
        set_silently(self._fill, display.fill_opacity * 100)
        set_silently(self._outline, display.is_outline_shown)
        for number, box in self._boxes.items():
            set_silently(box, number not in display.hidden_segments)
        for score, button in self._heat.items():
            set_silently(button, is_shown(self._context, self._result, score))
        self._controls.refresh(self._result)

    def _make_row(self, segment: Segment) -> QWidget:
        row = QWidget(self)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        name = self._context.display_name(self._result.model_id, segment.label)
        box = QCheckBox(textwrap.fill(name, _LINE_LETTERS), row)
        box.setAccessibleName(name)
        pixmap = QPixmap(_SWATCH_PX, _SWATCH_PX)
        pixmap.fill(QColor(*segment_color(self._segmentation, segment.number)))
        box.setIcon(QIcon(pixmap))
        box.setIconSize(QSize(_SWATCH_PX, _SWATCH_PX))
        on_edit(box, lambda on: self._on_visible(segment.number, bool(on)))
        self._boxes[segment.number] = box
        size = QLabel(self._size_text(segment.number), row)
        size.setProperty("role", "dim")
        size.setToolTip(self._statistics_text(segment.number))
        jump = QToolButton(row)
        jump.setObjectName(f"jump-{segment.number}")
        jump.setIcon(icon("crosshair"))
        jump.setToolTip(self.tr("Go to its largest slice"))
        jump.setAutoRaise(True)
        jump.clicked.connect(lambda: self._go_to_largest(segment.number))
        jump.setEnabled(not self._segmentation.is_on_pixels)
        layout.addWidget(box, 1)
        layout.addWidget(size)
        layout.addWidget(jump, 0, _MIDDLE)
        if self._context.inference.can_explain(self._result, segment.label):
            layout.addWidget(self._make_heat_button(segment, row), 0, _MIDDLE)
        return row

    def _make_heat_button(self, segment: Segment, row: QWidget) -> QToolButton:
        score = ExplainedScore(segment.label)
        button = QToolButton(row)
        button.setObjectName(f"heat-{segment.number}")
        button.setIcon(icon("fire"))
        button.setToolTip(self.tr("Show what influenced it as a heat map"))
        button.setAccessibleName(button.toolTip())
        button.setAutoRaise(True)
        button.setCheckable(True)
        button.setEnabled(bool((self._segmentation.labels == segment.number).any()))
        button.clicked.connect(lambda: self._on_heat_clicked(score))
        self._heat[score] = button
        return button

    def _on_heat_clicked(self, score: ExplainedScore) -> None:
        toggle_heat(self._context, self._result, score)
        self.refresh()

    def _size_text(self, number: int) -> str:
        if self._segmentation.is_on_pixels:
            share = float(np.mean(self._segmentation.labels == number))
            return self.tr("{share} of the image").format(share=f"{share:.0%}")
        volume_ml = self._segmentation.volume_ml(number)
        return QLocale().toString(volume_ml, "f", 2 if volume_ml < 100 else 0) + " ml"

    def _statistics_text(self, number: int) -> str:
        volume = self._context.volume
        if volume is None or volume.voxels.shape != self._segmentation.labels.shape:
            return ""
        values = volume.voxels[self._segmentation.labels == number]
        if values.size == 0:
            return self.tr("Empty")
        text = self.tr("Mean {mean}, standard deviation {deviation} {unit}")
        return text.format(
            mean=f"{values.mean():.1f}", deviation=f"{values.std():.1f}", unit=volume.unit
        ).strip()

    def _go_to_largest(self, number: int) -> None:
        point = self._segmentation.segment_centre(number)
        if point is not None:
            self._context.go_to_point(point)

    def _on_visible(self, number: int, is_visible: bool) -> None:
        hidden = set(self._context.results.display(self._segmentation).hidden_segments)
        hidden = hidden - {number} if is_visible else hidden | {number}
        self._update(hidden_segments=frozenset(hidden))

    def _update(self, **fields: object) -> None:
        self._context.results.update_display(self._segmentation, **fields)
