import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from medviewer.core.study import IndexResult, PatientRecord, SeriesRecord, StudyRecord
from medviewer.core.tasks import TaskContext
from medviewer.io.library import Library
from tests.phantoms import write_spheres


def study(uid, name="Doe^Jane", patient_id="1", date="20240101", modality="CT"):
    series = (SeriesRecord(f"{uid}.1", modality, n_instances=3),)
    return StudyRecord(uid, PatientRecord(patient_id, name), study_date=date, series=series)


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path / "data" / "library.sqlite")


def test_what_was_opened_last_comes_first_and_once(library, tmp_path):
    library.remember(tmp_path / "a", IndexResult((study("1"), study("2"))))
    library.remember(tmp_path / "b", IndexResult((study("1"),)))
    entries = library.recent()
    assert [e.study_instance_uid for e in entries] == ["1", "2"]
    assert entries[0].root == tmp_path / "b"
    assert entries[0].n_instances == 3


def test_studies_are_found_by_patient_date_and_modality(library, tmp_path):
    studies = (
        study("1", "Zhang^San=张^三", "A_7", "20240105", "CT"),
        study("2", "Doe^Jane", "B%8", "20230601", "MR"),
        study("3", "Roe^Max", "C9", "", "CT"),
    )
    library.remember(tmp_path, IndexResult(studies))

    def found(**conditions):
        return sorted(e.study_instance_uid for e in library.search(**conditions))

    assert found(patient="张") == ["1"]
    assert found(patient="jane") == ["2"]
    assert found(patient="a_7") == ["1"]
    assert found(patient="%") == ["2"]
    assert found(modality="CT") == ["1", "3"]
    assert found(modality="C") == []
    assert found(date_from="20240101") == ["1"]
    assert found(date_to="20231231") == ["2"]
    assert found(modality="CT", date_from="20240105", date_to="20240105") == ["1"]


def test_a_cleared_library_knows_nothing(library, tmp_path):
    library.remember(tmp_path, IndexResult((study("1"),)))
    library.clear()
    assert library.recent() == []
    assert library.roots == ()


def test_a_forgotten_study_takes_its_root_along(library, tmp_path):
    library.remember(tmp_path / "a", IndexResult((study("1"),)))
    library.remember(tmp_path / "b", IndexResult((study("2"),)))
    library.forget("1")
    assert [e.study_instance_uid for e in library.recent()] == ["2"]
    assert library.roots == (tmp_path / "b",)


def test_a_damaged_library_is_put_aside_and_rebuilt_from_disk(tmp_path):
    path = tmp_path / "library.sqlite"
    folder = write_spheres(tmp_path / "series", shape=(3, 8, 8))
    gone = tmp_path / "gone"
    library = Library(path)
    library.remember(folder, IndexResult((study("1"),)))
    library.remember(gone, IndexResult((study("2"),)))
    path.write_bytes(b"rubbish" * 1000)

    library = Library(path)

    assert library.was_damaged
    assert library.recent() == []
    library.rebuild(TaskContext())
    (entry,) = library.recent()
    assert entry.patient_id == "SPHERES"
    assert entry.n_instances == 3
    assert library.roots == (folder,)
    assert Path(f"{path}.damaged").exists()


def test_the_library_links_files_and_leaves_them_untouched(library, tmp_path):
    folder = write_spheres(tmp_path / "series", shape=(3, 8, 8))
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.iterdir()}
    library.remember(folder, IndexResult((study("1"),)))
    library.rebuild(TaskContext())
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.iterdir()} == before
    library.clear()
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.iterdir()} == before


def test_the_library_keeps_a_write_ahead_log(library, tmp_path):
    library.remember(tmp_path, IndexResult((study("1"),)))
    with closing(sqlite3.connect(library.path)) as database:
        assert database.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_the_library_survives_being_opened_again(tmp_path):
    path = tmp_path / "library.sqlite"
    Library(path).remember(tmp_path, IndexResult((study("1"),)))
    assert not Library(path).was_damaged
    assert len(Library(path).recent()) == 1
