"""Reading what came with the open studies beside their images, each object once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from PySide6.QtCore import QObject, Signal

from medviewer.app.jobs import Lane

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from medviewer.app.jobs import JobRunner
    from medviewer.app.session import Session
    from medviewer.core.study import SeriesRecord
    from medviewer.core.tasks import TaskContext

T = TypeVar("T")


class StudyObjects(QObject, Generic[T]):
    """Reads objects of the open studies, one job at a time, and forgets those of closed ones.

    Parameters
    ----------
    session : Session
    runner : JobRunner
    """

    changed = Signal()
    _job_name = "read"

    def __init__(self, session: Session, runner: JobRunner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._runner = runner
        self._asked: dict[Path, str] = {}
        self._found: dict[Path, T] = {}
        self._is_reading = False
        session.studies_changed.connect(self._on_studies_changed)
        self._on_studies_changed()

    def _files(self, series: SeriesRecord) -> Iterable[Path]:
        """Return the files of a series that are read."""
        raise NotImplementedError

    def _reader(self) -> Callable[[Path, str], T]:
        """Return what reads a file of a study (its UID), in another thread."""
        raise NotImplementedError

    def _is_due(self, path: Path) -> bool:
        return path not in self._found

    def _on_studies_changed(self) -> None:
        asked = {
            path: study.study_instance_uid
            for study in self._session.studies
            for series in study.series
            for path in self._files(series)
        }
        gone = self._asked.keys() - asked.keys()
        self._asked = asked
        self._found = {p: found for p, found in self._found.items() if p in asked}
        self._read()
        if gone:
            self.changed.emit()

    def _read(self) -> None:
        """Read what is due, unless a job is reading: it asks again when it has succeeded."""
        if self._is_reading:
            return
        wanted = {path: uid for path, uid in self._asked.items() if self._is_due(path)}
        if not wanted:
            return
        read = self._reader()

        def task(context: TaskContext) -> dict[Path, T]:
            found = {}
            for number, (path, uid) in enumerate(wanted.items()):
                context.checkpoint(number / len(wanted), "shared.read")
                found[path] = read(path, uid)
            return found

        self._is_reading = True
        job = self._runner.submit(Lane.IO, self._job_name, task)
        job.succeeded.connect(self._on_read)
        job.failed.connect(self._on_not_read)
        job.cancelled.connect(self._on_not_read)

    def _on_read(self, found: dict[Path, T]) -> None:
        self._is_reading = False
        self._found |= {path: each for path, each in found.items() if path in self._asked}
        self.changed.emit()
        self._read()  # more may be open by now, such as a segmentation read beside its report

    def _on_not_read(self, *_error: object) -> None:
        self._is_reading = False
