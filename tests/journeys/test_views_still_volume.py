"""A 3-D view on a software renderer: coarse at once, fine apart, never in the way of the user."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest

from medviewer.core.display import OverlayDisplay, VolumeState
from medviewer.core.segmentation import Segment, Segmentation
from medviewer.rendering.capture import OffscreenWindow
from medviewer.rendering.volume_copies import VolumeCopies
from medviewer.rendering.volume_pipeline import VolumePipeline
from medviewer.rendering.volume_scene import VolumeScene
from tests.phantoms import sphere_volume
from tests.pointer import drag


@pytest.fixture
def view(desk, qtbot):
    """Show the spheres in 3-D, drawn for the first time."""
    volume = replace(sphere_volume(), modality="CT")
    desk.session.put_image(volume, is_complete=True)
    desk.grid.show_volume(0, volume.id)
    desk.grid.set_layout("mpr3d")
    view = desk.grid.view(3)
    qtbot.waitUntil(lambda: view.scene.preset is not None)
    view.grab()
    if not view.scene.is_software_renderer:
        pytest.skip("a graphics card draws finely in the window itself")
    return view


def is_fine(view) -> bool:
    return view.still_drawing.image is not None and not view.still_drawing.is_busy


def rgb(image) -> np.ndarray:
    image = image.convertToFormat(image.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def test_a_still_volume_becomes_sharp_without_another_rendering_in_the_window(view, qtbot, desk):
    rendered = view.n_scene_renders
    qtbot.waitUntil(lambda: is_fine(view), timeout=20000)
    shown = rgb(view.grab().toImage())
    assert view.n_scene_renders == rendered
    with OffscreenWindow(*view.size_px()) as window:
        scene = VolumeScene(window.render_window)
        scene.resize(*view.size_px())
        scene.set_volume(view.volume)
        scene.apply(desk.store.pane(3).volume)
        sharp = window.grab()
        scene.close()
    assert sharp.max() > 100
    middle = slice(shown.shape[0] // 4, 3 * shown.shape[0] // 4)
    assert np.array_equal(shown[middle, 100:300], sharp[middle, 100:300])


def test_opening_casts_no_ray_on_the_thread_of_the_window(desk, qtbot, monkeypatch):
    drawn_by, show = [], VolumePipeline.show

    def noted_show(*args):
        drawn_by.append(threading.current_thread())
        show(*args)

    monkeypatch.setattr(VolumePipeline, "show", noted_show)
    volume = replace(sphere_volume(), modality="CT")
    desk.session.put_image(volume, is_complete=True)
    desk.grid.show_volume(0, volume.id)
    desk.grid.set_layout("mpr3d")
    view = desk.grid.view(3)
    qtbot.waitUntil(lambda: is_fine(view), timeout=20000)
    if not view.scene.is_software_renderer:
        pytest.skip("a graphics card draws in the window itself")
    assert drawn_by
    assert threading.main_thread() not in drawn_by
    assert rgb(view.grab().toImage()).max() > 100
    view.change(azimuth_deg=20.0)
    view.grab()
    assert threading.main_thread() in drawn_by, "what moves is drawn at once"


def test_moving_shows_the_coarse_volume_at_once_and_the_sharp_one_later(view, qtbot):
    qtbot.waitUntil(lambda: is_fine(view), timeout=20000)
    before = rgb(view.grab().toImage())
    drag(view, (100.0, 100.0), (150.0, 100.0))
    turned = rgb(view.grab().toImage())
    assert view.still_drawing.image is None
    assert turned.max() > 100
    assert not np.array_equal(before, turned)
    qtbot.waitUntil(lambda: is_fine(view), timeout=20000)


def test_a_held_button_waits_with_the_sharp_picture(view, qtbot, desk):
    qtbot.waitUntil(lambda: is_fine(view), timeout=20000)
    view._press = view._last
    desk.store.update_pane(3, volume=VolumeState(azimuth_deg=10.0))
    qtbot.wait(600)
    assert view.still_drawing.image is None
    assert not view.still_drawing.is_busy
    view._press = None
    qtbot.waitUntil(lambda: is_fine(view), timeout=20000)


def test_closing_a_view_that_is_being_drawn_does_not_wait_for_the_picture(view, qtbot, desk):
    drag(view, (100.0, 100.0), (150.0, 100.0))
    qtbot.waitUntil(lambda: view.still_drawing.is_busy, timeout=20000)
    desk.grid.set_layout("1x1")
    assert view.is_closed


def test_a_surface_is_coarse_while_its_threshold_moves_and_fine_when_still(view, qtbot):
    qtbot.waitUntil(lambda: is_fine(view), timeout=20000)
    view.change(surface_threshold=300.0)
    qtbot.waitUntil(lambda: view.still_drawing.image is None)
    assert rgb(view.grab().toImage()).max() > 100
    qtbot.waitUntil(lambda: is_fine(view), timeout=20000)


def test_the_surface_of_a_segmentation_appears_once_it_is_made_apart(view, qtbot, desk):
    volume = view.volume
    labels = (volume.voxels > 500).astype(np.uint8)
    result = Segmentation("s", labels, volume.geometry, (Segment(1, "ball"),), source_id=volume.id)
    desk.grid.set_results([(result, OverlayDisplay())])
    assert not view.scene._overlays
    qtbot.waitUntil(lambda: bool(view.scene._overlays), timeout=20000)
    qtbot.waitUntil(lambda: is_fine(view), timeout=20000)
    desk.grid.set_results([])
    assert not view.scene._overlays


def test_a_view_that_is_gone_before_its_volume_is_prepared_is_told_nothing(
    desk, qtbot, monkeypatch
):
    go_on, made = threading.Event(), []
    copy = VolumeCopies.copy

    def slow_copy(*args, **fields):
        assert go_on.wait(20)
        made.append(copy(*args, **fields))
        return made[-1]

    monkeypatch.setattr(VolumeCopies, "copy", slow_copy)
    volume = replace(sphere_volume(), modality="CT")
    desk.session.put_image(volume, is_complete=True)
    desk.grid.show_volume(0, volume.id)
    desk.grid.set_layout("mpr3d")
    qtbot.wait(50)
    desk.grid.set_layout("1x1")
    qtbot.wait(50)
    go_on.set()
    qtbot.waitUntil(lambda: len(made) > 0)
    qtbot.wait(100)
    assert len(made) == 1, "nothing further is begun"


TWICE = """
import numpy as np
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from medviewer.app.session import Session
from medviewer.app.view_store import PaneMode, ViewStore
from medviewer.core.display import OverlayDisplay, VolumeState
from medviewer.core.segmentation import Segment, Segmentation
from medviewer.ui.views.view_grid import ViewGrid
from tests.journeys.test_views_still_volume import is_fine, rgb
from tests.phantoms import SPHERES, sphere_volume
from dataclasses import replace
application = QApplication([])
session, store = Session(), ViewStore()
grid = ViewGrid(session, store, lambda volume_id: None)
grid.resize(900, 600)
grid.show()
volume = sphere_volume()
voxels = np.where(volume.voxels >= 620, volume.voxels, -1000).astype(np.int16)
volume = replace(volume, voxels=voxels, modality="CT")
session.put_image(volume, is_complete=True)
grid.show_volume(0, volume.id)
grid.set_layout("mpr3d")
store.update_grid(maximised=3)
view = grid.view(3)

