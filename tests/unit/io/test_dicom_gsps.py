"""Presentation states of other programs, read as they wrote them."""

import pytest

from medviewer.core.errors import DataError
from medviewer.core.presentation import Drawing, DrawingKind, line_of
from medviewer.core.study import FrameReference
from medviewer.core.windowing import VoiFunction
from medviewer.io.dicom_gsps import read_presentation_state
from tests.phantoms import write_spheres
from tests.presentation_states import CENTRE, LINE, RADIUS, write_state


@pytest.fixture
def folder(tmp_path):
    return write_spheres(tmp_path / "spheres")


def read(folder, tmp_path, marked=(), **fields):
    path = tmp_path / "state.dcm"
    uids = write_state(folder, path, marked, **fields)
    files = dict(zip(uids, sorted(folder.glob("*.dcm")), strict=True))
    return read_presentation_state(path, files), uids


def frame(uid):
    return FrameReference(None, 0, uid)


def test_who_saved_what_and_which_images_it_is_about(folder, tmp_path):
    state, uids = read(folder, tmp_path)
    assert (state.label, state.creator, state.created) == ("NODULE", "Doe^Jane", "20200203")
    assert state.images == {(uid, None) for uid in uids}
    assert not state.is_inverted
    assert state.drawings == state.openings == ()


def test_the_window_is_in_the_unit_of_the_voxels(folder, tmp_path):
    state, uids = read(folder, tmp_path)
    voi = state.voi_for(frame(uids[3]))
    assert (voi.center, voi.width, voi.function) == (-600.0, 1500.0, VoiFunction.LINEAR)


def test_a_window_on_values_scaled_otherwise_becomes_one_on_those_of_the_image(folder, tmp_path):
    state, uids = read(folder, tmp_path, RescaleSlope=2, RescaleIntercept=10, RescaleType="US")
    voi = state.voi_for(frame(uids[0]))
    # The spheres are stored as they are; a LINEAR window's middle is half a value below its centre.
    assert voi.center == pytest.approx((-600.5 - 10) / 2)
    assert voi.width == pytest.approx(1499.0 / 2)


def test_lines_circles_points_and_texts_lie_on_the_images_they_name(folder, tmp_path):
    state, uids = read(folder, tmp_path, marked=[4])
    line, circle, point, text = state.drawings_on(frame(uids[4]))
    assert (line.kind, line.points, line.is_in_pixels) == (DrawingKind.POLYLINE, LINE, True)
    around = line_of(circle)
    assert max(x for x, _ in around) == pytest.approx(CENTRE[0] + RADIUS)
    assert min(y for _, y in around) == pytest.approx(CENTRE[1] - RADIUS)
    assert (point.points, point.is_in_pixels) == (((0.5, 0.25),), False)
    assert (text.points, text.text.splitlines()) == (((4.0, 5.0),), ["seen", "before"])
    assert state.drawings_on(frame(uids[5])) == []


def test_an_ellipse_runs_through_the_ends_of_its_axes():
    ends = ((0.0, 5.0), (10.0, 5.0), (5.0, 3.0), (5.0, 7.0))
    around = line_of(Drawing(DrawingKind.ELLIPSE, ends))
    for x, y in ends:
        assert min(abs(x - a) + abs(y - b) for a, b in around) < 1e-9
    assert around[0] == pytest.approx(around[-1])


def test_turning_flipping_inverting_and_shutters_are_read(folder, tmp_path):
    state, _ = read(
        folder,
        tmp_path,
        ImageRotation=90,
        ImageHorizontalFlip="Y",
        PresentationLUTShape="INVERSE",
        ShutterShape=["RECTANGULAR", "CIRCULAR"],
        ShutterLeftVerticalEdge=3,
        ShutterRightVerticalEdge=20,
        ShutterUpperHorizontalEdge=5,
        ShutterLowerHorizontalEdge=30,
        CenterOfCircularShutter=[15, 10],
        RadiusOfCircularShutter=8,
    )
    assert (state.rotation_deg, state.is_flipped, state.is_inverted) == (90.0, True, True)
    rectangle, circle = state.openings
    assert rectangle == ((2.0, 4.0), (20.0, 4.0), (20.0, 30.0), (2.0, 30.0))
    assert max(x for x, _ in circle) == pytest.approx(9.5 + 8)


def test_a_state_about_images_that_are_not_open_is_refused(folder, tmp_path):
    write_state(folder, tmp_path / "state.dcm")
    with pytest.raises(DataError, match=r"state\.dcm"):
        read_presentation_state(tmp_path / "state.dcm", {})
