"""What the series browser lists, and that it grows without losing a selection."""

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPersistentModelIndex

from medviewer.app.session import Session
from medviewer.core.study import (
    FrameReference,
    IndexResult,
    PatientRecord,
    SeriesKind,
    SeriesRecord,
    StudyRecord,
    VolumeRecord,
)
from medviewer.ui.panels.series_model import Role, SeriesModel
from medviewer.ui.panels.series_rows import RowKind, browser_rows


def volume(volume_id, label="", group=""):
    frames = (FrameReference(Path(f"{volume_id}.dcm")),)
    return VolumeRecord(volume_id, label, SeriesKind.VOLUME, (5, 8, 8), frames, group=group)


def series(uid, number, *volumes, description="", modality="CT"):
    return SeriesRecord(
        uid, modality, description, SeriesKind.VOLUME, 5, number, volumes=tuple(volumes)
    )


def study(uid, *all_series, patient="Doe^Jane", date="20200131"):
    return StudyRecord(uid, PatientRecord("P-" + patient, patient), date, series=all_series)


def summary(rows):
    return [(row.kind.name[0], row.volume.id if row.volume else "") for row in rows]


def test_patients_hold_studies_newest_first_and_series_by_number():
    rows = browser_rows(
        [
            study("1", series("1.2", 7, volume("late")), series("1.1", 2, volume("early"))),
            study("2", series("2.1", 1, volume("new")), date="20230101"),
        ]
    )
    assert summary(rows) == [
        ("P", ""), ("S", ""), ("S", "new"), ("S", ""), ("S", "early"), ("S", "late"),
    ]  # fmt: skip


def test_split_volumes_are_rows_of_their_own_and_a_4d_group_is_one_row():
    split = series("1.1", 1, volume("a", "kernel B"), volume("b", "kernel L"))
    timed = series("1.2", 2, *(volume(f"t{n}", f"time {n}", group="g") for n in range(4)))
    rows = [row for row in browser_rows([study("1", split, timed)]) if row.volume]
    assert [(row.volume.id, row.n_siblings) for row in rows] == [("a", 1), ("b", 1), ("t0", 4)]
    assert [row.label for row in rows] == ["kernel B", "kernel L", ""]


def test_a_4d_group_is_named_by_what_its_members_have_in_common():
    names = ("kernel B, time", "kernel L, time")
    members = [volume(f"{k} {n}", f"{k} {n}", group=k) for k in names for n in (1, 2)]
    rows = [row for row in browser_rows([study("1", series("1.1", 1, *members))]) if row.volume]
    assert [row.label for row in rows] == ["kernel B", "kernel L"]


def test_what_holds_no_image_is_a_note():
    report = SeriesRecord("1.9", "SR", "Report")
    refused = SeriesRecord("1.8", "CT", kind=SeriesKind.REFUSED, reason="No image size.")
    kinds = [row.kind for row in browser_rows([study("1", report, refused)])]
    assert kinds == [RowKind.PATIENT, RowKind.STUDY, RowKind.NOTE, RowKind.NOTE]


@pytest.mark.parametrize(
    ("text", "found"),
    [("jane", ["a", "b"]), ("JANE bone", ["b"]), ("2020-01-31 ct", ["a", "b"]), ("x", [])],
)  # fmt: skip
def test_every_word_of_the_search_must_appear(text, found):
    opened = study(
        "1", series("1.1", 1, volume("a")), series("1.2", 2, volume("b"), description="Bone")
    )
    rows = browser_rows([opened], text)
    assert [row.volume.id for row in rows if row.volume] == found
    assert bool(rows) == bool(found)


def test_a_folded_study_shows_its_heading_and_unfolds_for_a_search():
    opened = study("1", series("1.1", 1, volume("a")))
    assert [row.kind for row in browser_rows([opened], "", {"1"})] == [
        RowKind.PATIENT,
        RowKind.STUDY,
    ]
    assert any(row.volume for row in browser_rows([opened], "jane", {"1"}))


@pytest.fixture
def session(qtbot):
    session = Session()
    yield session
    session.deleteLater()


def test_rows_inserted_before_and_after_leave_the_selected_row_selected(session):
    session.merge(IndexResult((study("1", series("1.5", 5, volume("five"))),)))
    model = SeriesModel(session)
    kept = QPersistentModelIndex(model.index(model.row_of("five")))
    session.merge(
        IndexResult(
            (
                study("1", series("1.1", 1, volume("one")), series("1.9", 9, volume("nine"))),
                study("0", series("0.1", 1, volume("other")), patient="Abel^A"),
            )
        )
    )
    model.rebuild()
    assert kept.data(Role.ROW).volume.id == "five"
    session.close_study("1")
    model.rebuild()
    assert not kept.isValid()
    assert [row.volume.id for row in model.rows if row.volume] == ["other"]
    model.deleteLater()


def test_a_series_number_that_arrives_late_reorders_without_losing_the_selection(session):
    first, second = series("1.1", None, volume("a")), series("1.2", 2, volume("b"))
    session.merge(IndexResult((study("1", second, first),)))
    model = SeriesModel(session)
    kept = QPersistentModelIndex(model.index(model.row_of("a")))
    assert model.row_of("a") > model.row_of("b")
    session.merge(IndexResult((study("1", replace(first, series_number=1)),)))
    model.rebuild()
    assert model.row_of("a") < model.row_of("b")
    assert kept.data(Role.ROW).volume.id == "a"
    model.deleteLater()


def test_any_member_of_a_4d_group_is_found_in_its_row(session):
    timed = series("1.2", 2, *(volume(f"t{n}", group="g") for n in range(3)))
    session.merge(IndexResult((study("1", timed),)))
    model = SeriesModel(session)
    assert model.row_of("t2") == model.row_of("t0") >= 0
    model.deleteLater()


def test_pictures_are_listed_as_a_person_counts():
    names = ["image 10.png", "image 2.png", "Image 1.png"]
    pictures = [
        series(str(n), None, volume(name), description=name) for n, name in enumerate(names)
    ]
    rows = browser_rows([study("1", *pictures)])
    assert [row.series.description for row in rows if row.series] == [
        "Image 1.png",
        "image 2.png",
        "image 10.png",
    ]
