"""Overlay planes of files: where they lie, on which frames, and what is wrong with a bad one."""

from __future__ import annotations

import imagecodecs
import numpy as np
import pydicom
import pytest
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    MRImageStorage,
)

from medviewer.core.tasks import TaskContext
from medviewer.core.volume import ImageStack, Volume
from medviewer.io.dicom_index import index_paths
from medviewer.io.overlay_planes import MAX_POINTS
from medviewer.io.pixel_values import ImageReader
from medviewer.io.series_loader import load_image
from tests.dicom_series import draw_over, image, item, write, write_slices

ROWS, COLUMNS = 7, 9


def random_points(*shape):
    """Points with an odd count, so that frames do not begin at bytes."""
    points = np.random.default_rng(len(shape)).random(shape) < 0.3
    points[..., 0, 0] = points[..., -1, -1] = True  # fills its rectangle
    return points


def canvas(planes, shape=(ROWS, COLUMNS), origin=(0, 0)):
    """Points of planes on a rectangle whose first point has the index ``origin``."""
    drawn = np.zeros(shape, bool)
    for plane in planes:
        row, column = int(plane.first_row) - origin[0], int(plane.first_column) - origin[1]
        drawn[row : row + plane.shape[0], column : column + plane.shape[1]] |= plane.bitmap
    return drawn


def load(folder):
    study = index_paths([folder], TaskContext()).studies[0]
    series = study.series[0]
    return load_image(series.volumes[0], series, study, TaskContext())


def gray(*shape, **attributes):
    return image(np.zeros(shape or (ROWS, COLUMNS), np.uint16), **attributes)


def test_the_overlay_of_a_scanner_is_what_pydicom_reads(pydicom_file):
    path = pydicom_file("examples_overlay.dcm")
    reader = ImageReader(path)
    (plane,) = reader.overlay_planes()
    expected = pydicom.dcmread(path).overlay_array(0x6000)
    np.testing.assert_array_equal(canvas([plane], expected.shape), expected)
    assert (plane.group, plane.is_region) == (0x6000, False)
    assert plane.name == "Siemens MedCom Object Graphics"
    assert reader.overlay_faults == {}


@pytest.mark.parametrize(
    "syntax",
    [
        ExplicitVRLittleEndian,
        ImplicitVRLittleEndian,
        DeflatedExplicitVRLittleEndian,
        ExplicitVRBigEndian,
    ],
)
def test_every_encoding_gives_the_points_that_were_written(tmp_path, syntax):
    points = random_points(ROWS, COLUMNS)
    dataset = gray(Modality="CT")
    draw_over(dataset, points, origin=(-2, 4), kind="R", label="lesion")
    if syntax == ExplicitVRBigEndian:  # words: pydicom writes their bytes as they come
        words = np.frombuffer(dataset[0x6000, 0x3000].value, "<u2")
        dataset[0x6000, 0x3000].value = words.astype(">u2").tobytes()
    dataset.file_meta.TransferSyntaxUID = syntax
    (plane,) = ImageReader(write(tmp_path, dataset)).overlay_planes()
    np.testing.assert_array_equal(plane.bitmap, points)
    assert (plane.first_row, plane.first_column) == (-3.0, 3.0)
    assert (plane.is_region, plane.name) == (True, "lesion")


def test_bytes_of_a_big_endian_file_are_not_swapped(tmp_path):
    points = random_points(ROWS, COLUMNS)
    dataset = gray()
    draw_over(dataset, points)
    dataset[0x6000, 0x3000].VR = "OB"
    dataset.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    (plane,) = ImageReader(write(tmp_path, dataset)).overlay_planes()
    np.testing.assert_array_equal(plane.bitmap, points)


def test_groups_come_in_order_and_only_even_ones_are_overlays(tmp_path):
    dataset = gray()
    for group in (0x60FE, 0x6002, 0x6000):
        draw_over(dataset, random_points(3, 3), group)
    dataset.add_new((0x6001, 0x0010), "LO", "private")
    dataset.add_new((0x6001, 0x1010), "US", 3)
    planes = ImageReader(write(tmp_path, dataset)).overlay_planes()
    assert [plane.group for plane in planes] == [0x6000, 0x6002, 0x60FE]


def test_a_plane_of_which_no_point_is_drawn_is_nothing(tmp_path):
    dataset = gray()
    draw_over(dataset, np.zeros((ROWS, COLUMNS), bool))
    reader = ImageReader(write(tmp_path, dataset))
    assert reader.overlay_planes() == ()
    assert reader.overlay_faults == {}


def test_frames_of_an_overlay_lie_on_the_frames_of_the_image_from_its_origin_on(tmp_path):
    points = random_points(3, ROWS, COLUMNS)
    dataset = gray(5, ROWS, COLUMNS)
    draw_over(dataset, points, frame_origin=2)
    reader = ImageReader(write(tmp_path, dataset))
    drawn = [canvas(reader.overlay_planes(frame)) for frame in range(5)]
    assert not drawn[0].any()
    np.testing.assert_array_equal(drawn[1:4], points)
    assert not drawn[4].any()
    expected = pydicom.dcmread(reader.frames.path).overlay_array(0x6000)
    np.testing.assert_array_equal(drawn[1:4], expected)


