"""Saving results as DICOM where the folder cannot take them."""

import errno
import os
from types import SimpleNamespace

import pytest

from medviewer.ai import result_document
from medviewer.app.result_export import export_dicom
from medviewer.core.errors import ExportError
from medviewer.core.tasks import TaskContext

RESULTS = [(None, SimpleNamespace(id="model"))]


def test_a_full_disk_is_named_and_not_called_a_fault_of_the_program(tmp_path, monkeypatch):
    def full(*_anything):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(result_document, "write_dicom", full)
    with pytest.raises(ExportError, match="No space left") as caught:
        export_dicom(RESULTS, [], tmp_path, TaskContext())
    assert str(tmp_path) in str(caught.value)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ExportError, match="file cannot be written: Not a directory"):
        export_dicom(RESULTS, [], tmp_path / "file", TaskContext())
