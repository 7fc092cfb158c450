"""Index folders and files from their headers alone, streaming what is known so far."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import TYPE_CHECKING

from medviewer.core.errors import MedviewerError
from medviewer.core.messages import Message
from medviewer.core.study import IndexResult, PatientRecord, UnreadableFile
from medviewer.io.dicom_read import read_index_header
from medviewer.io.dicom_write import derived_uid
from medviewer.io.facts_reader import FactsReader
from medviewer.io.file_formats import plain_format
from medviewer.io.file_walk import find_files
from medviewer.io.frame_facts import FileFacts, StudyFacts
from medviewer.io.partial_records import as_read_so_far
from medviewer.io.series_records import series_record, study_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from medviewer.core.study import SeriesRecord, StudyRecord
    from medviewer.core.tasks import TaskContext

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


def index_into(builder: IndexBuilder, paths: Sequence[Path], context: TaskContext) -> IndexResult:
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
            pause = max(SNAPSHOT_PERIOD_S, 10.0 * (last - now))  # large series cost more to split
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
        self._plain: set[tuple[str, str]] = set()
        self._facts = FactsReader()
        self._owners: dict[str, str] = {}
        """First study of each SeriesInstanceUID: some files repeat one in several studies."""

    def read(self, path: Path) -> None:
        """Read the header of a file and add it, or note why it cannot be shown."""
        try:
            file_format = plain_format(path)
            if file_format is not None:
                self._add_plain(file_format.describe(path), path)
                return
            facts = self._facts.read(read_index_header(path))
        except MedviewerError as error:
            self.unreadable.append(UnreadableFile(path, error.text))
            return
        if facts.sop_class_uid == _DICOMDIR:
            reason = Message(
                "This is the table of contents of a disc; its images are opened themselves."
            )
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

    def _add_plain(self, record: SeriesRecord, path: Path) -> None:
        """Add an image without a patient: the files of a folder are a study."""
        folder = path.resolve().parent
        patient = PatientRecord(patient_id="", patient_name="")
        uid = str(derived_uid("folder", folder))
        self._studies.setdefault(uid, StudyFacts(uid, patient, description=folder.name))
        key = (uid, record.series_instance_uid)
        self._records[key] = record
        self._plain.add(key)
        self._changed.add(key)

    def paths(self, study_instance_uid: str, series_instance_uid: str) -> list[tuple[Path, str]]:
        """Files of a series with what each is if not an image, in the order they were read."""
        key = (study_instance_uid, series_instance_uid)
        if key in self._plain:
            return [(self._records[key].volumes[0].frames[0].path, "")]
        return [(file.path, file.not_image) for file in self._files[key]]

    def changes(self) -> IndexResult:
        """Studies with their series that changed since the last call; more of them may follow."""
        changed = set(self._changed)
        self._refresh()
        return self._collect(sorted(changed), is_partial=True)

    def result(self) -> IndexResult:
        """Everything."""
        self._refresh()
        return self._collect([*self._files, *self._plain])

    def _refresh(self) -> None:
        for key in sorted(self._changed - self._plain):
            study_uid, series_uid = key
            is_first = self._owners.setdefault(series_uid, study_uid) == study_uid
            volume_id = series_uid if is_first else f"{study_uid}/{series_uid}"
            self._records[key] = series_record(self._files[key], volume_id)
        self._changed.clear()

    def _collect(self, keys: Iterable[tuple[str, str]], *, is_partial: bool = False) -> IndexResult:
        series: dict[str, list[SeriesRecord]] = defaultdict(list)
        for key in keys:
            record = self._records[key]
            series[key[0]].append(as_read_so_far(record) if is_partial else record)
        studies = [study_record(self._studies[uid], members) for uid, members in series.items()]
        return IndexResult(tuple(sorted(studies, key=_date, reverse=True)), tuple(self.unreadable))


def _date(study: StudyRecord) -> tuple[str, str]:
    return study.study_date, study.study_time
