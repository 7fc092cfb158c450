"""Recent studies: the local library, used in the background and only while it is switched on."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from medviewer.app.hanging import hang
from medviewer.app.jobs import Job, JobRunner, Lane
from medviewer.core.study import IndexResult

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from medviewer.app.thumbnails import Thumbnails
    from medviewer.core.study import StudyRecord
    from medviewer.core.tasks import TaskContext
    from medviewer.io.library import Library, LibraryEntry

_MODALITIES = frozenset(
    ["CT", "MR", "PT", "NM", "US", "CR", "DX", "MG", "XA", "RF", "RG", "PX", "IO", "OT", "ES", "SR"]
)
_MAX_FOUND = 10


class LibraryService(QObject):
    """Remembers what was opened and finds it again.

    Parameters
    ----------
    runner : JobRunner
    thumbnails : Thumbnails
        Keeps one picture a study, under :func:`picture_key`.
    path : Path
        The database; made when it is first needed.
    """

    found = Signal(object)
    """List of LibraryEntry, one for each study that matches the last search, opened last first."""
    failed = Signal(Exception)

    def __init__(
        self, runner: JobRunner, thumbnails: Thumbnails, path: Path, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self._thumbnails = thumbnails
        self._path = path
        self._is_enabled = True
        self._text = ""
        self._library: Library | None = None
        self._lock = threading.Lock()
        self._leads: dict[str, str] = {}
        thumbnails.ready.connect(self._on_picture_ready)

    def set_enabled(self, is_enabled: bool) -> None:
        """Switch on or off; switched off, nothing is remembered and nothing found."""
        self._is_enabled = is_enabled
        self.search(self._text)

    def remember(self, paths: Sequence[Path], result: IndexResult) -> None:
        """Note the studies of one opening."""
        if not self._is_enabled or not paths or not result.studies:
            return
        for study in result.studies:
            self._ask_picture(study)
        shares = roots_of(paths, result)

        def task(library: Library) -> None:
            for root, share in shares.items():
                library.remember(root, share)

        self._submit(task).succeeded.connect(lambda _nothing: self.search(self._text))

    def search(self, text: str = "") -> None:
        """Find studies by words: part of a name or ID, a date, a modality; ``found`` answers."""
        self._text = text
        if not self._is_enabled:
            self.found.emit([])
            return
        wanted = query_of(text)

        def task(library: Library) -> list[LibraryEntry]:
            return library.search(**wanted, limit=_MAX_FOUND)

        self._submit(task, key="library.search").succeeded.connect(self.found)

    def clear(self) -> None:
        """Forget every study."""

        def task(library: Library) -> None:
            library.clear()

        self._submit(task).succeeded.connect(lambda _nothing: self.search(self._text))

    def _submit(self, use: Callable[[Library], object], *, key: str | None = None) -> Job:
        job = self._runner.submit(
            Lane.IO, "library", lambda context: use(self._open(context)), key=key
        )
        job.failed.connect(self.failed)
        return job

    def _open(self, context: TaskContext) -> Library:
        from medviewer.io.library import Library  # start-up weight

        with self._lock:
            if self._library is None:
                library = Library(self._path)
                if library.was_damaged:
                    library.rebuild(context)
                self._library = library
            return self._library

    def _ask_picture(self, study: StudyRecord) -> None:
        hanging = hang([study])
        volumes = (volume for series in study.series for volume in series.volumes)
        lead = next((v for v in volumes if hanging and v.id == hanging.volume_ids[0]), None)
        if lead is not None:
            self._leads[lead.id] = study.study_instance_uid
            if self._thumbnails.is_made(lead):
                self._on_picture_ready(lead.id)
            else:
                self._thumbnails.request(lead)

    def _on_picture_ready(self, volume_id: str) -> None:
        uid = self._leads.pop(volume_id, "")
        picture = self._thumbnails.picture(volume_id)
        if uid and picture is not None:
            self._thumbnails.keep(picture_key(uid), picture)


def picture_key(study_instance_uid: str) -> str:
    """Key of a study's picture among the thumbnails."""
    return f"study/{study_instance_uid}"


def query_of(text: str) -> dict[str, str]:
    """Tell a date, a modality and a name apart: ``"doe ct 2020-01-31"``."""
    wanted: dict[str, str] = {}
    names = []
    for word in text.split():
        digits = re.sub(r"[-./]", "", word)
        if len(digits) == 8 and digits.isdigit():
            wanted["date_from"] = wanted["date_to"] = digits
        elif word.upper() in _MODALITIES:
            wanted["modality"] = word.upper()
        else:
            names.append(word)
    if names:
        wanted["patient"] = " ".join(names)
    return wanted


def roots_of(paths: Sequence[Path], result: IndexResult) -> dict[Path, IndexResult]:
    """Which of the opened paths each study lies in; files of one folder count as that folder."""
    folders = {path.parent for path in paths}
    if len(paths) > 1 and len(folders) == 1 and all(path.is_file() for path in paths):
        paths = tuple(folders)
    shares: dict[Path, list[StudyRecord]] = {}
    for study in result.studies:
        files = {
            frame.path
            for series in study.series
            for volume in series.volumes
            for frame in volume.frames[:1]
        }
        root = next((p for p in paths if any(f.is_relative_to(p) for f in files)), paths[0])
        shares.setdefault(root, []).append(study)
    return {root: IndexResult(tuple(studies)) for root, studies in shares.items()}
