"""Voxels, places and order of what is loaded."""

import struct

import numpy as np
import pytest
from pydicom.sequence import Sequence
from pydicom.uid import MRImageStorage

from medviewer.core.cuts import recorded_slice
from medviewer.core.display import SliceState
from medviewer.core.errors import PixelDataError
from medviewer.core.tasks import TaskCancelled, TaskContext
from medviewer.core.volume import ImageStack, Volume
from medviewer.io.dicom_index import index_paths
from medviewer.io.series_loader import load_image, outward
from tests.dicom_series import image, item, write, write_slices
from tests.phantoms import (
    SPHERES,
    axis_directions,
    measured_centre,
    oblique_directions,
    sphere_geometry,
    write_spheres,
)


def load(folder, context=None, first_index=None):
    study = index_paths([folder], TaskContext()).studies[0]
    series = study.series[0]
    context = TaskContext() if context is None else context
    return load_image(series.volumes[0], series, study, context, first_index)


@pytest.mark.parametrize("name", [*axis_directions(), *oblique_directions()])
def test_spheres_are_found_where_they_were_written_on_every_grid(tmp_path, name):
    direction = {**axis_directions(), **oblique_directions()}[name]
    written = sphere_geometry(direction)
    volume = load(write_spheres(tmp_path, direction))
    assert volume.warnings == ()
    # slices come back in the order of row x column: the grid is right-handed, the place the same
    assert np.linalg.det(volume.geometry.direction) > 0
    assert sorted(map(tuple, np.round(volume.geometry.corners_lps_mm, 3))) == sorted(
        map(tuple, np.round(written.corners_lps_mm, 3))
    )
    for ball in SPHERES:
        distance = np.linalg.norm(measured_centre(volume, ball) - ball.centre_lps_mm)
        assert distance < 0.5 * min(written.spacing_ijk_mm)


def test_the_middle_image_comes_first_and_alone_then_its_neighbours(tmp_path):
    write_slices(tmp_path, [(0, 0, z) for z in range(8)])
    seen = []

    def note(progress):
        seen.append((progress.payload, progress.payload.is_loaded.copy()))

    volume = load(tmp_path, TaskContext(on_progress=note))
    assert all(payload is volume for payload, _ in seen)
    shown_first = recorded_slice(volume, SliceState(slice_index=4))
    assert np.flatnonzero(seen[0][1]).tolist() == [shown_first] == [3]
    assert volume.is_loaded.all()
    assert volume.slice_attributes[3]["instance_number"] == "4"


def test_a_wanted_image_comes_first(tmp_path):
    write_slices(tmp_path, [(0, 0, z) for z in range(9)])
    seen = []
    load(
        tmp_path,
        TaskContext(on_progress=lambda p: seen.append(p.payload.is_loaded.copy())),
        first_index=7,
    )
    assert np.flatnonzero(seen[0]).tolist() == [7]


def test_images_are_decoded_from_the_first_outwards():
    assert list(outward(2, 6)) == [2, 3, 1, 4, 0, 5]
    assert list(outward(0, 1)) == [0]


def test_loading_stops_when_it_is_cancelled(tmp_path):
    write_slices(tmp_path, [(0, 0, z) for z in range(40)])
    context = TaskContext(on_progress=lambda _: context.cancel())
    with pytest.raises(TaskCancelled):
        load(tmp_path, context)


def test_slope_and_intercept_are_applied_slice_by_slice(tmp_path):
    write_slices(
        tmp_path,
        [(0, 0, z) for z in range(3)],
        Modality="MR",
        SOPClassUID=MRImageStorage,
        RescaleSlope=lambda n: n,
        RescaleIntercept=-5,
    )
    volume = load(tmp_path)
    assert volume.voxels[:, 0, 0].tolist() == [100 - 5, 400 - 5, 900 - 5]
    assert volume.voxels.dtype == np.int16


