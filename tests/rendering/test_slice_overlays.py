import itertools
from dataclasses import replace

import numpy as np
import pytest

from medviewer.core.display import OverlayDisplay, SliceState
from medviewer.core.errors import FrameOfReferenceError
from medviewer.core.findings import Classification, Finding, FindingSet, ReviewState
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.planes import Orientation
from medviewer.core.saliency import SaliencyMap
from medviewer.core.segmentation import Segment, Segmentation, pixel_geometry
from medviewer.core.volume import Frame, ImageStack, Volume
from medviewer.core.windowing import VoiWindow
from medviewer.rendering.segment_colors import SEGMENT_COLORS, segment_color
from tests.phantoms import CENTRE_LPS_MM, rotation, sphere_geometry
from tests.rendering.conftest import BALL, GRIDS, SIZE, centroid

RADIUS_MM = BALL.radii_mm[0]
VIOLET = (180, 140, 255)
SAND = (255, 224, 138)
DARK = (VoiWindow(1000, 100),)
FILLED = OverlayDisplay(fill_opacity=1.0, is_outline_shown=False)


def dark_volume(direction=None, **fields):
    """A black image on any grid, so that only the overlay is seen."""
    geometry = sphere_geometry(np.eye(3) if direction is None else direction)
    voxels = np.full(geometry.shape, -1000, np.int16)
    return Volume("dark", voxels, geometry, "1.2", "CT", vois=(VoiWindow(40, 400),), **fields)


def ball_labels(number=1):
    """The brightest sphere as a labelmap on a grid of its own."""
    geometry = VolumeGeometry.from_axes(
        (50, 60, 60), CENTRE_LPS_MM - 30, rotation((1, 1, 0), 20), (1.0, 1.0, 1.1)
    )
    k, j, i = np.indices(geometry.shape)
    inside = BALL.distance_mm(geometry.ijk_to_lps(np.stack([i, j, k], axis=-1))) < 0
    labels = inside.astype(np.uint8) * number
    return Segmentation("s", labels, geometry, (Segment(number, "ball"),), "1.2")


def at_the_ball(view, state):
    view.scene.apply(state)
    return replace(state, slice_index=view.scene.slice_index_at(BALL.centre_lps_mm))


@pytest.mark.parametrize("direction", GRIDS.values(), ids=GRIDS)
def test_segments_lie_on_the_sphere_in_every_series_and_plane(make_view, direction):
    view = make_view(*SIZE)
    view.scene.set_image(dark_volume(direction))
    view.scene.set_results([(ball_labels(), FILLED)])
    for orientation, flip in itertools.product(Orientation, (False, True)):
        state = SliceState(orientation, flip_horizontal=flip, rotation_deg=20, zoom=2)
        picture = view.picture(at_the_ball(view, state))
        offset = view.scene.display_to_lps(*centroid(picture[..., 0] > 100)) - BALL.centre_lps_mm
        along = offset @ view.scene.plane.normal
        assert np.linalg.norm(offset - along * view.scene.plane.normal) < 0.6


def test_segments_follow_an_oblique_cut(make_view):
    view = make_view(*SIZE)
    view.scene.set_image(dark_volume())
    view.scene.set_results([(ball_labels(), FILLED)])
    turn = tuple(rotation((1, 2, 0), 35).reshape(-1))
    state = SliceState(Orientation.CORONAL, oblique=turn, focus_lps_mm=BALL.centre_lps_mm)
    picture = view.picture(at_the_ball(view, state))
    found = view.scene.display_to_lps(*centroid(picture[..., 0] > 100))
    assert np.linalg.norm(found - BALL.centre_lps_mm) < 0.6


def test_the_outline_runs_around_the_segment_two_pixels_wide(make_view):
    view = make_view(250, 250)
    view.scene.set_image(dark_volume())
    view.scene.set_results([(ball_labels(2), OverlayDisplay(fill_opacity=0.0))])
    state = at_the_ball(view, SliceState(Orientation.AXIAL))
    picture = view.picture(state)
    rows, columns = np.nonzero(picture[..., 2] > 120)
    points = [
        view.scene.display_to_lps(x + 0.5, y + 0.5) for x, y in zip(columns, rows, strict=True)
    ]
    centre = np.array(BALL.centre_lps_mm)
    height = view.scene.lps_to_display(centre)[2]
    radius = np.sqrt(RADIUS_MM**2 - height**2)
    distances = [np.linalg.norm((p - centre)[:2]) for p in points]
    assert np.mean(distances) == pytest.approx(radius, abs=0.6)
    circumference_px = 2 * np.pi * radius * view.scene.px_per_mm()
    assert len(points) / circumference_px == pytest.approx(2.0, abs=0.6)
    assert picture[rows, columns].max(axis=0) == pytest.approx(SEGMENT_COLORS[1], abs=12)


