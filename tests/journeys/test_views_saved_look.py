"""A look saved with the study is offered in the view's menu, and applied only when asked for."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from medviewer.core.display import SliceState, TextLevel
from medviewer.ui.views.view_colors import READER
from medviewer.ui.views.view_menu import view_menu
from tests.dicom_series import item
from tests.phantoms import write_spheres
from tests.presentation_states import LINE, write_state
from tests.shell_window import drop_paths, is_read


@pytest.fixture
def opened(window, qtbot, tmp_path):
    """Open spheres with a look saved for them; drawings lie on the files 4 and 5."""
    folder = write_spheres(tmp_path / "study")
    fields = {
        "ImageRotation": 90,
        "ImageHorizontalFlip": "Y",
        "ShutterShape": "RECTANGULAR",
        "ShutterLeftVerticalEdge": 1,
        "ShutterRightVerticalEdge": 30,
        "ShutterUpperHorizontalEdge": 1,
        "ShutterLowerHorizontalEdge": 30,
    }
    area = item(
        PresentationSizeMode="SCALE TO FIT",
        DisplayedAreaTopLeftHandCorner=[38, 1],  # of the flipped image
        DisplayedAreaBottomRightHandCorner=[5, 14],
    )
    fields["DisplayedAreaSelectionSequence"] = [area]
    write_state(folder, folder / "state.dcm", [4, 5], **fields)
    assert drop_paths(window, folder)
    qtbot.waitUntil(lambda: is_read(window), timeout=20_000)
    image_id = window.services.view_store.pane(0).volume_id
    qtbot.waitUntil(lambda: bool(window.services.presentations.of_image(image_id)))
    return window.grid


def looks(grid):
    """Entries of the menu on saved looks, by title."""
    menu = view_menu(grid, grid)
    sub = next((a.menu() for a in menu.actions() if a.text() == "Saved presentation"), None)
    return {} if sub is None else {action.text(): action for action in sub.actions()}


def pixels(view) -> np.ndarray:
    QTest.qWait(50)
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return lines[:, : image.width() * 3].reshape(image.height(), image.width(), 3).astype(int)


def test_nothing_is_applied_by_itself_and_the_menu_says_who_saved_what(window, opened):
    state = window.services.view_store.pane(0).slice
    assert state == SliceState(slice_index=state.slice_index)
    titles = list(looks(opened))
    assert titles == ["As recorded", "NODULE  ·  as saved by Doe, Jane  2020-02-03"]
    assert looks(opened)["As recorded"].isChecked()


def test_a_saved_look_is_applied_drawn_and_taken_away_again(window, opened):
    store, view = window.services.view_store, opened.view(0)
    store.update_grid(text_level=TextLevel.OFF)
    _, title = looks(opened)
    looks(opened)[title].trigger()
    state = store.pane(0).slice
    assert (state.voi.center, state.voi.width) == (-600.0, 1500.0)
    assert (state.rotation_deg, state.flip_horizontal) == (90.0, True)
    assert looks(opened)[title].isChecked()

    ends = [view.scene.image_to_display(x - 0.5, y - 0.5) for x, y in ((4, 0), (38, 14))]
    width, height = view.size_px()
    assert np.mean(ends, axis=0) == pytest.approx((width / 2, height / 2), abs=0.6)
    sides = np.abs(np.subtract(*ends))
    assert min(width / sides[0], height / sides[1]) == pytest.approx(1.0, abs=0.01)

    record = window.services.session.locate(store.pane(0).volume_id).volume
    marked = [
        i
        for i in range(record.shape[0])
        if record.frames[record.recorded_index(i)].path.name[-7:] in ("004.dcm", "005.dcm")
    ]
    assert len(marked) == 2
    store.update_slice(0, slice_index=marked[0])
    seen, ratio = pixels(view), view.devicePixelRatioF()
    x, y = view.scene.image_to_display((LINE[0][0] + LINE[1][0]) / 2 - 0.5, LINE[0][1] - 0.5)
    around = seen[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3].reshape(-1, 3)
    assert np.abs(around - READER.getRgb()[:3]).sum(axis=1).min() < 60
    x, y = view.scene.image_to_display(35.0, 10.0)  # beyond column 30, where the shutter ends
    assert seen[int(y), int(x)].tolist() == [0, 0, 0]
    assert ratio >= 1.0

    store.update_slice(0, slice_index=max(marked) + 2)
    elsewhere = pixels(view)
    assert np.abs(elsewhere - READER.getRgb()[:3]).sum(axis=2).min() >= 60

    looks(opened)["As recorded"].trigger()
    assert store.pane(0).slice == SliceState(slice_index=max(marked) + 2)


def test_the_corner_says_whose_look_is_shown_and_other_planes_offer_none(window, opened, qtbot):
    title = list(looks(opened))[1]
    looks(opened)[title].trigger()
    from medviewer.ui.views.slice_painter import look_on

    view = opened.view(0)
    assert look_on(view.context_of_grid, view.pane).label == "NODULE"
    opened.set_layout("mpr")
    assert looks(opened) == {}