def test_sixteen_bits_with_an_intercept_are_kept_as_int16_while_they_fit(tmp_path):
    write_slices(tmp_path, [(0, 0, z) for z in range(3)], RescaleSlope=1, RescaleIntercept=-1024)
    volume = load(tmp_path)
    assert volume.voxels.dtype == np.int16
    assert volume.voxels[:, 0, 0].tolist() == [-924, -824, -724]


def test_values_beyond_int16_are_kept_exactly(tmp_path):
    for number, value in enumerate((0, 60000, 65535)):
        stored = np.full((4, 6), value, np.uint16)
        place = {
            "ImagePositionPatient": [0, 0, number],
            "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
            "PixelSpacing": [1, 1],
        }
        write(tmp_path, image(stored, RescaleSlope=1, RescaleIntercept=-1024, **place))
    volume = load(tmp_path)
    assert volume.voxels[:, 0, 0].tolist() == [-1024, 58976, 64511]
    assert volume.voxels.dtype == np.int32


def test_a_fraction_as_slope_keeps_fractions(tmp_path):
    write_slices(tmp_path, [(0, 0, z) for z in range(2)], RescaleSlope=0.01, RescaleIntercept=0)
    volume = load(tmp_path)
    assert volume.voxels.dtype == np.float32
    assert volume.voxels[1, 3, 0] == pytest.approx(2.03)


@pytest.mark.parametrize("damaged", [0, 1])
def test_a_damaged_image_is_named_and_the_others_are_shown(tmp_path, damaged):
    places = [(0, 0, z) for z in range(4)]  # slice 1 is wanted first
    paths = write_slices(tmp_path, places, RescaleSlope=1, RescaleIntercept=0)
    study = index_paths([tmp_path], TaskContext()).studies[0]
    paths[damaged].write_bytes(paths[damaged].read_bytes()[:-20])
    series = study.series[0]
    volume = load_image(series.volumes[0], series, study, TaskContext())
    assert volume.is_loaded.tolist() == [k != damaged for k in range(4)]
    (warning,) = volume.warnings
    assert warning.code == "pixels.unreadable"
    assert f"left empty: image {4 - damaged}." in warning.message
    assert (volume.voxels[damaged] == -1024).all()  # air: water would lie before all in 3-D


def test_nothing_readable_is_an_error(tmp_path):
    paths = write_slices(tmp_path, [(0, 0, z) for z in range(3)])
    study = index_paths([tmp_path], TaskContext()).studies[0]
    for path in paths[:1] + paths[2:]:
        path.write_bytes(path.read_bytes()[:-20])
    paths[1].write_bytes(paths[1].read_bytes()[:-20])
    series = study.series[0]
    with pytest.raises(PixelDataError, match="truncated"):
        load_image(series.volumes[0], series, study, TaskContext())


def test_a_stack_keeps_the_place_of_each_image(tmp_path):
    write_slices(tmp_path, [(0, 0, 0), (0, 0, 2), (0, 0, 90)])
    stack = load(tmp_path)
    assert isinstance(stack, ImageStack)
    places = [frame.geometry.origin_lps_mm[2] for frame in stack.frames if frame and frame.geometry]
    assert places == [90, 2, 0]


def test_radiograph_spacing_says_where_it_comes_from(tmp_path):
    cases = {
        "at detector": {"ImagerPixelSpacing": [0.2, 0.1]},
        "calibrated": {"PixelSpacing": [0.2, 0.1], "PixelSpacingCalibrationType": "FIDUCIAL"},
        "magnified": {
            "ImagerPixelSpacing": [0.3, 0.15],
            "EstimatedRadiographicMagnificationFactor": 1.5,
        },
        "unknown": {},
    }
    for source, attributes in cases.items():
        folder = tmp_path / source
        write(folder, image(np.zeros((4, 6), np.int16), Modality="DX", **attributes))
        (frame,) = load(folder).frames
        assert frame is not None
        assert frame.spacing_source == source
        if source == "unknown":
            assert frame.spacing_mm is None
        else:
            assert frame.spacing_mm == pytest.approx((0.2, 0.1))


