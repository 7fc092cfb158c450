import numpy as np
import pytest

from medviewer.core.geometry import VolumeGeometry
from medviewer.core.segmentation import Segment, Segmentation
from medviewer.core.volume import Frame, ImageStack, Volume, fits_int16
from tests.phantoms import sphere_volume


def test_voxels_of_another_shape_than_the_geometry_are_refused():
    with pytest.raises(ValueError, match=r"\(2, 3, 5\) do not fit the geometry \(2, 3, 4\)"):
        Volume("v", np.zeros((2, 3, 5), np.int16), VolumeGeometry((2, 3, 4), np.eye(4)))


def test_a_volume_is_loaded_unless_its_loader_says_otherwise():
    volume = sphere_volume()
    assert volume.is_loaded.all()
    assert volume.is_loaded.shape == (26,)
    assert volume.n_bytes == 26 * 44 * 52 * 2


def test_a_stack_counts_only_the_frames_it_holds():
    stack = ImageStack("s", [None, Frame(np.zeros((4, 5), np.int16)), None])
    assert stack.n_bytes == 40


def test_only_three_dimensional_pixels_are_color():
    assert Frame(np.zeros((4, 5, 3), np.uint8)).is_color
    assert not Frame(np.zeros((4, 5), np.uint8)).is_color


@pytest.mark.parametrize(
    ("values", "fits"),
    [
        ((-32768, 32767), True),
        ((-32769, 0), False),
        ((0, 32768), False),
        ((0.5, 3), False),
        ((0, 100, -2000.0), True),
        ((0, 100, 65535), False),
    ],
)
def test_whole_numbers_in_range_fit_int16(values, fits):
    assert fits_int16(*values) is fits


def test_the_volume_of_a_segment_counts_its_voxels_alone():
    labels = np.zeros((4, 4, 4), np.uint8)
    labels[0], labels[1, 0] = 1, 2
    geometry = VolumeGeometry((4, 4, 4), np.diag([5.0, 5.0, 10.0, 1.0]))
    segmentation = Segmentation("s", labels, geometry, (Segment(1, "lung"), Segment(2, "nodule")))
    assert segmentation.volume_ml(1) == pytest.approx(16 * 0.25)
    assert segmentation.volume_ml(2) == pytest.approx(4 * 0.25)


def _with_values(values: np.ndarray, modality: str = "") -> Volume:
    geometry = VolumeGeometry(values.shape, np.eye(4))
    return Volume("v", values.astype(np.int16), geometry, modality=modality)


@pytest.mark.parametrize(
    ("spread", "modality", "expected"),
    [
        ((-1000, 40), "", "CT"),
        ((-1000, 40), "MR", "MR"),
        ((0, 40), "", ""),  # an MR image has no values below zero
        ((-20_000, -1000, 40), "", ""),
    ],
)
def test_values_without_a_modality_are_like_ct_where_they_have_its_air_and_tissue(
    spread, modality, expected
):
    random = np.random.default_rng(5)
    values = random.choice(spread, (20, 30, 40)) + random.normal(0, 30, (20, 30, 40))
    assert _with_values(values, modality).preset_modality == expected


def test_a_phase_map_is_not_like_ct():
    values = np.random.default_rng(5).uniform(-4096, 4096, (20, 30, 40))
    assert _with_values(values).preset_modality == ""
