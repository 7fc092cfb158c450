"""The part of an outline that a cut shows."""

import numpy as np
import pytest

from medviewer.core.outlines import Outline, parts_within

# A C that opens to +x, on z = 0: two arms from x = 2 to x = 6.
C_SHAPE = np.array(
    [(0, 0, 0), (6, 0, 0), (6, 2, 0), (2, 2, 0), (2, 4, 0), (6, 4, 0), (6, 6, 0), (0, 6, 0),
     (0, 0, 0)], float
)  # fmt: skip


def cut(points, axis, position, half):
    return parts_within(Outline(points), points[:, axis] - position, half)


@pytest.mark.parametrize(
    ("height", "is_shown"), [(0.0, True), (0.9, True), (-0.9, True), (1.1, False)]
)
def test_on_a_parallel_cut_it_is_whole_or_not_there(height, is_shown):
    parts = cut(C_SHAPE, 2, height, 1.0)
    assert len(parts) == int(is_shown)
    assert all(np.array_equal(part, C_SHAPE) for part in parts)


def test_across_its_plane_a_closed_line_is_the_edge_of_its_area():
    (part,) = cut(C_SHAPE, 0, 1.0, 0.25)
    assert np.allclose(part.min(axis=0), (0.75, 0.0, 0.0))
    assert np.allclose(part.max(axis=0), (1.25, 6.0, 0.0))
    assert np.array_equal(part[0], part[-1])
    assert cut(C_SHAPE, 0, 6.5, 0.25) == []


def test_an_open_line_is_cut_into_what_hangs_together():
    zigzag = np.array([(0, 0, 0), (1, 1, 0), (2, 0, 0), (3, 1, 0), (4, 1, 0)], float)
    parts = cut(zigzag, 1, 1.0, 0.5)
    assert [part[[0, -1], 0].tolist() for part in parts] == [[0.5, 1.5], [2.5, 4.0]]
    assert all((part[:, 1] >= 0.5 - 1e-9).all() for part in parts)


def test_a_point_is_on_the_slices_that_hold_it():
    point = np.array([(1.0, 2.0, 3.0)])
    assert len(cut(point, 2, 3.4, 0.5)) == 1
    assert cut(point, 2, 3.6, 0.5) == []
