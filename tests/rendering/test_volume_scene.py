from dataclasses import replace

import numpy as np
import pytest
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkRenderingCore import vtkRenderer

from medviewer.core.display import OverlayDisplay, VolumeState
from medviewer.core.errors import ExportError, FrameOfReferenceError
from medviewer.core.findings import Classification, Finding, FindingSet
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.outlines import Outline
from medviewer.core.segmentation import Segment, Segmentation
from medviewer.core.volume import Volume
from medviewer.rendering.decimation import decimate, decimation_factors
from medviewer.rendering.isosurface import export_stl, threshold_surface
from medviewer.rendering.transfer_functions import (
    default_preset,
    presets_for,
    value_range,
    volume_presets,
    volume_property,
)
from medviewer.rendering.volume_overlays import FindingSpheres
from medviewer.rendering.volume_scene import VolumeScene
from tests.phantoms import (
    CENTRE_LPS_MM,
    SPHERES,
    axis_directions,
    oblique_directions,
    sphere_geometry,
    sphere_volume,
)
from tests.rendering.conftest import centroid

SIZE = (120, 100)
BALL = SPHERES[0]
ONLY_THE_BRIGHTEST = 750.0
A_FEW_GRIDS = {
    name: direction
    for name, direction in (axis_directions() | oblique_directions()).items()
    if name in ("LPH", "LPF", "RAH", "HLA", "left-handed double oblique")
}


@pytest.fixture
def make_scene(window):
    """Make a 3-D scene in the module's window; it is closed at the end."""
    scenes = []

    def make(volume, size=SIZE):
        window.render_window.SetSize(*size)
        scene = VolumeScene(window.render_window)
        scene.resize(*size)
        scene.set_volume(volume)
        scenes.append(scene)
        return scene

    yield make
    for scene in scenes:
        scene.close()


def single_ball(geometry):
    """The brightest sphere alone, so that nothing hides it."""
    full = sphere_volume(geometry)
    return replace(full, voxels=np.where(full.voxels >= 620, full.voxels, -1000).astype(np.int16))


@pytest.mark.parametrize("direction", A_FEW_GRIDS.values(), ids=A_FEW_GRIDS)
def test_the_sphere_is_seen_where_the_camera_says(make_scene, window, direction):
    geometry = sphere_geometry(direction)
    assert_seen_in_place(make_scene(single_ball(geometry)), window, geometry)


@pytest.mark.parametrize("hand", ["LPH", "LPF"])
def test_the_ray_caster_of_the_gpu_sees_the_same_place(make_scene, window, monkeypatch, hand):
    monkeypatch.setattr(VolumeScene, "is_software_renderer", False)
    geometry = sphere_geometry(axis_directions()[hand])
    assert_seen_in_place(make_scene(single_ball(geometry)), window, geometry)


def assert_seen_in_place(scene, window, geometry):
    for azimuth, elevation, roll in ((0, 0, 0), (90, 0, 0), (35, 25, 0), (200, -40, 30)):
        state = VolumeState(
            "CT bone",
            azimuth_deg=azimuth,
            elevation_deg=elevation,
            roll_deg=roll,
            zoom=1.2,
            pan_fraction=(0.05, -0.03),
        )
        scene.apply(state)
        picture = window.grab().max(axis=2)
        found = np.array(centroid(picture > 10))
        x, y, _ = scene.lps_to_display(BALL.centre_lps_mm)
        far = scene.lps_to_display(np.add(BALL.centre_lps_mm, (0, 0, 10)))
        near = scene.lps_to_display(np.add(BALL.centre_lps_mm, (10, 0, 0)))
        px_per_mm = max(np.hypot(far[0] - x, far[1] - y), np.hypot(near[0] - x, near[1] - y)) / 10
        assert np.linalg.norm(found - (x, y)) <= max(geometry.spacing_ijk_mm) * px_per_mm


@pytest.mark.parametrize("hand", ["LPH", "LPF"])
def test_light_falls_from_the_upper_left_on_grids_of_either_hand(make_scene, window, hand):
    scene = make_scene(single_ball(sphere_geometry(axis_directions()[hand])))
    scene.apply(VolumeState("CT bone", zoom=1.5))
    picture = window.grab().max(axis=2).astype(float)
    x, y, _ = scene.lps_to_display(BALL.centre_lps_mm)
    column, row = int(x), int(y)
    upper_left = picture[row - 14 : row - 2, column - 14 : column - 2]
    lower_right = picture[row + 2 : row + 14, column + 2 : column + 14]
    assert upper_left.mean() > 1.15 * lower_right.mean()


