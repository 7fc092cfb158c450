"""The inspector's page on AI: models that can read the image, and what they said of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from medviewer.ai.model_result import RunStatus
from medviewer.app.inference import usual_options
from medviewer.ui.card_text import model_name, shown_card
from medviewer.ui.conditions import not_decoded
from medviewer.ui.icons import icon
from medviewer.ui.message_text import message_text
from medviewer.ui.panels.ai_context import AiContext
from medviewer.ui.panels.box_row import BoxRow
from medviewer.ui.panels.classification_panel import ClassificationPanel
from medviewer.ui.panels.findings_panel import FindingsPanel
from medviewer.ui.panels.model_card_dialog import ModelCardDialog
from medviewer.ui.panels.panel_parts import hint, separator
from medviewer.ui.panels.segmentation_panel import SegmentationPanel
from medviewer.ui.panels.shared_block import SharedBlock

if TYPE_CHECKING:
    from medviewer.ai.model_result import ModelResult
    from medviewer.ai.registry import ModelEntry
    from medviewer.app.services import Services
    from medviewer.ui.view_commands import ViewCommands

_OPACITY_STEP = 1.25


class AiPanel(QWidget):
    """Models, progress, results.

    Parameters
    ----------
    services : Services
    commands : ViewCommands
    """

    status_text = Signal(str)
    """why a key did nothing"""

    def __init__(
        self, services: Services, commands: ViewCommands, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._context = AiContext(services, commands)
        self._blocks: list[ModelBlock] = []
        self._shared: list[SharedBlock] = []
        self._nothing = hint("", self)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(16, 4, 16, 16)
        self._layout.setSpacing(14)
        self._layout.addWidget(self._nothing)
        self._layout.addStretch(1)
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self.refresh)
        session, store = services.session, services.view_store
        for signal in (
            store.pane_changed,
            store.grid_changed,
            session.image_added,
            session.image_completed,
            session.image_removed,
            services.results.results_changed,
            services.inference.changed,
            services.shared_results.changed,
        ):
            signal.connect(self._timer.start)
        services.results.displays_changed.connect(self._refresh_displays)
        services.inference.progressed.connect(self._on_progressed)
        self._shown: tuple[object, ...] = ()

    def showEvent(self, event: object) -> None:
        """Fill the page when it is first seen: models are read only then."""
        self._timer.start()
        super().showEvent(event)  # type: ignore[arg-type]  # Qt hands a QShowEvent

    @property
    def shared_blocks(self) -> tuple[SharedBlock, ...]:
        """What other programs said, one block for each object."""
        return tuple(self._shared)

    @property
    def blocks(self) -> tuple[ModelBlock, ...]:
        """What is shown, one block for each model."""
        return tuple(self._blocks)

    def step_finding(self, step: int) -> None:
        """Go to the next or previous finding of the first model that has some."""
        self._fill()
        lists = [block.findings for block in self._blocks]
        lists += [block.findings for block in self._shared]
        chosen = next((each for each in lists if each is not None and each.shown), None)
        if chosen is None:
            self.status_text.emit(self.tr("There is no finding to go to on this image."))
        else:
            chosen.step(step)

    def change_opacity(self, step: int) -> None:
        """Make all results over the image more or less opaque."""
        overlays = self._context.overlays()
        if not overlays:
            self.status_text.emit(self.tr("There is no result on this image."))
        self._context.results.scale_opacity(overlays, _OPACITY_STEP**step)

    def run_all(self) -> None:
        """Run every model that fits the image and is not experimental."""
        self._fill()
        for block in self._blocks:
            block.run_if_useful()

    def refresh(self) -> None:
        """Show the models and results of the active view's image, once the page was seen."""
        if self.isVisible() or self._blocks:
            self._fill()

    def _fill(self) -> None:
        image_id, frame = self._context.image_id, self._context.frame_index
        entries = self._context.inference.fitting(image_id)
        results = {r.model_id: r for r in self._context.results.of_image(image_id)
                   if r.frame_index == frame}  # fmt: skip
        key = (image_id, frame, tuple(e.id for e in entries))
        if key != self._shown:
            self._shown = key
            for block in self._blocks:
                block.setParent(None)
                block.deleteLater()
            self._blocks = [ModelBlock(self._context, entry, self) for entry in entries]
            for number, block in enumerate(self._blocks):
                self._layout.insertWidget(number + 1, block)
        for block in self._blocks:
            block.show_result(results.get(block.entry.id))
        self._show_shared()
        self._nothing.setText(self._nothing_text(image_id))
        self._nothing.setVisible(not self._blocks)

    def _show_shared(self) -> None:
        """List what other programs said of the image."""
        shared = self._context.shared_results()
        known = [(each.path, each.item, each.reason) for each in (b.shared for b in self._shared)]
        if known == [(result.path, result.item, result.reason) for result in shared]:
            return
        for block in self._shared:
            block.setParent(None)
            block.deleteLater()
        self._shared = [SharedBlock(self._context, result, self) for result in shared]
        for block in self._shared:
            self._layout.insertWidget(self._layout.count() - 1, block)

    def _nothing_text(self, image_id: str) -> str:
        if not image_id:
            return self.tr("Open an image to have a model read it.")
        if self._context.image is None:
            return not_decoded(self._context.services, image_id)
        return self.tr("No installed model reads this kind of image.")

    def _refresh_displays(self) -> None:
        for block in self._blocks:
            block.refresh_displays()
        for shared in self._shared:
            shared.refresh()

    def _on_progressed(self, fraction: float) -> None:
        for block in self._blocks:
            block.show_progress(fraction)


