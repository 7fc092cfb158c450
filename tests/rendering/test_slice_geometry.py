import itertools
from dataclasses import replace

import numpy as np
import pytest

from medviewer.core.display import SlabMode, SliceState
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.planes import Orientation
from medviewer.core.volume import Frame, ImageStack, Volume
from medviewer.core.windowing import VoiWindow
from medviewer.rendering.slice_sampling import VolumeSampler
from tests.phantoms import (
    SPHERES,
    axis_directions,
    oblique_directions,
    rotation,
    sphere_geometry,
    sphere_volume,
)
from tests.rendering.conftest import centroid

DIRECTIONS = axis_directions() | oblique_directions()
SIZE = (160, 120)
BRIGHTEST = SPHERES[0]
ONLY_THE_BRIGHTEST = VoiWindow(750, 100)
LETTERS = {
    Orientation.AXIAL: ("R", "L", "A", "P"),
    Orientation.CORONAL: ("R", "L", "H", "F"),
    Orientation.SAGITTAL: ("A", "P", "H", "F"),
}


def found_on_screen(view, state):
    """Where the brightest sphere is drawn, mapped back to the patient."""
    view.scene.apply(state)
    view.scene.apply(at_index(state, view.scene.slice_index_at(BRIGHTEST.centre_lps_mm)))
    picture = view.picture()[..., 0]
    return view.scene.display_to_lps(*centroid(np.where(picture > 20, picture, 0)))


def at_index(state, index):
    return replace(state, slice_index=index)


def assert_on_the_sphere(view, found, geometry):
    """Within half a voxel in the plane, and half an image along the normal."""
    offset = np.asarray(found) - BRIGHTEST.centre_lps_mm
    along = float(offset @ view.scene.plane.normal)
    in_plane = np.linalg.norm(offset - along * view.scene.plane.normal)
    assert in_plane <= 0.5 * min(geometry.spacing_ijk_mm)
    assert abs(along) <= 0.51 * max(geometry.spacing_ijk_mm)


@pytest.mark.parametrize("orientation", list(Orientation))
def test_a_sphere_is_drawn_where_it_lies_in_every_grid(make_view, orientation):
    view = make_view(*SIZE)
    for direction in DIRECTIONS.values():
        volume = sphere_volume(sphere_geometry(direction))
        view.scene.set_image(volume)
        found = found_on_screen(view, SliceState(orientation, voi=ONLY_THE_BRIGHTEST))
        assert_on_the_sphere(view, found, volume.geometry)
        x, y, distance = view.scene.lps_to_display(found)
        assert view.scene.display_to_lps(x, y) == pytest.approx(found)
        assert distance == pytest.approx(0.0, abs=1e-9)


def test_letters_follow_the_radiological_convention_in_every_grid(make_view):
    view = make_view(*SIZE)
    for direction, orientation in itertools.product(axis_directions().values(), Orientation):
        geometry = sphere_geometry(direction)
        view.scene.set_image(sphere_volume(geometry))
        view.scene.apply(SliceState(orientation))
        recorded = orientation is Orientation.ACQUISITION
        plane = Orientation(geometry.plane) if recorded else orientation
        letters = view.scene.letters()
        assert tuple(letters[k] for k in ("left", "right", "top", "bottom")) == LETTERS[plane]


@pytest.mark.parametrize("rotation_deg", [0, 90, 180, 270, 35])
def test_rotation_and_flips_move_letters_and_picture_together(make_view, rotation_deg):
    volume = sphere_volume()
    view = make_view(*SIZE)
    view.scene.set_image(volume)
    for flips in itertools.product([False, True], repeat=2):
        assert_turned_and_flipped(view, volume, rotation_deg, flips)


def assert_turned_and_flipped(view, volume, rotation_deg, flips):
    state = SliceState(
        Orientation.CORONAL,
        voi=ONLY_THE_BRIGHTEST,
        rotation_deg=rotation_deg,
        flip_horizontal=flips[0],
        flip_vertical=flips[1],
        zoom=1.3,
        pan_fraction=(0.05, -0.04),
    )
    assert_on_the_sphere(view, found_on_screen(view, state), volume.geometry)
    middle = view.scene.display_to_lps(80, 60)
    to_the_right = view.scene.display_to_lps(90, 60) - middle
    letter = view.scene.letters()["right"][0]
    axis, sign = {"L": (0, 1), "R": (0, -1), "H": (2, 1), "F": (2, -1)}[letter]
    assert to_the_right[axis] * sign > 0


