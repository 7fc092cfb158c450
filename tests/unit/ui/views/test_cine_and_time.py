"""Playing at the recorded rate, and the slider of a 4-D data set."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from medviewer.app.session import Session
from medviewer.ui.views.cine import DEFAULT_RATE_HZ, CinePlayer
from medviewer.ui.views.time_slider import TimeSlider, siblings_of
from tests.opened import index_of, index_of_group, record_of
from tests.phantoms import sphere_volume


def test_the_cine_keeps_to_the_clock_however_late_its_timer_comes(qtbot):
    passed = []
    player = CinePlayer(passed.append)
    player.play(50.0)
    QTest.qSleep(210)  # the event loop is held up: ten images are due
    qtbot.waitUntil(lambda: bool(passed), timeout=2000)
    player.stop()
    assert passed[0] >= 10
    count = len(passed)
    qtbot.wait(60)
    assert len(passed) == count
    assert not player.is_playing


@pytest.mark.parametrize("rate", [None, 0.0, -3.0])
def test_without_a_recorded_rate_it_plays_at_the_default(qapp, rate):
    player = CinePlayer(lambda _n: None)
    player.play(rate)
    assert player.rate_hz == DEFAULT_RATE_HZ
    player.stop()


def phases(n=4):
    return [replace(sphere_volume(), id=f"phase {k}") for k in range(n)]


def test_the_volumes_of_a_group_are_in_the_order_of_their_dimension(qapp):
    session = Session()
    volumes = phases()
    session.merge(index_of_group("phase", *reversed(volumes)))
    found = [record.id for record in siblings_of(session, "phase 2")]
    assert found == ["phase 3", "phase 2", "phase 1", "phase 0"]


def test_a_single_volume_has_no_siblings(qapp):
    session = Session()
    session.merge(index_of(sphere_volume()))
    assert siblings_of(session, "spheres") == ()
    assert siblings_of(session, "unknown") == ()


def test_the_slider_counts_a_point_in_time_once(qtbot):
    first, second = (replace(record_of(v), dimension="time") for v in phases(2))
    slider = TimeSlider()
    qtbot.addWidget(slider)
    slider.show_volumes(
        (replace(first, label="time 1"), replace(second, label="time 2")), "phase 1"
    )
    assert slider.toolTip() == "Time 2 / 2"
    slider.show_volumes((replace(first, label="b = 0"), replace(second, label="b = 9")), "phase 1")
    assert slider.toolTip() == "b = 9  2 / 2"


def test_clicking_the_end_of_the_track_chooses_the_last_volume(qtbot):
    session = Session()
    session.merge(index_of_group("time", *phases()))
    slider = TimeSlider()
    qtbot.addWidget(slider)
    slider.resize(400, 22)
    slider.show_volumes(siblings_of(session, "phase 0"), "phase 0")
    with qtbot.waitSignal(slider.chosen) as chosen:
        QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(272, 11))
    assert chosen.args == ["phase 3"]
