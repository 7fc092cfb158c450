"""Order, spacing, gaps, duplicates and tilt of series written as files."""

import numpy as np
import pytest
from pydicom.uid import RTDoseStorage

from medviewer.core.study import SeriesKind
from medviewer.core.tasks import TaskContext
from medviewer.io.dicom_index import index_paths
from medviewer.io.series_loader import load_image
from tests.dicom_series import AXIAL, CORONAL, image, write, write_slices


def located(folder):
    (study,) = index_paths([folder], TaskContext()).studies
    (series,) = study.series
    return study, series


def only(folder):
    (volume,) = located(folder)[1].volumes
    return volume


def loaded(folder):
    study, series = located(folder)
    return load_image(series.volumes[0], series, study, TaskContext())


def codes(volume):
    return [w.code for w in volume.warnings]


def along_z(*positions):
    return [(-10.0, -20.0, z) for z in positions]


def test_slices_are_ordered_by_position_whatever_their_numbers_say(tmp_path):
    write_slices(tmp_path, along_z(7.5, 0, 5, 2.5), InstanceNumber=lambda n: 9 - n)
    volume = only(tmp_path)
    assert volume.kind is SeriesKind.VOLUME
    assert volume.spacing_mm == (2.5, 1.5, 0.5)
    assert volume.warnings == ()
    image = loaded(tmp_path)
    assert (image.voxels[:, 0, 0] == [200, 400, 300, 100]).all()
    assert image.geometry.origin_lps_mm == pytest.approx([-10, -20, 0])


def test_spacing_comes_from_positions_not_from_thickness(tmp_path):
    write_slices(tmp_path, along_z(0, 3, 6), SliceThickness=5, SpacingBetweenSlices=4)
    assert only(tmp_path).spacing_mm[0] == pytest.approx(3.0)


def test_positions_rounded_by_the_scanner_are_a_clean_volume(tmp_path):
    write_slices(tmp_path, along_z(0, 0.6, 1.3, 1.9, 2.5, 3.1, 3.8))
    volume = only(tmp_path)
    assert volume.warnings == ()
    assert volume.spacing_mm[0] == pytest.approx(3.8 / 6)


def test_a_missing_slice_is_named_and_filled_by_interpolation(tmp_path):
    write_slices(tmp_path, along_z(0, 2, 4, 8, 10))
    volume = only(tmp_path)
    assert codes(volume) == ["geometry.gap"]
    assert "gap of 4.00 mm between slices 2 and 3" in volume.warnings[0].message
    assert "the spacing is 2.00 mm" in volume.warnings[0].message
    assert volume.shape == (6, 6, 8)
    image = loaded(tmp_path)
    assert (image.voxels[:, 0, 0] == [100, 200, 300, 350, 400, 500]).all()
    assert image.is_loaded.all()


def test_a_large_gap_makes_a_stack_not_a_volume(tmp_path):
    write_slices(tmp_path, along_z(0, 2, 4, 104))
    volume = only(tmp_path)
    assert volume.kind is SeriesKind.STACK
    assert volume.geometry is None
    assert volume.spacing_mm is None
    assert "gap of 100.00 mm" in volume.warnings[0].message
    assert "one by one" in volume.warnings[0].message
    heights = [frame.geometry.origin_lps_mm[2] for frame in loaded(tmp_path).frames]
    assert heights == [104, 4, 2, 0], "a stack is read from the head to the feet"


def test_an_irregular_coronal_stack_is_read_from_the_front_to_the_back(tmp_path):
    write_slices(tmp_path, [(0.0, y, 0.0) for y in (50, 0, 2, 4)], CORONAL)
    assert only(tmp_path).kind is SeriesKind.STACK
    places = [frame.geometry.origin_lps_mm[1] for frame in loaded(tmp_path).frames]
    assert places == [0, 2, 4, 50]


def test_images_at_one_place_stay_in_the_order_of_time(tmp_path):
    write_slices(tmp_path, along_z(5, 5, 5, 5))
    image = loaded(tmp_path)
    assert [frame.pixels[0, 0] for frame in image.frames] == [100, 200, 300, 400]


def test_unequal_spacing_is_named_with_both_numbers_and_resampled(tmp_path):
    write_slices(tmp_path, along_z(0, 7.5, 20, 27.5, 40))
    volume = only(tmp_path)
    assert codes(volume) == ["geometry.unequal_spacing"]
    assert "from 7.50 to 12.50 mm" in volume.warnings[0].message
    image = loaded(tmp_path)
    places = np.array([0, 7.5, 20, 27.5, 40])
    wanted = image.geometry.origin_lps_mm[2] + volume.spacing_mm[0] * np.arange(volume.shape[0])
    expected = np.interp(wanted, places, [100, 200, 300, 400, 500])
    assert image.voxels[:, 0, 0] == pytest.approx(expected, abs=0.6)


def test_a_second_image_at_one_position_is_named_and_shown_beside(tmp_path):
    write_slices(tmp_path, along_z(0, 2, 4, 4, 6))
    _, series = located(tmp_path)
    main, rest = series.volumes
    assert codes(main) == ["geometry.duplicate"]
    assert "position 2 (images 3, 4)" in main.warnings[0].message
    assert main.shape[0] == 4
    assert rest.shape[0] == 1