def test_letters_follow_the_camera(make_scene):
    scene = make_scene(sphere_volume())
    scene.apply(VolumeState())
    assert scene.letters() == {"left": "R", "right": "L", "top": "H", "bottom": "F"}
    scene.apply(VolumeState(azimuth_deg=90))
    assert scene.letters() == {"left": "A", "right": "P", "top": "H", "bottom": "F"}
    scene.apply(VolumeState(elevation_deg=90))
    assert scene.letters() == {"left": "R", "right": "L", "top": "P", "bottom": "A"}
    scene.apply(VolumeState(roll_deg=90))
    assert scene.letters() == {"left": "F", "right": "H", "top": "R", "bottom": "L"}


def test_dragging_shows_the_same_place_coarsely(make_scene, window):
    scene = make_scene(single_ball(sphere_geometry()))
    scene.apply(VolumeState("CT bone"))
    still = window.grab().max(axis=2)
    scene.set_interactive(True)
    coarse = window.grab().max(axis=2)
    scene.set_interactive(False)
    assert np.array_equal(window.grab().max(axis=2), still)
    assert np.allclose(centroid(still > 10), centroid(coarse > 10), atol=1.5)


def test_the_crop_box_keeps_only_what_is_inside(make_scene, window):
    scene = make_scene(single_ball(sphere_geometry()))
    i = sphere_geometry().lps_to_ijk(BALL.centre_lps_mm)[0] / 52
    scene.apply(VolumeState("CT bone", crop=(0, i, 0, 1, 0, 1)))
    picture = window.grab().max(axis=2)
    x, _, _ = scene.lps_to_display(BALL.centre_lps_mm)
    columns = np.flatnonzero((picture > 10).any(axis=0))
    assert columns.size > 0
    assert columns.max() <= x + 3
    scene.apply(VolumeState("CT bone", crop=(0, 1, 0, 1, 0, 0.05)))
    assert window.grab().max() == 0


def test_a_cut_removes_the_side_its_normal_points_to(make_scene, window):
    scene = make_scene(single_ball(sphere_geometry()))
    for threshold in (None, 500.0):
        scene.apply(
            VolumeState(
                "CT bone",
                cut_plane=(*BALL.centre_lps_mm, 0.0, 0.0, 1.0),
                surface_threshold=threshold,
            )
        )
        picture = window.grab().max(axis=2)
        _, y, _ = scene.lps_to_display(BALL.centre_lps_mm)
        rows = np.flatnonzero((picture > 10).any(axis=1))
        assert rows.size > 0
        assert rows.min() >= y - 3


def test_the_crop_box_can_be_seen(make_scene, window):
    scene = make_scene(single_ball(sphere_geometry()))
    scene.apply(VolumeState("CT bone", zoom=0.8, crop=(0, 1, 0, 1, 0, 0.02), is_shown_crop=True))
    picture = window.grab()
    assert (picture[..., 2] > picture[..., 0] + 50).any()


def test_a_mip_shows_the_brightest_value_whatever_lies_in_front(make_scene, window):
    geometry = VolumeGeometry.from_axes((20, 20, 20), (0, 0, 0), np.eye(3), (1, 1, 1))
    voxels = np.full(geometry.shape, -1000, np.int16)
    voxels[8:12, 3:6, 8:12] = 300
    voxels[8:12, 13:16, 8:12] = 890
    scene = make_scene(Volume("v", voxels, geometry, modality="CT"))
    scene.apply(VolumeState("CT MIP"))
    assert window.grab().max() > 245
    scene.apply(VolumeState("CT MIP", shift=1000.0))
    assert window.grab().max() <= 3


def test_a_surface_lies_at_the_threshold_and_faces_outwards_on_either_hand():
    for direction in ("LPH", "LPF"):
        geometry = sphere_geometry(axis_directions()[direction])
        surface = threshold_surface(single_ball(geometry).voxels, geometry, 0.0)
        points = vtk_to_numpy(surface.GetPoints().GetData()) - np.float64(BALL.centre_lps_mm)
        assert np.abs(points).max() < 7.0
        triangles = vtk_to_numpy(surface.GetPolys().GetConnectivityArray()).reshape(-1, 3)
        corners = points[triangles]
        signed_volume = np.linalg.det(corners).sum() / 6.0
        assert signed_volume == pytest.approx(4 / 3 * np.pi * 6.0**3, rel=0.3)


