"""Heat lies where the patient has it: on any slice and in 3-D, whatever grid it came on."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from medviewer.core.display import OverlayDisplay, SliceState, VolumeState
from medviewer.core.errors import FrameOfReferenceError
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.planes import Orientation
from medviewer.core.saliency import SaliencyMap
from medviewer.core.segmentation import Segment, Segmentation
from medviewer.core.volume import Volume
from medviewer.core.windowing import VoiWindow
from medviewer.rendering.heat_colors import heat_levels, heat_table
from medviewer.rendering.volume_copies import Quality
from medviewer.rendering.volume_scene import VolumeScene
from tests.phantoms import CENTRE_LPS_MM, rotation, sphere_geometry
from tests.rendering.conftest import BALL, GRIDS, SIZE, centroid

SHOWN = OverlayDisplay(saliency_threshold=0.3)
CAMERAS = ((0, 0, 0), (90, 0, 0), (35, 25, 0), (200, -40, 30))


def volume_of(value, direction=None):
    """An image of one value on any grid: black, or solid bone."""
    geometry = sphere_geometry(np.eye(3) if direction is None else direction)
    voxels = np.full(geometry.shape, value, np.int16)
    voxels[0] = voxels[:, 0] = voxels[:, :, 0] = -1000  # values differ, as in any image
    return Volume("image", voxels, geometry, "1.2", "CT", vois=(VoiWindow(40, 400),))


def heat(direction=None, spacing=(1.9, 2.6, 3.4), **fields):
    """Heat in the brightest sphere, fading to its edge, on a coarse grid of its own."""
    direction = rotation((1, 1, 0), 20) if direction is None else direction
    shape = tuple(int(64 / s) for s in spacing[::-1])
    middle = (np.array(shape[::-1]) - 1) / 2 * spacing
    origin = CENTRE_LPS_MM - np.asarray(direction) @ middle
    geometry = VolumeGeometry.from_axes(shape, origin, direction, spacing)
    k, j, i = np.indices(shape)
    inside = -BALL.distance_mm(geometry.ijk_to_lps(np.stack([i, j, k], axis=-1)))
    values = np.clip(inside / BALL.radii_mm[0] * 1.2, 0, 1).astype(np.float32)
    known = {"label": "x", "method": "Seg-Grad-CAM", "layer": "l", "is_above_threshold": True}
    return SaliencyMap("h", values, **(known | fields), geometry=geometry,
                       frame_of_reference_uid="1.2")  # fmt: skip


@pytest.mark.parametrize("direction", GRIDS.values(), ids=GRIDS)
def test_heat_lies_on_the_sphere_in_every_series_and_plane(make_view, direction):
    view = make_view(*SIZE)
    view.scene.set_image(volume_of(-1000, direction))
    view.scene.set_results([(heat(), SHOWN)])
    for orientation, flip in itertools.product(Orientation, (False, True)):
        state = SliceState(orientation, flip_horizontal=flip, rotation_deg=20, zoom=2)
        assert_on_the_ball(view, state)


@pytest.mark.parametrize("direction", GRIDS.values(), ids=GRIDS)
def test_heat_on_a_grid_of_any_orientation_lies_on_the_sphere(make_view, direction):
    view = make_view(*SIZE)
    view.scene.set_image(volume_of(-1000))
    view.scene.set_results([(heat(direction), SHOWN)])
    assert_on_the_ball(view, SliceState(Orientation.CORONAL, zoom=2))


def test_heat_follows_an_oblique_cut(make_view):
    view = make_view(*SIZE)
    view.scene.set_image(volume_of(-1000))
    view.scene.set_results([(heat(), SHOWN)])
    turn = tuple(rotation((1, 2, 0), 35).reshape(-1))
    state = SliceState(Orientation.CORONAL, oblique=turn, focus_lps_mm=BALL.centre_lps_mm, zoom=2)
    assert_on_the_ball(view, state)


def assert_on_the_ball(view, state):
    view.scene.apply(state)
    state = replace(state, slice_index=view.scene.slice_index_at(BALL.centre_lps_mm))
    picture = view.picture(state)
    offset = view.scene.display_to_lps(*centroid(picture[..., 0])) - BALL.centre_lps_mm
    normal = view.scene.plane.normal
    assert np.linalg.norm(offset - (offset @ normal) * normal) < 1.0


@pytest.fixture
def make_scene(window):
    """Make a 3-D scene in the module's window; it is closed at the end."""
    scenes = []

    def make(volume):
        window.render_window.SetSize(*SIZE)
        scene = VolumeScene(window.render_window)
        scene.resize(*SIZE)
        scene.set_volume(volume)
        scene.apply(VolumeState("CT bone"))
        scenes.append(scene)
        return scene

    yield make
    for scene in scenes:
        scene.close()


@pytest.mark.parametrize("direction", GRIDS.values(), ids=GRIDS)
def test_the_cloud_is_seen_where_the_camera_says(make_scene, window, direction):
    scene = make_scene(volume_of(-1000, direction))
    for grid in (direction, None):
        scene.set_results([(heat(grid), SHOWN)])
        assert_cloud_on_the_ball(scene, window)


