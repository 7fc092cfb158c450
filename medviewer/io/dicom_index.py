"""Index folders and files from their headers alone, streaming what is known so far."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING

from medviewer.core.errors import MedviewerError
from medviewer.core.study import IndexResult, UnreadableFile
from medviewer.io.dicom_facts import file_facts
from medviewer.io.dicom_read import read_index_header
from medviewer.io.file_walk import find_files
from medviewer.io.series_records import series_record, study_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from medviewer.core.study import SeriesRecord, StudyRecord
    from medviewer.core.tasks import TaskContext
    from medviewer.io.frame_facts import FileFacts, StudyFacts

SNAPSHOT_PERIOD_S = 0.1
_DICOMDIR = "1.2.840.10008.1.3.10"


def index_paths(paths: Sequence[Path], context: TaskContext) -> IndexResult:
    """Index everything below some paths.

    Parameters
    ----------
    paths : sequence of Path
        Folders (recursive), files, zip archives, DICOMDIR files.
    context : TaskContext
        About every 100 ms a checkpoint ``"index.files"`` carries an :class:`IndexResult` with
        the studies that changed since the last one, and all unreadable files so far.

    Returns
    -------
    IndexResult
        All studies, most recent first, and every file that cannot be shown with its reason.
    """
    return index_into(IndexBuilder(), paths, context)


def index_into(
    builder: IndexBuilder, paths: Sequence[Path], context: TaskContext
) -> IndexResult:
    """Do what :func:`index_paths` does, and leave the facts of the files in ``builder``."""
    found = find_files(paths, context)
    builder.unreadable.extend(found.unreadable)
    last, pause = time.monotonic(), SNAPSHOT_PERIOD_S
    for number, path in enumerate(found.files):
        builder.read(path)
        now = time.monotonic()
        if now - last >= pause:
            context.checkpoint(number / len(found.files), "index.files", builder.changes())
            last = time.monotonic()
            pause = max(SNAPSHOT_PERIOD_S, 5.0 * (last - now))  # large series cost more to split
    context.checkpoint(1.0, "index.files")
    return builder.result()


class IndexBuilder:
    """Collects the facts of files and turns them into records, as often as asked."""

    def __init__(self) -> None:
        self.unreadable: list[UnreadableFile] = []
        self._files: dict[tuple[str, str], list[FileFacts]] = defaultdict(list)
        self._studies: dict[str, StudyFacts] = {}
        self._records: dict[tuple[str, str], SeriesRecord] = {}
        self._changed: set[tuple[str, str]] = set()

    def read(self, path: Path) -> None:
        """Read the header of a file and add it, or note why it cannot be shown."""
        try:
            facts = read_facts(path)
        except MedviewerError as error:
            self.unreadable.append(UnreadableFile(path, str(error)))
            return
        if facts.sop_class_uid == _DICOMDIR:
            reason = "This is the table of contents of a disc; its images are opened themselves."
            self.unreadable.append(UnreadableFile(path, reason))
            return
        self.add(facts)

    def add(self, facts: FileFacts) -> None:
        """Add the facts of a file."""
        key = (facts.study.study_instance_uid, facts.series.series_instance_uid)
        self._studies.setdefault(key[0], facts.study)
        self._files[key].append(facts)
        self._changed.add(key)
        if facts.refusal:
            self.unreadable.append(UnreadableFile(facts.path, facts.refusal))

    def files(self, study_instance_uid: str, series_instance_uid: str) -> list[FileFacts]:
        """Files of a series, in the order they were read."""
        return self._files[study_instance_uid, series_instance_uid]

    def changes(self) -> IndexResult:
        """Studies with their series that changed since the last call."""
        changed = set(self._changed)
        self._refresh()
        return self._collect(sorted(changed))

    def result(self) -> IndexResult:
        """Everything."""
        self._refresh()
        return self._collect(self._files)

    def _refresh(self) -> None:
        for key in self._changed:
            self._records[key] = series_record(self._files[key])
        self._changed.clear()

    def _collect(self, keys: Iterable[tuple[str, str]]) -> IndexResult:
        series: dict[str, list[SeriesRecord]] = defaultdict(list)
        for key in keys:
            series[key[0]].append(self._records[key])
        studies = [study_record(self._studies[uid], members) for uid, members in series.items()]
        return IndexResult(tuple(sorted(studies, key=_date, reverse=True)), tuple(self.unreadable))


def read_facts(path: Path) -> FileFacts:
    """Facts of one file of any kind.

    Raises
    ------
    NotDicomError
        The file is of no kind this program reads.
    """
    return file_facts(read_index_header(path))


def _date(study: StudyRecord) -> tuple[str, str]:
    return study.study_date, study.study_time