def test_a_copied_file_is_shown_once(tmp_path):
    paths = write_slices(tmp_path, along_z(0, 2, 4))
    (tmp_path / "copy.dcm").write_bytes(paths[1].read_bytes())
    volume = only(tmp_path)
    assert volume.shape[0] == 3
    assert volume.warnings == ()


@pytest.mark.parametrize("angle_deg", [5.0, 18.5, -25.0])
def test_gantry_tilt_is_named_and_sheared_upright(tmp_path, angle_deg):
    shear = np.tan(np.deg2rad(angle_deg))
    positions = [(0.0, shear * z, z) for z in np.arange(6) * 4.0]
    write_slices(tmp_path, positions)
    volume = only(tmp_path)
    assert codes(volume) == ["geometry.tilt"]
    assert f"tilted by {abs(angle_deg):.1f} degrees" in volume.warnings[0].message
    assert volume.spacing_mm == pytest.approx((4.0, 1.5, 0.5))
    image = loaded(tmp_path)
    assert image.geometry.slice_normal == pytest.approx([0, 0, 1])
    # row j of recorded slice n lies at y = shear z + 1.5 j and holds 100 (n + 1) + j
    for n, (_, y, z) in enumerate(positions):
        point = (1.0, y + 1.5 * 2.25, z)
        i, j, k = image.geometry.lps_to_ijk(point)
        low = int(np.floor(j))
        column = image.voxels[round(k), low : low + 2, round(i)].astype(float)
        found = column[0] + (j - low) * (column[1] - column[0])
        assert found == pytest.approx(100 * (n + 1) + 2.25, abs=1.0)


def test_no_pixel_is_lost_when_a_tilt_is_sheared(tmp_path):
    write_slices(tmp_path, [(0.0, 3.0 * n, 4.0 * n) for n in range(4)])
    image = loaded(tmp_path)
    assert image.voxels.shape == (4, 6 + 6, 8)
    for n in range(4):
        wanted = 100 * (n + 1) + np.arange(6)
        assert (image.voxels[n, 2 * n : 2 * n + 6, 3] == wanted).all()


def test_a_sideways_shift_is_named_and_undone(tmp_path):
    write_slices(tmp_path, [(0.0, 0, 0), (1.0, 0, 2), (-1.0, 0, 4), (0.0, 0, 6)])
    volume = only(tmp_path)
    assert codes(volume) == ["geometry.offset"]
    assert "1.0 mm" in volume.warnings[0].message
    assert volume.shape == (4, 6, 12)


def test_an_orientation_that_is_none_leaves_a_stack_with_a_reason(tmp_path):
    write_slices(tmp_path, along_z(0, 2), orientation=(1, 0, 0, 1, 0, 0))
    volume = only(tmp_path)
    assert volume.kind is SeriesKind.STACK
    assert codes(volume) == ["geometry.orientation"]


def test_one_slice_has_a_place_but_is_no_volume(tmp_path):
    write_slices(tmp_path, [(1.0, 2, 3)], CORONAL, SliceThickness=4)
    volume = only(tmp_path)
    assert volume.kind is SeriesKind.STACK
    assert volume.plane == "coronal"
    assert volume.geometry is not None
    assert volume.geometry.origin_lps_mm == pytest.approx([1, 2, 3])
    frame = loaded(tmp_path).frames[0]
    assert frame is not None
    assert frame.spacing_source == "geometry"


def test_direction_cosines_rounded_slice_by_slice_are_one_orientation(tmp_path):
    jitter = 1e-4
    for n in range(4):
        orientation = (1.0, jitter * n, 0.0, -jitter * n, 1.0, 0.0)
        write_slices(tmp_path, along_z(2.0 * n), orientation, InstanceNumber=n + 1)
    assert only(tmp_path).shape[0] == 4


def write_dose(folder, **attributes):
    stored = np.arange(3 * 4 * 5, dtype=np.uint32).reshape(3, 4, 5)
    place = {"ImagePositionPatient": [0, 0, 0], "ImageOrientationPatient": list(AXIAL)}
    write(
        folder,
        image(
            stored,
            SOPClassUID=RTDoseStorage,
            Modality="RTDOSE",
            PixelSpacing=[2, 2],
            GridFrameOffsetVector=[0, 3, 6],
            DoseUnits="GY",
            **place,
            **attributes,
        ),
    )


def test_a_dose_is_scaled_to_gray(tmp_path):
    write_dose(tmp_path, DoseGridScaling="0.25")
    volume = loaded(tmp_path)
    assert volume.warnings == ()
    assert volume.unit == "Gy"
    assert volume.voxels[2, 3, 4] == pytest.approx(59 * 0.25)


@pytest.mark.parametrize("scaling", [{}, {"DoseGridScaling": "0"}])
def test_a_dose_without_a_valid_scaling_shows_stored_numbers_and_says_so(tmp_path, scaling):
    write_dose(tmp_path, **scaling)
    volume = loaded(tmp_path)
    assert codes(volume) == ["pixels.unscaled_dose"]
    assert "not doses" in volume.warnings[0].message
    assert volume.unit == ""
    assert volume.voxels[2, 3, 4] == 59
