"""The bar at the bottom: work in progress with cancel, memory, device, and what this is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QStatusBar,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from medviewer.ui.formats import gigabytes
from medviewer.ui.icons import icon
from medviewer.ui.job_titles import SILENT, job_title
from medviewer.ui.theme import STATUS_BAR_PX

if TYPE_CHECKING:
    from medviewer.app.jobs import Job, JobRunner
    from medviewer.app.services import Services
    from medviewer.core.tasks import Progress

_SHOW_AFTER_MS = 250
_BAR_PX = 96


@dataclass(slots=True)
class _Work:
    job: Job
    title: str
    fraction: float | None = None
    is_due: bool = False


class JobList(QObject):
    """Follows the jobs of a runner that last long enough to be worth a line."""

    changed = Signal()

    def __init__(self, runner: JobRunner, parent: QObject) -> None:
        super().__init__(parent)
        self._work: dict[QObject, _Work] = {}
        for job in runner.jobs:
            self._on_submitted(job)
        runner.submitted.connect(self._on_submitted)

    @property
    def shown(self) -> list[_Work]:
        """Work that has lasted a moment, newest last."""
        return [work for work in self._work.values() if work.is_due]

    def cancel_all(self) -> None:
        """Cancel everything listed."""
        for work in self.shown:
            work.job.cancel()

    def _on_submitted(self, job: Job) -> None:
        name = job.objectName()
        if name.partition(":")[0] in SILENT:
            return
        self._work[job] = _Work(job, job_title(name))
        # Jobs may outlive this list: methods are disconnected with their owner, lambdas are not.
        job.progressed.connect(self._on_progressed)
        job.finished.connect(self._on_finished)
        QTimer.singleShot(_SHOW_AFTER_MS, self, lambda: self._on_due(job))

    def _on_due(self, job: Job) -> None:
        if job in self._work:
            self._work[job].is_due = True
            self.changed.emit()

    def _on_progressed(self, progress: Progress) -> None:
        work = self._work.get(self.sender())
        if work is not None:
            work.fraction = progress.fraction
            self.changed.emit()

    def _on_finished(self) -> None:
        self._work.pop(self.sender(), None)
        self.changed.emit()


class JobLine(QWidget):
    """Title, thin bar and cancel of one job."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._job: Job | None = None
        self._title = QLabel(self)
        self._title.setProperty("role", "text")
        self._bar = QProgressBar(self, textVisible=False)
        self._bar.setFixedWidth(_BAR_PX)
        self.cancel = QToolButton(self)
        self.cancel.setToolTip(self.tr("Cancel"))
        self.cancel.setIcon(icon("x", "dim"))
        self.cancel.setIconSize(QSize(12, 12))
        self.cancel.setAccessibleName(self.tr("Cancel"))
        self.cancel.clicked.connect(self._on_cancel_clicked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        for widget in (self._title, self._bar, self.cancel):
            layout.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)

    def set_work(self, work: _Work) -> None:
        """Show a job."""
        self._job = work.job
        text = self.fontMetrics().elidedText(work.title, Qt.TextElideMode.ElideMiddle, 300)
        self._title.setText(text)
        if work.fraction is None:
            self._bar.setRange(0, 0)
        else:
            self._bar.setRange(0, 1000)
            self._bar.setValue(round(1000 * work.fraction))

    def _on_cancel_clicked(self) -> None:
        if self._job is not None:
            self._job.cancel()


class StatusBar(QStatusBar):
    """24 px: jobs on the left; memory, device and the disclaimer on the right."""

    def __init__(self, services: Services, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self.setFixedHeight(STATUS_BAR_PX)
        self.setSizeGripEnabled(False)
        self.jobs = JobList(services.runner, self)
        self.setContentsMargins(8, 0, 0, 0)
        self._line = JobLine(self)
        self._more = QToolButton(self)
        self._more.clicked.connect(self._on_more_clicked)
        self._message = QLabel(self)
        self._memory = QLabel(self)
        self._device = QLabel(self)
        self._disclaimer = QLabel(self.tr("Research use, not a medical device"), self)
        for widget in (self._line, self._more, self._message):
            self.addWidget(widget)
        for label in (self._memory, self._device, self._disclaimer):
            label.setContentsMargins(8, 0, 8, 0)
            self.addPermanentWidget(label)
        self._throttle = QTimer(self, singleShot=True, interval=60)
        self._throttle.timeout.connect(self._refresh_jobs)
        self._forget_message = QTimer(self, singleShot=True, interval=6000)
        self._forget_message.timeout.connect(self._message.clear)
        self.jobs.changed.connect(self._on_jobs_changed)
        session = services.session
        for signal in (session.image_added, session.image_completed, session.image_removed):
            signal.connect(self._refresh_memory)
        services.settings.changed.connect(self._refresh_memory)
        self._refresh_jobs()
        self._refresh_memory()
        self._device.hide()

    def say(self, text: str) -> None:
        """Show a sentence for a few seconds."""
        self._message.setText(text)
        self._forget_message.start()

    def message(self) -> str:
        """Sentence shown now; empty when there is none."""
        return self._message.text()

    def set_device(self, text: str) -> None:
        """Name what computes: ``"CPU"`` or the GPU."""
        self._device.setText(text)
        self._device.setVisible(bool(text))

    def _on_jobs_changed(self) -> None:
        if not self._throttle.isActive():
            self._throttle.start()

    def _refresh_jobs(self) -> None:
        shown = self.jobs.shown
        self._line.setVisible(bool(shown))
        self._more.setVisible(len(shown) > 1)
        if shown:
            self._line.set_work(shown[0])
            self._more.setText(self.tr("+%n more", "", len(shown) - 1))

    def _refresh_memory(self, *_anything: object) -> None:
        used, budget = self._services.session.n_bytes, self._services.loading.budget_bytes
        text = self.tr("Memory {used} of {budget}")
        self._memory.setText(text.format(used=gigabytes(used), budget=gigabytes(budget)))
        self._memory.setToolTip(
            self.tr("Decoded images in memory. The least recently shown are dropped first.")
        )

    def _on_more_clicked(self) -> None:
        popup = QFrame(self, Qt.WindowType.Popup)
        popup.setObjectName("palette")
        popup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        layout = QVBoxLayout(popup)
        layout.setContentsMargins(12, 12, 12, 12)
        for work in self.jobs.shown:
            line = JobLine(popup)
            line.set_work(work)
            work.job.finished.connect(line.deleteLater)
            layout.addWidget(line)
        popup.adjustSize()
        corner = self._more.mapToGlobal(self._more.rect().topLeft())
        popup.move(corner.x(), corner.y() - popup.height() - 4)
        popup.show()
