"""Reading a volume in a real window: wheel, window, zoom, pan, layouts, state that stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication

from medviewer.core.display import TextLevel
from medviewer.core.volume import Frame, ImageStack, Volume
from medviewer.core.windowing import VoiWindow
from medviewer.ui.views import pane_view, slice_painter
from medviewer.ui.views.slice_painter import facts_of, value_text_at
from tests.opened import index_of
from tests.phantoms import SPHERES, sphere_volume
from tests.pointer import LEFT, MIDDLE, RIGHT, drag, hover, send, turn_wheel

CENTRE = (450.0, 300.0)


def shown(desk, volume: Volume | ImageStack, index: int = 0):
    desk.session.put_image(volume, is_complete=True)
    desk.grid.show_volume(index, volume.id)
    return desk.grid.view(index)


def gray_at(view, point_lps_mm) -> int:
    """Gray level on the screen where a patient point is drawn."""
    image: QImage = view.grab().toImage()
    place = view.position_of(point_lps_mm)
    return image.pixelColor(round(place.x()), round(place.y())).red()


def test_a_volume_opens_in_the_middle_and_the_wheel_pages(desk):
    volume = sphere_volume()
    view = shown(desk, volume)
    n = volume.voxels.shape[0]
    assert desk.store.pane(0).slice.slice_index == n // 2
    turn_wheel(view, -1, CENTRE)
    assert desk.store.pane(0).slice.slice_index == n // 2 + 1
    turn_wheel(view, 3, CENTRE)
    assert desk.store.pane(0).slice.slice_index == n // 2 - 2
    turn_wheel(view, 10 * n, CENTRE)
    assert desk.store.pane(0).slice.slice_index == 0


def test_half_turns_of_a_fine_wheel_add_up(desk):
    view = shown(desk, sphere_volume())
    start = desk.store.pane(0).slice.slice_index
    turn_wheel(view, -0.5, CENTRE)
    assert desk.store.pane(0).slice.slice_index == start
    turn_wheel(view, -0.5, CENTRE)
    assert desk.store.pane(0).slice.slice_index == start + 1


def test_the_screen_shows_the_gray_of_the_window(desk, qtbot):
    volume = sphere_volume()
    view = shown(desk, volume)
    ball = SPHERES[0]
    desk.store.update_slice(0, focus_lps_mm=tuple(float(v) for v in ball.centre_lps_mm))
    desk.store.update_slice(0, is_interpolated=False)
    desk.grid.set_window(VoiWindow(900.0, 400.0))
    middle = gray_at(view, ball.centre_lps_mm)
    desk.grid.set_window(VoiWindow(2000.0, 400.0))
    assert gray_at(view, ball.centre_lps_mm) == 0
    desk.grid.invert()
    assert gray_at(view, ball.centre_lps_mm) == 255
    assert middle == pytest.approx(128, abs=2)


def test_the_value_under_the_pointer_is_told_and_nothing_beside_the_image(desk):
    view = shown(desk, sphere_volume())
    ball = SPHERES[0]
    desk.store.update_slice(0, focus_lps_mm=tuple(float(v) for v in ball.centre_lps_mm))
    assert value_text_at(view) == ""
    place = view.position_of(ball.centre_lps_mm)
    hover(view, (place.x(), place.y()))
    assert value_text_at(view).split()[0] == "900"
    hover(view, (2.0, 2.0))
    assert value_text_at(view) == ""


def test_dragging_right_widens_the_window_and_up_lowers_its_centre(desk):
    view = shown(desk, sphere_volume())
    desk.grid.set_window(VoiWindow(100.0, 400.0))
    drag(view, CENTRE, (CENTRE[0] + 80, CENTRE[1]))
    wider = desk.store.pane(0).slice.voi
    assert wider.width > 400.0
    assert wider.center == 100.0
    drag(view, CENTRE, (CENTRE[0], CENTRE[1] - 80))
    assert desk.store.pane(0).slice.voi.center < 100.0
    assert desk.store.pane(0).slice.voi.width == wider.width


def test_ctrl_accelerates_a_drag(desk):
    view = shown(desk, sphere_volume())
    widths = []
    for modifiers in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier):
        desk.grid.set_window(VoiWindow(100.0, 400.0))
        drag(view, CENTRE, (CENTRE[0] + 20, CENTRE[1]), modifiers=modifiers)
        widths.append(desk.store.pane(0).slice.voi.width - 400.0)
    assert widths[1] > 4 * widths[0] > 0


def test_the_middle_button_pans_and_the_point_follows_the_pointer(desk):
    view = shown(desk, sphere_volume())
    point = view.scene.display_to_lps(*view.device_point(QPointF(*CENTRE)))
    drag(view, CENTRE, (CENTRE[0] + 70, CENTRE[1] - 30), MIDDLE)
    place = view.position_of(point)
    assert (place.x(), place.y()) == pytest.approx((CENTRE[0] + 70, CENTRE[1] - 30), abs=0.01)


def test_the_right_button_zooms_and_a_right_click_asks_for_the_menu(desk, qtbot):
    view = shown(desk, sphere_volume())
    drag(view, CENTRE, (CENTRE[0], CENTRE[1] + 100), RIGHT)
    assert desk.store.pane(0).slice.zoom > 1.5
    asked = []
    desk.grid.context_menu_requested.connect(lambda index, place: asked.append((index, place)))
    drag(view, CENTRE, (CENTRE[0] + 1, CENTRE[1]), RIGHT, n_steps=1)
    zoom = desk.store.pane(0).slice.zoom
    assert asked == [(0, view.mapToGlobal(QPoint(451, 300)))]
    drag(view, CENTRE, (CENTRE[0], CENTRE[1] - 100), RIGHT)
    assert desk.store.pane(0).slice.zoom < zoom
    assert len(asked) == 1


def test_ctrl_and_wheel_zoom_at_the_pointer(desk):
    view = shown(desk, sphere_volume())
    spot = (300.0, 180.0)
    point = view.scene.display_to_lps(*view.device_point(QPointF(*spot)))
    turn_wheel(view, 3, spot, Qt.KeyboardModifier.ControlModifier)
    assert desk.store.pane(0).slice.zoom > 1.3
    place = view.position_of(point)
    assert (place.x(), place.y()) == pytest.approx(spot, abs=0.01)


def test_state_survives_resizing_scrolling_and_switching_series(desk):
    first, second = sphere_volume(), sphere_volume()
    object.__setattr__(second, "id", "other")
    shown(desk, first)
    desk.session.put_image(second, is_complete=True)
    desk.grid.set_window(VoiWindow(123.0, 456.0))
    desk.store.update_slice(0, zoom=2.0, pan_fraction=(0.1, 0.0), slice_index=3)
    before = desk.store.pane(0).slice
    desk.grid.resize(500, 400)
    desk.grid.next_image(1)
    desk.grid.next_image(-1)
    desk.grid.show_volume(0, "other")
    assert desk.store.pane(0).slice.voi is None
    desk.grid.show_volume(0, first.id)
    assert desk.store.pane(0).slice == before


def test_double_click_maximises_and_restores(desk):
    shown(desk, sphere_volume())
    desk.grid.set_layout("2x2")
    view = desk.grid.view(0)
    small = view.size()
    send(view, QEvent.Type.MouseButtonDblClick, (20.0, 20.0), LEFT, LEFT)
    assert view.size() == desk.grid.size()
    assert [v.isVisible() for v in desk.grid.views] == [True, False, False, False]
    send(view, QEvent.Type.MouseButtonDblClick, (20.0, 20.0), LEFT, LEFT)
    assert view.size() == small
    assert all(v.isVisible() for v in desk.grid.views)


@pytest.mark.parametrize(("layout", "n"), [("1x1", 1), ("2x3", 6), ("3x4", 12), ("1x2", 2)])
def test_a_layout_has_its_panes_side_by_side_with_a_gap_of_one_pixel(desk, layout, n):
    desk.grid.set_layout(layout)
    areas = [v.geometry() for v in desk.grid.views]
    assert len(areas) == n
    assert not any(a.intersects(b) for k, a in enumerate(areas) for b in areas[k + 1 :])
    columns = int(layout[2])
    if columns > 1:
        assert areas[1].left() - areas[0].right() == 2
    assert areas[-1].bottomRight() == desk.grid.rect().bottomRight()


def test_a_series_dropped_into_a_pane_is_shown_there_and_asked_for(desk):
    desk.grid.set_layout("1x2")
    mime = QMimeData()
    mime.setData("application/x-medviewer-volume-id", b"not decoded yet")
    view = desk.grid.view(1)
    how = (Qt.DropAction.CopyAction, mime, LEFT, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(view, QDragEnterEvent(QPoint(10, 10), *how))
    QApplication.sendEvent(view, QDropEvent(QPointF(10, 10), *how))
    assert desk.store.pane(1).volume_id == "not decoded yet"
    assert desk.store.grid.active == 1
    assert desk.requested == ["not decoded yet"]


def test_the_first_slice_shows_while_the_rest_still_streams_in(desk):
    volume = sphere_volume()
    middle = volume.voxels.shape[0] // 2 - 1  # image 14 of 26, counted from the head
    volume.is_loaded[:] = False
    volume.is_loaded[middle] = True
    desk.session.merge(index_of(volume))
    desk.grid.show_volume(0, volume.id)
    assert desk.requested == [volume.id]
    desk.session.put_image(volume, is_complete=False)
    view = desk.grid.view(0)
    desk.store.update_slice(0, zoom=1.5)
    assert view.scene.is_slice_loaded
    assert view.loaded_fraction() == pytest.approx(1 / volume.voxels.shape[0])
    desk.grid.next_image(1)
    assert not view.scene.is_slice_loaded
    volume.is_loaded[:] = True
    desk.session.put_image(volume, is_complete=True)
    assert view.scene.is_slice_loaded
    assert desk.store.pane(0).slice.zoom == 1.5
    assert view.loaded_fraction() == 1.0


def test_an_image_is_asked_for_once_however_many_rows_stream_in(desk):
    desk.grid.show_volume(0, "spheres")
    for _ in range(3):
        desk.session.merge(index_of(sphere_volume()))
    desk.grid.resize(700, 500)
    assert desk.requested == ["spheres"]
    desk.grid.show_volume(0, "")
    desk.grid.show_volume(0, "spheres")
    assert desk.requested == ["spheres", "spheres"]


def test_an_image_that_is_removed_leaves_its_view_black(desk):
    volume = sphere_volume()
    view = shown(desk, volume)
    desk.session.remove_image(volume.id)
    assert view.scene.n_slices == 0
    assert view.grab().toImage().pixelColor(450, 250).getRgb()[:3] == (0, 0, 0)


def test_a_frame_that_cannot_be_decoded_says_so_once_nothing_more_arrives(desk, monkeypatch):
    said = []
    monkeypatch.setattr(
        slice_painter, "draw_text", lambda _painter, _place, text, *_rest: said.append(text)
    )
    stack = ImageStack("film", [None, Frame(np.zeros((8, 8), np.int16))])
    view = shown(desk, stack)
    view.grab()
    assert said[-1] == "This image could not be decoded."
    desk.session.remove_image(stack.id)
    desk.session.put_image(stack, is_complete=False)
    view.grab()
    assert said[-1] == "Loading…"


def test_of_a_frame_that_is_not_there_no_size_and_no_window_is_told(desk):
    view = shown(desk, ImageStack("film", [None, Frame(np.zeros((8, 8), np.int16))]))
    facts = facts_of(view.scene, view.image, view.state)
    assert (facts.scale, facts.voi, facts.n_slices) == (None, None, 2)
    desk.grid.next_image(1)
    facts = facts_of(view.scene, view.image, view.state)
    assert facts.scale is not None
    assert facts.voi is not None


def test_slices_that_cannot_be_decoded_keep_nothing_waiting(desk):
    volume = sphere_volume()
    volume.is_loaded[3] = False
    view = shown(desk, volume)
    desk.grid.set_layout("mpr3d")
    assert view.loaded_fraction() == 1.0
    assert desk.grid.view(3).volume is volume


def test_a_pane_without_its_image_says_why(desk, monkeypatch):
    said = []
    monkeypatch.setattr(
        pane_view, "draw_text", lambda _painter, _place, text, *_rest: said.append(text)
    )
    desk.grid.absence = {"late": "The image is still loading."}.get
    desk.store.show(0, "late")
    desk.grid.view(0).grab()
    assert said == ["The image is still loading."]


def test_an_image_decoded_anew_under_the_same_id_replaces_the_old_one(desk):
    old = sphere_volume()
    view = shown(desk, old)
    new = replace(old, voxels=np.full_like(old.voxels, 900))
    desk.session.put_image(new, is_complete=True)
    assert view.scene.value_at(450.0, 100.0) == 900.0


def test_a_key_over_a_view_acts_there_without_a_click(desk):
    shown(desk, sphere_volume())
    desk.grid.set_layout("1x2")
    view = desk.grid.view(1)
    view.underMouse = lambda: True
    QApplication.sendEvent(view, QEvent(QEvent.Type.ShortcutOverride))
    assert desk.store.grid.active == 1


def test_a_frame_is_drawn_once_however_often_its_state_changes_in_one_turn(desk, qtbot):
    view = shown(desk, sphere_volume())
    qtbot.wait(50)
    before = view.n_scene_renders
    for k in range(20):
        desk.store.update_slice(0, zoom=1.0 + k / 10)
    qtbot.wait(50)
    assert view.n_scene_renders == before + 1
    hover(view, (100.0, 100.0))
    qtbot.wait(50)
    assert view.n_scene_renders == before + 1


def test_a_color_frame_without_geometry_shows_its_colors(desk):
    pixels = np.zeros((20, 30, 3), np.uint8)
    pixels[:, :15] = (200, 40, 10)
    stack = ImageStack("photo", [Frame(pixels)], kind="stack")
    view = shown(desk, stack)
    picture = view.grab().toImage()
    assert picture.pixelColor(330, 250).getRgb()[:3] == (200, 40, 10)
    desk.grid.set_window("auto")
    desk.grid.set_text_level(TextLevel.OFF)
    assert view.scene.px_per_mm() is None


def test_one_to_one_draws_an_image_pixel_as_a_device_pixel(desk):
    view = shown(desk, sphere_volume())
    desk.grid.one_to_one()
    pixel_mm = min(view.image.geometry.spacing_ijk_mm[:2])
    assert view.scene.px_per_mm() * pixel_mm == pytest.approx(1.0)
    desk.grid.fit()
    assert desk.store.pane(0).slice.zoom == 1.0


def test_reset_keeps_the_slice_and_nothing_else(desk):
    shown(desk, sphere_volume())
    desk.store.update_slice(0, slice_index=2, zoom=3.0, rotation_deg=90.0, is_inverted=True)
    desk.grid.reset()
    state = desk.store.pane(0).slice
    assert (state.slice_index, state.zoom, state.rotation_deg) == (2, 1.0, 0.0)
    assert not state.is_inverted