def test_a_quarter_turn_clockwise_takes_the_top_to_the_right(make_view):
    view = make_view(*SIZE)
    view.scene.set_image(sphere_volume())
    view.scene.apply(SliceState(Orientation.AXIAL, rotation_deg=90))
    assert view.scene.letters() == {"left": "P", "right": "A", "top": "R", "bottom": "L"}
    view.scene.apply(SliceState(Orientation.AXIAL, rotation_deg=90, flip_horizontal=True))
    assert view.scene.letters() == {"left": "A", "right": "P", "top": "R", "bottom": "L"}


@pytest.mark.parametrize("direction", ["LPH", "RAF", "axial tilted 20"])
@pytest.mark.parametrize("angles", [((1, 0, 0), 30), ((1, 2, 3), -40)])
@pytest.mark.parametrize("orientation", [Orientation.AXIAL, Orientation.SAGITTAL])
def test_an_oblique_cut_runs_through_the_focus(make_view, direction, angles, orientation):
    volume = sphere_volume(sphere_geometry(DIRECTIONS[direction]))
    view = make_view(*SIZE)
    view.scene.set_image(volume)
    state = SliceState(
        orientation,
        voi=ONLY_THE_BRIGHTEST,
        oblique=tuple(rotation(*angles).reshape(-1)),
        focus_lps_mm=BRIGHTEST.centre_lps_mm,
    )
    found = found_on_screen(view, state)
    assert_on_the_sphere(view, found, volume.geometry)
    assert view.scene.lps_to_display(BRIGHTEST.centre_lps_mm)[2] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("angle_deg", [0, 30])
def test_only_a_focus_that_moves_the_image_has_it_sampled_again(make_view, monkeypatch, angle_deg):
    sampled = []
    sample = VolumeSampler.sample
    monkeypatch.setattr(VolumeSampler, "sample", lambda *args: sampled.append(1) or sample(*args))
    view = make_view(*SIZE)
    for direction in DIRECTIONS.values():
        volume = sphere_volume(sphere_geometry(direction))
        view.scene.set_image(volume)
        state = through(view, BRIGHTEST.centre_lps_mm, angle_deg)
        frame = view.scene.screen_frame
        within = moved(state, 3.1 * frame.right - 4.3 * frame.down)
        across = moved(within, 0.2 * frame.normal)
        sampled.clear()
        kept = [view.picture(within), view.picture(across)]
        cosines = np.abs(volume.geometry.direction).max(axis=0)
        is_along_grid = angle_deg == 0 and cosines.min() > 1 - 1e-6
        assert len(sampled) == (0 if is_along_grid else 1)
        for picture, shown in zip(kept, (within, across), strict=True):
            view.scene.set_image(volume)
            assert np.abs(picture.astype(int) - view.picture(shown)).max() <= 1
        assert picture.max() > 100


def through(view, point, angle_deg):
    """Show the coronal image through a point, turned about (1, 2, 3); its state."""
    oblique = tuple(rotation((1, 2, 3), angle_deg).reshape(-1))
    state = SliceState(
        Orientation.CORONAL, voi=ONLY_THE_BRIGHTEST, oblique=oblique, focus_lps_mm=tuple(point)
    )
    view.scene.apply(state)
    state = at_index(state, view.scene.slice_index_at(point))
    view.scene.apply(state)
    return state


def moved(state, offset_mm):
    return replace(state, focus_lps_mm=tuple(np.add(state.focus_lps_mm, offset_mm)))


