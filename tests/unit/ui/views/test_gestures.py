"""Drags as numbers."""

from __future__ import annotations

import numpy as np
import pytest

from medviewer.core.display import SliceState, VolumeState
from medviewer.core.windowing import VoiFunction, VoiLut, VoiWindow
from medviewer.ui.views import gestures


def test_a_drag_moves_a_ct_a_pet_and_a_float_window_by_the_same_share():
    shares = []
    for scale in (1.0, 10.0, 0.001):
        window = VoiWindow(0.0, 400.0 * scale, VoiFunction.LINEAR_EXACT)
        moved = gestures.dragged_window(window, 50.0, 0.0, 4000.0 * scale)
        shares.append(moved.width / window.width)
    assert shares[1] == pytest.approx(shares[0], rel=0.01)
    assert shares[2] == pytest.approx(shares[0], rel=0.01)


def test_the_width_never_falls_below_its_functions_minimum():
    narrow = gestures.dragged_window(VoiWindow(0.0, 10.0), -9000.0, 0.0, 4000.0)
    assert narrow.width == 1.0
    exact = VoiWindow(0.0, 1e-4, VoiFunction.LINEAR_EXACT)
    assert 0 < gestures.dragged_window(exact, -1e9, 0.0, 1e-3).width < 1e-6


def test_dragging_a_voi_lut_starts_from_the_window_it_covers():
    lut = VoiLut(np.arange(256, dtype=np.uint16), 100.0, 8)
    moved = gestures.dragged_window(lut, 0.0, 0.0, 4000.0)
    assert (moved.center, moved.width) == (228.0, 256.0)


def test_a_sigmoid_stays_one():
    window = VoiWindow(0.0, 100.0, VoiFunction.SIGMOID)
    assert gestures.dragged_window(window, 5, 5, 500.0).function is VoiFunction.SIGMOID


def test_zooming_at_a_point_leaves_the_point_where_it_is():
    state = SliceState(zoom=1.5, pan_fraction=(0.1, -0.2))
    fixed = (0.3, 0.25)
    image_point = [(f - p) / state.zoom for f, p in zip(fixed, state.pan_fraction, strict=True)]
    after = gestures.zoomed(state, 2.2, fixed)
    again = [i * after.zoom + p for i, p in zip(image_point, after.pan_fraction, strict=True)]
    assert again == pytest.approx(fixed)


def test_zoom_has_limits_and_the_pan_stops_with_it():
    state = SliceState(zoom=90.0, pan_fraction=(0.1, 0.0))
    after = gestures.zoomed(state, 10.0)
    assert after.zoom == 100.0
    assert after.pan_fraction[0] == pytest.approx(0.1 * 100 / 90)


def test_dragging_down_zooms_in_and_back_up_undoes_it():
    assert gestures.zoom_factor(0.2) > 1
    assert gestures.zoom_factor(0.2) * gestures.zoom_factor(-0.2) == pytest.approx(1.0)


def test_a_quarter_turn_is_clockwise_on_the_screen_and_never_jumps():
    assert gestures.angle_deg((1, 0), (0, 1)) == pytest.approx(90.0)
    assert gestures.angle_deg((-1, 0.01), (-1, -0.01)) == pytest.approx(1.146, abs=0.01)


def test_a_long_series_passes_in_one_drag_and_a_short_one_does_not_fly_by():
    assert gestures.scroll_steps(560.0, 700.0, 280) == pytest.approx(280.0)
    assert gestures.scroll_steps(24.0, 700.0, 5) == pytest.approx(1.0)
    assert gestures.scroll_steps(560.0, 700.0, 5000) == pytest.approx(280.0)


def test_turning_in_3d_goes_round_and_stops_at_the_poles():
    state = gestures.orbited(VolumeState(azimuth_deg=170.0), -0.1, 0.0)
    assert state.azimuth_deg == pytest.approx(-172.0)
    assert gestures.orbited(VolumeState(), 0.0, 9.0).elevation_deg == 90.0