def csa_header(**fields):
    """Write a Siemens CSA header (SV10) of these fields."""
    data = b"SV10\x04\x03\x02\x01" + struct.pack("<II", len(fields), 77)
    for name, values in fields.items():
        data += name.encode().ljust(64, b"\0") + struct.pack("<i", len(values))
        data += b"FD\0\0" + struct.pack("<iii", 4, len(values), 77)
        for value in values:
            text = f"{value:.8f}".encode() + b"\0"
            data += struct.pack("<4i", len(text), len(text), 77, len(text))
            data += text + b"\0" * (-len(text) % 4)
    return data


@pytest.mark.parametrize("sign", [1, -1])
def test_a_siemens_mosaic_is_a_volume_of_its_tiles(tmp_path, sign):
    rows, columns, n = 4, 6, 5  # 3 x 3 tiles, four of them empty
    tiles = np.zeros((9, rows, columns), np.int16)
    tiles[:n] = np.arange(1, n + 1)[:, None, None] * 10
    picture = tiles.reshape(3, 3, rows, columns).swapaxes(1, 2).reshape(3 * rows, 3 * columns)
    first = np.array([5.0, -7.0, 11.0])  # centre of the first pixel of tile 0
    corner = first - [2.0 * columns, 3.0 * rows, 0]  # (3 - 1) / 2 tiles of 2 x 3 mm pixels
    dataset = image(
        np.ascontiguousarray(picture),
        Modality="MR",
        SOPClassUID=MRImageStorage,
        Manufacturer="SIEMENS",
        ImageType=["ORIGINAL", "PRIMARY", "M", "MOSAIC"],
        ImagePositionPatient=corner.tolist(),
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
        PixelSpacing=[3.0, 2.0],
        SpacingBetweenSlices=4.0,
    )
    block = dataset.private_block(0x0029, "SIEMENS CSA HEADER", create=True)
    header = csa_header(NumberOfImagesInMosaic=[n], SliceNormalVector=[0, 0, sign])
    block.add_new(0x10, "OB", header)
    write(tmp_path, dataset)
    volume = load(tmp_path)
    assert isinstance(volume, Volume)
    assert volume.voxels.shape == (n, rows, columns)
    assert volume.geometry.spacing_ijk_mm == pytest.approx((2.0, 3.0, 4.0))
    for tile in range(n):
        i, j, k = volume.geometry.lps_to_ijk(first + np.array([0, 0, 4.0 * tile * sign]))
        assert (i, j) == pytest.approx((0, 0))
        assert (volume.voxels[round(k)] == 10 * (tile + 1)).all()


def test_a_uih_grid_is_a_volume_of_its_tiles(tmp_path):
    n, rows, columns = 3, 4, 6
    tiles = np.zeros((4, rows, columns), np.int16)
    tiles[:n] = np.arange(1, n + 1)[:, None, None] * 10
    picture = tiles.reshape(2, 2, rows, columns).swapaxes(1, 2).reshape(2 * rows, 2 * columns)
    dataset = image(
        np.ascontiguousarray(picture),
        Modality="MR",
        SOPClassUID=MRImageStorage,
        Manufacturer="UIH",
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
        PixelSpacing=[3.0, 2.0],
    )
    block = dataset.private_block(0x0065, "Image Private Header", create=True)
    block.add_new(0x50, "DS", str(n))
    items = [item(ImagePositionPatient=[1, 2, 30 - 5 * k]) for k in range(n)]
    block.add_new(0x51, "SQ", Sequence(items))
    write(tmp_path, dataset)
    volume = load(tmp_path)
    assert volume.voxels[:, 0, 0].tolist() == [30, 20, 10]
    assert volume.geometry.origin_lps_mm == pytest.approx([1, 2, 20])
    assert volume.geometry.spacing_ijk_mm == pytest.approx((2.0, 3.0, 5.0))
