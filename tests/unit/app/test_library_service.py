"""Recent studies: remembered, found by words, forgotten."""

from pathlib import Path

import numpy as np
import pytest

from medviewer.app.jobs import JobRunner
from medviewer.app.library_service import LibraryService, picture_key, query_of, roots_of
from medviewer.app.thumbnails import Thumbnails
from medviewer.core.study import (
    FrameReference,
    IndexResult,
    PatientRecord,
    SeriesKind,
    SeriesRecord,
    StudyRecord,
    VolumeRecord,
)


def study_in(folder, uid="1", name="Doe^Jane", modality="CT", date="20200131"):
    volume = VolumeRecord(
        f"volume-{uid}", "", SeriesKind.VOLUME, (3, 8, 8), (FrameReference(folder / "0.dcm"),)
    )
    series = SeriesRecord(f"{uid}.1", modality, "", SeriesKind.VOLUME, 3, volumes=(volume,))
    return StudyRecord(uid, PatientRecord("id", name), study_date=date, series=(series,))


@pytest.fixture
def library(qtbot, tmp_path, monkeypatch):
    import medviewer.io.thumbnails as io_thumbnails

    monkeypatch.setattr(
        io_thumbnails, "thumbnail", lambda _record, _size: np.full((4, 4), 7, np.uint8)
    )
    runner = JobRunner()
    thumbnails = Thumbnails(runner, tmp_path / "thumbnails")
    service = LibraryService(runner, thumbnails, tmp_path / "library.sqlite")
    service.pictures = thumbnails
    yield service
    assert runner.shutdown(5000)
    for owned in (service, thumbnails, runner):
        owned.deleteLater()


def remember(library, qtbot, folder, *studies):
    with qtbot.waitSignal(library.found, timeout=20_000):
        library.remember([folder], IndexResult(studies))


def test_what_was_opened_is_found_again_with_its_place(library, qtbot, tmp_path):
    remember(library, qtbot, tmp_path, study_in(tmp_path))
    with qtbot.waitSignal(library.found) as signal:
        library.search()
    (entry,) = signal.args[0]
    assert (entry.study_instance_uid, entry.root) == ("1", tmp_path)


def test_words_find_by_name_date_and_modality(library, qtbot, tmp_path):
    remember(
        library,
        qtbot,
        tmp_path,
        study_in(tmp_path, "1", "Doe^Jane", "CT", "20200131"),
        study_in(tmp_path, "2", "Roe^Richard", "MR", "20210203"),
    )
    for text, uids in (("roe", {"2"}), ("ct", {"1"}), ("2021-02-03", {"2"}), ("doe mr", set())):
        with qtbot.waitSignal(library.found) as signal:
            library.search(text)
        assert {entry.study_instance_uid for entry in signal.args[0]} == uids


def test_a_study_has_a_picture_of_its_own(library, qtbot, tmp_path):
    remember(library, qtbot, tmp_path, study_in(tmp_path))
    qtbot.waitUntil(lambda: library.pictures.picture(picture_key("1")) is not None)
    assert library.pictures.picture(picture_key("1"))[0, 0] == 7


def test_clearing_forgets_everything(library, qtbot, tmp_path):
    remember(library, qtbot, tmp_path, study_in(tmp_path))
    with qtbot.waitSignal(library.found) as signal:
        library.clear()
    assert signal.args[0] == []


def test_switched_off_it_neither_remembers_nor_finds(library, qtbot, tmp_path):
    with qtbot.waitSignal(library.found) as signal:
        library.set_enabled(False)
    assert signal.args[0] == []
    library.remember([tmp_path], IndexResult((study_in(tmp_path),)))
    with qtbot.waitSignal(library.found) as signal:
        library.set_enabled(True)
    assert signal.args[0] == []


def test_dates_modalities_and_names_are_told_apart():
    assert query_of("van doe CT 2020.01.31") == {
        "patient": "van doe",
        "modality": "CT",
        "date_from": "20200131",
        "date_to": "20200131",
    }
    assert query_of("") == {}


def test_each_study_is_linked_to_the_path_it_lies_in(tmp_path):
    a, b = tmp_path / "a", tmp_path / "b"
    result = IndexResult((study_in(a, "1"), study_in(b / "deep", "2")))
    shares = roots_of([a, b], result)
    assert {
        root: [s.study_instance_uid for s in share.studies] for root, share in shares.items()
    } == {
        a: ["1"],
        b: ["2"],
    }


def test_files_of_one_folder_are_remembered_as_that_folder(tmp_path):
    files = [tmp_path / "0.dcm", tmp_path / "1.dcm"]
    for file in files:
        file.touch()
    assert list(roots_of(files, IndexResult((study_in(tmp_path),)))) == [tmp_path]


def test_a_picture_of_a_growing_series_is_made_anew_once_all_of_it_is_known(library, qtbot):
    pictures = library.pictures
    part, whole = record_of(3), record_of(9)
    pictures.is_growing = True
    with qtbot.waitSignal(pictures.ready):
        pictures.request(part)
    assert pictures.is_made(whole), "while it grows, a picture of its part will do"
    assert not list(pictures.folder.glob("*.npy"))
    pictures.is_growing = False
    assert not pictures.is_made(whole)
    with qtbot.waitSignal(pictures.ready):
        pictures.request(whole)
    assert pictures.is_made(whole)
    again = Thumbnails(pictures._runner, pictures.folder)
    assert again.picture(part.id, 3) is None
    assert again.picture(whole.id, 9) is not None
    again.deleteLater()


def record_of(n_images):
    frames = tuple(FrameReference(Path("x"), k) for k in range(n_images))
    return VolumeRecord("v", "", SeriesKind.STACK, (n_images, 4, 4), frames)
