import numpy as np
import pytest
from vtkmodules.vtkImagingColor import vtkImageMapToWindowLevelColors

from medviewer.core.display import SliceState
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.volume import Frame, ImageStack, Volume
from medviewer.core.windowing import VoiFunction, VoiLut, VoiWindow, to_gray
from medviewer.rendering.capture import OffscreenWindow
from medviewer.rendering.lookup_tables import color_table, color_table_names, vtk_window_level
from medviewer.rendering.vtk_arrays import image_to_array, volume_to_vtk, voxels_to_vtk

ROWS, COLUMNS = 48, 64


def ramp(dtype="int16", low=-1000, high=2000):
    values = np.linspace(low, high, ROWS * COLUMNS).reshape(ROWS, COLUMNS)
    return np.ascontiguousarray(values.astype(dtype))


def stack_of(*frames, **fields):
    return ImageStack("stack", list(frames), **fields)


VOIS = {
    "linear": VoiWindow(40, 400),
    "linear narrow": VoiWindow(40, 80),
    "linear of width 1": VoiWindow(40, 1),
    "linear exact": VoiWindow(40, 400, VoiFunction.LINEAR_EXACT),
    "sigmoid": VoiWindow(40, 400, VoiFunction.SIGMOID),
    "lut": VoiLut((np.arange(600) ** 2 / 600**2 * 4095).astype(np.uint16), -200.0, 12),
}


def test_a_red_background_reads_back_red_without_any_environment_variable(monkeypatch):
    monkeypatch.delenv("VTK_DEFAULT_OPENGL_WINDOW", raising=False)
    with OffscreenWindow(16, 16) as window:
        from vtkmodules.vtkRenderingCore import vtkRenderer

        renderer = vtkRenderer()
        renderer.SetBackground(1, 0, 0)
        window.render_window.AddRenderer(renderer)
        picture = window.grab()
        window.render_window.RemoveRenderer(renderer)
    assert (picture == (255, 0, 0)).all()


@pytest.mark.parametrize("voi", VOIS.values(), ids=VOIS)
def test_gray_levels_equal_the_dicom_formula(make_view, voi):
    view = make_view(COLUMNS, ROWS)
    for dtype in ("int16", "uint16", "int32", "float32"):
        pixels = ramp(dtype, 0 if dtype == "uint16" else -1000)
        view.scene.set_image(stack_of(Frame(pixels)))
        for is_interpolated in (True, False):
            picture = view.picture(SliceState(voi=voi, is_interpolated=is_interpolated))
            difference = np.abs(picture.astype(int) - to_gray(pixels, voi)[..., np.newaxis])
            assert difference.max() <= 1, (dtype, is_interpolated)


def test_presentation_is_inverted_once(make_view):
    pixels, voi = ramp(), VoiWindow(40, 400)
    view = make_view(COLUMNS, ROWS)
    for image_inverts in (True, False):
        view.scene.set_image(stack_of(Frame(pixels, vois=(voi,), is_inverted=image_inverts)))
        for reader_inverts in (True, False):
            picture = view.picture(SliceState(is_inverted=reader_inverts))
            expected = to_gray(pixels, voi, is_inverted=image_inverts != reader_inverts)
            assert np.abs(picture[..., 0].astype(int) - expected).max() <= 1


def test_padding_is_black_even_when_inverted(make_view):
    pixels = ramp()
    pixels[:10] = -2000
    view = make_view(COLUMNS, ROWS)
    view.scene.set_image(stack_of(Frame(pixels, padding_value=-2000, is_inverted=True)))
    picture = view.picture(SliceState(voi=VoiWindow(500, 4000), is_interpolated=False))
    assert (picture[:10] == 0).all()
    assert (picture[11] > 0).all()


