"""What lies around a volume that was turned to another grid is no tissue to a model."""

import numpy as np
import pytest

from medviewer.ai.model_card import InputGrid, Normalisation
from medviewer.ai.preparation import prepare_volume
from tests.unit.ai.planted import standard_volume

GRID = InputGrid(3, Normalisation("zscore", clip=(-5, 5)), "SPL", (1.0, 1.0, 1.0))
MARGIN = 6


def prepared(values):
    return prepare_volume(standard_volume(values, (1.0, 1.0, 1.0)), GRID).values


@pytest.mark.parametrize("around", [0.0, -1000.0, np.nan])
def test_a_padded_volume_is_seen_as_the_one_within(around):
    values = np.random.default_rng(4).normal(500, 90, (12, 14, 16)).astype(np.float32)
    plain = prepared(values)
    padded = prepared(np.pad(values, MARGIN, constant_values=around))
    inner = (slice(MARGIN, -MARGIN),) * 3
    differs = np.abs(padded[inner] - plain) > 0.02
    assert np.count_nonzero(differs) <= 1  # NaN counts as the darkest value, and it as NaN
    rest = padded.copy()
    rest[inner] = GRID.fill
    assert (rest == GRID.fill).all()


def test_a_volume_that_was_not_padded_keeps_its_darkest_values():
    values = np.random.default_rng(5).normal(500, 90, (12, 14, 16)).astype(np.float32)
    values[3:5, 3:5, 3:5] = 0.0
    values[0, 0, :5] = 0.0
    expected = (values - values.mean()) / values.std()
    assert np.allclose(np.sort(prepared(values), axis=None), np.sort(expected, axis=None).clip(-5))
    assert not prepared(np.full((12, 14, 16), 7.0, np.float32)).any(), "constant stays constant"