def test_the_ray_caster_of_the_gpu_sees_the_cloud_at_the_same_place(
    make_scene, window, monkeypatch
):
    monkeypatch.setattr(VolumeScene, "is_software_renderer", False)
    scene = make_scene(volume_of(-1000))
    scene.set_results([(heat(), SHOWN)])
    assert_cloud_on_the_ball(scene, window)


def assert_cloud_on_the_ball(scene, window):
    for azimuth, elevation, roll in CAMERAS:
        state = VolumeState("CT bone", 0.0, azimuth, elevation, roll, 2.0, (0.05, -0.03))
        scene.apply(state)
        picture = window.grab()
        assert picture.max() > 40
        x, y, _ = scene.lps_to_display(BALL.centre_lps_mm)
        right = scene.lps_to_display(np.add(BALL.centre_lps_mm, (10, 0, 0)))
        up = scene.lps_to_display(np.add(BALL.centre_lps_mm, (0, 0, 10)))
        px_per_mm = max(np.hypot(p[0] - x, p[1] - y) for p in (right, up)) / 10
        found = np.array(centroid(picture[..., 0]))
        assert np.linalg.norm(found - (x, y)) <= 1.0 * px_per_mm + 1.0


def test_the_cloud_shines_through_bone_at_every_quality(make_scene, window):
    """Copies of the volume that are made later must not come to lie over it."""
    scene = make_scene(volume_of(900))
    scene.set_results([(heat(), SHOWN)])
    for quality in (Quality.SHARP, Quality.COARSE, Quality.MEDIUM, Quality.SHARP):
        scene.set_quality(quality)
        with_heat = window.grab().astype(int)
        scene.set_results([])
        bone = window.grab().astype(int)
        scene.set_results([(heat(), SHOWN)])
        changed = np.abs(with_heat - bone).max(axis=2)
        assert changed.max() > 60
        x, y, _ = scene.lps_to_display(BALL.centre_lps_mm)
        assert centroid(changed) == pytest.approx((x, y), abs=2.0)
        assert bone.min(axis=2)[int(y), int(x)] > 60, "the bone is still drawn"


def test_the_surface_of_the_segment_that_is_explained_does_not_hide_its_heat(make_scene, window):
    scene, cloud = make_scene(volume_of(-1000)), heat()
    labels = (cloud.values > 0).astype(np.uint8)
    blue = (Segment(1, "ball", color_rgb=(0, 60, 255)),)
    segment = Segmentation("s", labels, cloud.geometry, blue, "1.2")
    scene.set_results([(segment, OverlayDisplay())])
    surface = window.grab().astype(int)
    scene.set_results([(segment, OverlayDisplay()), (cloud, SHOWN)])
    x, y, _ = scene.lps_to_display(BALL.centre_lps_mm)
    changed = np.abs(window.grab().astype(int) - surface).max(axis=2)
    assert changed[int(y), int(x)] > 40


def test_threshold_opacity_and_switch_act_on_the_cloud_as_on_slices(make_scene, window):
    scene, saliency = make_scene(volume_of(-1000)), heat()

    def drawn(**display):
        scene.set_results([(saliency, replace(SHOWN, **display))])
        return window.grab().astype(int)

    whole = drawn()
    assert (drawn(saliency_threshold=0.7) > 30).sum() < 0.6 * (whole > 30).sum()
    assert drawn(opacity=0.4).max() < 0.8 * whole.max()
    for hidden in ({"is_visible": False}, {"opacity": 0.0}, {"saliency_threshold": 1.0}):
        assert drawn(**hidden).max() == 0
    assert np.array_equal(drawn(), whole)
    missed = heat(is_above_threshold=False)
    scene.set_results([(missed, SHOWN)])
    gray = window.grab().astype(int)
    assert gray.max() > 30
    assert np.ptp(gray, axis=2).max() <= 4
    assert np.ptp(whole, axis=2).max() > 60


def test_a_cloud_of_another_frame_of_reference_is_refused(make_scene):
    scene = make_scene(volume_of(-1000))
    stranger = replace(heat(), frame_of_reference_uid="9.9")
    with pytest.raises(FrameOfReferenceError, match=r"9\.9.*1\.2"):
        scene.set_results([(stranger, SHOWN)])


def test_heat_on_pixels_has_no_cloud(make_scene, window):
    scene = make_scene(volume_of(-1000))
    flat = SaliencyMap("h", np.ones((8, 8), np.float32), "x", "g", "l", True, source_id="image")
    scene.set_results([(flat, SHOWN)])
    assert window.grab().max() == 0


def test_the_table_is_clear_below_the_threshold_then_violet_then_warm():
    table = heat_table(heat(), OverlayDisplay(saliency_threshold=0.25)).astype(int)
    levels = heat_levels(np.array([-1.0, 0.0, 0.24, 0.4, 1.0, 7.0], np.float32))
    clear, none, edge, weak, strong, beyond = table[levels]
    assert [c[3] for c in (clear, none, edge)] == [0, 0, 0]
    assert 0 < weak[3] < strong[3]
    assert weak[2] > weak[1], "weak heat is violet"
    assert strong[0] > strong[2], "strong heat is warm"
    assert np.array_equal(strong, beyond)
