"""Saved looks that came with the open studies: read once, offered for the images they name."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from medviewer.app.jobs import Lane
from medviewer.core.errors import MedviewerError
from medviewer.core.presentation import names

if TYPE_CHECKING:
    from pathlib import Path

    from medviewer.app.jobs import JobRunner
    from medviewer.app.session import Session
    from medviewer.core.presentation import PresentationState
    from medviewer.core.tasks import TaskContext

logger = logging.getLogger(__name__)


class Presentations(QObject):
    """Reads the presentation states of the open studies; applies none.

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
        self._asked: set[Path] = set()
        self._states: dict[Path, PresentationState | None] = {}
        self._is_reading = False
        session.studies_changed.connect(self._read)
        self._read()

    def of_image(self, volume_id: str) -> tuple[PresentationState, ...]:
        """States that name frames of an image, in the order of their dates."""
        located = self._session.locate(volume_id)
        if located is None:
            return ()
        frames = located.volume.frames
        found = [
            state
            for state in self._states.values()
            if state is not None and any(names(state.images, frame) for frame in frames)
        ]
        return tuple(sorted(found, key=lambda state: (state.created, state.label)))

    def _read(self) -> None:
        """Read what is new; a state whose images come later is read again with them."""
        series = [s for study in self._session.studies for s in study.series]
        self._asked = {path for each in series for path in each.presentation_files}
        self._states = {p: state for p, state in self._states.items() if p in self._asked}
        wanted = self._asked - {path for path, state in self._states.items() if state is not None}
        if not wanted or self._is_reading:
            return
        volumes = [volume for each in series for volume in each.volumes]
        files = {frame.sop_instance_uid: frame.path for v in volumes for frame in v.frames}

        def task(context: TaskContext) -> dict[Path, PresentationState | None]:
            found = {}
            for number, path in enumerate(sorted(wanted)):
                context.checkpoint(number / len(wanted), "shared.read")
                found[path] = _read_one(path, files)
            return found

        self._is_reading = True
        job = self._runner.submit(Lane.IO, "read:PR", task)
        job.succeeded.connect(self._on_read)
        job.finished.connect(self._on_finished)

    def _on_read(self, found: dict[Path, PresentationState | None]) -> None:
        self._states |= {path: state for path, state in found.items() if path in self._asked}
        self.changed.emit()

    def _on_finished(self) -> None:
        self._is_reading = False
        if self._asked - self._states.keys():  # came while others were read
            self._read()


def _read_one(path: Path, files: dict[str, Path]) -> PresentationState | None:
    from medviewer.io.dicom_gsps import read_presentation_state  # start-up weight: pydicom

    try:
        return read_presentation_state(path, files)
    except MedviewerError as error:
        logger.info("%s is not offered: %s", path.name, error)
        return None
