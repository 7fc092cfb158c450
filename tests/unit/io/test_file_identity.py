"""A file's UID is that of its content: what was said of one image is not said of the next."""

import os

import numpy as np
import pytest
from PIL import Image

from medviewer.core.tasks import TaskContext
from medviewer.io.dicom_index import index_paths


def identifier(path):
    (study,) = index_paths([path], TaskContext()).studies
    return study.series[0].volumes[0].id


def write(path, seed):
    values = np.random.default_rng(seed).integers(0, 255, (3, 20, 20), np.uint8)
    if path.suffix == ".png":
        Image.fromarray(values[0]).save(path)
        return
    path.write_text(
        "ObjectType = Image\nNDims = 3\nDimSize = 20 20 3\nElementType = MET_UCHAR\n"
        "ElementDataFile = values.raw\n"
    )
    os.utime(path, ns=(10**18, 10**18))
    path.with_name("values.raw").write_bytes(values.tobytes())


@pytest.mark.parametrize("name", ["film.png", "scan.mhd"])
def test_a_file_that_is_written_anew_is_another_image(tmp_path, name):
    path = tmp_path / name
    write(path, 1)
    first = identifier(path)
    assert identifier(path) == first, "the same file has the same results"
    write(path, 2)
    written = path if path.suffix == ".png" else path.with_name("values.raw")
    os.utime(written, ns=(2 * 10**18, 2 * 10**18))
    assert identifier(path) != first
