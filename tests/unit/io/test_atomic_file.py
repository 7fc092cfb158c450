"""A file is replaced whole or not at all, and nothing is left beside it."""

import os

import pytest

from medviewer.io.atomic_file import replacing, write_atomically


def test_a_file_is_replaced_when_the_block_ends(tmp_path):
    path = tmp_path / "Scan.Nii.gz"
    path.write_bytes(b"old")
    with replacing(path) as temporary:
        assert temporary.name == "scan.nii.gz", "writers go by the ending"
        temporary.write_bytes(b"new")
        assert path.read_bytes() == b"old"
    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_a_write_that_fails_half_way_leaves_the_old_file(tmp_path):
    path = tmp_path / "seg.dcm"
    path.write_bytes(b"old")

    def write():
        with replacing(path) as temporary:
            temporary.write_bytes(b"ne")
            raise ValueError("disk")

    with pytest.raises(ValueError, match="disk"):
        write()
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_file_is_on_disk_before_it_gets_its_name(tmp_path, monkeypatch):
    path = tmp_path / "settings.json"
    flushed = []

    def flush(number, inner=os.fsync):
        flushed.append((os.fstat(number).st_size, path.exists()))
        inner(number)

    monkeypatch.setattr(os, "fsync", flush)
    write_atomically(path, b"{}")
    assert flushed == [(2, False)]
    assert path.read_bytes() == b"{}"


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps permissions in other ways")
def test_what_the_program_keeps_is_for_the_user_alone(tmp_path):
    path = tmp_path / "kept" / "result.json"
    write_atomically(path, b"{}")
    assert path.stat().st_mode & 0o777 == 0o600
