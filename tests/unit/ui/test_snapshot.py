"""Pictures without a window, a display or environment variables."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from PySide6.QtGui import QImage

from medviewer.core.errors import DataError, ExportError
from medviewer.core.windowing import VoiWindow
from medviewer.rendering.overlay_plane_layer import OVERLAY_RGB
from medviewer.ui.snapshot import SnapshotRequest, size_of, snapshot, window_of
from tests.phantoms import write_chest, write_spheres

SIZE = (480, 320)


@pytest.fixture(scope="module")
def chest(tmp_path_factory):
    return write_chest(tmp_path_factory.mktemp("chest"), 6.0, 8.0)


def pixels(path) -> np.ndarray:
    image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3).copy()


def drawn(path, tmp_path, name="out.png", **fields) -> np.ndarray:
    output = tmp_path / name
    snapshot(path, output, SnapshotRequest(size_px=SIZE, **fields))
    return pixels(output)


@pytest.mark.parametrize("layout", ["stack", "mpr", "volume"])
def test_the_same_input_gives_the_same_picture_twice(qapp, chest, tmp_path, layout):
    first = drawn(chest, tmp_path, layout=layout)
    again = drawn(chest, tmp_path, layout=layout)
    assert first.shape == (320, 480, 3)
    assert first[80:240, 100:380].max() > 60
    assert (first == again).all()


def test_the_slice_and_the_window_asked_for_are_drawn(qapp, chest, tmp_path):
    middle = drawn(chest, tmp_path)
    other = drawn(chest, tmp_path, slice_number=2)
    lung = drawn(chest, tmp_path, window="lung")
    assert (middle != other).any()
    assert (middle != lung).any()
    assert (lung == drawn(chest, tmp_path, window="1500,-400")).mean() > 0.99


def test_overlay_planes_are_in_the_picture(qapp, tmp_path):
    path = get_testdata_file("examples_overlay.dcm")
    picture = drawn(Path(path), tmp_path)
    n_points = pydicom.dcmread(path).overlay_array(0x6000).sum()
    n_drawn = (picture == OVERLAY_RGB).all(axis=-1).sum()
    assert n_drawn > 0.5 * n_points  # a pixel of the screen may hold two, corner text hides some


def test_a_slice_that_does_not_exist_is_refused_with_the_count(qapp, chest, tmp_path):
    with pytest.raises(DataError, match="Slice 999 does not exist: this image has"):
        drawn(chest, tmp_path, slice_number=999)


def test_a_folder_without_images_is_refused_by_name(qapp, tmp_path):
    with pytest.raises(DataError, match="holds no image"):
        drawn(tmp_path, tmp_path)


def test_a_picture_that_cannot_be_written_is_refused(qapp, chest, tmp_path):
    with pytest.raises(ExportError, match="cannot be written"):
        drawn(chest, tmp_path, "no such folder/out.png")


def test_a_window_is_a_preset_or_two_numbers(qapp):
    assert window_of("") is None
    assert window_of("LUNG") == VoiWindow(-400.0, 1500.0, explanation="Lung")
    assert window_of("80, 40") == VoiWindow(40.0, 80.0)
    with pytest.raises(ExportError, match="neither a preset nor"):
        window_of("lungs")


@pytest.mark.parametrize("text", ["1600", "0x10", "10x10", "99999x100", "axb", ""])
def test_a_size_is_two_numbers_within_limits(qapp, text):
    with pytest.raises(ExportError, match="WIDTHxHEIGHT"):
        size_of(text)
    assert size_of("1600x1000") == (1600, 1000)


def test_it_works_without_a_display_and_without_environment(tmp_path):
    folder = write_spheres(tmp_path / "spheres")
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "MEDVIEWER_HOME")}
    output = tmp_path / "out.png"
    command = [sys.executable, "-m", "medviewer", "snapshot", str(folder), "-o", str(output)]
    done = subprocess.run(
        [*command, "--size", "300x200", "--layout", "mpr"],
        env=kept,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    assert pixels(output).shape == (200, 300, 3)