def test_interpolation_blends_neighbours_and_without_it_every_pixel_is_a_square(make_view):
    pixels = np.kron([[0, 1000], [1000, 0]], np.ones((4, 4), np.int16)).astype(np.int16)
    view = make_view(80, 80)
    view.scene.set_image(stack_of(Frame(pixels)))
    voi = VoiWindow(500, 1000, VoiFunction.LINEAR_EXACT)
    squares = view.picture(SliceState(voi=voi, is_interpolated=False))[..., 0]
    blended = view.picture(SliceState(voi=voi, is_interpolated=True))[..., 0]
    assert np.array_equal(squares, np.kron(pixels // 1000 * 255, np.ones((10, 10))))
    assert np.unique(blended).size > 5
    assert (blended[5, 5], blended[5, 75]) == (0, 255), "far from an edge"


@pytest.mark.parametrize("name", ["hot_iron", "viridis", "inverted"])
def test_color_tables_colour_gray_levels(make_view, name):
    pixels, voi = ramp(), VoiWindow(500, 3000)
    view = make_view(COLUMNS, ROWS)
    view.scene.set_image(stack_of(Frame(pixels)))
    picture = view.picture(SliceState(voi=voi, color_table=name, is_interpolated=False))
    assert np.array_equal(picture, color_table(name)[to_gray(pixels, voi)])


def test_every_color_table_has_256_colours_and_gray_comes_first():
    assert color_table_names()[0] == "gray"
    assert all(color_table(name).shape == (256, 3) for name in color_table_names())
    assert (color_table("gray") == np.arange(256)[:, np.newaxis]).all()


def test_rgb_frames_keep_their_colours_and_ignore_the_window(make_view):
    pixels = np.random.default_rng(1).integers(0, 256, (ROWS, COLUMNS, 3), dtype=np.uint8)
    view = make_view(COLUMNS, ROWS)
    view.scene.set_image(stack_of(Frame(pixels)))
    state = SliceState(voi=VoiWindow(1, 1), color_table="viridis", is_interpolated=False)
    assert np.array_equal(view.picture(state), pixels)
    assert view.scene.voi is None
    assert view.scene.value_at(5.5, 7.5) == tuple(pixels[7, 5])


def test_eight_bit_frames_without_a_window_are_shown_as_they_are(make_view):
    pixels = ramp("uint8", 0, 255)
    view = make_view(COLUMNS, ROWS)
    view.scene.set_image(stack_of(Frame(pixels)))
    assert np.array_equal(view.picture(SliceState())[..., 1], pixels)


def test_a_large_image_is_averaged_when_it_is_minified(make_view):
    pixels = np.zeros((4 * ROWS, 4 * COLUMNS), np.int16)
    pixels[::2] = 100  # a pattern that sampling without averaging would turn black or white
    view = make_view(COLUMNS, ROWS)
    view.scene.set_image(stack_of(Frame(pixels)))
    picture = view.picture(SliceState(voi=VoiWindow(50, 100, VoiFunction.LINEAR_EXACT)))
    assert np.abs(picture.astype(int) - 128).max() <= 1


@pytest.mark.parametrize("function", [VoiFunction.LINEAR, VoiFunction.LINEAR_EXACT])
def test_vtk_window_level_equals_the_dicom_window(function):
    values = ramp("int16", -200, 300)
    voi = VoiWindow(40, 80, function)
    mapper = vtkImageMapToWindowLevelColors()
    mapper.SetInputData(voxels_to_vtk(values[np.newaxis]))
    window, level = vtk_window_level(voi)
    mapper.SetWindow(window)
    mapper.SetLevel(level)
    mapper.SetOutputFormatToLuminance()
    mapper.Update()
    gray = image_to_array(mapper.GetOutput())[0].astype(int)
    assert np.abs(gray - to_gray(values, voi)).max() <= 1


def test_a_sigmoid_has_no_vtk_window_level():
    with pytest.raises(ValueError, match="SIGMOID"):
        vtk_window_level(VoiWindow(40, 80, VoiFunction.SIGMOID))


def test_a_volume_is_shared_with_vtk_and_keeps_a_left_handed_grid():
    direction = np.diag([1.0, 1.0, -1.0])
    geometry = VolumeGeometry.from_axes((3, 4, 5), (10, 20, 30), direction, (1, 2, 3))
    volume = Volume("v", np.zeros((3, 4, 5), np.int16), geometry)
    image = volume_to_vtk(volume)
    volume.voxels[1, 2, 3] = 77
    assert image.GetScalarComponentAsDouble(3, 2, 1, 0) == 77
    point = [0.0, 0.0, 0.0]
    image.TransformIndexToPhysicalPoint((3, 2, 1), point)
    assert point == pytest.approx(geometry.ijk_to_lps((3, 2, 1)))


def test_voxels_that_cannot_be_shared_are_refused():
    with pytest.raises(ValueError, match="C-contiguous"):
        voxels_to_vtk(np.zeros((3, 4, 5), np.int16)[:, ::2])