def test_stl_holds_the_surface_in_patient_millimetres(tmp_path):
    path = tmp_path / "ball.stl"
    n_triangles = export_stl(single_ball(sphere_geometry()), 0.0, path)
    data = path.read_bytes()
    assert int.from_bytes(data[80:84], "little") == n_triangles
    triangles = np.frombuffer(data[84:], np.dtype([("v", "<f4", (4, 3)), ("a", "<u2")]))["v"][:, 1:]
    middle = (triangles.reshape(-1, 3).max(axis=0) + triangles.reshape(-1, 3).min(axis=0)) / 2
    assert np.allclose(middle, BALL.centre_lps_mm, atol=1.5)


def test_an_empty_surface_is_refused_with_the_range_of_values(tmp_path):
    with pytest.raises(ExportError, match="between -1000 and 900"):
        export_stl(single_ball(sphere_geometry()), 5000.0, tmp_path / "nothing.stl")
    assert not (tmp_path / "nothing.stl").exists()


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(ExportError, match="nowhere"):
        export_stl(single_ball(sphere_geometry()), 0.0, tmp_path / "nowhere" / "ball.stl")


def test_segments_and_findings_are_seen_at_their_place_in_their_colour(make_scene, window):
    geometry = sphere_geometry()
    dark = replace(single_ball(geometry), voxels=np.full(geometry.shape, -1000, np.int16))
    scene = make_scene(dark)
    labels = (single_ball(geometry).voxels > 0).astype(np.uint8) * 3
    segments = Segmentation(
        "s", labels, geometry, (Segment(3, "ball", color_rgb=(0, 255, 0)),), source_id=dark.id
    )
    place = tuple(np.add(CENTRE_LPS_MM, (-20, 0, -15)))
    findings = FindingSet("f", (Finding("1", "x", 0.9, place, 8.0),), source_id=dark.id)
    chances = Classification("c", ())
    display = OverlayDisplay()
    scene.set_results([(segments, display), (findings, display), (chances, display)])
    scene.apply(VolumeState("CT bone"))
    picture = window.grab().astype(int)
    green = picture[..., 1] > picture[..., 0] + 30
    violet = (picture[..., 2] > 60) & (picture[..., 0] > picture[..., 1])
    assert np.allclose(centroid(green), scene.lps_to_display(BALL.centre_lps_mm)[:2], atol=2)
    place = scene.lps_to_display(findings.findings[0].centre_lps_mm)[:2]
    assert np.allclose(centroid(violet), place, atol=2)
    hidden = replace(display, hidden_segments=frozenset({3}), score_threshold=0.95)
    scene.set_results([(segments, hidden), (findings, hidden)])
    assert window.grab().max() == 0
    scene.set_results([])
    assert window.grab().max() == 0


def test_a_result_of_another_frame_of_reference_is_refused(make_scene):
    scene = make_scene(sphere_volume())
    stranger = FindingSet("f", (Finding("1", "x", 0.9, (0, 0, 0)),), frame_of_reference_uid="9.9")
    with pytest.raises(FrameOfReferenceError, match=r"9\.9"):
        scene.set_results([(stranger, OverlayDisplay())])


def test_a_scene_without_a_volume_is_black(make_scene, window):
    scene = make_scene(single_ball(sphere_geometry()))
    scene.apply(VolumeState("CT bone"))
    assert window.grab().max() > 0
    scene.set_volume(None)
    assert window.grab().max() == 0
    assert scene.lps_to_display((0, 0, 0)) is None
    assert scene.preset is None


def test_the_off_screen_window_is_known_to_render_in_software(make_scene):
    assert make_scene(None).is_software_renderer


def test_decimation_keeps_values_and_places():
    geometry = VolumeGeometry.from_axes((9, 12, 14), (5, 6, 7), np.eye(3), (0.5, 0.5, 2.0))
    k, _, i = np.indices(geometry.shape)
    ramp = (i + 100 * k).astype(np.float32)
    voxels, grid = decimate(ramp, geometry, (2, 3, 4))
    assert voxels.shape == grid.shape == (4, 4, 3)
    for index in ((0, 0, 0), (2, 3, 3)):
        original = geometry.lps_to_ijk(grid.ijk_to_lps(index))
        assert voxels[index[::-1]] == pytest.approx(original[0] + 100 * original[2])
    same, _ = decimate(ramp, geometry, (1, 1, 1))
    assert same is ramp


