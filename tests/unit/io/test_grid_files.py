"""NIfTI, NRRD and MetaImage: values and places as SimpleITK and nibabel see them."""

import nibabel
import numpy as np
import pytest
import SimpleITK

from medviewer.core.errors import ExportError
from medviewer.core.study import SeriesKind
from medviewer.core.tasks import TaskContext
from medviewer.core.volume import ImageStack, Volume
from medviewer.io.dicom_index import index_paths
from medviewer.io.series_loader import load_image
from medviewer.io.volume_export import write_volume
from tests.phantoms import axis_directions, oblique_directions, sphere_geometry, sphere_volume


def opened(path):
    result = index_paths([path], TaskContext())
    assert result.unreadable == ()
    (study,) = result.studies
    (series,) = study.series
    return series, [load_image(v, series, study, TaskContext()) for v in series.volumes]


def refusal(path):
    result = index_paths([path], TaskContext())
    assert result.studies == ()
    return result.unreadable[0].reason


DIRECTIONS = {**axis_directions(), **oblique_directions()}


@pytest.mark.parametrize("suffix", [".nii.gz", ".nrrd"])
@pytest.mark.parametrize("name", DIRECTIONS)
def test_a_written_volume_comes_back_with_values_and_place(tmp_path, name, suffix):
    volume = sphere_volume(sphere_geometry(DIRECTIONS[name], shape=(3, 4, 5)))
    path = tmp_path / f"volume{suffix}"
    write_volume(volume, path)
    (found,) = opened(path)[1]
    assert isinstance(found, Volume)
    assert (found.voxels == volume.voxels).all()
    assert found.geometry == volume.geometry
    image = SimpleITK.ReadImage(str(path))
    assert image.GetOrigin() == pytest.approx(volume.geometry.origin_lps_mm, abs=1e-4)
    assert (SimpleITK.GetArrayFromImage(image) == volume.voxels).all()


@pytest.mark.parametrize("suffix", [".nii", ".nrrd", ".mha", ".mhd", ".nhdr"])
@pytest.mark.parametrize("kind", ["int16", "uint8", "float32", "uint16", "int32"])
@pytest.mark.parametrize("is_compressed", [False, True])
def test_what_simpleitk_writes_is_read_as_it_is(tmp_path, suffix, kind, is_compressed):
    values = (np.arange(2 * 3 * 4).reshape(2, 3, 4) * 5).astype(kind)
    image = SimpleITK.GetImageFromArray(values)
    image.SetSpacing((0.5, 0.75, 2.0))
    image.SetOrigin((10.0, -20.0, 30.0))
    image.SetDirection(DIRECTIONS["coronal turned 30"].ravel().tolist())
    path = tmp_path / f"image{suffix}"
    SimpleITK.WriteImage(image, str(path), useCompression=is_compressed and suffix != ".nii")
    series, (found,) = opened(path)
    assert series.kind is SeriesKind.VOLUME
    assert (found.voxels == values).all()
    geometry = found.geometry
    assert geometry.origin_lps_mm == pytest.approx((10, -20, 30), abs=1e-4)
    assert geometry.spacing_ijk_mm == pytest.approx((0.5, 0.75, 2.0))
    assert geometry.direction == pytest.approx(DIRECTIONS["coronal turned 30"], abs=1e-5)


def test_a_nifti_of_several_times_is_a_volume_each(tmp_path):
    values = np.arange(2 * 3 * 4 * 5, dtype=np.int16).reshape(2, 3, 4, 5)
    nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), tmp_path / "four.nii.gz")
    series, images = opened(tmp_path / "four.nii.gz")
    assert len(images) == 5
    assert {v.dimension for v in series.volumes} == {"time"}
    for time, image in enumerate(images):
        assert (image.voxels == values[..., time].T).all()


def test_scaled_nifti_values_are_applied(tmp_path):
    image = nibabel.Nifti1Image(np.arange(24, dtype=np.int16).reshape(2, 3, 4), np.eye(4))
    image.header.set_slope_inter(0.5, 10)
    path = tmp_path / "scaled.nii"
    nibabel.save(image, path)
    expected = np.asanyarray(nibabel.load(path).dataobj).T
    (found,) = opened(path)[1]
    assert found.voxels.dtype == np.float32
    assert found.voxels == pytest.approx(expected)


def test_a_sheared_nifti_is_a_stack_without_a_place(tmp_path):
    affine = np.eye(4)
    affine[0, 2] = 0.5
    nibabel.save(nibabel.Nifti1Image(np.zeros((2, 3, 4), np.int16), affine), tmp_path / "s.nii")
    (found,) = opened(tmp_path / "s.nii")[1]
    assert isinstance(found, ImageStack)
    assert len(found.frames) == 4


@pytest.mark.filterwarnings("ignore:.*pixdim")
def test_a_nifti_without_spacing_is_a_stack_without_a_place(tmp_path):
    path = tmp_path / "unknown.nii"
    nibabel.save(nibabel.Nifti1Image(np.zeros((2, 3, 4), np.int16), None), path)
    content = bytearray(path.read_bytes())
    content[80:92] = bytes(12)  # pixdim[1..3]
    path.write_bytes(content)
    (found,) = opened(path)[1]
    assert isinstance(found, ImageStack)


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz", ".nrrd", ".mha", ".png", ".tif", ".jpg"])
@pytest.mark.parametrize("content", [b"", b"NRRD0004\n", b"\x5c\x01\0\0" * 200, b"DimSize = 9"])
def test_rubbish_is_listed_with_its_name(tmp_path, suffix, content):
    path = tmp_path / f"rubbish{suffix}"
    path.write_bytes(content)
    assert "rubbish" in refusal(path)


def test_a_truncated_file_is_an_error_of_loading(tmp_path):
    path = tmp_path / "cut.nrrd"
    write_volume(sphere_volume(sphere_geometry(shape=(3, 4, 5))), path)
    header = path.read_bytes().replace(b"encoding: gzip", b"encoding: raw")
    path.write_bytes(header[: header.index(b"\n\n") + 20])
    from medviewer.core.errors import PixelDataError

    with pytest.raises(PixelDataError, match="truncated"):
        opened(path)


def test_a_header_may_not_name_a_file_elsewhere(tmp_path):
    (tmp_path / "secret.raw").write_bytes(bytes(100))
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "x.mhd").write_text(
        "NDims = 3\nDimSize = 2 2 2\nElementType = MET_UCHAR\nElementDataFile = ../secret.raw\n"
    )
    assert "not beside it" in refusal(folder / "x.mhd")


def test_a_header_that_asks_for_too_much_is_refused(tmp_path):
    (tmp_path / "x.mha").write_text(
        "NDims = 3\nDimSize = 99999 99999 99999\nElementType = MET_SHORT\nElementDataFile = LOCAL\n"
    )
    assert "cannot be opened" in refusal(tmp_path / "x.mha")


def test_other_endings_are_refused_for_export(tmp_path):
    with pytest.raises(ExportError, match=r"\.nii\.gz"):
        write_volume(sphere_volume(sphere_geometry(shape=(2, 2, 2))), tmp_path / "x.dcm")