@pytest.mark.parametrize("turn_deg", [0.0, 25.0])
@pytest.mark.parametrize(
    ("mode", "thickness_mm", "expected"),
    [
        (SlabMode.NONE, 9.0, 0.0),
        (SlabMode.MIP, 9.0, 100.0),
        (SlabMode.MIP, 5.0, 0.0),
        (SlabMode.MINIP, 9.0, 0.0),
        (SlabMode.MEAN, 9.0, 100.0 / 9.0),
    ],
)
def test_a_slab_takes_in_what_lies_within_half_its_thickness(
    make_view, turn_deg, mode, thickness_mm, expected
):
    normal = rotation((1, 0, 0), turn_deg) @ np.array([0.0, 0.0, 1.0])
    geometry = VolumeGeometry.from_axes((41, 41, 41), (-20, -20, -20), np.eye(3), (1, 1, 1))
    k, j, i = np.indices(geometry.shape)
    height = geometry.ijk_to_lps(np.stack([i, j, k], axis=-1)) @ normal
    bright = np.abs(height - 3.0) < (0.5 if turn_deg == 0 else 0.75)
    volume = Volume("sheet", np.where(bright, 100, 0).astype(np.int16), geometry)
    view = make_view(64, 64)
    view.scene.set_image(volume)
    state = SliceState(
        Orientation.AXIAL,
        oblique=tuple(rotation((1, 0, 0), turn_deg).reshape(-1)),
        focus_lps_mm=(0.0, 0.0, 0.0),
        slab_mode=mode,
        slab_thickness_mm=thickness_mm,
        is_interpolated=turn_deg == 0,
    )
    view.scene.apply(state)
    view.scene.apply(at_index(state, view.scene.slice_index_at((0, 0, 0))))
    tolerance = 1.0 if turn_deg == 0 else 7.0
    assert view.scene.value_at(32, 32) == pytest.approx(expected, abs=tolerance)


def test_positions_and_values_are_those_of_the_recorded_voxels(make_view):
    volume = sphere_volume(sphere_geometry(DIRECTIONS["LAF"]))
    view = make_view(*SIZE)
    view.scene.set_image(volume)
    for orientation in Orientation:
        view.scene.apply(SliceState(orientation, slice_index=7))
        point = view.scene.display_to_lps(71.3, 52.9)
        i, j, k = np.rint(volume.geometry.lps_to_ijk(point)).astype(int)
        assert view.scene.value_at(71.3, 52.9) == volume.voxels[k, j, i]
        along = float(point @ view.scene.plane.normal)
        assert view.scene.slice_position_mm == pytest.approx(along)


def test_an_index_beyond_the_end_shows_the_last_image(make_view):
    view = make_view(*SIZE)
    view.scene.set_image(sphere_volume())
    view.scene.apply(SliceState(slice_index=10_000))
    last = view.scene.slice_position_mm
    view.scene.apply(SliceState(slice_index=view.scene.n_slices - 1))
    assert view.scene.slice_position_mm == last


def test_zoom_one_fits_the_image_and_one_to_one_means_a_pixel_a_pixel(make_view):
    geometry = VolumeGeometry.from_axes((2, 40, 80), (0, 0, 0), np.eye(3), (0.5, 0.5, 2.0))
    view = make_view(160, 120)
    view.scene.set_image(Volume("v", np.zeros(geometry.shape, np.int16), geometry))
    view.scene.apply(SliceState())
    assert view.scene.px_per_mm() == pytest.approx(4.0)
    assert view.scene.display_to_image(0, 60)[0] == pytest.approx(-0.5)
    assert view.scene.one_to_one_zoom == pytest.approx(0.5)
    view.scene.apply(SliceState(zoom=view.scene.one_to_one_zoom))
    assert view.scene.px_per_mm() == pytest.approx(2.0)


def test_pan_moves_the_picture_right_and_down_by_fractions_of_the_shorter_side(make_view):
    view = make_view(160, 120)
    view.scene.set_image(sphere_volume())
    view.scene.apply(SliceState())
    x, y, _ = view.scene.lps_to_display(BRIGHTEST.centre_lps_mm)
    view.scene.apply(SliceState(pan_fraction=(0.25, 0.1), rotation_deg=0))
    moved_x, moved_y, _ = view.scene.lps_to_display(BRIGHTEST.centre_lps_mm)
    assert (moved_x - x, moved_y - y) == pytest.approx((30.0, 12.0))


