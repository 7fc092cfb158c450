"""The local library: which studies were opened and where they lie. It links, it never copies."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medviewer.core.errors import DocumentError
from medviewer.io.atomic_file import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medviewer.core.study import IndexResult, StudyRecord
    from medviewer.core.tasks import TaskContext

SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE IF NOT EXISTS study (
    study_instance_uid TEXT NOT NULL,
    root TEXT NOT NULL,
    patient_name TEXT NOT NULL,
    patient_id TEXT NOT NULL,
    study_date TEXT NOT NULL,
    description TEXT NOT NULL,
    modalities TEXT NOT NULL,
    n_series INTEGER NOT NULL,
    n_instances INTEGER NOT NULL,
    opened_at TEXT NOT NULL,
    PRIMARY KEY (study_instance_uid, root)
);
CREATE INDEX IF NOT EXISTS study_opened ON study (opened_at);
"""
_COLUMNS = (
    "study_instance_uid, root, patient_name, patient_id, study_date, description, modalities, "
    "n_series, n_instances, opened_at"
)


@dataclass(frozen=True, slots=True)
class LibraryEntry:
    """A study that was opened.

    Attributes
    ----------
    root : Path
        What was opened: a folder, file or archive; it may be gone by now.
    study_date : str
        ``YYYYMMDD`` or "".
    modalities : tuple of str
        Sorted, without repetition.
    opened_at : str
        ISO 8601 local time.
    """

    study_instance_uid: str
    root: Path
    patient_name: str
    patient_id: str
    study_date: str
    description: str
    modalities: tuple[str, ...]
    n_series: int
    n_instances: int
    opened_at: str


