import numpy as np

from medviewer.core.geometry import VolumeGeometry
from medviewer.processing.body_region import inside_body


def patient(shape=(20, 40, 40)):
    """A cylinder of tissue with two lungs, on a table, in air."""
    geometry = VolumeGeometry.from_axes(shape, (0, 0, 0), np.eye(3), (3.0, 3.0, 3.0))
    _, j, i = np.indices(shape)
    voxels = np.full(shape, -1000, np.int16)
    voxels[(i - 20) ** 2 + (j - 16) ** 2 < 13**2] = 30
    voxels[(i - 15) ** 2 + (j - 16) ** 2 < 4**2] = -850
    voxels[(i - 25) ** 2 + (j - 16) ** 2 < 4**2] = -850
    voxels[:, 34:36, 4:36] = 200
    return voxels, geometry


def test_lungs_are_inside_and_air_table_and_skin_are_not():
    voxels, geometry = patient()
    inside = inside_body(voxels, geometry)
    assert inside[10, 16, 15]  # lung
    assert inside[10, 16, 20]  # between the lungs
    assert not inside[10, 2, 2]  # air
    assert not inside[10, 35, 20]  # table
    assert not inside[10, 16, 8]  # skin
    assert inside[0, 16, 20]  # the first image is not skin


def test_the_long_axis_is_found_in_a_coronal_series():
    voxels, geometry = patient()
    coronal = np.ascontiguousarray(np.swapaxes(voxels, 0, 1))
    direction = np.array([[1.0, 0, 0], [0, 0, 1], [0, 1, 0]])
    grid = VolumeGeometry.from_axes(coronal.shape, (0, 0, 0), direction, (3.0, 3.0, 3.0))
    expected = np.swapaxes(inside_body(voxels, geometry), 0, 1)
    assert np.array_equal(inside_body(coronal, grid), expected)


def test_air_alone_has_no_inside():
    voxels, geometry = patient()
    assert not inside_body(np.full_like(voxels, -1000), geometry).any()
