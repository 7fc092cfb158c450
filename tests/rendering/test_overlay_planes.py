"""Overlay planes are drawn on the pixels they belong to, crisp, and only where they belong."""

from dataclasses import replace

import numpy as np
import pytest

from medviewer.core.display import SlabMode, SliceState
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.overlay_plane import packed_plane
from medviewer.core.planes import Orientation
from medviewer.core.volume import Frame, ImageStack, Volume
from medviewer.core.windowing import VoiWindow
from medviewer.rendering.overlay_plane_layer import OVERLAY_RGB

ROWS, COLUMNS = 48, 64
BLACK = (VoiWindow(1000, 100),)


def letter():
    """An L of single points with no symmetry."""
    points = np.zeros((ROWS, COLUMNS), bool)
    points[10:30, 20] = True
    points[29, 20:40] = True
    return points


def plane_of(points, row=0, column=0, *, is_region=False):
    return replace(packed_plane(points, row, column), is_region=is_region)


def radiograph(*planes):
    pixels = np.zeros((ROWS, COLUMNS), np.int16)
    return ImageStack("x", [Frame(pixels, vois=BLACK, overlay_planes=planes)])


def drawn(picture):
    return (picture == OVERLAY_RGB).all(axis=-1)


def test_every_point_is_on_its_pixel(make_view):
    view = make_view(COLUMNS, ROWS)
    view.scene.set_image(radiograph(plane_of(letter())))
    np.testing.assert_array_equal(drawn(view.picture(SliceState())), letter())


@pytest.mark.parametrize("turned", [0.0, 90.0])
@pytest.mark.parametrize("flips", [(False, False), (True, False), (False, True)])
def test_points_follow_zoom_pan_flips_and_turns(make_view, flips, turned):
    view = make_view(200, 160)
    view.scene.set_image(radiograph(plane_of(letter())))
    state = SliceState(
        zoom=2.5,
        pan_fraction=(0.1, -0.05),
        rotation_deg=turned,
        flip_horizontal=flips[0],
        flip_vertical=flips[1],
    )
    picture = view.picture(state)
    expected = np.zeros((160, 200), bool)
    for y in range(160):
        for x in range(200):
            column, row = view.scene.display_to_image(x + 0.5, y + 0.5)
            inside = -0.5 <= column < COLUMNS - 0.5 and -0.5 <= row < ROWS - 0.5
            expected[y, x] = inside and letter()[round(row), round(column)]
    assert expected.sum() > 500
    # crisp: the drawn points and no shades of them, up to a device pixel at an edge
    assert (drawn(picture) != expected).mean() < 0.01
    assert (drawn(picture) | (picture == 0).all(axis=-1)).all()