class Library:
    """A SQLite index (WAL) of opened studies; any thread may use it.

    A damaged file is put aside and the library starts empty; :meth:`rebuild` fills it again from
    the folders, whose names are also kept in a small text file beside it.

    Parameters
    ----------
    path : Path
        The database; made if missing.

    Attributes
    ----------
    was_damaged : bool
        Whether the file had to be put aside.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._roots_path = path.with_name(path.name + ".roots.json")
        self.was_damaged = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._prepare()
        except (sqlite3.DatabaseError, DocumentError):
            self.was_damaged = True
            self._put_aside()
            self._prepare()

    @property
    def roots(self) -> tuple[Path, ...]:
        """Everything that was opened and not forgotten."""
        try:
            found = json.loads(self._roots_path.read_text("utf-8"))
        except (OSError, ValueError):
            found = []
        return tuple(Path(root) for root in found) if isinstance(found, list) else ()

    def remember(self, root: Path, result: IndexResult) -> None:
        """Note the studies found below what was opened, most recent first in :meth:`recent`."""
        root = root.resolve()
        now = datetime.now().astimezone().isoformat(timespec="microseconds")
        rows = [_row(study, root, now) for study in result.studies]
        marks = ", ".join("?" * 10)
        with closing(self._connect()) as db, db:
            db.executemany(f"INSERT OR REPLACE INTO study VALUES ({marks})", rows)
        if rows and root not in self.roots:
            self._write_roots((*self.roots, root))

    def recent(self, limit: int = 20) -> list[LibraryEntry]:
        """Return the studies opened last, each once, where it was opened last."""
        return self.search(limit=limit)

    def search(
        self,
        patient: str = "",
        date_from: str = "",
        date_to: str = "",
        modality: str = "",
        limit: int = 500,
    ) -> list[LibraryEntry]:
        """Find studies, the ones opened last first.

        Parameters
        ----------
        patient : str
            Part of the name or ID, in any case.
        date_from, date_to : str
            Study date, ``YYYYMMDD``, both included; "" for no bound.
        modality : str
            Such as ``"CT"``.
        """
        conditions: list[tuple[str, list[Any]]] = []
        if patient:
            pattern = "%" + _escaped(patient) + "%"
            like = "(patient_name LIKE ? ESCAPE '!' OR patient_id LIKE ? ESCAPE '!')"
            conditions.append((like, [pattern, pattern]))
        if date_from:
            conditions.append(("study_date >= ?", [date_from]))
        if date_to:
            conditions.append(("study_date <= ? AND study_date != ''", [date_to]))
        if modality:
            like = "',' || modalities || ',' LIKE ? ESCAPE '!'"
            conditions.append((like, [f"%,{_escaped(modality)},%"]))
        where = " AND ".join(text for text, _ in conditions) or "1"
        values = [value for _, given in conditions for value in given]
        # bare columns beside max() are those of its row (sqlite.org/lang_select.html)
        query = (
            f"SELECT {_COLUMNS}, max(opened_at) FROM study WHERE {where} "
            "GROUP BY study_instance_uid ORDER BY opened_at DESC LIMIT ?"
        )
        with closing(self._connect()) as db:
            return [_entry(row) for row in db.execute(query, [*values, limit])]

    def forget(self, study_instance_uid: str) -> None:
        """Remove a study from the library; its files stay."""
        with closing(self._connect()) as db, db:
            db.execute("DELETE FROM study WHERE study_instance_uid = ?", [study_instance_uid])
            kept = {row[0] for row in db.execute("SELECT DISTINCT root FROM study")}
        self._write_roots(root for root in self.roots if str(root) in kept)

    def clear(self) -> None:
        """Forget everything; the files stay."""
        with closing(self._connect()) as db, db:
            db.execute("DELETE FROM study")
        self._roots_path.unlink(missing_ok=True)

    def rebuild(self, context: TaskContext) -> None:
        """Index every root again; those that are gone are forgotten."""
        from medviewer.io.dicom_index import index_paths  # start-up weight: the window's first list

        roots = self.roots
        with closing(self._connect()) as db, db:
            db.execute("DELETE FROM study")
        self._write_roots(())
        for number, root in enumerate(roots):
            context.checkpoint(number / len(roots), "library.rebuild")
            if root.exists():
                self.remember(root, index_paths([root], context))

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=10.0)

    def _prepare(self) -> None:
        with closing(self._connect()) as db, db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version not in (0, SCHEMA_VERSION):
                msg = f"{self.path.name} is of version {version}, not {SCHEMA_VERSION}."
                raise DocumentError(msg)
            db.execute("PRAGMA journal_mode = WAL")
            (state,) = db.execute("PRAGMA quick_check").fetchone()
            if state != "ok":
                raise DocumentError(f"{self.path.name} is damaged: {state}.")
            db.executescript(_SCHEMA)
            db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _put_aside(self) -> None:
        for end in ("-wal", "-shm"):
            self.path.with_name(self.path.name + end).unlink(missing_ok=True)
        self.path.replace(self.path.with_name(self.path.name + ".damaged"))

    def _write_roots(self, roots: Sequence[Path] | Iterator[Path]) -> None:
        text = json.dumps([str(root) for root in roots], ensure_ascii=False, indent=1)
        write_atomically(self._roots_path, text.encode())


def _row(study: StudyRecord, root: Path, opened_at: str) -> tuple[object, ...]:
    modalities = sorted({series.modality for series in study.series if series.modality})
    return (
        study.study_instance_uid,
        str(root),
        study.patient.patient_name,
        study.patient.patient_id,
        study.study_date,
        study.description,
        ",".join(modalities),
        len(study.series),
        sum(series.n_instances for series in study.series),
        opened_at,
    )


def _entry(row: tuple[Any, ...]) -> LibraryEntry:
    uid, root, name, patient_id, date, description, modalities, n_series, n, opened_at = row[:10]
    return LibraryEntry(
        study_instance_uid=uid,
        root=Path(root),
        patient_name=name,
        patient_id=patient_id,
        study_date=date,
        description=description,
        modalities=tuple(modalities.split(",")) if modalities else (),
        n_series=n_series,
        n_instances=n,
        opened_at=opened_at,
    )


def _escaped(text: str) -> str:
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
