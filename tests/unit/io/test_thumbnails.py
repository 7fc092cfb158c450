"""Small pictures show the middle image in its own window and proportions."""

from __future__ import annotations

from dataclasses import replace

import nibabel as nib
import numpy as np
import pytest

from medviewer.core.errors import DataError
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.study import FrameReference, SeriesKind, VolumeRecord
from medviewer.io.file_formats import plain_format
from medviewer.io.thumbnails import thumbnail
from tests.phantoms import axis_directions, sphere_geometry


def record_of(*frames: FrameReference, shape=None, spacing_mm=None) -> VolumeRecord:
    return VolumeRecord(
        id="v", label="", kind=SeriesKind.STACK, shape=shape or (len(frames), 64, 64),
        frames=frames, spacing_mm=spacing_mm,
    )  # fmt: skip


def test_the_middle_image_is_shown_in_its_window(write_image):
    levels = [np.full((64, 64), value, np.int16) for value in (-500, 40, 500)]
    window = {"WindowCenter": 40, "WindowWidth": 400}
    references = [FrameReference(write_image(level, **window)) for level in levels]
    picture = thumbnail(record_of(*references), 32)
    assert picture.shape == (32, 32)
    assert picture.dtype == np.uint8
    assert np.abs(picture.astype(int) - 128).max() <= 1


def test_proportions_follow_the_spacing(write_image):
    path = write_image(np.zeros((64, 64), np.int16))
    picture = thumbnail(record_of(FrameReference(path), spacing_mm=(5.0, 2.0, 1.0)), 40)
    assert picture.shape == (40, 20)


def test_low_values_of_monochrome1_are_white(write_image):
    ramp = np.tile(np.arange(64, dtype=np.int16), (64, 1))
    path = write_image(ramp, PhotometricInterpretation="MONOCHROME1")
    picture = thumbnail(record_of(FrameReference(path)), 32)
    assert picture[0, 0] > 240
    assert picture[0, -1] < 15


def test_colours_stay_colours(write_image):
    rgb = np.zeros((64, 64, 3), np.uint8)
    rgb[..., 1] = 200
    picture = thumbnail(record_of(FrameReference(write_image(rgb))), 16)
    assert picture.shape == (16, 16, 3)
    assert (picture == (0, 200, 0)).all()


def test_a_tile_of_a_mosaic_is_cut_out(write_image):
    mosaic = np.zeros((64, 64), np.int16)
    mosaic[32:, :32] = 1000  # third tile of a two by two grid
    window = {"WindowCenter": 500, "WindowWidth": 1000}
    path = write_image(mosaic, **window)
    for tile, expected in ((2, 255), (1, 0)):
        record = record_of(FrameReference(path, tile=tile), shape=(4, 32, 32))
        assert (thumbnail(record, 16) == expected).all()


def test_a_nifti_file_gives_its_middle_slice(tmp_path):
    voxels = np.zeros((20, 20, 5), np.int16)
    voxels[:10, :, 2] = 1000
    path = tmp_path / "image.nii"
    nib.save(nib.Nifti1Image(voxels, np.eye(4)), path)
    record = plain_format(path).describe(path).volumes[0]
    picture = thumbnail(record, 20)
    assert sorted(np.unique(picture)) == [0, 255]
    assert (picture == 255).mean() == pytest.approx(0.5, abs=0.06)


def test_an_image_that_cannot_be_decoded_is_refused(write_image):
    path = write_image(np.zeros((64, 64), np.int16))
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(DataError, match="truncated"):
        thumbnail(record_of(FrameReference(path)))


def test_the_picture_is_the_image_a_view_opens_with(write_image):
    paths = [
        write_image(np.full((8, 8), v, np.int16), WindowCenter=2, WindowWidth=5) for v in range(4)
    ]
    geometry = VolumeGeometry((4, 8, 8), np.eye(4))  # image 3 of 4, from the head: slice 1
    record = replace(
        record_of(*map(FrameReference, paths)), kind=SeriesKind.VOLUME, geometry=geometry
    )
    assert (thumbnail(record, 8) == 96).all()


@pytest.mark.parametrize("name", axis_directions())
def test_the_picture_lies_as_the_view_shows_it(write_image, name):
    """A bright right anterior upper corner is where a reader expects it, however it is stored."""
    geometry = sphere_geometry(axis_directions()[name], shape=(1, 24, 32), spacing_ijk_mm=(1, 1, 2))
    ahead = {"axial": (-1, -1, 0), "coronal": (-1, 0, 1), "sagittal": (0, -1, 1)}[geometry.plane]
    j, i = np.indices((24, 32))
    points = geometry.ijk_to_lps(np.stack([i, j, 0 * i], axis=-1))
    off = (points - geometry.centre_lps_mm) * np.abs(ahead)
    stored = np.where((off * ahead > 0).sum(axis=-1) == 2, 1000, 0).astype(np.int16)
    window = {"WindowCenter": 500, "WindowWidth": 1000}
    record = replace(record_of(FrameReference(write_image(stored, **window))), geometry=geometry)
    picture = thumbnail(record, 32)
    rows, columns = picture.shape
    assert picture[: rows // 2 - 1, : columns // 2 - 1].min() > 200
    assert picture[rows // 2 + 1 :].max() == picture[:, columns // 2 + 1 :].max() == 0
