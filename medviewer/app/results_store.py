"""What models said of the open images, how it is shown, and what the reader decided."""

from __future__ import annotations

import getpass
import logging
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from PySide6.QtCore import QObject, Signal

from medviewer.app.carried_decisions import carry_decisions
from medviewer.app.result_archive import load_results, save_result
from medviewer.core.display import OverlayDisplay
from medviewer.core.errors import StorageError
from medviewer.core.findings import FindingSet, ReviewState
from medviewer.core.saliency import SaliencyMap
from medviewer.core.segmentation import Segmentation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from medviewer.ai.model_result import ModelResult
    from medviewer.app.session import Session
    from medviewer.core.findings import Finding

logger = logging.getLogger(__name__)

_SALIENCY_OPACITY = 0.7

Overlay: TypeAlias = Segmentation | FindingSet | SaliencyMap


@dataclass(frozen=True, slots=True)
class _Review:
    """One decision, both ways."""

    source_id: str
    before: Finding
    after: Finding


class ResultsStore(QObject):
    """Holds results by image; saves them at once and finds them again after a restart.

    Parameters
    ----------
    session : Session
        Results of an image that is closed are forgotten in memory.
    folder : Path
        Where results are kept.
    """

    results_changed = Signal(str)
    """(image id) a result came, went or was reviewed"""
    displays_changed = Signal()
    saving_failed = Signal(Exception)

    def __init__(self, session: Session, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._results: dict[str, list[ModelResult]] = {}
        self._displays: dict[str, OverlayDisplay] = {}
        self._undo: list[_Review] = []
        self._redo: list[_Review] = []
        self._unsaved: dict[tuple[str, str, int], ModelResult] = {}
        self.threshold_of: Callable[[str], float] = lambda _model_id: 0.0
        self.is_usable: Callable[[str], bool] = lambda _model_id: True
        session.image_completed.connect(self._on_image_completed)
        session.image_removed.connect(self._on_image_removed)

    def of_image(self, image_id: str) -> tuple[ModelResult, ...]:
        """Results for an image, oldest first."""
        return tuple(self._results.get(image_id, ()))

    def find(self, image_id: str, weights_sha256: str, frame_index: int = 0) -> ModelResult | None:
        """Return the result of exactly these weights on an image, if there is one."""
        for result in self.of_image(image_id):
            key = (result.provenance.weights_sha256, result.frame_index)
            if key == (weights_sha256, frame_index):
                return result
        return None

    def put(self, result: ModelResult) -> None:
        """Keep a result; it takes over the reader's decisions of the model's earlier one."""
        key = (result.model_id, result.frame_index)
        others = []
        for earlier in self.of_image(result.source_id):
            if (earlier.model_id, earlier.frame_index) == key:
                result = _with_decisions(earlier, result)
            else:
                others.append(earlier)
        self._results[result.source_id] = [*others, result]
        self._forget_lost_steps(result.source_id)
        self._save(result)
        self.results_changed.emit(result.source_id)

    def add_saliency(self, result: ModelResult, maps: Iterable[SaliencyMap]) -> None:
        """Add heat maps to a result that is still there, in place of earlier ones of a score."""
        results = self._results.get(result.source_id, [])
        for number, current in enumerate(results):
            if current.model_id != result.model_id or current.identity != result.identity:
                continue
            new = {(s.label, s.finding_id): s for s in (*current.saliency, *maps)}
            results[number] = replace(current, saliency=tuple(new.values()))
            self._save(results[number])
            self.results_changed.emit(result.source_id)
            return

    def overlays(self) -> list[tuple[Overlay, OverlayDisplay]]:
        """Everything that can be drawn, with how it is drawn; a model that is gone says nothing."""
        found: list[tuple[Overlay, OverlayDisplay]] = []
        for results in self._results.values():
            for result in (r for r in results if self.is_usable(r.model_id)):
                items: list[Overlay] = [*result.saliency, *result.segmentations]
                if result.findings is not None:
                    items.append(result.findings)
                found += [(item, self.display(item)) for item in items]
        return found

    def display(self, item: Overlay) -> OverlayDisplay:
        """How an overlay is shown; saliency is hidden until it is asked for."""
        known = self._displays.get(item.id)
        if known is not None:
            return known
        if isinstance(item, SaliencyMap):
            return OverlayDisplay(is_visible=False, opacity=_SALIENCY_OPACITY)
        threshold = 0.0
        if isinstance(item, FindingSet) and item.provenance is not None:
            threshold = self.threshold_of(item.provenance.creator)
        return OverlayDisplay(score_threshold=threshold)

    def update_display(self, item: Overlay, **fields: Any) -> None:
        """Change how an overlay is shown; silent when nothing differs."""
        old = self.display(item)
        new = replace(old, **fields)
        if new != old:
            self._displays[item.id] = new
            self.displays_changed.emit()

    def scale_opacity(self, items: Iterable[Overlay], factor: float) -> None:
        """Make overlays more or less opaque."""
        for item in items:
            display = self.display(item)
            opacity = min(1.0, max(0.1, display.opacity * factor))
            self._displays[item.id] = replace(display, opacity=opacity)
        self.displays_changed.emit()

    def show_saliency(self, image_id: str, shown_id: str) -> None:
        """Show one saliency map over an image (empty: none)."""
        for item, display in self.overlays():
            if isinstance(item, SaliencyMap) and item.source_id == image_id:
                self._displays[item.id] = replace(display, is_visible=item.id == shown_id)
        self.displays_changed.emit()

    def review(self, image_id: str, finding: Finding, state: ReviewState, comment: str) -> None:
        """Record what the reader decided about a finding: who and when; can be undone."""
        current = self._current(image_id, finding.id)
        after = replace(
            current, review=state, comment=comment, reviewed_by=_reader(), reviewed_at=_now()
        )
        self._change(image_id, current, after)

    def edit(self, image_id: str, finding: Finding) -> None:
        """Take over the place and size a reader gave a finding: who and when; can be undone."""
        current = self._current(image_id, finding.id)
        after = replace(
            current,
            centre_lps_mm=finding.centre_lps_mm,
            diameter_mm=finding.diameter_mm,
            box_px=finding.box_px,
            edited_by=_reader(),
            edited_at=_now(),
        )
        self._change(image_id, current, after)

    @property
    def can_undo(self) -> bool:
        """Whether there is a decision to take back."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether there is a decision that was taken back."""
        return bool(self._redo)

    def undo(self) -> None:
        """Take the last decision back."""
        if self._undo:
            step = self._undo.pop()
            self._redo.append(step)
            self._replace_finding(step.source_id, step.before)

    def redo(self) -> None:
        """Make the decision again that was taken back last."""
        if self._redo:
            step = self._redo.pop()
            self._undo.append(step)
            self._replace_finding(step.source_id, step.after)

    def _current(self, image_id: str, finding_id: str) -> Finding:
        """Return a finding as it is now: a list or a view may still show it as it was."""
        sets = (r.findings for r in self.of_image(image_id) if r.findings is not None)
        return next(f for found in sets for f in found.findings if f.id == finding_id)

    def _change(self, image_id: str, before: Finding, after: Finding) -> None:
        self._undo.append(_Review(image_id, before, after))
        self._redo.clear()
        self._replace_finding(image_id, after)

    def _replace_finding(self, image_id: str, finding: Finding) -> None:
        results = self._results.get(image_id, [])
        for number, result in enumerate(results):
            if result.findings is None or finding.id not in {
                f.id for f in result.findings.findings
            }:
                continue
            changed = tuple(finding if f.id == finding.id else f for f in result.findings.findings)
            results[number] = replace(result, findings=replace(result.findings, findings=changed))
            self._save(results[number])
        self.results_changed.emit(image_id)

    def _forget_lost_steps(self, image_id: str) -> None:
        """Drop undo steps whose finding a later run no longer has: they would do nothing."""
        sets = [r.findings for r in self.of_image(image_id) if r.findings is not None]
        known = {finding.id for found in sets for finding in found.findings}
        for steps in (self._undo, self._redo):
            steps[:] = [s for s in steps if s.source_id != image_id or s.after.id in known]

    def _save(self, result: ModelResult) -> None:
        """Write a result, and what could not be written before; tell if that fails."""
        key = (result.source_id, result.model_id, result.frame_index)
        self._unsaved[key] = result
        for waiting, each in list(self._unsaved.items()):
            try:
                save_result(self._folder, each)
            except OSError as error:
                logger.warning("a result could not be saved in %s: %s", self._folder, error)
                self.saving_failed.emit(_storage_error(self._folder, error))
                return
            del self._unsaved[waiting]

    def _on_image_completed(self, image_id: str) -> None:
        if image_id not in self._results:
            self._results[image_id] = load_results(self._folder, image_id)
            if self._results[image_id]:
                self.results_changed.emit(image_id)

    def _on_image_removed(self, image_id: str) -> None:
        if self._results.pop(image_id, None):
            self._forget_lost_steps(image_id)
            self.results_changed.emit(image_id)


def _with_decisions(earlier: ModelResult, result: ModelResult) -> ModelResult:
    """Return a result with the decisions of an earlier one; a refused one keeps nothing else."""
    if earlier.findings is None:
        return result
    new = result.findings or replace(earlier.findings, findings=())
    carried = carry_decisions(earlier.findings, new)
    is_needed = result.findings is not None or carried.findings
    return replace(result, findings=carried) if is_needed else result


def _storage_error(folder: Path, error: OSError) -> StorageError:
    message = f"Results cannot be written to {folder}: {error.strerror or error}."
    return StorageError(
        message,
        hint="Make room there; what is missing is written with the next change.",
        folder=str(folder),
    )


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="seconds")


def _reader() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
