"""A view is dragged by the bar at its top edge, and changes places with another one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDrag, QDragEnterEvent, QDropEvent, QEnterEvent
from PySide6.QtWidgets import QApplication

from medviewer.core.windowing import VoiWindow
from medviewer.ui.views.pane_handle import PaneHandle
from tests.opened import index_of
from tests.phantoms import sphere_volume
from tests.pointer import drag

LEFT, NO_MODIFIER = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


@pytest.fixture
def pair(desk):
    """Two volumes beside each other, in windows and at slices of their own."""
    volumes = [replace(sphere_volume(), id=name) for name in ("a", "b")]
    desk.session.merge(index_of(*volumes))
    desk.store.update_grid(layout="1x2")
    for pane, volume in enumerate(volumes):
        desk.session.put_image(volume, is_complete=True)
        desk.grid.show_volume(pane, volume.id)
    with desk.grid.linking.paused():
        desk.store.update_slice(0, voi=VoiWindow(100.0, 300.0), slice_index=3)
        desk.store.update_slice(1, voi=VoiWindow(-500.0, 1500.0), slice_index=9)
    return desk


def handle_of(view) -> PaneHandle:
    (handle,) = view.findChildren(PaneHandle)
    return handle


def enter(view) -> None:
    place = QPointF(view.rect().center())
    QApplication.sendEvent(view, QEnterEvent(place, place, QPointF(view.mapToGlobal(place))))


def drop(mime: QMimeData, view) -> bool:
    """Drag something over a view and let go; whether it was taken."""
    action, place = Qt.DropAction.MoveAction, view.rect().center()
    entered = QDragEnterEvent(place, action, mime, LEFT, NO_MODIFIER)
    QApplication.sendEvent(view, entered)
    if not entered.isAccepted():
        return False
    dropped = QDropEvent(QPointF(place), action, mime, LEFT, NO_MODIFIER)
    QApplication.sendEvent(view, dropped)
    return dropped.isAccepted()


def test_two_views_change_places_with_all_they_show(pair, monkeypatch):
    store, grid = pair.store, pair.grid
    before = [store.pane(0), store.pane(1)]
    taken = []
    monkeypatch.setattr(
        QDrag, "exec", lambda self, _action: taken.append(drop(self.mimeData(), grid.view(1)))
    )
    enter(grid.view(0))
    handle = handle_of(grid.view(0))
    assert handle.isVisible()
    drag(handle, (36.0, 6.0), (80.0, 60.0))
    assert taken == [True]
    assert [store.pane(1), store.pane(0)] == before
    assert store.grid.active == 1
    assert grid.view(1).scene.voi == VoiWindow(100.0, 300.0)


def test_a_view_is_moved_to_an_empty_place_and_not_onto_itself(pair, monkeypatch):
    store, grid = pair.store, pair.grid
    store.update_grid(layout="2x2")
    shown = store.pane(1)
    for target, is_taken in ((1, False), (3, True)):
        taken = []
        monkeypatch.setattr(
            QDrag,
            "exec",
            lambda self, _action, on=target, log=taken: log.append(
                drop(self.mimeData(), grid.view(on))
            ),
        )
        handle_of(grid.view(1)).start_drag()
        assert taken == [is_taken]
    assert store.pane(3) == shown
    assert store.pane(1).volume_id == ""


def test_the_bar_is_there_only_where_a_view_can_go_somewhere(pair):
    store, grid = pair.store, pair.grid
    handle = handle_of(grid.view(0))
    assert not handle.isVisible()
    enter(grid.view(0))
    assert handle.isVisible()
    assert handle.geometry().top() == 0
    assert abs(handle.geometry().center().x() - grid.view(0).width() // 2) <= 1
    QApplication.sendEvent(grid.view(0), QEvent(QEvent.Type.Leave))
    assert not handle.isVisible()
    for state in ({"maximised": 0}, {"layout": "1x1", "maximised": None}, {"layout": "mpr"}):
        store.update_grid(**state)
        enter(grid.view(0))
        assert not handle_of(grid.view(0)).isVisible(), state


def test_a_press_on_the_bar_starts_no_tool_and_a_press_beside_it_no_drag(pair, monkeypatch):
    started = []
    monkeypatch.setattr(QDrag, "exec", lambda _self, _action: started.append(True))
    view = pair.grid.view(0)
    enter(view)
    before = pair.store.pane(0)
    drag(handle_of(view), (36.0, 6.0), (38.0, 7.0))
    assert pair.store.pane(0) == before
    drag(view, (60.0, 60.0), (60.0, 120.0))
    assert started == []
    assert pair.store.pane(0).slice.voi != before.slice.voi
    assert view.mapFromGlobal(handle_of(view).mapToGlobal(QPoint(0, 0))).y() == 0
