"""Operated in the window: an archive is dropped, slabs are projected, a surface is exported."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from medviewer.app.view_store import PaneMode
from medviewer.core.display import SlabMode, TextLevel
from medviewer.core.planes import Orientation
from tests.phantoms import SPHERES, sphere_volume, write_spheres
from tests.shell_window import drop_paths, is_read, opened

_AXIS = {Orientation.AXIAL: 0, Orientation.CORONAL: 1, Orientation.SAGITTAL: 2}
"""Axis of (slices, rows, columns) along which a plane of the phantom is projected."""


def test_a_zip_archive_dropped_on_the_window_shows_what_the_folder_would(window, qtbot, tmp_path):
    folder = write_spheres(tmp_path / "spheres")
    archive = shutil.make_archive(str(tmp_path / "from a colleague"), "zip", folder)
    shutil.rmtree(folder)
    assert drop_paths(window, Path(archive))
    qtbot.waitUntil(lambda: is_read(window), timeout=20_000)
    truth, image = sphere_volume(), window.commands.image
    assert image.voxels.shape == truth.voxels.shape
    assert np.abs(image.voxels - truth.voxels).max() <= 1
    assert np.allclose(image.geometry.corners_lps_mm, truth.geometry.corners_lps_mm, atol=0.01)
    assert window.services.session.unreadable == {}


def expected_gray(volume, axis: int, index: np.ndarray, mode: SlabMode, mm: float) -> float:
    """Gray of a voxel ``(k, j, i)`` in window 1000 at 400, projected with plain numpy."""
    spacing = volume.geometry.spacing_ijk_mm[2 - axis]
    reach = int(mm / 2.0 / spacing)
    ray = [int(n) for n in index]
    along = slice(ray[axis] - reach, ray[axis] + reach + 1)
    values = volume.voxels[tuple(along if a == axis else n for a, n in enumerate(ray))]
    assert len(values) == 2 * reach + 1
    combine = {SlabMode.MIP: np.max, SlabMode.MINIP: np.min, SlabMode.MEAN: np.mean}[mode]
    return float(np.clip((combine(values) - 399.5) / 999.0 + 0.5, 0.0, 1.0)) * 255.0


@pytest.mark.parametrize("mode", [SlabMode.MIP, SlabMode.MINIP, SlabMode.MEAN])
def test_a_slab_in_mpr_shows_the_projection_of_the_voxels(window, qtbot, tmp_path, mode):
    opened(window, qtbot, tmp_path)
    store, page, thickness_mm = window.services.view_store, window.display_panel, 9.0
    window.table.qaction("layout.mpr").trigger()
    box = page._slab_mode
    qtbot.waitUntil(box.isVisible)
    box.setFocus()
    for _ in range(list(SlabMode).index(mode)):
        QTest.keyClick(box, Qt.Key.Key_Down)
    page._thickness.setValue(thickness_mm)
    window.commands.set_window(window.commands.header_windows()[0])
    store.update_grid(text_level=TextLevel.OFF, is_crosshair_shown=False)
    volume = window.commands.image
    for pane in range(3):
        store.update_slice(pane, is_interpolated=False)
        state = store.pane(pane).slice
        assert (state.slab_mode, state.slab_thickness_mm) == (mode, thickness_mm)
    focus = volume.geometry.lps_to_ijk(SPHERES[0].centre_lps_mm)
    centre = np.rint(focus)[::-1].astype(int)
    x, y, z = (float(v) for v in volume.geometry.ijk_to_lps(centre[::-1]))
    store.update_slice(0, focus_lps_mm=(x, y, z))
    for view in window.grid.views:
        axis, seen = _AXIS[view.state.orientation], set()
        picture, ratio = view.grab().toImage(), view.devicePixelRatioF()
        for step in range(-7, 8):
            index = centre + [0 if a == axis else step // (2 if a == 0 else 1) for a in range(3)]
            place = view.position_of(volume.geometry.ijk_to_lps(index[::-1])) * ratio
            gray = picture.pixelColor(round(place.x()), round(place.y())).red()
            wanted = expected_gray(volume, axis, index, mode, thickness_mm)
            assert abs(gray - wanted) <= 1.5, (view.state.orientation, step)
            seen.add(round(wanted))
        assert len(seen) > 2, "the line leaves the sphere"


def test_a_surface_seen_in_3d_is_exported_where_the_spheres_lie(
    window, qtbot, tmp_path, monkeypatch
):
    opened(window, qtbot, tmp_path)
    target = tmp_path / "ball.stl"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_asked: (str(target), ""))
    window.table.qaction("layout.mpr3d").trigger()
    view = window.grid.view(3)
    assert view.pane.mode is PaneMode.VOLUME
    qtbot.waitUntil(view.bar.isVisible, timeout=20_000)
    view.activate()
    view.bar.surface.click()
    view.bar.slider.setValue(500)  # half way from -100 to 900
    assert view.state.surface_threshold == pytest.approx(400.0, abs=2.0)
    window.table.refresh()
    with qtbot.waitSignal(window.dialogs.exports.done, timeout=20_000):
        window.table.qaction("file.export_surface").trigger()
    triangles = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("more", "<u2")])
    corners = np.fromfile(target, triangles, offset=84)["corners"].reshape(-1, 3)
    assert len(corners) > 500
    balls = SPHERES[:2]  # the third does not reach the threshold
    depth = [
        np.linalg.norm(corners - ball.centre_lps_mm, axis=1) - ball.radii_mm[0] for ball in balls
    ]
    assert np.abs(depth).min(axis=0).max() < 1.1, "half the widest voxel"
    for distance in depth:
        assert (np.abs(distance) < 1.1).sum() > 100