def place_of_ball():
    picture = rgb(view.grab().toImage()).astype(int)
    assert picture.shape == (1200, 1800, 3), picture.shape
    x, y, _ = view.scene.lps_to_display(SPHERES[0].centre_lps_mm)
    radius = 12
    part = picture[round(y) - 300 : round(y) + 300, round(x) - 300 : round(x) + 300].max(axis=2)
    rows, columns = np.nonzero(part > 60)
    assert rows.size > 500, rows.size
    return np.hypot(columns.mean() - 300, rows.mean() - 300), np.ptp(columns)

def waited(is_true):
    for _ in range(400):
        if is_true():
            return True
        QTest.qWait(50)
    return False

assert waited(lambda: view.scene.preset is not None)
assert view.devicePixelRatioF() == 2.0
assert waited(lambda: view.still_drawing.image is not None)
coarse_off, coarse_width = place_of_ball()
assert waited(lambda: is_fine(view))
assert view.still_drawing.image.width() == 1800
fine_off, fine_width = place_of_ball()
print(coarse_off, fine_off, coarse_width, fine_width)
assert coarse_off < 40 and fine_off < 40, (coarse_off, fine_off)
assert abs(coarse_width - fine_width) < 0.15 * fine_width, (coarse_width, fine_width)
grid.close_views()
grid.close()
print("right at scale two")
"""


def test_a_volume_has_its_place_and_size_on_a_screen_of_scale_two(view):
    environment = {**os.environ, "QT_SCALE_FACTOR": "2"}
    done = subprocess.run(
        [sys.executable, "-c", TWICE], env=environment, capture_output=True, text=True, timeout=120
    )
    assert "right at scale two" in done.stdout, done.stdout + done.stderr


def test_turning_the_volume_repaints_none_of_the_planes_beside_it(view, desk, monkeypatch):
    view.activate()
    assert desk.store.grid.is_crosshair_shown
    repainted = []
    for plane in desk.grid.views[:3]:
        monkeypatch.setattr(plane, "request_text", lambda: repainted.append("marks"))
    before = desk.store.pane(3).volume
    drag(view, (60.0, 60.0), (90.0, 60.0))
    assert desk.store.pane(3).volume != before
    assert repainted == []
    desk.store.update_slice(0, slice_index=3)
    assert repainted