def test_one_plane_without_a_frame_number_lies_on_every_frame(tmp_path):
    points = random_points(ROWS, COLUMNS)
    dataset = gray(3, ROWS, COLUMNS)
    draw_over(dataset, points, 0x6000)
    draw_over(dataset, points, 0x6002, frame_origin=3)
    reader = ImageReader(write(tmp_path, dataset))
    groups = [[plane.group for plane in reader.overlay_planes(frame)] for frame in range(3)]
    assert groups == [[0x6000], [0x6000], [0x6000, 0x6002]]


@pytest.mark.parametrize("is_compressed", [False, True])
def test_overlays_in_unused_bits_are_read_and_do_not_reach_the_values(tmp_path, is_compressed):
    values = np.arange(64, dtype=np.uint16).reshape(8, 8) * 64
    points = random_points(8, 8)
    stored = values | points.astype(np.uint16) << 14 | points.T.astype(np.uint16) << 15
    dataset = image(stored, BitsStored=12, HighBit=11)
    for group, position in ((0x6000, 14), (0x6002, 15)):
        draw_over(dataset, points, group)
        del dataset[group, 0x3000]
        dataset[group, 0x0100].value, dataset[group, 0x0102].value = 16, position
    if is_compressed:
        coded = imagecodecs.jpeg2k_encode(stored, level=0, codecformat="j2k", reversible=True)
        dataset.PixelData = encapsulate([coded])
        dataset["PixelData"].is_undefined_length = True
        dataset.file_meta.TransferSyntaxUID = JPEG2000Lossless
    reader = ImageReader(write(tmp_path, dataset))
    first, second = reader.overlay_planes()
    np.testing.assert_array_equal(canvas([first], (8, 8)), points)
    np.testing.assert_array_equal(canvas([second], (8, 8)), points.T)
    np.testing.assert_array_equal(reader.read(), values)


def test_the_well_known_test_file_has_an_overlay_of_either_kind_in_each_place(corpus_folder):
    path = corpus_folder / "weasis-dicom-tools/org/dcm4che3/img/overlay.dcm"
    reader = ImageReader(path)
    planes = {plane.group: plane for plane in reader.overlay_planes()}
    assert list(planes) == [0x6000, 0x6002, 0x6004, 0x6006]
    dataset = pydicom.dcmread(path)
    for group in (0x6004, 0x6006):
        expected = dataset.overlay_array(group)
        np.testing.assert_array_equal(canvas([planes[group]], (512, 512)), expected)
    stored = np.frombuffer(dataset.PixelData, "<u2", 512 * 512).reshape(512, 512)
    for group, bit in ((0x6000, 15), (0x6002, 14)):
        np.testing.assert_array_equal(canvas([planes[group]], (512, 512)), stored >> bit & 1)
    assert reader.read().max() < 4096


BAD = {
    "OverlayData has 4 bytes; its size asks for 8": lambda ds: set_value(ds, 0x3000, b"\xff" * 4),
    "OverlayRows is 0, OverlayColumns is 9": lambda ds: set_value(ds, 0x0010, None),
    "65535 x 65535 points": lambda ds: (
        set_value(ds, 0x0010, 65535),
        set_value(ds, 0x0011, 65535),
    ),
    "NumberOfFramesInOverlay is -1": lambda ds: ds.add_new((0x6000, 0x0015), "IS", "-1"),
    "OverlayBitPosition is 3, a bit of the image": lambda ds: (
        set_value(ds, 0x0100, 16),
        set_value(ds, 0x0102, 3),
        set_value(ds, 0x3000, b""),
    ),
    "points of 8 bits are not the pixels": lambda ds: (
        set_value(ds, 0x0100, 8),
        set_value(ds, 0x3000, b""),
    ),
}


def set_value(dataset, element, value):
    dataset[0x6000, element].value = value


@pytest.mark.parametrize("rule", BAD)
def test_a_bad_overlay_is_named_and_the_image_and_the_other_overlays_are_shown(tmp_path, rule):
    dataset = gray()
    draw_over(dataset, random_points(ROWS, COLUMNS))
    draw_over(dataset, random_points(3, 3), 0x6002)
    BAD[rule](dataset)
    write(tmp_path, dataset)
    stack = load(tmp_path)
    (frame,) = stack.frames
    assert frame.pixels.shape == (ROWS, COLUMNS)
    assert [plane.group for plane in frame.overlay_planes] == [0x6002]
    (warning,) = stack.warnings
    assert (warning.code, warning.facts["groups"]) == ("pixels.overlay", "6000")
    assert rule in warning.message