def test_hidden_invisible_and_transparent_segments_are_not_drawn(make_view):
    view = make_view(*SIZE)
    view.scene.set_image(dark_volume())
    segmentation = ball_labels(5)
    state = at_the_ball(view, SliceState(Orientation.AXIAL))
    for display in (
        OverlayDisplay(hidden_segments=frozenset({5})),
        OverlayDisplay(is_visible=False),
        OverlayDisplay(opacity=0.0),
    ):
        view.scene.set_results([(segmentation, display)])
        assert view.picture(state).max() == 0
    view.scene.set_results([(segmentation, OverlayDisplay())])
    assert view.picture(state).max() > 100
    view.scene.set_results([])
    assert view.picture(state).max() == 0


def test_segment_colours_are_its_own_then_the_list_then_spread():
    own = Segmentation(
        "s", ball_labels().labels, ball_labels().geometry, (Segment(1, "a", color_rgb=(1, 2, 3)),)
    )
    assert segment_color(own, 1) == (1, 2, 3)
    assert segment_color(own, 2) == SEGMENT_COLORS[1]
    assert len(set(SEGMENT_COLORS)) == 12
    assert len({segment_color(own, n) for n in range(13, 40)}) == 27


def test_a_ring_is_drawn_only_on_images_the_finding_touches(make_view):
    volume = dark_volume()
    finding = Finding("1", "nodule", 0.8, tuple(BALL.centre_lps_mm), 11.9)
    view = make_view(*SIZE)
    view.scene.set_image(volume)
    view.scene.set_results([(FindingSet("f", (finding,), "1.2"), OverlayDisplay())])
    touched = []
    for index in range(volume.geometry.shape[0]):
        view.scene.apply(SliceState(slice_index=index))
        touched += [abs(view.scene.lps_to_display(BALL.centre_lps_mm)[2])] * bool(
            view.scene.finding_marks()
        )
    assert len(touched) == 5  # 11.9 mm over slices 2.2 mm apart
    assert max(touched) <= RADIUS_MM
    picture = view.picture(at_the_ball(view, SliceState(zoom=0.8)))
    (mark,) = view.scene.finding_marks()
    assert (mark.number, mark.finding) == (1, finding)
    assert (mark.x, mark.y) == pytest.approx(view.scene.lps_to_display(BALL.centre_lps_mm)[:2])
    violet = np.abs(picture.astype(int) - VIOLET).max(axis=2) < 12
    assert centroid(violet) == pytest.approx((mark.x, mark.y), abs=0.7)
    rows, columns = np.nonzero(violet)
    radii = np.hypot(columns + 0.5 - mark.x, rows + 0.5 - mark.y)
    assert radii.mean() == pytest.approx(mark.radius_px, abs=0.7)


def test_scores_below_the_threshold_readers_marks_and_rejected_findings_look_different(make_view):
    place = tuple(BALL.centre_lps_mm)
    view = make_view(*SIZE)
    view.scene.set_image(dark_volume())

    def brightest(finding, **display):
        view.scene.set_results([(FindingSet("f", (finding,), "1.2"), OverlayDisplay(**display))])
        return view.picture(at_the_ball(view, SliceState())).reshape(-1, 3).max(axis=0)

    assert brightest(Finding("1", "x", 0.4, place), score_threshold=0.5).max() == 0
    assert brightest(Finding("1", "x", None, place), score_threshold=0.5) == pytest.approx(
        SAND, abs=6
    )
    rejected = brightest(Finding("1", "x", 0.9, place, review=ReviewState.REJECTED))
    assert 0 < rejected.max() < 160
    assert brightest(Finding("1", "x", 0.9, place), is_visible=False).max() == 0


def three_frames():
    pixels = np.zeros((30, 40), np.int16)
    return ImageStack("xray", [Frame(pixels, vois=DARK), Frame(pixels, vois=DARK), None])


