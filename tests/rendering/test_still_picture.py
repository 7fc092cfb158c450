import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from medviewer.core.display import OverlayDisplay, VolumeState
from medviewer.core.errors import DisplayUnavailableError
from medviewer.core.findings import Finding, FindingSet
from medviewer.rendering import still_picture
from medviewer.rendering.capture import OffscreenWindow
from medviewer.rendering.still_picture import StillRenderer, StillSubject
from medviewer.rendering.volume_copies import Quality
from medviewer.rendering.volume_scene import VolumeScene
from tests.phantoms import SPHERES, sphere_volume

SIZE = (120, 100)


@pytest.fixture
def renderer():
    renderer = StillRenderer()
    yield renderer
    renderer.close()
    renderer._pool.shutdown(wait=True)


def subject_of(volume, results=(), size=SIZE, **fields):
    return StillSubject(volume, VolumeState("CT bone", **fields), tuple(results), size)


def wait_until_done(renderer):
    deadline = time.monotonic() + 60
    while renderer.is_busy:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def drawn_here(window, subject):
    window.render_window.SetSize(*subject.size_px)
    scene = VolumeScene(window.render_window)
    scene.resize(*subject.size_px)
    scene.set_volume(subject.volume)
    scene.set_results(list(subject.results))
    scene.apply(subject.state)
    picture = window.grab()
    scene.close()
    return picture


def test_the_last_picture_is_the_one_a_sharp_scene_draws(renderer, window):
    volume = sphere_volume()
    finding = Finding("1", "x", 0.9, SPHERES[0].centre_lps_mm, 12.0)
    results = [(FindingSet("f", (finding,), source_id="spheres"), OverlayDisplay())]
    for subject in (
        subject_of(volume, results),
        subject_of(volume, azimuth_deg=40.0, size=(90, 70)),
        subject_of(replace(volume, voxels=volume.voxels // 2), azimuth_deg=40.0),
    ):
        renderer.draw(subject)
        assert renderer.is_busy
        wait_until_done(renderer)
        assert np.array_equal(renderer.picture(), drawn_here(window, subject))


def test_another_subject_interrupts_the_rays_being_cast_and_completes(
    renderer, window, monkeypatch
):
    first = subject_of(sphere_volume(), size=(400, 300))
    second = subject_of(first.volume, azimuth_deg=40.0)
    about_to_be_sharp, go_on = threading.Event(), threading.Event()
    set_quality, grab = VolumeScene.set_quality, OffscreenWindow.grab
    aborted = []

    def wait_when_sharp(scene, quality):
        set_quality(scene, quality)
        if quality is Quality.SHARP and not go_on.is_set():
            about_to_be_sharp.set()
            assert go_on.wait(60)

    def noting_grab(drawn):
        picture = grab(drawn)
        aborted.append(bool(drawn.render_window.GetAbortRender()))
        return picture

    monkeypatch.setattr(VolumeScene, "set_quality", wait_when_sharp)
    monkeypatch.setattr(OffscreenWindow, "grab", noting_grab)
    renderer.draw(first)
    assert about_to_be_sharp.wait(60)
    coarser = renderer.picture()
    assert coarser.shape == (300, 400, 3)
    assert coarser.max() > 0
    time.sleep(0.25)  # VTK asks no more often than that
    renderer.draw(second)
    assert renderer.picture() is None
    go_on.set()
    wait_until_done(renderer)
    assert aborted == [False, True, False, False]
    assert np.array_equal(renderer.picture(), drawn_here(window, second))


def test_without_an_off_screen_window_the_renderer_says_so_once_asked(renderer, monkeypatch):
    def refuse(_width, _height):
        raise DisplayUnavailableError("No window.")

    monkeypatch.setattr(still_picture, "OffscreenWindow", refuse)
    assert renderer.is_available
    renderer.draw(subject_of(sphere_volume()))
    wait_until_done(renderer)
    assert not renderer.is_available
    assert renderer.picture() is None


def test_releasing_forgets_the_picture_and_drawing_again_is_possible(renderer):
    subject = subject_of(sphere_volume())
    renderer.draw(subject)
    renderer.release()
    assert renderer.subject is None
    assert not renderer.is_busy
    renderer.draw(subject)
    wait_until_done(renderer)
    assert renderer.picture().max() > 0


def test_a_subject_is_the_same_only_if_nothing_that_is_drawn_differs():
    volume = sphere_volume()
    display = OverlayDisplay()
    result = FindingSet("f", ())
    subject = subject_of(volume, [(result, display)])
    assert subject.is_same(subject_of(volume, [(result, OverlayDisplay())]))
    others = [
        None,
        subject_of(volume),
        subject_of(volume, [(result, replace(display, opacity=0.5))]),
        subject_of(volume, [(FindingSet("f", ()), display)]),
        subject_of(volume, [(result, display)], zoom=2.0),
        subject_of(volume, [(result, display)], size=(1, 1)),
        subject_of(replace(volume), [(result, display)]),
    ]
    assert not any(subject.is_same(other) for other in others)