@pytest.mark.parametrize("width", [270, 130, 57])
def test_no_line_is_lost_where_points_are_smaller_than_the_screens_pixels(make_view, width):
    points = np.zeros((300, 400), bool)
    points[::20] = True
    pixels = np.zeros(points.shape, np.int16)
    view = make_view(width, width * 3 // 4)
    frame = Frame(pixels, vois=BLACK, overlay_planes=(plane_of(points),))
    view.scene.set_image(ImageStack("x", [frame]))
    column = drawn(view.picture(SliceState()))[:, width // 2].astype(int)
    assert (np.diff(column, prepend=0) == 1).sum() == 15


def test_points_off_the_image_are_drawn_beside_it(make_view):
    view = make_view(COLUMNS * 2, ROWS)  # black at the left and the right of the image
    corner = np.ones((4, 6), bool)
    view.scene.set_image(radiograph(plane_of(corner, -2, -3), plane_of(corner, 40, 60)))
    rows, columns = np.nonzero(drawn(view.picture(SliceState())))
    left = columns < COLUMNS
    assert (columns[left].min(), columns[left].max()) == (32 - 3, 32 + 2)
    assert (rows[left].min(), rows[left].max()) == (0, 1)
    assert (columns[~left].min(), columns[~left].max()) == (32 + 60, 32 + 65)


def test_a_region_is_filled_lightly_inside_a_full_edge(make_view):
    view = make_view(COLUMNS, ROWS)
    points = np.zeros((ROWS, COLUMNS), bool)
    points[10:20, 10:30] = True
    view.scene.set_image(radiograph(plane_of(points, is_region=True)))
    picture = view.picture(SliceState())
    edge = points.copy()
    edge[11:19, 11:29] = False
    np.testing.assert_array_equal(drawn(picture), edge)
    inside = picture[11:19, 11:29].reshape(-1, 3)
    assert (inside == inside[0]).all()
    assert 20 < inside[0].max() < 120
    assert not picture[~points].any()


def test_the_switch_hides_and_shows_them_and_changes_nothing_else(make_view):
    view = make_view(COLUMNS, ROWS)
    gray = np.random.default_rng(1).integers(0, 1000, (ROWS, COLUMNS)).astype(np.int16)
    bare = Frame(gray)
    view.scene.set_image(ImageStack("bare", [bare]))
    expected, window = view.picture(SliceState()), view.scene.voi
    view.scene.set_image(ImageStack("x", [Frame(gray, overlay_planes=(plane_of(letter()),))]))
    shown = view.picture(SliceState())
    np.testing.assert_array_equal(drawn(shown), letter())
    np.testing.assert_array_equal(shown[~letter()], expected[~letter()])
    assert view.scene.voi == window
    assert view.scene.value_at(20.5, 10.5) == gray[10, 20]
    hidden = view.picture(SliceState(are_overlay_planes_shown=False))
    np.testing.assert_array_equal(hidden, expected)
    np.testing.assert_array_equal(drawn(view.picture(SliceState())), letter())


def volume_with_a_plane(direction):
    geometry = VolumeGeometry.from_axes((5, ROWS, COLUMNS), (0, 0, 0), direction, (1.0, 1.0, 2.0))
    voxels = np.zeros(geometry.shape, np.int16)
    planes = {1: (plane_of(letter()),)}
    return Volume("v", voxels, geometry, "1.2", "CT", vois=BLACK, overlay_planes=planes)


@pytest.mark.parametrize("slice_sign", [1, -1])
def test_a_volume_shows_them_on_their_slice_alone(make_view, slice_sign):
    view = make_view(COLUMNS, ROWS)
    direction = np.diag([1.0, 1.0, slice_sign])
    view.scene.set_image(volume_with_a_plane(direction))
    indices = [k for k in range(5) if drawn(view.picture(SliceState(slice_index=k))).any()]
    assert len(indices) == 1
    # axial images are read from the head down
    assert indices[0] == (3 if slice_sign == 1 else 1)
    axial = SliceState(Orientation.AXIAL, slice_index=indices[0])
    np.testing.assert_array_equal(drawn(view.picture(axial)), letter())
    for orientation in (Orientation.CORONAL, Orientation.SAGITTAL):
        for index in (10, 20, 29):
            picture = view.picture(SliceState(orientation, slice_index=index))
            assert not drawn(picture).any()
    turned = (0.9848, -0.1736, 0.0, 0.1736, 0.9848, 0.0, 0.0, 0.0, 1.0)
    oblique = SliceState(Orientation.AXIAL, slice_index=indices[0], oblique=turned)
    assert not drawn(view.picture(oblique)).any()
    slab = SliceState(slice_index=indices[0], slab_mode=SlabMode.MIP, slab_thickness_mm=6.0)
    np.testing.assert_array_equal(drawn(view.picture(slab)), letter())


def test_the_next_image_without_planes_shows_none(make_view):
    view = make_view(COLUMNS, ROWS)
    frames = [
        Frame(np.zeros((ROWS, COLUMNS), np.int16), vois=BLACK, overlay_planes=planes)
        for planes in ((plane_of(letter()), plane_of(~letter())), (plane_of(letter()),), ())
    ]
    view.scene.set_image(ImageStack("x", frames))
    counts = [drawn(view.picture(SliceState(slice_index=k))).sum() for k in (0, 1, 2, 0)]
    assert counts == [ROWS * COLUMNS, letter().sum(), 0, ROWS * COLUMNS]
    view.scene.set_image(None)
    assert not drawn(view.picture()).any()
