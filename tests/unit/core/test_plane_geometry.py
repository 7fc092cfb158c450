import numpy as np
import pytest

from medviewer.core.plane_geometry import crossing_segment

SQUARE = np.array([[0, 0, 5], [10, 0, 5], [10, 20, 5], [0, 20, 5]], float)


def test_a_plane_across_a_rectangle_meets_it_from_side_to_side():
    segment = crossing_segment(SQUARE, (3, 99, -4), (1, 0, 0))
    assert segment[np.argsort(segment[:, 1])] == pytest.approx(
        np.array([[3, 0, 5], [3, 20, 5]], float)
    )


def test_an_oblique_plane_meets_it_on_both_planes():
    point, normal = np.array([4.0, 7.0, 5.0]), np.array([1.0, 2.0, 3.0])
    segment = crossing_segment(SQUARE, point, normal)
    assert (segment - point) @ normal == pytest.approx((0, 0))
    assert segment[:, 2] == pytest.approx((5, 5))


@pytest.mark.parametrize(
    ("point", "normal"),
    [((0, 0, 5), (0, 0, 1)), ((0, 0, 9), (0, 0, -1)), ((11, 0, 0), (1, 0, 0))],
    ids=["same plane", "parallel plane", "beyond the edge"],
)
def test_planes_that_do_not_cross_within_the_rectangle_give_nothing(point, normal):
    assert crossing_segment(SQUARE, point, normal) is None
