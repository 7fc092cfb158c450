import numpy as np
import pytest
from pydicom import Dataset
from pydicom.pixels import apply_voi_lut, apply_windowing

from medviewer.core.errors import WindowError
from medviewer.core.windowing import (
    VoiFunction,
    VoiLut,
    VoiWindow,
    auto_window,
    lut_fraction,
    to_gray,
    window_fraction,
)

LINEAR, EXACT, SIGMOID = VoiFunction


def _pydicom_gray(values, window):
    """What pydicom shows: its output range is that of the stored values, here 12 unsigned bits."""
    ds = Dataset()
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.BitsStored, ds.PixelRepresentation = 12, 0
    ds.WindowCenter, ds.WindowWidth = window.center, window.width
    ds.VOILUTFunction = str(window.function)
    with np.errstate(over="ignore"):  # pydicom's exponential, far below a narrow sigmoid
        return apply_windowing(values, ds) / 4095.0 * 255.0


@pytest.mark.parametrize("function", VoiFunction)
@pytest.mark.parametrize(("center", "width"), [(40, 400), (-600, 1500), (2048, 4096), (77.5, 3)])
def test_windows_give_pydicoms_gray_within_one_level(function, center, width):
    values = np.arange(-1200, 4200, dtype=np.int16)
    window = VoiWindow(center, width, function)
    difference = to_gray(values, window).astype(float) - _pydicom_gray(values, window)
    assert np.abs(difference).max() <= 1


def test_a_linear_window_of_width_one_is_a_threshold():
    window = VoiWindow(10, 1)
    values = np.array([9, 9.5, 9.51, 10, 11])
    assert to_gray(values, window).tolist() == [0, 0, 255, 255, 255]
    assert _pydicom_gray(values, window) == pytest.approx([0, 0, 255, 255, 255])


def test_linear_and_linear_exact_differ_by_the_half_unit_of_the_standard():
    values = np.array([0.0, 39.5, 40.0, 79.0, 80.0])
    assert window_fraction(values, VoiWindow(40, 80)) == pytest.approx(
        [0, 0.5, 0.50633, 1, 1], 1e-4
    )
    exact = window_fraction(values, VoiWindow(40, 80, EXACT))
    assert exact == pytest.approx([0, 0.49375, 0.5, 0.9875, 1])


def test_sigmoid_is_half_at_its_centre_and_survives_values_far_away():
    window = VoiWindow(100, 50, SIGMOID)
    values = np.array([-1e30, 100, 125, 1e30])
    assert window_fraction(values, window) == pytest.approx([0, 0.5, 1 / (1 + np.exp(-2)), 1])


def test_inversion_is_applied_once_and_last():
    values = np.arange(0, 200, dtype=np.int16)
    plain = to_gray(values, VoiWindow(100, 100)).astype(int)
    inverted = to_gray(values, VoiWindow(100, 100), is_inverted=True).astype(int)
    assert np.abs(plain + inverted - 255).max() <= 1


def test_values_of_32_bits_keep_their_differences():
    values = np.array([2_000_000_000, 2_000_000_050, 2_000_000_100], np.int32)
    gray = to_gray(values, VoiWindow(2_000_000_050, 100, EXACT))
    assert gray.tolist() == [0, 128, 255]


@pytest.mark.parametrize("function", VoiFunction)
def test_not_a_number_is_black(function):
    values = np.array([np.nan, -np.inf, 0.0, np.inf], np.float32)
    assert to_gray(values, VoiWindow(0.5, 2, function))[[0, 1, 3]].tolist() == [0, 0, 255]


def _lut(entries, first, bits):
    return VoiLut(np.array(entries, np.uint16), first, bits)


def test_a_lookup_table_gives_pydicoms_values():
    table = (np.linspace(0, 1, 300) ** 2 * 4095).astype(np.uint16)
    ds = Dataset()
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [300, 50, 12])
    item.add_new("LUTData", "US", table.tolist())
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.BitsStored, ds.PixelRepresentation = 12, 0
    ds.VOILUTSequence = [item]
    values = np.arange(0, 500, dtype=np.uint16)
    expected = apply_voi_lut(values, ds).astype(float) / 4095
    assert lut_fraction(values, VoiLut(table, 50, 12)) == pytest.approx(expected, abs=1e-6)


def test_values_beyond_a_table_take_its_end_entries_and_not_a_number_the_first():
    values = np.array([-1e9, 9, 10, 11, 12, 1e9, np.inf, np.nan])
    assert lut_fraction(values, _lut([0, 100, 255], 10, 8)) == pytest.approx(
        np.array([0, 0, 0, 100, 255, 255, 255, 0]) / 255
    )


@pytest.mark.parametrize(
    ("width", "function", "is_legal"),
    [
        (1, LINEAR, True),
        (0.99, LINEAR, False),
        (0.01, EXACT, True),
        (0, EXACT, False),
        (-5, SIGMOID, False),
        (0.5, SIGMOID, True),
        (np.inf, LINEAR, False),
        (np.nan, SIGMOID, False),
    ],
)
def test_the_smallest_legal_width_depends_on_the_function(width, function, is_legal):
    if is_legal:
        assert VoiWindow(0, width, function).width == width
    else:
        with pytest.raises(WindowError, match=r"PS3\.3 C\.11\.2\.1\.2"):
            VoiWindow(0, width, function)


def test_a_centre_that_is_not_finite_is_refused():
    with pytest.raises(WindowError):
        VoiWindow(np.nan, 10)


def test_the_automatic_window_spans_nearly_all_values_and_leaves_padding_out():
    values = np.random.default_rng(0).normal(1000, 50, (20, 64, 64)).astype(np.int16)
    values[:, :32] = -2000
    window = auto_window(values, padding=-2000)
    assert window.center == pytest.approx(1000, abs=15)
    assert window.width == pytest.approx(2 * 2.576 * 50, rel=0.1)


@pytest.mark.parametrize(
    "values",
    [
        np.full((4, 4), 7, np.int16),
        np.full((4, 4), np.nan, np.float32),
        np.zeros((0,), np.int16),
        np.linspace(1.0, 1.0001, 64, dtype=np.float32),
    ],
    ids=["constant", "no finite value", "empty", "narrow"],
)
def test_the_automatic_window_is_legal_for_odd_images(values):
    window = auto_window(values)
    assert window.width > 0
    gray = to_gray(values, window)
    if values.size == 64:
        assert gray.min() < 5
        assert gray.max() > 250


def test_an_image_of_padding_alone_gets_a_window():
    assert auto_window(np.full(9, -2000, np.int16), padding=-2000).width > 0