def test_decimation_coarsens_the_finest_axis_first():
    geometry = VolumeGeometry.from_axes((100, 512, 512), (0, 0, 0), np.eye(3), (0.7, 0.7, 2.5))
    factors = decimation_factors(geometry, 2_000_000)
    assert factors[0] == 1
    assert factors[1] == factors[2] == 4
    assert decimation_factors(geometry, 10**9) == (1, 1, 1)


def trunk():
    """Air around a body of tissue with a lung, a windpipe, a bone and a screw."""
    geometry = VolumeGeometry.from_axes((30, 50, 50), (0, 0, 0), np.eye(3), (3.0, 3.0, 3.0))
    k, j, i = np.indices(geometry.shape)
    voxels = np.full(geometry.shape, -1000, np.int16)
    voxels[(i - 25) ** 2 + (j - 25) ** 2 < 18**2] = 40
    voxels[(i - 32) ** 2 + (j - 25) ** 2 + (k - 15) ** 2 < 6**2] = -820
    voxels[((i - 20) ** 2 + (j - 25) ** 2 < 3**2) & (k > 8) & (k < 22)] = -1000
    voxels[(i - 25) ** 2 + (j - 35) ** 2 < 3**2] = 900
    voxels[12:16, 34:37, 24:27] = 2800
    return Volume("trunk", voxels, geometry, modality="CT")


def test_airways_shine_inside_the_body_and_the_air_around_it_does_not(make_scene, window):
    volume = trunk()
    scene = make_scene(volume)
    for is_interactive in (False, True):
        scene.set_interactive(is_interactive)
        scene.apply(VolumeState("CT airways"))
        picture = window.grab().max(axis=2)
        expected = scene.lps_to_display(volume.geometry.ijk_to_lps((20, 25, 15)))[:2]
        assert centroid(picture > 120) == pytest.approx(expected, abs=1.5)


def test_every_ct_preset_shows_something_after_every_other(make_scene, window):
    scene = make_scene(trunk())
    for preset in presets_for("CT"):
        scene.apply(VolumeState(preset.name))
        assert window.grab().max() > 40, preset.name


def test_every_preset_is_in_order_and_every_modality_has_one():
    for preset in volume_presets().values():
        for points in (preset.color, preset.opacity):
            positions = [point[0] for point in points]
            assert positions == sorted(positions), preset.name
        assert all(0 <= value <= 1 for _, value in preset.opacity)
    assert default_preset("CT").name == "CT bone"
    assert default_preset("XX").domain == "percent"
    assert {p.modality for p in presets_for("MR")} == {"MR"}
    assert len(presets_for("XX")) == len(volume_presets())


def test_a_shift_moves_the_transfer_function_and_percent_follows_the_values():
    opacity = volume_property(volume_presets()["CT bone"], 100.0, (0, 1)).GetScalarOpacity()
    plain = volume_property(volume_presets()["CT bone"], 0.0, (0, 1)).GetScalarOpacity()
    assert opacity.GetValue(420) == pytest.approx(plain.GetValue(320))
    percent = volume_property(volume_presets()["MR default"], 0.0, (200, 1200)).GetScalarOpacity()
    assert percent.GetValue(200 + 10 * 70) == pytest.approx(0.4)


def test_the_value_range_leaves_padding_out():
    volume = sphere_volume()
    voxels = volume.voxels.copy()
    voxels[:, :20] = -3000
    padded = replace(volume, voxels=voxels, padding_value=-3000)
    assert value_range(padded)[0] == -100


def test_what_was_outlined_is_a_tube_along_the_line_in_three_dimensions():
    square = np.array([(0, 0, 5), (30, 0, 5), (30, 20, 5), (0, 20, 5), (0, 0, 5)], float)
    finding = Finding("a", "x", None, (15.0, 10.0, 5.0), 36.0, outlines=(Outline(square),))
    renderer = vtkRenderer()
    spheres = FindingSpheres(FindingSet("f", (finding,)), renderer)
    bounds = np.array(renderer.ComputeVisiblePropBounds())
    assert np.allclose(bounds[::2], (0, 0, 5), atol=1.0)
    assert np.allclose(bounds[1::2], (30, 20, 5), atol=1.0)
    spheres.close()
    assert renderer.GetActors().GetNumberOfItems() == 0
