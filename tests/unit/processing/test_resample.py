"""Slices brought onto a regular grid."""

import numpy as np
import pytest

from medviewer.core.study import Regridding
from medviewer.processing.resample import regridded_slice, shifted, slice_sources

RAMP = np.add.outer(10.0 * np.arange(4), np.arange(5)).astype(np.float32)


def test_slices_on_the_grid_are_copied_and_others_interpolated():
    sources = slice_sources(Regridding((0.0, 1.0, 3.0), ((0, 0),) * 3), 4)
    assert [s.frames for s in sources] == [(0,), (1,), (1, 2), (2,)]
    assert sources[2].weights == pytest.approx((0.5, 0.5))


def test_a_whole_shift_moves_pixels_without_changing_them():
    moved = shifted(RAMP, (6, 8), (2.0, 1.0), -5.0)
    assert (moved[1:5, 2:7] == RAMP).all()
    assert (moved[0] == -5).all()
    assert (moved[:, :2] == -5).all()


@pytest.mark.parametrize("offset", [(0.25, 0.0), (0.0, 0.6), (1.4, 2.7)])
def test_a_part_of_a_pixel_is_interpolated_linearly(offset):
    moved = shifted(RAMP, (8, 8), offset, np.nan)
    rows, columns = np.nonzero(np.isfinite(moved))
    expected = 10.0 * (rows - offset[1]) + (columns - offset[0])
    assert rows.size > 0
    assert moved[rows, columns] == pytest.approx(expected, abs=1e-4)


def test_whole_numbers_are_rounded_not_cut():
    out = np.zeros((4, 5), np.int16)
    regridding = Regridding((0.0, 2.0), ((0, 0), (0, 0)))
    source = slice_sources(regridding, 3)[1]
    frames = [np.full((4, 5), 1, np.int16), np.full((4, 5), 2, np.int16)]
    regridded_slice(source, regridding, frames.__getitem__, out, 0.0)
    assert (out == 2).all()  # 1.5 rounds to the even 2
