"""Drawings that came with an image, in the real window: on their pixels, and switched off."""

from __future__ import annotations

import shutil

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from medviewer.core.display import TextLevel
from medviewer.rendering.overlay_plane_layer import OVERLAY_RGB
from tests.phantoms import write_spheres
from tests.shell_window import drop_paths, is_read

ALL = ({}, {"flip_horizontal": True}, {"zoom": 2.0, "pan_fraction": (1.0, 0.1)})


@pytest.fixture
def marked(window, qtbot, tmp_path):
    """A marked lesion on screen: the view, and the points that pydicom reads."""
    path = get_testdata_file("examples_overlay.dcm")
    shutil.copy(path, tmp_path)
    assert drop_paths(window, tmp_path)
    qtbot.waitUntil(lambda: is_read(window), timeout=20_000)
    window.services.view_store.update_grid(text_level=TextLevel.OFF)
    return window.grid.view(0), pydicom.dcmread(path).overlay_array(0x6000)


def on_screen(view) -> np.ndarray:
    """Where the colour of overlays is on the screen, shape (height, width)."""
    QTest.qWait(50)
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    lines = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    rgb = lines[:, : image.width() * 3].reshape(image.height(), image.width(), 3)
    return (rgb == OVERLAY_RGB).all(axis=-1)


@pytest.mark.parametrize("fields", ALL)
def test_every_point_is_on_its_pixel_of_the_screen_and_no_other(window, marked, fields):
    view, points = marked
    window.services.view_store.update_slice(0, **fields)
    seen = on_screen(view)
    height, width = seen.shape
    n_inside = 0
    for row, column in np.argwhere(points):
        x, y = view.scene.image_to_display(column, row)
        if 0 <= x < width and 0 <= y < height:
            n_inside += 1
            assert seen[int(y), int(x)], (row, column)
    assert n_inside > 40
    for y, x in np.argwhere(seen)[::7]:
        column, row = view.scene.display_to_image(x + 0.5, y + 0.5)
        near = points[round(row - 0.1) : round(row + 0.1) + 1]
        assert near[:, round(column - 0.1) : round(column + 0.1) + 1].any(), (x, y)


def test_menu_panel_and_palette_switch_them_and_s_does_not(window, marked, qtbot):
    view, _ = marked
    store, table = window.services.view_store, window.table
    box = window.display_panel._overlay_planes
    qtbot.waitUntil(lambda: not box.isHidden())
    assert box.isChecked()
    assert box.toolTip() == "Siemens MedCom Object Graphics"
    QTest.keyClick(window, Qt.Key.Key_S)
    assert on_screen(view).any()
    table.refresh()
    table.qaction("image.overlay_planes").trigger()
    assert not store.pane(0).slice.are_overlay_planes_shown
    assert not on_screen(view).any()
    qtbot.waitUntil(lambda: not box.isChecked())
    box.click()
    assert on_screen(view).any()


def test_an_image_without_them_does_not_offer_the_switch(window, qtbot, tmp_path):
    assert drop_paths(window, write_spheres(tmp_path / "spheres"))
    qtbot.waitUntil(lambda: is_read(window), timeout=20_000)
    window.table.refresh()
    action = window.table.qaction("image.overlay_planes")
    assert not action.isEnabled()
    assert "This image has no overlay planes." in action.toolTip()
    qtbot.waitUntil(window.display_panel._overlay_planes.isHidden)
