"""Masks and measurements that came with a study: read once, shown over the images they fit."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from medviewer.app.jobs import Lane
from medviewer.core.errors import MedviewerError
from medviewer.core.findings import FindingSet
from medviewer.core.messages import Message

if TYPE_CHECKING:
    from pathlib import Path

    from medviewer.app.jobs import JobRunner
    from medviewer.app.session import Image, Session
    from medviewer.core.segmentation import Segmentation
    from medviewer.core.tasks import TaskContext

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class SharedResult:
    """One object of a study.

    Attributes
    ----------
    study_instance_uid : str
    item : Segmentation, FindingSet or None
        ``None`` where it cannot be shown.
    reason : str
        Why not.
    """

    path: Path
    study_instance_uid: str
    item: Segmentation | FindingSet | None
    reason: str = ""

    @property
    def series_instance_uid(self) -> str:
        """Series it was made from, as the object says; empty where it does not."""
        return "" if self.item is None else self.item.source_id


class SharedResults(QObject):
    """Reads the segmentations and reports of the open studies.

    Parameters
    ----------
    session : Session
    runner : JobRunner
    """

    changed = Signal()

    def __init__(self, session: Session, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._asked: dict[Path, str] = {}
        self._results: dict[Path, SharedResult] = {}
        session.studies_changed.connect(self._on_studies_changed)
        self._on_studies_changed()

    def items(self) -> list[Segmentation | FindingSet]:
        """Everything that can be drawn."""
        return [result.item for result in self._results.values() if result.item is not None]

    def about(self, image: Image) -> list[SharedResult]:
        """Return what concerns an image, also what cannot be shown over it.

        Parameters
        ----------
        image : Volume or ImageStack

        Returns
        -------
        list of SharedResult
            In its frame of reference; then, with a reason, those that name its series but lie in
            another frame, and what of its study cannot be read.
        """
        located = self._session.locate(image.id)
        if located is None:
            return []
        fitting, others = [], []
        for result in self._results.values():
            if result.item is None:
                if result.study_instance_uid == located.study.study_instance_uid:
                    others.append(result)
            elif _shares_frame(result.item, image):
                fitting.append(result)
            elif result.series_instance_uid == located.series.series_instance_uid:
                others.append(replace(result, item=None, reason=_other_frame(result.item, image)))
        return [*fitting, *others]

    def _on_studies_changed(self) -> None:
        found = {
            path: study.study_instance_uid
            for study in self._session.studies
            for series in study.series
            for path in series.result_files
        }
        gone = self._asked.keys() - found.keys()
        for path in gone:
            self._results.pop(path, None)
        new = {path: uid for path, uid in found.items() if path not in self._asked}
        self._asked = found
        if new:
            self._read(new)
        if gone:
            self.changed.emit()

    def _read(self, new: dict[Path, str]) -> None:
        def task(context: TaskContext) -> list[SharedResult]:
            results = []
            for number, (path, uid) in enumerate(new.items()):
                context.checkpoint(number / len(new), "shared.read")
                results.append(_read_one(path, uid))
            return results

        job = self._runner.submit(Lane.IO, "read:SEG, SR", task)
        job.succeeded.connect(self._on_read)

    def _on_read(self, results: list[SharedResult]) -> None:
        self._results |= {r.path: r for r in results if r.path in self._asked}
        self.changed.emit()


def _read_one(path: Path, study_instance_uid: str) -> SharedResult:
    from medviewer.io.shared_results import read_shared_result  # start-up weight: highdicom

    try:
        return SharedResult(path, study_instance_uid, read_shared_result(path))
    except MedviewerError as error:
        logger.info("%s is not shown: %s", path.name, error)
        return SharedResult(path, study_instance_uid, None, error.text)


def _shares_frame(item: Segmentation | FindingSet, image: Image) -> bool:
    uid = item.frame_of_reference_uid
    return bool(uid) and uid == image.frame_of_reference_uid


def _other_frame(item: Segmentation | FindingSet, image: Image) -> str:
    nothing = Message("nothing named")
    return Message(
        "This {kind} names the series but lies in the frame of reference {own}, the image in "
        "{other}: it has no place here.",
        kind=Message("report") if isinstance(item, FindingSet) else Message("segmentation"),
        own=item.frame_of_reference_uid or nothing,
        other=image.frame_of_reference_uid or nothing,
    )
