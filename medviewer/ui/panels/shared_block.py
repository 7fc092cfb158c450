"""A result that came with the study: who made it, and how it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QLabel, QVBoxLayout, QWidget

from medviewer.ai.model_result import ModelResult, RunStatus
from medviewer.core.findings import FindingSet
from medviewer.core.provenance import Provenance
from medviewer.ui.bindings import on_edit, set_silently
from medviewer.ui.message_text import message_text
from medviewer.ui.panels.findings_panel import FindingsPanel
from medviewer.ui.panels.panel_parts import hint, separator
from medviewer.ui.panels.segmentation_panel import SegmentationPanel

if TYPE_CHECKING:
    from medviewer.app.shared_results import SharedResult
    from medviewer.ui.panels.ai_context import AiContext


class SharedBlock(QWidget):
    """One segmentation or report of other origin.

    Parameters
    ----------
    context : AiContext
    shared : SharedResult
    """

    def __init__(self, context: AiContext, shared: SharedResult, parent: QWidget) -> None:
        super().__init__(parent)
        self.shared = shared
        self._context = context
        self._part: SegmentationPanel | FindingsPanel | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(separator(self))
        item = shared.item
        if item is None:
            column.addWidget(QLabel(shared.path.name, self))
            column.addWidget(hint(message_text(shared.reason), self))
            return
        self._box = QCheckBox(self._title(), self)
        on_edit(self._box, lambda on: context.results.update_display(item, is_visible=bool(on)))
        column.addWidget(self._box)
        maker = item.provenance or Provenance("")
        column.addWidget(hint(self._origin(maker), self))
        is_findings = isinstance(item, FindingSet)
        result = ModelResult(
            RunStatus.OK,
            "",
            maker,
            item.source_id,
            (0, 0),
            findings=item if isinstance(item, FindingSet) else None,
            segmentations=() if isinstance(item, FindingSet) else (item,),
        )
        self._part = (
            FindingsPanel(context, result, self, can_review=False)
            if is_findings
            else SegmentationPanel(context, result, self)
        )
        column.addWidget(self._part)
        self.refresh()

    @property
    def findings(self) -> FindingsPanel | None:
        """Its list of findings, if it has one."""
        return self._part if isinstance(self._part, FindingsPanel) else None

    def refresh(self) -> None:
        """Take in how it is drawn."""
        if self.shared.item is not None and self._part is not None:
            set_silently(self._box, self._context.results.display(self.shared.item).is_visible)
            self._part.refresh()

    def _title(self) -> str:
        if isinstance(self.shared.item, FindingSet):
            return self.tr("Report in the study")
        return self.tr("Segmentation in the study")

    def _origin(self, maker: Provenance) -> str:
        facts = maker.parameters
        observer = str(facts.get("observer", ""))
        kinds = {
            "MANUAL": self.tr("drawn by hand"),
            "SEMIAUTOMATIC": self.tr("made with a program's help"),
            "AUTOMATIC": self.tr("made by a program"),
        }
        kind = kinds.get(str(facts.get("algorithm_type", "")), "")
        if facts.get("is_ai"):
            kind = self.tr("AI model")
        elif observer:
            kind = self.tr("reported by a person")
        name = f"{maker.creator} {maker.version}".strip()
        manufacturer = str(facts.get("manufacturer", ""))
        parts = [name, "" if manufacturer == name else manufacturer, kind, self.tr("read-only")]
        return " \u00b7 ".join(dict.fromkeys(part for part in parts if part))
