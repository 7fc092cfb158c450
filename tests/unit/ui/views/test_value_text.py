"""Values of pixels as a reader sees them."""

import math

import pytest

from medviewer.core.volume import ImageStack
from medviewer.core.windowing import VoiWindow
from medviewer.ui.views.value_text import suv_window_text, value_text


def stack(unit="", **attributes):
    return ImageStack("s", [], unit=unit, attributes=attributes)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (33.0, "HU", "33 HU"),
        ((1, 2, 3), "", "RGB 1 2 3"),
        (1938.3, "Bq/ml", "1938 Bq/ml"),
        (0.41603, "Gy", "0.4160 Gy"),
        (12.3456, "", "12.35"),
        (1e-9, "", "0.0000"),
        (math.inf, "", "inf"),
    ],
)
def test_a_value_has_its_unit_and_no_more_figures_than_it_is_worth(value, unit, text):
    assert value_text(value, stack(unit)) == text


def test_pet_says_the_uptake_of_a_value_and_of_the_window():
    image = stack("Bq/ml", suv_bw_factor="0.0005")
    assert value_text(8000.0, image) == "8000 Bq/ml  SUV 4.00"
    assert suv_window_text(VoiWindow(5000.0, 10000.0), image) == "SUV 0.0 – 5.0"
    assert suv_window_text(VoiWindow(5000.0, 10000.0), stack("HU")) == ""
