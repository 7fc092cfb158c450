"""Folders, archives and DICOMDIR: nothing outside, nothing without bounds, nothing silent."""

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from pydicom.data import DATA_ROOT

from medviewer.core.errors import ArchiveError
from medviewer.core.study import SeriesKind
from medviewer.core.tasks import TaskCancelled, TaskContext
from medviewer.io import archive
from medviewer.io.archive import extract_archive, safe_name
from medviewer.io.dicom_index import index_paths
from tests.dicom_series import image, write, write_slices

DISCS = Path(DATA_ROOT) / "test_files" / "dicomdirtests"
FOUR = [(0, 0, z) for z in range(4)]


def index(*paths):
    return index_paths(list(paths), TaskContext())


def reasons(result):
    return {u.path.name: u.reason for u in result.unreadable}


def test_folders_are_read_to_their_depth_and_what_is_no_image_is_listed(tmp_path):
    write_slices(tmp_path / "a" / "b" / "c", FOUR)
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("not an image " * 50)
    (tmp_path / ".hidden").write_text("x")
    result = index(tmp_path)
    assert result.studies[0].series[0].volumes[0].shape[0] == 4
    assert set(reasons(result)) == {"empty", "notes.txt"}
    assert "empty" in reasons(result)["empty"]


def test_a_folder_named_from_the_current_one_is_read(tmp_path, monkeypatch):
    write_slices(tmp_path / "study" / "deep", FOUR)
    monkeypatch.chdir(tmp_path)
    result = index_paths([Path("study")], TaskContext())
    assert not result.unreadable
    (volume,) = result.studies[0].series[0].volumes
    assert all(frame.path.is_file() for frame in volume.frames)


def test_a_missing_path_is_listed_not_raised(tmp_path):
    assert reasons(index(tmp_path / "nowhere")) == {"nowhere": "There is no such file or folder."}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes")
def test_pipes_are_left_alone(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    write_slices(tmp_path, FOUR)
    assert index(tmp_path).unreadable == ()


def test_indexing_can_be_cancelled(tmp_path):
    write_slices(tmp_path, FOUR)
    context = TaskContext()
    context.cancel()
    with pytest.raises(TaskCancelled):
        index_paths([tmp_path], context)


def test_studies_stream_in_while_files_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr("medviewer.io.dicom_index.SNAPSHOT_PERIOD_S", 0.0)
    write_slices(tmp_path, FOUR)
    seen = []
    context = TaskContext(on_progress=lambda p: seen.append(p.payload) if p.payload else None)
    result = index_paths([tmp_path], context)
    sizes = [partial.studies[0].series[0].n_instances for partial in seen if partial.studies]
    assert sizes[0] < 4
    assert sizes == sorted(sizes)
    assert result.studies[0].series[0].n_instances == 4


def test_an_archive_opens_like_a_folder(tmp_path):
    paths = write_slices(tmp_path / "in", FOUR)
    with zipfile.ZipFile(tmp_path / "study.zip", "w") as file:
        for path in paths:
            file.write(path, f"deep/{path.name}")
    result = index(tmp_path / "study.zip")
    assert result.studies[0].series[0].volumes[0].shape[0] == 4
    again = index(tmp_path / "study.zip")
    assert again.studies[0].series[0].volumes == result.studies[0].series[0].volumes


@pytest.mark.parametrize(
    "name",
    ["../../evil", "/etc/evil", "..\\..\\evil", "C:\\evil", "a/../../../evil", "..", ""],
)
def test_no_member_of_an_archive_leaves_its_folder(tmp_path, name):
    path = tmp_path / "bad.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(zipfile.ZipInfo(name or "x"), b"data")
    folder = extract_archive(path, TaskContext())
    written = [p for p in folder.rglob("*") if p.is_file()]
    assert len(written) == 1
    assert written[0].resolve().is_relative_to(folder.resolve())
    assert not any(part == ".." for part in safe_name(name, 0).parts)


def test_a_zip_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "SMALL_BYTES", 1000)
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("zeros", bytes(5_000_000))
    with pytest.raises(ArchiveError, match="fold"):
        extract_archive(path, TaskContext())
    assert "hostile" in reasons(index(path))["bomb.zip"]


def test_an_archive_that_lies_about_sizes_is_refused(tmp_path):
    path = tmp_path / "liar.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("big", bytes(100_000))
    data = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(signature) + offset
        data[at : at + 4] = (10).to_bytes(4, "little")
    path.write_bytes(bytes(data))
    with pytest.raises(ArchiveError):
        extract_archive(path, TaskContext())


def test_a_damaged_archive_is_listed(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"PK\x03\x04" + bytes(100))
    assert "damaged archive" in reasons(index(tmp_path))["x.zip"]


@pytest.mark.parametrize("name", ["DICOMDIR", "DICOMDIR-reordered", "DICOMDIR-nooffset"])
def test_a_dicomdir_opens_the_files_it_names(name):
    result = index(DISCS / name)
    assert len(result.studies) > 2
    assert sum(s.n_instances for study in result.studies for s in study.series) > 20


def test_a_dicomdir_cannot_lead_out_of_its_folder(tmp_path):
    data = (DISCS / "DICOMDIR").read_bytes()
    assert data.count(b"77654033") > 0
    (tmp_path / "DICOMDIR").write_bytes(data.replace(b"77654033\\", b"..\\..\\..\\"))
    result = index(tmp_path / "DICOMDIR")
    assert result.studies == ()
    assert any("outside" in reason for reason in reasons(result).values())


def test_files_without_series_uid_are_kept_together_by_folder(tmp_path):
    for number in range(3):
        dataset = image(np.zeros((4, 4), np.int16), InstanceNumber=number)
        del dataset.SeriesInstanceUID
        write(tmp_path, dataset)
    (series,) = index(tmp_path).studies[0].series
    assert series.series_instance_uid
    assert series.n_instances == 3


def test_reports_are_not_images_and_damaged_images_are_refused(tmp_path, pydicom_file):
    (tmp_path / "sr.dcm").write_bytes(pydicom_file("reportsi.dcm").read_bytes())
    cut = pydicom_file("CT_small.dcm").read_bytes()[:-5000]
    (tmp_path / "cut.dcm").write_bytes(cut)
    result = index(tmp_path)
    kinds = {s.kind: s.reason for study in result.studies for s in study.series}
    assert "structured report" in kinds[SeriesKind.NOT_IMAGE]
    assert "truncated" in kinds[SeriesKind.REFUSED]
    assert set(reasons(result)) == {"cut.dcm"}


def test_one_series_uid_in_two_studies_gives_volumes_of_different_ids(tmp_path):
    write_slices(tmp_path, FOUR)
    write_slices(tmp_path, FOUR, StudyInstanceUID="1.9.9")
    result = index(tmp_path)
    ids = [v.id for study in result.studies for s in study.series for v in s.volumes]
    assert len(ids) == len(set(ids)) == 2
