"""What the corners of a view say, and that it never covers the centre."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from medviewer.core.display import SlabMode, SliceState, TextLevel, VolumeState
from medviewer.core.planes import Orientation
from medviewer.core.study import SeriesWarning
from medviewer.core.volume import Frame, ImageStack
from medviewer.core.windowing import VoiFunction, VoiWindow
from medviewer.ui.views.corner_text import (
    CornerText,
    Line,
    SliceFacts,
    Tone,
    VolumeFacts,
    number,
    shown_attributes,
    slice_text,
    volume_text,
    window_text,
)
from medviewer.ui.views.halo_text import draw_text, line_height, text_width
from medviewer.ui.views.view_text import (
    fitted_lines,
    paint_color_bar,
    paint_corners,
    paint_ruler,
    ruler_for,
)
from tests.phantoms import sphere_volume

ATTRIBUTES = {
    "patient_name": "张, 小东",
    "patient_id": "0815",
    "patient_birth_date": "1957-04-12",
    "patient_sex": "M",
    "institution_name": "St. Elsewhere",
    "study_description": "CT chest",
    "study_date": "2020-02-03",
    "study_time": "11:20:30",
    "series_number": "4",
    "series_description": "Lung 2.5",
    "slice_thickness": "2.5",
    "lossy": "JPEG 12:1",
}


def volume(**fields):
    return replace(sphere_volume(), attributes=ATTRIBUTES, **fields)


def words(level=TextLevel.FULL, *, is_identity_shown=True, state=None, facts=None, image=None):
    image = volume() if image is None else image
    state = state or SliceState(slice_index=11)
    facts = facts or SliceFacts(
        voi=VoiWindow(-400.0, 1500.0, explanation="Lung"),
        n_slices=26,
        position_mm=-112.5,
        plane_name="axial",
        scale=1.41,
        value_text="−842 HU",
        attributes=shown_attributes(image, state),
    )
    return slice_text(image, state, facts, level, is_identity_shown=is_identity_shown)


def texts(lines):
    return [line.text for line in lines]


def everything(corners: CornerText) -> str:
    blocks = (corners.top_left, corners.top_right, corners.bottom_left, corners.bottom_right)
    return "\n".join(text for block in blocks for text in texts(block))


def test_the_four_corners_say_who_where_how_and_what(qapp):
    corners = words()
    assert texts(corners.top_left) == ["张, 小东", "0815", "1957-04-12  M"]
    assert texts(corners.top_right) == ["St. Elsewhere", "CT chest", "2020-02-03  11:20:30"]
    assert texts(corners.bottom_left) == [
        "−842 HU",
        "Zoom 141 %",
        "W 1500  L −400  Lung",
        "12 / 26   −112.5 mm",
    ]
    assert texts(corners.bottom_right) == [
        "2.5 mm thick  2.2 mm apart",
        "Lossy JPEG 12:1",
        "Axial",
        "4  Lung 2.5",
    ]


def test_less_text_keeps_who_it_is_the_slice_and_the_window(qapp):
    corners = words(TextLevel.MINIMAL)
    assert texts(corners.top_left) == ["张, 小东", "0815"]
    assert corners.top_right == ()
    assert texts(corners.bottom_left) == ["W 1500  L −400  Lung", "12 / 26   −112.5 mm"]
    assert texts(corners.bottom_right) == ["Lossy JPEG 12:1", "4  Lung 2.5"]


def test_warnings_are_amber_and_stay_when_the_text_is_off(qapp):
    warning = SeriesWarning("geometry.gap", "Gap of 5.0 mm between images 41 and 42.")
    image = volume(warnings=(warning,))
    for level in TextLevel:
        line = words(level, image=image).top_left[-1]
        assert line == Line("⚠ " + warning.message, 0, Tone.WARNING)
    assert everything(words(TextLevel.OFF)) == ""


def test_the_switch_hides_name_id_birth_date_institution_and_dates(qapp):
    text = everything(words(is_identity_shown=False))
    facts = VolumeFacts("CT bone", 0.0)
    text += everything(
        volume_text(volume(), VolumeState(), facts, TextLevel.FULL, is_identity_shown=False)
    )
    for key in ("patient_name", "patient_id", "patient_birth_date", "institution_name"):
        assert ATTRIBUTES[key] not in text
    assert "2020" not in text
    assert "Identity hidden" in text
    assert "Lung 2.5" in text


def test_a_slab_and_a_turned_picture_are_named(qapp):
    state = SliceState(slab_mode=SlabMode.MIP, slab_thickness_mm=12.0, rotation_deg=90.0)
    lines = texts(words(state=state).bottom_left)
    assert "MIP 12.0 mm" in lines
    assert "Zoom 141 %  90°" in lines


def test_a_plane_that_was_not_recorded_has_no_thickness(qapp):
    assert "thick" in everything(words())
    across = SliceState(orientation=Orientation.CORONAL, slice_index=11)
    assert "thick" not in everything(words(state=across))
    assert "apart" not in everything(words(state=across))


def test_half_a_number_is_never_shown(qapp):
    place = Line("118 / 350   −1016.5 mm", 0, is_figures=True)
    for width_px in range(160, round(text_width("118 / 350", 11)) + 1, -3):
        ((line,), _) = fitted_lines((place,), float(width_px), 40.0)
        assert line.text in (place.text, "118 / 350")
    name = Line("Doe  Jane Mary", 0)
    ((line,), _) = fitted_lines((name,), 60.0, 40.0)
    assert line.text.endswith("…"), "of a name that is too long one sees that it is"


def test_a_single_radiograph_has_no_slice_number(qapp):
    stack = ImageStack("x", [Frame(np.zeros((4, 4)))], kind="radiograph")
    corners = words(image=stack, facts=SliceFacts(voi=VoiWindow(1.0, 2.0)))
    assert texts(corners.bottom_left) == ["W 2.00  L 1.00"]


def test_facts_of_the_slice_come_before_those_of_the_series(qapp):
    slices = tuple({"acquisition_time": f"0{k}"} for k in range(26))
    image = volume(slice_attributes=slices)
    for orientation in (Orientation.ACQUISITION, Orientation.AXIAL):  # read from the head down
        state = SliceState(orientation, slice_index=7)
        assert shown_attributes(image, state)["acquisition_time"] == "018"
    assert shown_attributes(image, SliceState(Orientation.CORONAL, slice_index=7)) == ATTRIBUTES


@pytest.mark.parametrize(
    ("width", "center", "text"),
    [
        (400.0, 40.0, "W 400  L 40"),
        (3.5, -0.25, "W 3.50  L −0.25"),
        (0.012, 0.006, "W 0.0120  L 0.0060"),
    ],
)
def test_a_window_is_written_with_as_many_figures_as_it_needs(qapp, width, center, text):
    assert window_text(VoiWindow(center, width, VoiFunction.LINEAR_EXACT)) == text


def test_zero_has_no_sign(qapp):
    assert number(-0.04, 1) == "0.0"


def test_a_low_pane_loses_the_least_important_lines_and_never_the_name(qapp):
    lines = (Line("name", 0), Line("id", 1), Line("born", 3), Line("kernel", 7), Line("kV", 6))
    kept, size = fitted_lines(lines, 300.0, 2.5 * line_height(12))
    assert (texts(kept), size) == (["name", "id"], 12)
    kept, size = fitted_lines(lines, 300.0, 2.0 * line_height(9))
    assert texts(kept) == ["name", "id"]
    assert size < 12
    kept, _ = fitted_lines(lines, 300.0, 1.0 * line_height(9))
    assert texts(kept) == ["name"]


def test_a_long_line_is_cut_and_a_long_warning_wrapped(qapp):
    kept, size = fitted_lines((Line("wonderful " * 20, 3),), 200.0, 200.0)
    assert kept[0].text.endswith("…")
    assert size == 11
    warning = Line("⚠ " + "gap of five " * 8, 0, Tone.WARNING)
    kept, _ = fitted_lines((warning,), 200.0, 200.0)
    assert len(kept) > 1
    assert " ".join(texts(kept)) == warning.text.strip()


@pytest.mark.parametrize("size", [(1600, 1000), (640, 360), (300, 220), (160, 120)])
def test_text_never_covers_the_centre(qapp, size):
    width, height = size
    many = tuple(Line(f"a rather long line of corner text {k}", k) for k in range(12))
    picture = QImage(width, height, QImage.Format.Format_RGB32)
    picture.fill(QColor("black"))
    painter = QPainter(picture)
    paint_corners(painter, QRectF(0, 0, width, height), CornerText(many, many, many, many))
    painter.end()
    pixels = np.frombuffer(picture.constBits(), np.uint8).reshape(height, width, 4)[..., :3]
    assert pixels.max() > 150
    rows = slice(round(height * 0.32), round(height * 0.68))
    assert pixels[rows].max() == 0
    columns = slice(round(width * 0.44), round(width * 0.56))
    assert pixels[:, columns].max() == 0


def test_chinese_names_are_drawn_with_real_glyphs(qapp):
    pictures = []
    for text in ("张", "李", "\U0010fffd"):
        picture = QImage(30, 30, QImage.Format.Format_RGB32)
        picture.fill(QColor("black"))
        painter = QPainter(picture)
        draw_text(painter, QRectF(2, 2, 20, 20).topLeft(), text, 16, QColor("white"))
        painter.end()
        pictures.append(bytes(picture.constBits()))
    assert len(set(pictures)) == 3


@pytest.mark.parametrize(
    ("px_per_mm", "height", "text"),
    [(1.4, 700, "10 cm"), (1.0, 180, "5 cm"), (30.0, 500, "5 mm"), (0.2, 1000, "100 cm")],
)
def test_the_ruler_is_a_round_length_near_a_third_of_the_view(qapp, px_per_mm, height, text):
    ruler = ruler_for(px_per_mm, "mm", height)
    assert ruler.text == text
    assert 0.12 * height < ruler.length_px <= 0.37 * height
    value, unit = text.split()
    assert ruler.length_px == pytest.approx(float(value) * (10 if unit == "cm" else 1) * px_per_mm)


def test_the_ruler_names_its_source_and_counts_pixels_where_nothing_is_known(qapp):
    assert ruler_for(2.0, "mm", 400, "at detector").text == "5 cm  at detector"
    assert ruler_for(0.5, "px", 600).text == "200 px"


def test_the_drawn_ruler_is_as_long_as_it_says(qapp):
    picture = QImage(200, 400, QImage.Format.Format_RGB32)
    picture.fill(QColor("black"))
    painter = QPainter(picture)
    ruler = ruler_for(2.0, "mm", 400)
    paint_ruler(painter, QRectF(0, 0, 200, 400), ruler)
    painter.end()
    pixels = np.frombuffer(picture.constBits(), np.uint8).reshape(400, 200, 4)[..., 0]
    column = pixels[:, 200 - 8 - 22]
    lit = np.flatnonzero(column > 150)
    bar = lit[lit < 200 + ruler.length_px / 2 + 2]
    assert bar[-1] - bar[0] + 1 == pytest.approx(ruler.length_px, abs=1)


def test_the_colour_bar_runs_from_the_low_to_the_high_colour(qapp):
    picture = QImage(200, 400, QImage.Format.Format_RGB32)
    picture.fill(QColor("black"))
    levels = np.arange(256, dtype=np.uint8)
    table = np.stack([levels, 255 - levels, np.full(256, 77, np.uint8)], axis=1)
    painter = QPainter(picture)
    paint_color_bar(painter, QRectF(0, 0, 200, 400), table, "-160 HU", "240 HU")
    painter.end()
    pixels = np.frombuffer(picture.constBits(), np.uint8).reshape(400, 200, 4)
    bar = pixels[pixels[:, 35, 0] == 77][:, 35]
    assert len(bar) == pytest.approx(120, abs=2)
    assert (np.diff(bar[:, 2].astype(int)) <= 0).all(), "red, the high colour, is on top"
    assert bar[0, 2] > 250
    assert bar[-1, 2] < 5
    lit = np.flatnonzero((pixels[:, 50:, 0] > 150).any(axis=1))
    assert lit.min() < 150 < 250 < lit.max(), "the values stand at the ends"


def shares_painted(picture: QImage) -> tuple[float, float]:
    """Shares of the first and the second line of a block that are not seen through."""
    step = int(line_height(12))
    rows = range(2, step - 1), range(step + 2, 2 * step - 1)
    painted = [
        [picture.pixelColor(x, y).alpha() > 100 for x in range(picture.width()) for y in line]
        for line in rows
    ]
    return sum(painted[0]) / len(painted[0]), sum(painted[1]) / len(painted[1])


def painted_corner(corners: CornerText) -> QImage:
    """Top left corner as it is painted over any image."""
    picture = QImage(300, 300, QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(0)
    painter = QPainter(picture)
    paint_corners(painter, QRectF(0, 0, 300, 300), corners)
    painter.end()
    width = math.ceil(text_width(corners.top_left[0].text, 12))
    return picture.copy(8, 7, width, 2 * int(line_height(12)))


def test_a_warning_dims_what_lies_behind_it_and_other_lines_do_not(qapp):
    lines = Line("Missing slices: 1", 0), Line("Missing slices: 1", 0, Tone.WARNING)
    plain, warned = shares_painted(painted_corner(CornerText(lines)))
    assert warned == 1.0
    assert plain < 0.7


def test_text_over_the_text_of_an_ultrasound_image_dims_it(qapp):
    lines = Line("Missing slices: 1", 0), Line("Missing slices: 1", 0)
    assert shares_painted(painted_corner(CornerText(lines, is_on_text=True))) == (1.0, 1.0)


@pytest.mark.parametrize(
    ("modality", "burned_in", "expected"),
    [("US", "", True), ("OT", "YES", True), ("CT", "NO", False)],
)
def test_which_images_have_text_of_their_own(modality, burned_in, expected):
    image = ImageStack("s", [None], modality=modality)
    facts = SliceFacts(attributes={"burned_in_annotation": burned_in})
    for level in (TextLevel.FULL, TextLevel.MINIMAL):
        text = slice_text(image, SliceState(), facts, level, is_identity_shown=True)
        assert text.is_on_text is expected