def test_the_largest_plane_takes_little_memory_for_its_few_points(tmp_path):
    side = int(MAX_POINTS**0.5)
    points = np.zeros((side, side), bool)
    points[side - 3, side - 5 : side - 1] = True
    dataset = gray()
    draw_over(dataset, points)
    (plane,) = ImageReader(write(tmp_path, dataset)).overlay_planes()
    assert plane.packed.nbytes == 1
    assert (plane.first_row, plane.first_column, plane.shape) == (side - 3, side - 5, (1, 4))


def test_planes_stay_with_their_slices_and_slices_without_have_none(tmp_path):
    paths = write_slices(tmp_path, [(0, 0, 2.0 * n) for n in range(5)])
    for n, path in enumerate(paths):
        if n in (1, 3):
            dataset = pydicom.dcmread(path)
            draw_over(dataset, random_points(6, 8), origin=(1, 1 + n))
            dataset.save_as(path)
    volume = load(tmp_path)
    assert isinstance(volume, Volume)
    columns = {k: planes[0].first_column for k, planes in volume.overlay_planes.items()}
    # slices may lie the other way round than the files: the voxels say which is which
    files = {k: volume.voxels[k, 0, 0] // 100 - 1 for k in range(5)}
    assert {files[k]: column for k, column in columns.items()} == {1: 1.0, 3: 3.0}
    assert len(volume.all_overlay_planes) == 2


def test_a_stack_keeps_the_planes_of_each_frame(tmp_path):
    dataset = gray(4, ROWS, COLUMNS, Modality="US", FrameTime="40")
    draw_over(dataset, random_points(2, ROWS, COLUMNS), frame_origin=3)
    write(tmp_path, dataset)
    stack = load(tmp_path)
    assert isinstance(stack, ImageStack)
    assert [len(frame.overlay_planes) for frame in stack.frames] == [0, 0, 1, 1]
    assert len(stack.all_overlay_planes) == 2


def test_planes_move_with_the_slices_of_a_tilted_gantry(tmp_path):
    angle = np.deg2rad(15)
    along = (1.0, 0.0, 0.0, 0.0, np.cos(angle), -np.sin(angle))
    paths = write_slices(tmp_path, [(0, 0, 3.0 * n) for n in range(4)], along, (20, 8), (0.5, 0.5))
    for path in paths:  # one bright pixel, and one point on it
        dataset = pydicom.dcmread(path)
        stored = np.zeros((20, 8), np.int16)
        stored[9, 5] = 1000
        dataset.PixelData = stored.tobytes()
        draw_over(dataset, stored > 0)
        dataset.save_as(path)
    volume = load(tmp_path)
    assert [warning.code for warning in volume.warnings] == ["geometry.tilt"]
    assert sorted(volume.overlay_planes) == [0, 1, 2, 3]
    places = set()
    for k, (plane,) in volume.overlay_planes.items():
        weights = np.maximum(volume.voxels[k].astype(float), 0.0)
        row, column = (np.indices(weights.shape) * weights).sum((1, 2)) / weights.sum()
        assert (plane.first_row, plane.first_column) == pytest.approx((row, column), abs=0.02)
        places.add(round(plane.first_row, 2))
    assert len(places) == 4


def test_planes_are_not_repeated_on_the_slices_that_fill_a_gap(tmp_path):
    paths = write_slices(tmp_path, [(0, 0, z) for z in (0.0, 2.0, 4.0, 8.0, 10.0, 12.0)])
    for path in paths:
        dataset = pydicom.dcmread(path)
        draw_over(dataset, random_points(6, 8))
        dataset.save_as(path)
    volume = load(tmp_path)
    assert [warning.code for warning in volume.warnings] == ["geometry.gap"]
    assert sorted(volume.overlay_planes) == [0, 1, 2, 4, 5, 6]


def test_a_plane_over_a_picture_of_tiles_is_cut_up_with_it(tmp_path):
    n, rows, columns = 3, 4, 6
    picture = np.zeros((2 * rows, 2 * columns), np.int16)
    points = np.zeros(picture.shape, bool)
    points[2:6, 5:8] = True  # across the corner where the four tiles meet
    dataset = image(
        picture,
        Modality="MR",
        SOPClassUID=MRImageStorage,
        Manufacturer="UIH",
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
        PixelSpacing=[3.0, 2.0],
    )
    block = dataset.private_block(0x0065, "Image Private Header", create=True)
    block.add_new(0x50, "DS", str(n))
    items = [item(ImagePositionPatient=[1, 2, 5 * k]) for k in range(n)]
    block.add_new(0x51, "SQ", Sequence(items))
    draw_over(dataset, points)
    write(tmp_path, dataset)
    volume = load(tmp_path)
    assert sorted(volume.overlay_planes) == [0, 1, 2]
    for k, corner in enumerate([(0, 0), (0, columns), (rows, 0)]):
        tile = points[corner[0] : corner[0] + rows, corner[1] : corner[1] + columns]
        np.testing.assert_array_equal(canvas(volume.overlay_planes[k], (rows, columns)), tile)
