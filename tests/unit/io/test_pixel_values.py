"""Modality values, colours and windows as DICOM defines them, checked against pydicom."""

from __future__ import annotations

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.pixels.processing import (
    apply_color_lut,
    apply_modality_lut,
    apply_voi_lut,
    apply_windowing,
)  # fmt: skip
from pydicom.sequence import Sequence

from medviewer.core.errors import PixelDataError
from medviewer.core.windowing import VoiLut, VoiWindow, to_gray
from medviewer.io.modality_lut import ValueRange, value_dtype
from medviewer.io.pixel_values import ImageReader

RAMP = np.arange(0, 4096, 2, np.uint16).reshape(32, 64)
TWELVE_BITS = {"BitsStored": 12, "HighBit": 11}


def item(**attributes) -> Dataset:
    dataset = Dataset()
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    return dataset


def lut_item(table: np.ndarray, first: int, bits: int = 16, **attributes) -> Dataset:
    lut = item(**attributes)
    signed = "SS" if first < 0 else "US"
    lut.add_new("LUTDescriptor", signed, [len(table), first, bits])
    lut.add_new("LUTData", "OW", table.astype("<u2").tobytes())
    return lut


@pytest.mark.parametrize(
    ("slope", "intercept", "dtype"),
    [
        (1, -1024, np.int16),
        (2, -100, np.int16),
        (-1, 0, np.int16),
        (1, 0, np.int16),
        (0.01, 0, np.float32),
        (1, -0.5, np.float32),
        (1.0e-6, 3, np.float32),
        (16, 0, np.uint16),
        (-16, 0, np.float32),
        (100000, 0, np.int32),
    ],
)
def test_a_rescale_is_exact_in_the_smallest_type_that_holds_it(
    write_image, slope, intercept, dtype
):
    path = write_image(RAMP, RescaleSlope=slope, RescaleIntercept=intercept, **TWELVE_BITS)
    values = ImageReader(path).read()
    assert values.dtype == dtype
    np.testing.assert_allclose(values, RAMP.astype(float) * slope + intercept, rtol=2e-7, atol=1e-6)


def test_signed_sixteen_bit_values_stay_int16(write_image):
    stored = np.array([[-32768, -1], [0, 32767]], np.int16)
    reader = ImageReader(write_image(stored))
    assert reader.read().dtype == np.int16
    np.testing.assert_array_equal(reader.read(), stored)


def test_unsigned_sixteen_bit_values_with_an_offset_do_not_wrap(write_image):
    stored = np.array([[0, 1000], [40000, 65535]], np.uint16)
    values = ImageReader(write_image(stored, RescaleSlope=1, RescaleIntercept=-1024)).read()
    np.testing.assert_array_equal(values, stored.astype(float) - 1024)


def test_values_are_written_where_the_caller_wants_them(write_image):
    path = write_image(RAMP, RescaleSlope=1, RescaleIntercept=-1024, **TWELVE_BITS)
    volume = np.full((3, 32, 64), 7, np.int16)
    assert ImageReader(path).read(0, out=volume[1]) is not None
    np.testing.assert_array_equal(volume[1], RAMP.astype(int) - 1024)
    assert (volume[[0, 2]] == 7).all()


def test_every_frame_has_its_own_rescale_and_window(write_image):
    frames = np.stack([RAMP, RAMP])
    groups = [
        item(
            PixelValueTransformationSequence=Sequence(
                [item(RescaleSlope=slope, RescaleIntercept=0, RescaleType="US")]
            ),
            FrameVOILUTSequence=Sequence([item(WindowCenter=100 * slope, WindowWidth=50)]),
        )
        for slope in (1, 3)
    ]
    path = write_image(frames, PerFrameFunctionalGroupsSequence=Sequence(groups), **TWELVE_BITS)
    reader = ImageReader(path)
    np.testing.assert_array_equal(reader.read(0), RAMP)
    np.testing.assert_array_equal(reader.read(1), RAMP.astype(int) * 3)
    assert [reader.vois(index)[0].center for index in (0, 1)] == [100, 300]
    assert reader.value_dtype() == np.int16


def test_shared_groups_hold_for_every_frame(write_image):
    shared = item(
        PixelValueTransformationSequence=Sequence([item(RescaleSlope=2, RescaleIntercept=-7)])
    )
    path = write_image(
        np.stack([RAMP, RAMP]), SharedFunctionalGroupsSequence=Sequence([shared]), **TWELVE_BITS
    )
    np.testing.assert_array_equal(ImageReader(path).read(1), RAMP.astype(int) * 2 - 7)


@pytest.mark.parametrize("first", [0, 100, -50])
def test_a_modality_lut_is_applied_as_pydicom_does(write_image, first):
    table = (np.arange(500) ** 2 % 3000).astype(np.uint16)
    stored = np.arange(-600, 600, dtype=np.int16).reshape(30, 40)
    if first >= 0:
        stored = np.abs(stored)
    path = write_image(
        stored, ModalityLUTSequence=Sequence([lut_item(table, first, ModalityLUTType="US")])
    )
    expected = apply_modality_lut(stored, pydicom.dcmread(path))
    np.testing.assert_array_equal(ImageReader(path).read(), expected)


