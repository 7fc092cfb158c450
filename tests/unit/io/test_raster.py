"""PNG, JPEG and TIFF as radiographs of unknown spacing."""

import numpy as np
import pytest
from PIL import Image

from medviewer.core.study import SeriesKind
from medviewer.core.tasks import TaskContext
from medviewer.io.dicom_index import index_paths
from medviewer.io.series_loader import load_image


def opened(path):
    (study,) = index_paths([path], TaskContext()).studies
    (series,) = study.series
    (record,) = series.volumes
    return record, load_image(record, series, study, TaskContext())


@pytest.mark.parametrize("suffix", [".png", ".tif", ".bmp"])
def test_a_gray_picture_is_a_radiograph_without_spacing(tmp_path, suffix):
    values = np.arange(48, dtype=np.uint8).reshape(6, 8)
    Image.fromarray(values).save(tmp_path / f"x{suffix}")
    record, stack = opened(tmp_path / f"x{suffix}")
    assert record.kind is SeriesKind.RADIOGRAPH
    assert record.shape == (1, 6, 8)
    assert record.spacing_mm is None
    (frame,) = stack.frames
    assert (frame.pixels == values).all()
    assert frame.spacing_mm is None
    assert frame.spacing_source == "unknown"


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bits_are_kept(tmp_path, suffix):
    values = (np.arange(48).reshape(6, 8) * 1000).astype(np.uint16)
    Image.fromarray(values).save(tmp_path / f"x{suffix}")
    (frame,) = opened(tmp_path / f"x{suffix}")[1].frames
    assert (frame.pixels == values).all()


def test_a_colour_file_of_grays_is_gray_and_colour_stays_colour(tmp_path):
    gray = np.repeat(np.arange(48, dtype=np.uint8).reshape(6, 8, 1), 3, axis=2)
    Image.fromarray(gray).save(tmp_path / "gray.png")
    color = gray.copy()
    color[..., 0] = 200
    Image.fromarray(color).save(tmp_path / "color.png")
    assert opened(tmp_path / "gray.png")[1].frames[0].pixels.shape == (6, 8)
    assert (opened(tmp_path / "color.png")[1].frames[0].pixels == color).all()


def test_pages_of_a_tiff_are_a_stack(tmp_path):
    pages = [Image.fromarray(np.full((4, 5), n, np.uint8)) for n in range(3)]
    pages[0].save(tmp_path / "pages.tif", save_all=True, append_images=pages[1:])
    record, stack = opened(tmp_path / "pages.tif")
    assert record.kind is SeriesKind.STACK
    assert [int(frame.pixels[0, 0]) for frame in stack.frames] == [0, 1, 2]


def test_the_small_copy_that_a_camera_appends_is_no_second_image(tmp_path):
    large = Image.fromarray(np.full((40, 60), 90, np.uint8))
    small = Image.fromarray(np.full((10, 15), 90, np.uint8))
    large.save(tmp_path / "x.jpg", format="MPO", save_all=True, append_images=[small])
    record, _stack = opened(tmp_path / "x.jpg")
    assert (record.kind, record.shape) == (SeriesKind.RADIOGRAPH, (1, 40, 60))


def test_a_turned_photograph_is_shown_upright(tmp_path):
    picture = Image.fromarray(np.arange(48, dtype=np.uint8).reshape(6, 8))
    exif = picture.getexif()
    exif[0x0112] = 6
    picture.save(tmp_path / "turned.png", exif=exif)
    record, stack = opened(tmp_path / "turned.png")
    assert record.shape == (1, 8, 6)
    assert stack.frames[0].pixels.shape == (8, 6)


def test_pictures_of_a_folder_are_one_study(tmp_path):
    for name in ("a.png", "b.png"):
        Image.fromarray(np.zeros((4, 4), np.uint8)).save(tmp_path / name)
    (study,) = index_paths([tmp_path], TaskContext()).studies
    assert [s.description for s in study.series] == ["a.png", "b.png"] or len(study.series) == 2