class ModelBlock(QWidget):
    """One model: run, cancel, its card, and what it said."""

    def __init__(self, context: AiContext, entry: ModelEntry, parent: AiPanel) -> None:
        super().__init__(parent)
        self.entry = entry
        self.findings: FindingsPanel | None = None
        self._context = context
        self._result: ModelResult | None = None
        self._parts: list[FindingsPanel | SegmentationPanel | ClassificationPanel] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._column.addWidget(separator(self))
        self._column.addWidget(self._make_title())
        self._note = hint("", self)
        self._column.addWidget(self._note)
        if entry.card is not None and entry.card.is_localised:
            self._column.addWidget(BoxRow(context, self))
        self._progress = QProgressBar(self)
        self._progress.setRange(0, 1000)
        self._progress.setTextVisible(False)
        self._progress.setFixedHeight(4)
        self._column.addWidget(self._progress)
        self._anyway = QPushButton(self.tr("Run anyway"), self)
        self._anyway.clicked.connect(lambda: self._run(runs_anyway=True))
        self._column.addWidget(self._anyway)
        self.show_result(None)

    def run_if_useful(self) -> None:
        """Run, unless the model is experimental."""
        card = self.entry.card
        if card is not None and not card.is_experimental:
            self._run()

    def show_result(self, result: ModelResult | None) -> None:
        """Take in the state of the run and its result."""
        is_pending = self._context.inference.is_pending(self.entry.id, self._context.image_id)
        self._progress.setVisible(is_pending)
        has_result = result is not None and result.status is RunStatus.OK
        self._run_button.setText(
            self.tr("Cancel")
            if is_pending
            else self.tr("Run again")
            if has_result
            else self.tr("Run")
        )
        is_refused = result is not None and result.status is RunStatus.REFUSED
        self._anyway.setVisible(is_refused and not is_pending)
        self._note.setText(self._note_text(result))
        self._note.setVisible(bool(self._note.text()))
        if result is not self._result:
            self._show_parts(result)

    def refresh_displays(self) -> None:
        """Take in how results are drawn."""
        for part in self._parts:
            part.refresh()

    def show_progress(self, fraction: float) -> None:
        """Move the bar of the run that goes on."""
        running = self._context.inference.running
        if running is not None and running.model_id == self.entry.id:
            self._progress.setValue(round(fraction * 1000))

    def _make_title(self) -> QWidget:
        row = QWidget(self)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 0, 0, 0)
        name = QLabel(model_name(self.entry), row, wordWrap=True)
        name.setProperty("role", "section")
        info = QToolButton(row)
        info.setIcon(icon("info"))
        info.setAutoRaise(True)
        info.setToolTip(self.tr("What this model is for and how good it is"))
        info.setAccessibleName(info.toolTip())
        info.clicked.connect(self._show_card)
        self._run_button = QPushButton(self.tr("Run"), row)
        self._run_button.clicked.connect(self._on_run_clicked)
        layout.addWidget(name, 1)
        layout.addWidget(info)
        layout.addWidget(self._run_button)
        return row

    def _note_text(self, result: ModelResult | None) -> str:
        lines = []
        card = self.entry.card
        if card is not None and card.is_experimental:
            lines.append(self.tr("Experimental: read its card before you trust it."))
        if result is not None and result.status is RunStatus.REFUSED:
            text = self.tr("Refused: {reason}").format(reason=message_text(result.reason))
            lines.append(text)
        if result is not None:
            lines += [message_text(warning) for warning in result.warnings]
        return "\n".join(lines)

    def _show_parts(self, result: ModelResult | None) -> None:
        previous, self._result = self._result, result
        if self._parts and previous and result and previous.identity == result.identity:
            for part in self._parts:
                part.refresh(result)
            return
        for part in self._parts:
            part.setParent(None)
            part.deleteLater()
        self._parts, self.findings = [], None
        if result is None or result.status is not RunStatus.OK:
            return
        if result.classification is not None:
            self._parts.append(ClassificationPanel(self._context, result, self))
        if result.findings is not None:
            self.findings = FindingsPanel(self._context, result, self)
            self._parts.append(self.findings)
        if result.segmentations:
            self._parts.append(SegmentationPanel(self._context, result, self))
        for part in self._parts:
            self._column.addWidget(part)

    def _on_run_clicked(self) -> None:
        image_id = self._context.image_id
        if self._context.inference.is_pending(self.entry.id, image_id):
            self._context.inference.cancel(self.entry.id, image_id)
        else:
            self._run(again=self._result is not None)

    def _run(self, *, runs_anyway: bool = False, again: bool = False) -> None:
        if self.entry.card is None:
            return
        card = self.entry.card
        options = replace(
            usual_options(card, self._context.frame_index),
            runs_anyway=runs_anyway,
            box_lps_mm=self._context.reading_box if card.is_localised else None,
        )
        self._context.inference.run(
            self.entry.id, self._context.image_id, options, again=again or runs_anyway
        )

    def _show_card(self) -> None:
        card = shown_card(self.entry)
        if card is not None:
            ModelCardDialog(card, self.window()).show()
