"""The heat map of one score: asked for, named, and how it is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSlider, QVBoxLayout, QWidget

from medviewer.ui.bindings import on_edit, set_silently
from medviewer.ui.panels.panel_parts import Section, hint

if TYPE_CHECKING:
    from medviewer.ai.model_result import ExplainedScore, ModelResult
    from medviewer.core.saliency import SaliencyMap
    from medviewer.ui.panels.ai_context import AiContext


class HeatMapControls(QWidget):
    """Legend of the heat map that is shown, with its threshold and opacity.

    Parameters
    ----------
    context : AiContext
    idle_text : str
        What to say while none is shown; may be empty.
    """

    def __init__(self, context: AiContext, parent: QWidget, idle_text: str = "") -> None:
        super().__init__(parent)
        self._context = context
        self._idle_text = idle_text
        self._shown: SaliencyMap | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self._legend = hint("", self)
        column.addWidget(self._legend)
        self._threshold = QSlider(Qt.Orientation.Horizontal, self)
        self._opacity = QSlider(Qt.Orientation.Horizontal, self)
        self._sliders = Section(self.tr("Heat map"), self)
        for slider, name in (
            (self._threshold, self.tr("From")),
            (self._opacity, self.tr("Opacity")),
        ):
            slider.setRange(0, 100)
            self._sliders.add_row(name, slider)
        column.addWidget(self._sliders)
        on_edit(self._threshold, lambda v: self._update(saliency_threshold=v / 100))
        on_edit(self._opacity, lambda v: self._update(opacity=v / 100))

    def refresh(self, result: ModelResult) -> None:
        """Show what heat map of a result is on."""
        self._shown = shown = shown_map(self._context, result)
        self._legend.setText(self._idle_text if shown is None else self._legend_of(result, shown))
        self._legend.setVisible(bool(self._legend.text()))
        self._sliders.setVisible(shown is not None)
        if shown is not None:
            display = self._context.results.display(shown)
            set_silently(self._threshold, display.saliency_threshold * 100)
            set_silently(self._opacity, display.opacity * 100)

    def _legend_of(self, result: ModelResult, shown: SaliencyMap) -> str:
        text = self.tr(
            "{model} {version} · {label} · {method} ({layer}). It shows what influenced the "
            "score, not where disease is."
        )
        sentence = text.format(
            model=result.model_id,
            version=result.provenance.version,
            label=self._context.display_name(result.model_id, shown.label),
            method=shown.method,
            layer=shown.layer,
        )
        if not shown.is_above_threshold:
            sentence += " " + self.tr("Greyed: the score is below the operating point.")
        return sentence

    def _update(self, **fields: float) -> None:
        if self._shown is not None:
            self._context.results.update_display(self._shown, **fields)


def shown_map(context: AiContext, result: ModelResult) -> SaliencyMap | None:
    """Heat map of a result that is on."""
    displays = ((s, context.results.display(s)) for s in result.saliency)
    return next((s for s, display in displays if display.is_visible), None)


def is_shown(context: AiContext, result: ModelResult, score: ExplainedScore) -> bool:
    """Whether the heat map of a score is on."""
    shown = shown_map(context, result)
    return shown is not None and (shown.label, shown.finding_id) == (score.label, score.finding_id)


def toggle_heat(context: AiContext, result: ModelResult, score: ExplainedScore) -> None:
    """Take the heat map of a score off, or put it on; it is made where it is missing."""
    if is_shown(context, result, score):
        context.results.show_saliency(result.source_id, "")
    else:
        context.inference.explain(result, score)