def test_padding_is_given_as_a_modality_value(write_image):
    stored = np.full((4, 4), -2000, np.int16)
    path = write_image(stored, RescaleSlope=1, RescaleIntercept=-1000, PixelPaddingValue=-2000)
    assert ImageReader(path).padding_value() == -3000


def test_a_value_range_says_which_types_hold_it():
    assert ValueRange(0, 255, True).fits(np.dtype(np.int16))
    assert not ValueRange(0, 40000, True).fits(np.dtype(np.int16))
    assert not ValueRange(0, 1, False).fits(np.dtype(np.int16))
    assert value_dtype([ValueRange(-5, 9, True), ValueRange(0, 50000, True)]) == np.float32
    assert value_dtype([ValueRange(0, 9, True), ValueRange(0, 0.5, False)]) == np.float32


@pytest.mark.filterwarnings("ignore:overflow encountered in exp")  # of pydicom's sigmoid
@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize(("center", "width"), [(40, 400), (0.5, 1), (100, 2), (-600, 1500)])
def test_window_output_is_pydicoms_within_one_gray_level(write_image, function, center, width):
    path = write_image(
        RAMP, RescaleSlope=1, RescaleIntercept=-1024, WindowCenter=center, WindowWidth=width,
        VOILUTFunction=function, **TWELVE_BITS,
    )  # fmt: skip
    dataset, reader = pydicom.dcmread(path), ImageReader(path)
    values = reader.read()
    expected = apply_windowing(apply_modality_lut(RAMP, dataset), dataset)
    # pydicom spans the values that the stored bits can hold after the rescale
    low, high = -1024, 4095 - 1024
    expected_gray = (expected - low) / (high - low) * 255
    gray = to_gray(values, reader.vois()[0])
    assert np.abs(gray - expected_gray).max() <= 1


def test_a_voi_lut_comes_before_windows_and_maps_as_pydicom_does(write_image):
    table = np.minimum(np.arange(3000) * 20, 65535).astype(np.uint16)
    path = write_image(
        RAMP, VOILUTSequence=Sequence([lut_item(table, 500, 16, LUTExplanation="NORMAL")]),
        WindowCenter=[10, 20], WindowWidth=[30, 40], WindowCenterWidthExplanation=["A", "B"],
        **TWELVE_BITS,
    )  # fmt: skip
    reader = ImageReader(path)
    lut, *windows = reader.vois()
    assert isinstance(lut, VoiLut)
    assert (lut.explanation, lut.first_value, lut.bits) == ("NORMAL", 500, 16)
    assert [(w.center, w.width, w.explanation) for w in windows] == [(10, 30, "A"), (20, 40, "B")]
    expected = apply_voi_lut(RAMP, pydicom.dcmread(path)) / 65535 * 255
    assert np.abs(to_gray(reader.read(), lut) - expected).max() <= 1


def test_a_window_narrower_than_one_is_kept_where_it_has_a_meaning(write_image):
    path = write_image(RAMP, WindowCenter=["0.5", "1"], WindowWidth=["0.25", "0"])
    (window,) = ImageReader(path).vois()
    assert (window.center, window.width, window.function.value) == (0.5, 0.25, "LINEAR_EXACT")


@pytest.mark.parametrize("modality", ["MR", "PT", "XA", "RF"])
@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_windows_of_mr_and_its_like_act_on_stored_values(write_image, modality, function):
    path = write_image(
        RAMP, Modality=modality, RescaleSlope=0.37, RescaleIntercept=-12, WindowCenter=2000,
        WindowWidth=1500, VOILUTFunction=function, **TWELVE_BITS,
    )  # fmt: skip
    reader = ImageReader(path)
    on_stored = to_gray(RAMP, VoiWindow(2000, 1500, reader.vois()[0].function.__class__(function)))
    on_values = to_gray(reader.read(), reader.vois()[0])
    assert np.abs(on_stored.astype(int) - on_values).max() <= 1


@pytest.mark.parametrize(
    ("slope", "intercept", "center", "width"),
    [
        pytest.param(10, 0, 20000, 10000, id="beyond every stored value"),
        pytest.param(0.25, -500, 0, 1000, id="a field map around zero"),
    ],
)
def test_a_window_whose_centre_cannot_be_stored_is_meant_for_modality_values(
    write_image, slope, intercept, center, width
):
    path = write_image(
        RAMP, Modality="MR", RescaleSlope=slope, RescaleIntercept=intercept, WindowCenter=center,
        WindowWidth=width, **TWELVE_BITS,
    )  # fmt: skip
    (window,) = ImageReader(path).vois()
    assert (window.center, window.width) == (center, width)


def test_windows_of_ct_act_on_modality_values(write_image):
    path = write_image(
        RAMP, RescaleSlope=1, RescaleIntercept=-1024, WindowCenter=40, WindowWidth=400,
        **TWELVE_BITS,
    )  # fmt: skip
    (window,) = ImageReader(path).vois()
    assert (window.center, window.width) == (40, 400)


