"""Known spheres through DICOM files, the loader and the views, on every orientation of grid."""

import numpy as np
import pytest
from scipy import ndimage

from medviewer.core.display import SliceState, VolumeState
from medviewer.core.planes import Orientation
from medviewer.core.tasks import TaskContext
from medviewer.core.windowing import VoiFunction, VoiWindow
from medviewer.io.dicom_index import index_paths
from medviewer.io.dicom_write import SeriesHeader, write_series
from medviewer.io.series_loader import load_image
from medviewer.rendering.capture import OffscreenWindow
from medviewer.rendering.volume_scene import VolumeScene
from tests.phantoms import (
    BACKGROUND,
    SPHERES,
    axis_directions,
    measured_centre,
    oblique_directions,
    sphere_geometry,
    sphere_volume,
)

DIRECTIONS = axis_directions() | oblique_directions()
SIZE_PX = 300
# Gray is proportional to what lies above the background, up to the brightest sphere.
RAMP = VoiWindow(BACKGROUND + 500, 1000, VoiFunction.LINEAR_EXACT)
# Screen right and down of the radiological convention, written down here once more on purpose.
SCREEN = {
    Orientation.AXIAL: ((1, 0, 0), (0, 1, 0)),
    Orientation.CORONAL: ((1, 0, 0), (0, 0, -1)),
    Orientation.SAGITTAL: ((0, 1, 0), (0, 0, -1)),
}


def _load(folder):
    index = index_paths([folder], TaskContext())
    assert not index.unreadable
    study = index.studies[0]
    (series,) = study.series
    (record,) = series.volumes
    assert record.warnings == ()
    return load_image(record, series, study, TaskContext())


@pytest.fixture(scope="module", params=DIRECTIONS)
def loaded(request, tmp_path_factory):
    """The sphere phantom as the program reads it back from files."""
    folder = tmp_path_factory.mktemp("series")
    written = sphere_volume(sphere_geometry(DIRECTIONS[request.param], shape=(20, 32, 38)))
    write_series(written, folder, SeriesHeader("spheres"))
    return _load(folder)


@pytest.fixture
def make_volume_scene():
    """A 3-D scene in a square off-screen window; closed at the end."""
    made = []

    def make(size_px):
        window = OffscreenWindow(size_px, size_px)
        scene = VolumeScene(window.render_window)
        scene.resize(size_px, size_px)
        made.append((window, scene))
        return window, scene

    yield make
    for window, scene in made:
        scene.close()
        window.close()


def _spot(picture, near):
    """Centre of gravity (x, y) of the bright spot nearest to a place on the screen."""
    gray = picture[:, :, 0].astype(float)
    spots, n = ndimage.label(gray > 12)
    assert n, "no sphere is visible"
    centres = np.array(ndimage.center_of_mass(gray, spots, range(1, n + 1)))[:, ::-1] + 0.5
    return centres[np.argmin(np.linalg.norm(centres - near, axis=1))]


def test_spheres_are_found_where_they_were_put(loaded, make_view):
    spacing = min(loaded.geometry.spacing_ijk_mm)
    for ball in SPHERES:
        error_mm = np.linalg.norm(measured_centre(loaded, ball) - ball.centre_lps_mm)
        assert error_mm < 0.5 * spacing
    view = make_view(SIZE_PX, SIZE_PX)
    view.scene.set_image(loaded)
    for orientation, (right, down) in SCREEN.items():
        _check_cut(view, orientation, np.array([right, down], float), 0.5 * spacing)


def test_spheres_are_seen_from_the_front_where_they_were_put(loaded, make_volume_scene):
    window, scene = make_volume_scene(160)
    scene.set_volume(loaded)
    scene.apply(VolumeState(surface_threshold=BACKGROUND + 100))
    picture = window.grab()
    spots = []
    for ball in SPHERES:
        x, y, _ = scene.lps_to_display(ball.centre_lps_mm)
        spots.append(_spot(np.where(picture > 40, 255, 0), (x, y)))
        x_mm_away = scene.lps_to_display(np.add(ball.centre_lps_mm, (1.0, 0, 0)))[0]
        half_voxel_px = 0.6 * abs(x_mm_away - x)
        assert np.abs(spots[-1] - (x, y)).max() < half_voxel_px + 0.5
    (x0, y0), (x1, y1), (x2, y2) = spots
    assert x0 > x2 > x1, "the patient's left is on the right"
    assert y2 < y0 < y1, "the head is up"


def _check_cut(view, orientation, screen, tolerance_mm):
    """Each sphere's spot on the cut through it: place, ruler, slice position and value."""
    seen, true = [], []
    for ball in SPHERES:
        state = SliceState(orientation, voi=RAMP)
        view.scene.apply(state)
        centre = np.array(ball.centre_lps_mm)
        index = view.scene.slice_index_at(centre)
        picture = view.picture(SliceState(orientation, slice_index=index, voi=RAMP))
        x, y, distance_mm = view.scene.lps_to_display(centre)
        spot = _spot(picture, (x, y))
        found = view.scene.display_to_lps(*spot)
        assert np.abs(screen @ (found - centre)).max() < tolerance_mm
        assert abs(distance_mm) < 1.2
        assert view.scene.value_at(*spot) == pytest.approx(ball.value, abs=25)
        seen.append(spot)
        true.append(screen @ centre)
    scale = view.scene.px_per_mm()
    for a, b in ((0, 1), (1, 2), (0, 2)):
        apart_mm = (seen[a] - seen[b]) / scale
        assert apart_mm == pytest.approx(true[a] - true[b], abs=2 * tolerance_mm)


def test_letters_stand_at_their_edges(loaded, make_view):
    view = make_view(64, 64)
    view.scene.set_image(loaded)
    for orientation, edges in (("axial", "RLAP"), ("coronal", "RLHF"), ("sagittal", "APHF")):
        view.scene.apply(SliceState(Orientation(orientation), slice_index=5))
        letters = view.scene.letters()
        assert [letters[e] for e in ("left", "right", "top", "bottom")] == list(edges)
