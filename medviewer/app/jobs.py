"""Run functions off the GUI thread: lanes, cancellation, supersession, shutdown."""

from __future__ import annotations

import logging
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from PySide6.QtCore import QObject, QRunnable, Qt, QThread, QThreadPool, Signal

from medviewer.core.errors import MedviewerError
from medviewer.core.tasks import TaskCancelled, TaskContext

logger = logging.getLogger(__name__)

Task = Callable[[TaskContext], Any]


class Lane(StrEnum):
    """Where a job runs; each lane is its own pool so that one cannot starve another."""

    IO = "io"
    COMPUTE = "compute"
    GPU = "gpu"


LANE_WORKERS = {Lane.IO: 4, Lane.COMPUTE: 2, Lane.GPU: 1}


class Job(QObject):
    """One submitted task, owned by the GUI thread.

    Exactly one of :attr:`succeeded`, :attr:`failed`, :attr:`cancelled` is emitted, and
    :attr:`finished` always follows it; all four arrive on the thread that owns the job.
    """

    progressed = Signal(object)
    succeeded = Signal(object)
    failed = Signal(Exception)
    cancelled = Signal()
    finished = Signal()
    _progress = Signal(object)
    _outcome = Signal(str, object)

    def __init__(self, name: str, task: Task, parent: QObject) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._task = task
        self._superseded = False
        self.context = TaskContext(on_progress=self._progress.emit)
        # Workers emit only the two private signals; the public ones are re-emitted here, on the
        # thread that owns the job, so a listener's thread never depends on how it connected.
        self._progress.connect(self._deliver_progress, Qt.ConnectionType.QueuedConnection)
        self._outcome.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def cancel(self) -> None:
        """Request cancellation; the job still ends with ``cancelled`` and ``finished``."""
        self.context.cancel()

    def supersede(self) -> None:
        """Cancel, and never report a result even if the task had already produced one."""
        self._superseded = True
        self.cancel()

    def execute(self) -> None:
        """Run the task on the calling worker thread; never raises."""
        outcome: tuple[str, object]
        try:
            self.context.checkpoint()
            outcome = ("succeeded", self._task(self.context))
        except TaskCancelled:
            outcome = ("cancelled", None)
        except (MedviewerError, OSError) as error:  # explains itself: no trace needed
            logger.warning("job %s failed: %s", self.objectName(), error)
            outcome = ("failed", error)
        except Exception as error:  # the thread boundary: report every failure, drop none
            logger.exception("job %s failed", self.objectName())
            outcome = ("failed", error)
        self._outcome.emit(*outcome)

    def _deliver_progress(self, progress: object) -> None:
        if not self._superseded:
            self.progressed.emit(progress)

    def _deliver(self, outcome: str, value: object) -> None:
        if outcome == "succeeded" and not self._superseded:
            self.succeeded.emit(value)
        elif outcome == "failed":
            self.failed.emit(value)
        else:
            self.cancelled.emit()
        self.finished.emit()


class _Runnable(QRunnable):
    def __init__(self, job: Job) -> None:
        super().__init__()
        self._job = job

    def run(self) -> None:
        self._job.execute()


class JobRunner(QObject):
    """Submits tasks to lanes; at most one live job per key.

    Parameters
    ----------
    parent : QObject, optional
        Owner; the runner and its jobs live on the owner's thread.
    """

    submitted = Signal(object)
    """The Job, once it is queued."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._live: dict[Job, str | None] = {}
        self._pools = {lane: QThreadPool(self) for lane in Lane}
        for lane, pool in self._pools.items():
            pool.setMaxThreadCount(LANE_WORKERS[lane])

    @property
    def jobs(self) -> tuple[Job, ...]:
        """Jobs that have not ended, oldest first."""
        return tuple(self._live)

    def submit(self, lane: Lane, name: str, task: Task, *, key: str | None = None) -> Job:
        """Queue ``task``; an earlier live job with the same ``key`` is superseded.

        Raises
        ------
        RuntimeError
            If called from another thread than the runner's.
        """
        if QThread.currentThread() is not self.thread():
            msg = f"JobRunner.submit({name!r}) must be called on the thread that owns the runner"
            raise RuntimeError(msg)
        if key is not None:
            for job, live_key in self._live.items():
                if live_key == key:
                    job.supersede()
        job = Job(name, task, self)
        self._live[job] = key
        job.finished.connect(lambda: self._forget(job))
        self._pools[lane].start(_Runnable(job))
        self.submitted.emit(job)
        return job

    def shutdown(self, timeout_ms: int = 5000) -> bool:
        """Cancel everything and wait; ``False`` if a worker did not stop in time."""
        for job in self._live:
            job.supersede()
        return all(pool.waitForDone(timeout_ms) for pool in self._pools.values())

    def _forget(self, job: Job) -> None:
        self._live.pop(job, None)
        job.deleteLater()
