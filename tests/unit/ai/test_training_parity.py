"""What a network sees must be the same in training and at the reader's desk."""

import nibabel
import numpy as np
import pytest
from PIL import Image

from medviewer.ai.case_hash import hash_values
from medviewer.ai.model_card import InputGrid, Normalisation
from medviewer.ai.preparation import gray_values, prepare_image, prepare_volume, reoriented
from medviewer.ai.training import hippocampus, radiographs
from medviewer.core.tasks import TaskContext
from medviewer.io.dicom_index import index_paths
from medviewer.io.series_loader import load_image

RADIOGRAPH = Normalisation("percentiles", 1, 99, (-1, 1), (-1.5, 1.5))
ATOL = 1e-4


def load(path):
    study = index_paths([path], TaskContext()).studies[0]
    series = study.series[0]
    return load_image(series.volumes[0], series, study, TaskContext())


@pytest.fixture
def picture(tmp_path):
    rng = np.random.default_rng(1)
    values = rng.integers(0, 255, (75, 50)).astype(np.float32)
    smooth = np.cumsum(np.cumsum(values - 127, 0), 1)
    scaled = (smooth - smooth.min()) / np.ptp(smooth) * 255
    path = tmp_path / "film.jpg"
    Image.fromarray(scaled.astype(np.uint8)).resize((500, 750)).save(path, quality=90)
    return path


@pytest.mark.parametrize("axes", [("L", "P", "S"), ("R", "A", "S"), ("S", "L", "A")])
def test_a_volume_is_prepared_as_in_training(tmp_path, axes):
    values = np.random.default_rng(2).normal(300, 80, (21, 33, 27)).astype(np.float32)
    image = nibabel.Nifti1Image(values, np.eye(4))
    turn = nibabel.orientations.axcodes2ornt(axes)
    source = nibabel.orientations.io_orientation(image.affine)
    turned = image.as_reoriented(nibabel.orientations.ornt_transform(source, turn))
    path = tmp_path / "scan.nii.gz"
    nibabel.save(turned, path)
    expected = hippocampus.standardise(hippocampus.read_oriented(path))
    grid = InputGrid(3, Normalisation("zscore", clip=(-5, 5)), "SPL", (1.0, 1.0, 1.0), multiple=16)
    volume = load(path)
    prepared = prepare_volume(volume, grid)
    sizes = [-(-n // 16) * 16 for n in expected.shape]
    assert prepared.values.shape == tuple(sizes)
    assert np.abs(prepared.values - hippocampus._centred(expected, sizes)).max() < ATOL
    stored = hippocampus.read_oriented(path)
    assert hash_values(reoriented(volume, "SPL")) == hash_values(stored)


def test_a_squashed_radiograph_is_prepared_as_in_training(picture):
    expected = radiographs.resize(radiographs.normalise(radiographs.read_gray(picture)), (192, 192))
    gray = gray_values(load(picture).frames[0])
    prepared = prepare_image(gray, InputGrid(2, RADIOGRAPH, fit="squash", size=(192, 192)))
    assert np.abs(prepared.values - expected).max() < ATOL
    assert hash_values(gray) == hash_values(radiographs.read_gray(picture))


def test_a_letterboxed_radiograph_is_prepared_as_in_training(picture):
    normal = radiographs.normalise(radiographs.read_gray(picture))
    expected, scale = radiographs.letterbox(normal, 416)
    grid = InputGrid(2, RADIOGRAPH, fit="letterbox", size=(416, 416), fill=-1.0)
    prepared = prepare_image(gray_values(load(picture).frames[0]), grid)
    assert np.abs(prepared.values - expected).max() < ATOL
    x, y = prepared.to_source_px(100 * scale, 60 * scale)
    assert (x, y) == pytest.approx((100, 60), abs=0.5)
