"""Films in real views: which pane plays, how fast, which way, and when it stops."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from medviewer.app.view_store import PaneMode
from medviewer.core.volume import Frame, ImageStack
from tests.opened import index_of
from tests.phantoms import sphere_volume, write_spheres
from tests.shell_window import drop_paths, is_read


def film(name, rate_hz=100.0):
    frames = [Frame(np.full((8, 8), k, np.int16)) for k in range(4)]
    return ImageStack(name, frames, kind="cine", frame_rate_hz=rate_hz)


def side_by_side(desk, *images):
    desk.session.merge(index_of(*images))
    desk.grid.set_layout(f"1x{len(images)}")
    for index, image in enumerate(images):
        desk.session.put_image(image, is_complete=True)
        desk.grid.show_volume(index, image.id)


def shown_indices(desk, pane):
    seen = []
    desk.store.pane_changed.connect(
        lambda index, _old, new: seen.append(new.slice.slice_index) if index == pane else None
    )
    return seen


def test_the_film_that_was_started_plays_on_when_another_view_becomes_active(desk, qtbot):
    side_by_side(desk, film("a"), film("b"))
    desk.store.update_grid(active=0)
    first, second = shown_indices(desk, 0), shown_indices(desk, 1)
    desk.grid.cine_toggle()
    desk.store.update_grid(active=1)
    qtbot.waitUntil(lambda: len(first) > 3, timeout=5000)
    assert second == []


def test_a_film_stops_when_another_series_takes_its_place(desk):
    side_by_side(desk, film("a"), film("b"))
    desk.store.update_grid(active=0)
    desk.grid.cine_toggle()
    desk.grid.show_volume(1, "a")
    assert desk.grid.cine.is_playing
    desk.grid.show_volume(0, "b")
    assert not desk.grid.cine.is_playing


def test_back_and_forth_turns_round_at_both_ends(desk, qtbot):
    side_by_side(desk, film("a"))
    desk.store.update_grid(is_cine_swept=True)
    seen = shown_indices(desk, 0)
    for _image in range(7):
        desk.grid._advance_cine(1)
    assert seen == [1, 2, 3, 2, 1, 0, 1]
    desk.store.update_slice(0, slice_index=2)
    desk.store.update_grid(is_cine_swept=False)
    desk.grid._advance_cine(2)
    assert desk.store.pane(0).slice.slice_index == 0


def test_the_rate_is_said_and_whether_it_was_recorded(desk, qtbot):
    side_by_side(desk, film("a"), film("b", rate_hz=None))
    for active, sentence in ((0, "recorded rate: 100"), (1, "15 images/s; no rate")):
        desk.store.update_grid(active=active)
        with qtbot.waitSignal(desk.grid.status_text) as said:
            desk.grid.cine_toggle()
        assert sentence in said.args[0]
        with qtbot.waitSignal(desk.grid.status_text) as said:
            desk.grid.change_cine_rate(2.0)
        assert desk.grid.cine.rate_hz == (120.0, 30.0)[active]
        assert desk.grid.cine.is_playing
        desk.grid.cine_toggle()


def test_what_plays_can_be_stopped_from_a_view_that_cannot_play(window, qtbot, tmp_path):
    assert drop_paths(window, write_spheres(tmp_path / "spheres"))
    qtbot.waitUntil(lambda: is_read(window), timeout=20_000)
    store = window.services.view_store
    assert window.needs.cine() == ""
    window.grid.cine_toggle()
    assert window.needs.playing() == ""
    store.update_grid(layout="1x2", active=1)
    window.grid.cine_toggle()
    assert not window.grid.cine.is_playing
    assert window.needs.cine() != ""
    store.update_grid(active=0)
    store.update_pane(0, mode=PaneMode.VOLUME)
    assert "3-D" in window.needs.cine()
    QTest.keyClick(window, Qt.Key.Key_Period)
    assert window.status.message() == window.needs.playing() != ""


def test_paging_by_distance_is_said(desk, qtbot):
    a, b = (replace(sphere_volume(), id=uid, frame_of_reference_uid=uid) for uid in ("F1", "F2"))
    side_by_side(desk, a, b)
    with qtbot.waitSignal(desk.grid.status_text) as said:
        desk.store.update_slice(0, slice_index=3)
    assert "by distance" in said.args[0]
    with qtbot.assertNotEmitted(desk.grid.status_text):
        desk.store.update_slice(0, slice_index=4)
