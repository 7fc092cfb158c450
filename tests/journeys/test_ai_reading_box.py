"""In a whole head the reader draws a box and the model reads inside it."""

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from medviewer.ai.model_result import RunStatus
from medviewer.core.planes import Orientation
from medviewer.io.dicom_write import SeriesHeader, write_series
from medviewer.ui.views.reading_box import drawn_box
from tests.ai_page import WAIT_MS, button, image_id, open_study, run_model, shown_texts
from tests.pointer import drag
from tests.unit.ai.test_reading_box import head_with_part

pytestmark = pytest.mark.usefixtures("trained_models")


def test_a_box_keeps_its_depth_where_a_plane_cuts_it():
    first = drawn_box((10, 20, 5), (-10, 60, 5), (0, 0, 1), None)
    assert first == (-10, 20, -20, 10, 60, 30)
    second = drawn_box((-12, 30, 0), (14, 30, 40), (0, 1, 0), first)
    assert second == (-12, 20, 0, 14, 60, 40)
    beside = drawn_box((-12, 90, 0), (14, 90, 40), (0, -1, 0), first)
    assert beside == (-12, 65, 0, 14, 115, 40)


@pytest.fixture
def head(tmp_path):
    volume, truth, box = head_with_part("left")
    volume = replace(volume, voxels=volume.voxels.astype(np.int16))
    write_series(volume, tmp_path / "head", SeriesHeader("head"))
    return tmp_path / "head", truth, box


def test_a_box_drawn_in_two_planes_is_what_the_model_reads(window, qtbot, head):
    folder, truth, box = head
    block = open_study(window, qtbot, folder)
    inference = window.services.inference
    entry = inference.entry("ellipsoid-mr")
    gate = replace(entry.card.gate, ranges={"largest_extent_mm": (10.0, 60.0)})
    card = replace(entry.card, gate=gate, is_localised=True)
    inference._entries = (replace(entry, card=card),)
    window.ai.panel._shown = ()
    inference.changed.emit()
    qtbot.waitUntil(lambda: window.ai.panel.blocks[0] is not block)
    block = window.ai.panel.blocks[0]
    window.commands.set_layout("mpr")
    middle = tuple((a + b) / 2 for a, b in zip(box[:3], box[3:], strict=True))
    window.ai.panel._context.go_to_point(middle)
    QTest.mouseClick(button(block, "Draw a box"), Qt.MouseButton.LeftButton)

    def view_of(orientation):
        return next(v for v in window.grid.views if v.state.orientation is orientation)

    for orientation, fixed in ((Orientation.AXIAL, 2), (Orientation.CORONAL, 1)):
        view = view_of(orientation)
        qtbot.waitUntil(lambda v=view: v.position_of(middle) is not None)
        low, high = list(box[:3]), list(box[3:])
        low[fixed] = high[fixed] = middle[fixed]
        start, end = view.position_of(low), view.position_of(high)
        assert isinstance(start, QPointF)
        drag(view, (start.x(), start.y()), (end.x(), end.y()))
    drawn = window.services.view_store.grid.reading_box
    assert drawn[0] == image_id(window)
    assert np.allclose(drawn[1], box, atol=0.1)
    result = run_model(window, qtbot, block)
    assert result.status is RunStatus.OK
    labels = result.segmentations[0].labels
    assert labels.shape == truth.shape
    overlap = np.count_nonzero((labels > 0) & (truth > 0)) / np.count_nonzero(truth)
    assert overlap > 0.6
    qtbot.waitUntil(lambda: "Side: left" in shown_texts(block), timeout=WAIT_MS)
    QTest.mouseClick(button(block, "Remove the box"), Qt.MouseButton.LeftButton)
    assert window.services.view_store.grid.reading_box is None