def test_nonsquare_pixels_keep_their_shape(make_view):
    pixels = np.full((30, 20), 255, np.uint8)
    view = make_view(100, 100)
    view.scene.set_image(ImageStack("s", [Frame(pixels, pixel_aspect_ratio=2.0)]))
    picture = view.picture(SliceState())[..., 0]
    assert (picture > 128).any(axis=0).sum() == pytest.approx(100 / 3, abs=1.1)
    assert (picture > 128).any(axis=1).sum() == 100
    assert view.scene.px_per_mm() is None


def test_a_frame_without_a_place_has_pixels_and_edge_letters_only(make_view):
    frame = Frame(
        np.zeros((30, 20), np.int16), spacing_mm=(0.2, 0.1), orientation_letters=("L", "F")
    )
    view = make_view(120, 120)
    view.scene.set_image(ImageStack("s", [frame]))
    view.scene.apply(SliceState(rotation_deg=90))
    assert view.scene.letters() == {"left": "F", "right": "H", "top": "R", "bottom": "L"}
    assert view.scene.display_to_lps(60, 60) is None
    assert view.scene.plane is None
    assert view.scene.display_to_image(60, 60) == pytest.approx((9.5, 14.5))
    assert view.scene.image_to_display(9.5, 14.5) == pytest.approx((60, 60))
    assert view.scene.px_per_mm() == pytest.approx(20.0)


def test_frames_of_a_stack_keep_their_own_geometry(make_view):
    frames = [
        Frame(
            np.zeros((10, 10), np.int16),
            geometry=VolumeGeometry.from_axes((1, 10, 10), (0, 0, z), axes, (1, 1, 3)),
        )
        for z, axes in ((0.0, np.eye(3)), (7.0, rotation((1, 0, 0), 90)))
    ]
    view = make_view(50, 50)
    view.scene.set_image(ImageStack("s", list(frames)))
    view.scene.apply(SliceState(slice_index=0))
    assert view.scene.display_to_lps(25, 25) == pytest.approx((4.5, 4.5, 0))
    view.scene.apply(SliceState(slice_index=1))
    assert view.scene.display_to_lps(25, 25) == pytest.approx((4.5, 0.0, 11.5))
    assert view.scene.letters()["top"] == "H"


def test_slices_that_have_not_arrived_are_black_until_they_are_refreshed(make_view):
    full = sphere_volume()
    volume = Volume(
        "v",
        np.full(full.voxels.shape, 1000, np.int16),
        full.geometry,
        vois=(VoiWindow(500, 1000),),
        is_loaded=np.arange(full.voxels.shape[0]) >= 16,  # images 1 to 10
    )
    view = make_view(*SIZE)
    view.scene.set_image(volume)
    assert view.picture(SliceState(slice_index=12)).max() == 0
    assert not view.scene.is_slice_loaded
    assert view.picture(SliceState(slice_index=3)).max() == 255
    coronal = view.picture(SliceState(Orientation.CORONAL, slice_index=20))
    assert 0 < np.count_nonzero(coronal[:, 80, 0]) < np.count_nonzero(coronal[:, 80, 0] == 0)
    volume.is_loaded[:] = True
    view.scene.refresh_voxels()
    complete = view.picture(SliceState(Orientation.CORONAL, slice_index=20))
    assert np.count_nonzero(complete) > 2 * np.count_nonzero(coronal)


def test_a_frame_that_has_not_arrived_is_black_then_shown(make_view):
    stack = ImageStack("s", [None, None])
    view = make_view(32, 32)
    view.scene.set_image(stack)
    assert view.picture(SliceState(slice_index=1)).max() == 0
    stack.frames[1] = Frame(np.full((8, 8), 255, np.uint8))
    view.scene.refresh_voxels()
    assert view.picture().min() == 255


def test_a_view_without_an_image_is_black_and_answers_nothing(make_view):
    view = make_view(32, 32)
    view.scene.set_image(sphere_volume())
    view.picture(SliceState(slice_index=13))
    view.scene.set_image(None)
    assert view.picture().max() == 0
    assert view.scene.n_slices == 0
    assert view.scene.value_at(16, 16) is None
    assert view.scene.letters()["left"] == ""