@pytest.mark.parametrize(
    ("photometric", "shape", "is_inverted"),
    [
        ("MONOCHROME2", None, False),
        ("MONOCHROME2", "IDENTITY", False),
        ("MONOCHROME2", "INVERSE", True),
        ("MONOCHROME1", None, True),
        ("MONOCHROME1", "INVERSE", True),
    ],
)
def test_inversion_is_a_flag_and_never_in_the_values(write_image, photometric, shape, is_inverted):
    extra = {} if shape is None else {"PresentationLUTShape": shape}
    path = write_image(RAMP, PhotometricInterpretation=photometric, **extra, **TWELVE_BITS)
    reader = ImageReader(path)
    assert reader.is_inverted is is_inverted
    np.testing.assert_array_equal(reader.read(), RAMP)
    gray = to_gray(reader.read(), VoiWindow(2048, 4096), is_inverted=reader.is_inverted)
    assert bool(gray[0, 0] > gray[-1, -1]) is is_inverted


def palette(bits: int, *, is_segmented: bool = False) -> dict:
    """Attributes of a palette of 256 colours, the first for stored value 3."""
    scale = 257 if bits == 16 else 1
    tables = [np.arange(256) * scale, np.arange(255, -1, -1) * scale, np.full(256, 77 * scale)]
    attributes: dict = {"PhotometricInterpretation": "PALETTE COLOR"}
    for color, table in zip(("Red", "Green", "Blue"), tables, strict=True):
        stem = f"{color}PaletteColorLookupTable"
        attributes[f"{stem}Descriptor"] = [256, 3, bits]
        dtype = "<u2" if bits == 16 else "u1"
        if is_segmented:  # one discrete value, then a line to the end
            data = np.array([0, 1, table[0], 1, 255, table[-1]]).astype(dtype).tobytes()
            attributes[f"Segmented{stem}Data"] = data
        else:
            attributes[f"{stem}Data"] = table.astype(dtype).tobytes()
    return attributes


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("is_segmented", [False, True])
def test_a_palette_gives_the_colours_pydicom_gives(write_image, bits, is_segmented):
    stored = np.arange(256, dtype=np.uint8).reshape(16, 16)
    path = write_image(stored, **palette(bits, is_segmented=is_segmented))
    reader = ImageReader(path)
    expected = apply_color_lut(stored, pydicom.dcmread(path))
    expected = expected >> 8 if bits == 16 else expected
    assert reader.is_color
    assert reader.value_dtype() == np.uint8
    assert np.abs(reader.read().astype(int) - expected).max() <= 1


def test_an_indirect_segment_repeats_what_it_points_to(write_image):
    stored = np.arange(8, dtype=np.uint8).reshape(2, 4)
    # 5 6 7 discrete; then the first segment once more; then a line to 9
    segments = np.array([0, 3, 5, 6, 7, 2, 1, 0, 0, 1, 2, 9], "<u2").tobytes()
    attributes: dict = {"PhotometricInterpretation": "PALETTE COLOR"}
    for color in ("Red", "Green", "Blue"):
        attributes[f"{color}PaletteColorLookupTableDescriptor"] = [8, 0, 16]
        attributes[f"Segmented{color}PaletteColorLookupTableData"] = segments
    path = write_image(stored, **attributes)
    assert ImageReader(path).read()[..., 0].ravel().tolist() == [5, 6, 7, 5, 6, 7, 8, 9]


def test_a_missing_palette_is_refused(write_image):
    path = write_image(np.zeros((4, 4), np.uint8), PhotometricInterpretation="PALETTE COLOR")
    with pytest.raises(PixelDataError, match="red palette is missing"):
        ImageReader(path).read()


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    "name",
    [
        "examples_ybr_color.dcm", "SC_ybr_full_422_uncompressed.dcm", "SC_rgb_jpeg_dcmtk.dcm",
        "SC_rgb_dcmtk_+eb+cy+n1.dcm", "GDCMJ2K_TextGBR.dcm", "SC_rgb_small_odd_jpeg.dcm",
    ],
)  # fmt: skip
def test_ybr_becomes_the_rgb_that_pydicom_makes(pydicom_file, name):
    expected = pydicom.dcmread(pydicom_file(name)).pixel_array
    frame = expected[0] if expected.ndim == 4 else expected
    reader = ImageReader(pydicom_file(name))
    np.testing.assert_array_equal(reader.read(0), frame)


def test_deep_colours_are_brought_to_eight_bits(write_image):
    rgb = np.array([[[0, 0x8000, 0xFFFF]]], np.uint16)
    np.testing.assert_array_equal(ImageReader(write_image(rgb)).read(), [[[0, 128, 255]]])


def test_a_jpeg_that_says_it_is_ybr_is_not_shown_as_rgb(pydicom_file, tmp_path):
    path = tmp_path / "mislabelled.dcm"
    source = pydicom_file("SC_rgb_dcmtk_+eb+cy+s2.dcm")
    data = source.read_bytes()
    assert data.count(b"YBR_FULL_422") == 1
    path.write_bytes(data.replace(b"YBR_FULL_422", b"RGB         "))
    np.testing.assert_array_equal(ImageReader(path).read(), ImageReader(source).read())
