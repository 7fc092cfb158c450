"""What is written beside heat maps stays off the text in the corners, whatever the view's size."""

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from medviewer.core.display import OverlayDisplay
from medviewer.core.provenance import Provenance
from medviewer.core.saliency import SaliencyMap
from medviewer.ui.views import result_marks
from medviewer.ui.views.halo_text import text_width
from medviewer.ui.views.result_marks import paint_heat_bar, paint_result_notes
from medviewer.ui.views.view_text import wrapped


def heat(*, is_above=True):
    provenance = Provenance("chest-xray-pneumonia-child", "1.0.0", "0" * 64, ("i",), "2026-01-01")
    values = np.ones((4, 4), np.float32)
    saliency = SaliencyMap("h", values, "pneumonia", "Grad-CAM", "l", is_above, source_id="i",
                           provenance=provenance)  # fmt: skip
    return [(saliency, OverlayDisplay(saliency_threshold=0.3))]


def written(monkeypatch, width, height, **options):
    """(text, y from the bottom) of every line."""
    lines = []

    def note(_painter, place, text, *_rest):
        lines.append((text, height - place.y()))

    monkeypatch.setattr(result_marks, "draw_text", note)
    paint_result_notes(QPainter(), QRectF(0, 0, width, height), heat(), **options)
    return lines


def test_in_a_large_view_the_legend_is_one_line_at_the_bottom(qapp, monkeypatch):
    (legend, _), (research, above) = written(monkeypatch, 1400, 900)
    assert "Grad-CAM" in legend
    assert "not where disease is" in legend
    assert research == "Research use"
    assert above == 44


@pytest.mark.parametrize("width", [250, 434, 520])
def test_in_a_small_view_the_legend_is_wrapped_above_the_corner_text(qapp, monkeypatch, width):
    lines = written(monkeypatch, width, 400)
    assert all(text_width(text, 11) <= width - 16 for text, _ in lines)
    assert " ".join(text for text, _ in lines[:-1]).endswith("not where disease is")
    assert min(above for _, above in lines) >= 80


def test_a_bar_at_the_bottom_of_the_view_pushes_the_legend_up(qapp, monkeypatch):
    lines = written(monkeypatch, 1400, 900, above_px=120.0)
    assert min(above for _, above in lines) == 120


def test_words_wider_than_the_room_stand_alone(qapp):
    assert wrapped("a pneumonoultramicroscopic b", 30, 11) == ["a", "pneumonoultramicroscopic", "b"]
    assert wrapped("short", 500, 11) == ["short"]


@pytest.mark.parametrize("is_above", [True, False])
def test_the_colour_bar_shows_the_colours_of_the_map_and_black_where_it_is_clear(qapp, is_above):
    image = QImage(300, 300, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    paint_heat_bar(painter, QRectF(0, 0, 300, 300), heat(is_above=is_above))
    painter.end()
    column = [image.pixelColor(35, y) for y in range(108, 192)]
    bright = [c.red() + c.green() + c.blue() for c in column]
    assert bright[0] > 500, "strong is above"
    assert max(bright[-20:]) == 0, "below the threshold it is clear"
    assert (max(abs(c.red() - c.blue()) for c in column) > 60) == is_above


def test_without_a_heat_map_there_is_no_bar(qapp):
    image = QImage(300, 300, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    paint_heat_bar(painter, QRectF(0, 0, 300, 300), [])
    painter.end()
    assert image.pixelColor(35, 150).red() == 0
