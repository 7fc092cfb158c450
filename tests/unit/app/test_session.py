from dataclasses import replace
from pathlib import Path

import pytest

from medviewer.app.session import Session
from medviewer.core.study import (
    FrameReference,
    IndexResult,
    PatientRecord,
    SeriesKind,
    SeriesRecord,
    StudyRecord,
    UnreadableFile,
    VolumeRecord,
)
from tests.phantoms import sphere_volume


def _volume(identifier):
    frames = (FrameReference(Path(f"{identifier}.dcm")),)
    return VolumeRecord(identifier, "", SeriesKind.VOLUME, (1, 2, 3), frames)


def _study(uid, **series):
    records = tuple(
        SeriesRecord(s, "CT", volumes=tuple(_volume(v) for v in ids)) for s, ids in series.items()
    )
    return StudyRecord(uid, PatientRecord("p"), series=records)


@pytest.fixture
def session(qapp):
    return Session()


@pytest.fixture
def heard(session):
    events = []
    for name in ("image_added", "image_updated", "image_completed", "image_removed"):
        getattr(session, name).connect(lambda i, name=name: events.append((name, i)))
    session.studies_changed.connect(lambda: events.append("studies_changed"))
    return events


def test_a_later_index_adds_series_and_keeps_those_it_does_not_mention(session, heard):
    session.merge(IndexResult((_study("1", a=["a1"]),)))
    session.merge(IndexResult((_study("1", b=["b1"]), _study("2", c=["c1"]))))
    assert [s.study_instance_uid for s in session.studies] == ["1", "2"]
    assert [s.series_instance_uid for s in session.studies[0].series] == ["a", "b"]
    assert session.locate("a1").study is session.studies[0]
    assert heard == ["studies_changed"] * 2


def test_a_series_that_is_split_otherwise_frees_what_no_longer_exists(session, heard):
    session.merge(IndexResult((_study("1", a=["a", "x"], b=["b"]),)))
    for identifier in ("a", "x", "b"):
        session.put_image(replace(sphere_volume(), id=identifier), is_complete=True)
    heard.clear()
    session.merge(IndexResult((_study("1", a=["a", "a2"]),)))
    assert heard == [("image_removed", "x"), "studies_changed"]
    assert session.locate("x") is None
    assert set(session.images) == {"a", "b"}
    assert session.locate("a2") is not None


def test_a_file_that_was_written_anew_takes_the_place_of_the_image_it_held(session, heard):
    session.merge(IndexResult((_study("1", a=["a"], b=["b"]),)))
    session.put_image(replace(sphere_volume(), id="a"), is_complete=True)
    heard.clear()
    again = replace(_volume("new"), frames=_volume("a").frames)
    series = (SeriesRecord("new", "CT", volumes=(again,)),)
    session.merge(IndexResult((replace(_study("1"), series=series),)))
    assert [s.series_instance_uid for s in session.studies[0].series] == ["b", "new"]
    assert heard == [("image_removed", "a"), "studies_changed"]
    assert session.locate("a") is None


def test_unreadable_files_are_kept_with_their_reasons(session):
    session.merge(IndexResult((), (UnreadableFile(Path("x"), "empty"),)))
    session.merge(IndexResult((), (UnreadableFile(Path("y"), "truncated"),)))
    assert session.unreadable == {"x": "empty", "y": "truncated"}


def test_an_image_is_added_once_then_updated_then_completed(session, heard):
    volume = sphere_volume()
    for is_complete in (False, False, True):
        session.put_image(volume, is_complete=is_complete)
    assert [name for name, _ in heard] == [
        "image_added",
        "image_updated",
        "image_updated",
        "image_completed",
    ]
    assert session.image("spheres") is volume
    assert session.n_bytes == volume.n_bytes


def test_closing_a_study_frees_its_images_alone(session, heard):
    session.merge(IndexResult((_study("1", a=["a"]), _study("2", b=["b"]))))
    for identifier in ("a", "b"):
        session.put_image(replace(sphere_volume(), id=identifier), is_complete=True)
    heard.clear()
    session.close_study("1")
    assert heard == [("image_removed", "a"), "studies_changed"]
    assert set(session.images) == {"b"}
    assert session.locate("a") is None
    session.close_study("1")
    assert len(heard) == 2, "closing it again says nothing"