def test_results_on_pixels_are_drawn_on_their_own_frame_only(make_view):
    view = make_view(*SIZE)
    view.scene.set_image(three_frames())
    box = Finding("1", "x", 0.9, box_px=(10, 5, 30, 20))
    labels = np.zeros((1, 30, 40), np.uint8)
    labels[0, 12:18, 4:8] = 1
    heat = np.zeros((30, 40), np.float32)
    heat[20:26, 30:36] = 1.0
    results = {
        (20, 12.5): FindingSet("f", (box,), source_id="xray", frame_index=1),
        (6, 15): Segmentation(
            "s",
            labels,
            pixel_geometry(30, 40),
            (Segment(1, "a"),),
            source_id="xray",
            frame_index=1,
            is_on_pixels=True,
        ),
        (33, 23): SaliencyMap("h", heat, "x", "g", "l", True, source_id="xray", frame_index=1),
    }
    for (column, row), result in results.items():
        view.scene.set_results([(result, OverlayDisplay())])
        for other in (0, 2):
            assert view.picture(SliceState(slice_index=other)).max() == 0
        picture = view.picture(SliceState(slice_index=1)).max(axis=2)
        expected = view.scene.image_to_display(column - 0.5, row - 0.5)
        assert centroid(picture > 60) == pytest.approx(expected, abs=1.5)


def test_saliency_below_its_threshold_is_clear_and_gray_when_the_score_missed(make_view):
    geometry = VolumeGeometry.from_axes(
        (1, 1, 41), CENTRE_LPS_MM - (20, 0, 0), np.eye(3), (1, 60, 60)
    )
    ramp = np.linspace(0, 1, 41, dtype=np.float32).reshape(1, 1, 41)
    view = make_view(*SIZE)
    view.scene.set_image(dark_volume())
    state = SliceState(Orientation.AXIAL, slice_index=13)
    for is_above in (True, False):
        saliency = SaliencyMap("h", ramp, "x", "g", "l", is_above, geometry, "1.2")
        view.scene.set_results([(saliency, OverlayDisplay(saliency_threshold=0.5))])
        picture = view.picture(state).astype(int)
        x, _, _ = view.scene.lps_to_display(CENTRE_LPS_MM)
        row = picture[60]
        assert row[: int(x) - 1].max() == 0
        assert row[int(x) + 8 :].max() > 100
        is_colored = np.ptp(row[int(x) + 8 : int(x) + 20], axis=1).max() > 40
        assert is_colored == is_above


def test_a_result_of_another_frame_of_reference_is_refused_and_nothing_changes(make_view):
    view = make_view(*SIZE)
    view.scene.set_image(dark_volume())
    kept = ball_labels()
    view.scene.set_results([(kept, FILLED)])
    stranger = replace(kept, frame_of_reference_uid="9.9")
    with pytest.raises(FrameOfReferenceError, match=r"9\.9.*1\.2"):
        view.scene.set_results([(stranger, FILLED)])
    assert view.picture(at_the_ball(view, SliceState())).max() > 100


def test_what_names_no_frame_of_reference_lies_only_on_the_image_it_was_made_from(make_view):
    view = make_view(*SIZE)
    view.scene.set_image(replace(dark_volume(), frame_of_reference_uid=""))
    stranger = replace(ball_labels(), frame_of_reference_uid="", source_id="of another study")
    with pytest.raises(FrameOfReferenceError, match=r"another study.*dark"):
        view.scene.set_results([(stranger, FILLED)])
    view.scene.set_results([(replace(stranger, source_id="dark"), FILLED)])
    assert view.picture(at_the_ball(view, SliceState())).max() > 100


def test_a_result_on_the_pixels_of_another_image_is_refused(make_view):
    view = make_view(*SIZE)
    view.scene.set_image(three_frames())
    findings = FindingSet("f", (Finding("1", "x", 0.9, box_px=(1, 1, 2, 2)),), source_id="other")
    with pytest.raises(FrameOfReferenceError, match="other"):
        view.scene.set_results([(findings, OverlayDisplay())])


def test_a_classification_has_no_place_and_draws_nothing(make_view):
    view = make_view(*SIZE)
    view.scene.set_image(dark_volume())
    view.scene.set_results([(Classification("c", ()), OverlayDisplay())])
    assert view.picture(SliceState()).max() == 0
