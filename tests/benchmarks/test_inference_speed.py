"""How quick inference is, each figure a ratio of two things measured in this run."""

import time

import numpy as np
import pytest
import torch
from monai.inferers import sliding_window_inference

from medviewer.ai.networks import build_network
from medviewer.ai.process_settings import prepare_process
from medviewer.ai.sliding_window import gaussian_weight, run_tiles, tile_size, tile_starts
from medviewer.core.tasks import TaskContext

pytestmark = pytest.mark.slow

PARAMETERS = {"dimensions": 3, "inputs": 1, "outputs": 3, "filters": [16, 32, 64, 96]}
SHAPE = (96, 96, 64)
TILE = (64, 64, 64)


@pytest.fixture(scope="module")
def network():
    prepare_process()
    torch.manual_seed(0)
    return build_network("subpixel_unet", PARAMETERS).eval()


def process_seconds(work):
    start = time.process_time()
    work()
    return time.process_time() - start


def test_blending_costs_at_most_a_twentieth_of_the_forward_passes(network):
    values = np.random.default_rng(0).normal(size=SHAPE).astype(np.float32)

    def predict(tensor):
        with torch.inference_mode():
            return network(tensor).softmax(1)

    n = int(np.prod([len(tile_starts(a, b, 0.25)) for a, b in zip(SHAPE, TILE, strict=True)]))
    tensor = torch.from_numpy(values[:64, :64, :64])[None, None].contiguous()
    predict(tensor)
    ratios = []
    for _ in range(2):
        bare = process_seconds(lambda: [predict(tensor) for _ in range(n)])
        tiled = process_seconds(lambda: run_tiles(predict, values, TILE, 0.25, TaskContext()))
        ratios.append(tiled / bare)
    assert min(ratios) <= 1.05, ratios


def test_the_answer_is_that_of_monai_in_less_time(network):
    values = np.random.default_rng(1).normal(size=SHAPE).astype(np.float32)
    tensor = torch.from_numpy(values)[None, None]
    fast = network.to(memory_format=torch.channels_last_3d)
    tile = tile_size(SHAPE, (128, 128, 128), 16, 0.25)

    def own(size):
        def predict(part):
            with torch.inference_mode():
                return fast(part.contiguous(memory_format=torch.channels_last_3d))

        return run_tiles(predict, values, size, 0.25, TaskContext())

    def monai():
        with torch.inference_mode():
            return sliding_window_inference(tensor, TILE, 1, network, overlap=0.25, mode="gaussian")

    expected = monai()[0].numpy()
    agreement = (own(TILE).argmax(0) == expected.argmax(0)).mean()
    assert agreement > 0.99
    ratios = [process_seconds(monai) / process_seconds(lambda: own(tile)) for _ in range(2)]
    assert max(ratios) >= 1.3, ratios


def test_the_blending_weight_is_greatest_in_the_middle_and_never_zero():
    weight = gaussian_weight((16, 24, 8))
    assert weight.argmax() in [
        np.ravel_multi_index(p, weight.shape)
        for p in [(a, b, c) for a in (7, 8) for b in (11, 12) for c in (3, 4)]
    ]
    assert weight.min() > 0
