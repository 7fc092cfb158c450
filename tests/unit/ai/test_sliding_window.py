import itertools

import numpy as np
import pytest
import torch

from medviewer.ai.sliding_window import gaussian_weight, run_tiles, tile_size, tile_starts
from medviewer.core.tasks import TaskCancelled, TaskContext


@pytest.mark.parametrize(
    ("length", "tile", "starts"),
    [(64, 64, [0]), (96, 64, [0, 32]), (160, 64, [0, 48, 96]), (65, 64, [0, 1])],
)
def test_tiles_are_spread_evenly_and_end_flush(length, tile, starts):
    assert tile_starts(length, tile, 0.25) == starts


@pytest.mark.parametrize("length", range(16, 400, 16))
def test_neighbouring_tiles_share_what_was_asked_for(length):
    (tile,) = tile_size((length,), (128,), 16, 0.25)
    starts = tile_starts(length, tile, 0.25)
    assert tile % 16 == 0
    assert tile <= 128
    assert starts[-1] + tile == length
    assert all(b - a <= 0.75 * tile + 1 for a, b in itertools.pairwise(starts))


def test_tiles_just_cover_instead_of_being_as_large_as_they_may():
    assert tile_size((160, 160, 96), (128, 128, 128), 16, 0.25) == (96, 96, 96)


@pytest.mark.parametrize("tile", [(8, 12, 6), (16, 24, 12), (10, 24, 12)])
def test_blending_what_every_tile_agrees_on_changes_nothing(tile):
    values = np.random.default_rng(0).normal(size=(16, 24, 12)).astype(np.float32)
    blended = run_tiles(lambda t: torch.cat([t, -t], 1), values, tile, 0.25, TaskContext())
    assert blended.shape == (2, *values.shape)
    assert np.abs(blended[0] - values).max() < 1e-5
    assert np.abs(blended[1] + values).max() < 1e-5


def test_every_tile_is_a_checkpoint_and_cancelling_stops_there():
    context = TaskContext()
    seen = []

    def on_progress(progress):
        seen.append(progress.fraction)
        if len(seen) == 3:
            context.cancel()

    context.on_progress = on_progress
    with pytest.raises(TaskCancelled):
        run_tiles(lambda t: t, np.zeros((32, 32, 32), np.float32), (16, 16, 16), 0.25, context)
    assert len(seen) == 3
    assert seen == sorted(seen)


def test_the_blending_weight_is_greatest_in_the_middle_and_never_zero():
    weight = gaussian_weight((15, 9, 21))
    assert np.unravel_index(weight.argmax(), weight.shape) == (7, 4, 10)
    assert weight.min() > 0
