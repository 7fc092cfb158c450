"""The same network over the same volume: stock MONAI, and this program. One process for each."""

from __future__ import annotations

import time
from functools import cache

import numpy as np
import torch
from monai.inferers import sliding_window_inference

from medviewer.ai.loaded_model import LoadedModel
from medviewer.ai.networks.subpixel_unet import SubpixelUNet
from medviewer.ai.precision import choose_precision
from medviewer.ai.process_settings import prepare_process
from medviewer.ai.sliding_window import run_tiles
from medviewer.core.tasks import TaskContext
from tests.benchmarks.big_scan import random_lung_model

SHAPES = {64: (96, 96, 64), 128: (160, 128, 128)}
"""Tile side to a volume of several such tiles."""


def stock_seconds(side: int) -> float:
    """Processor seconds of MONAI: eager fp32, torch and allocator as they come."""
    values, network = torch.from_numpy(_volume(side))[None, None], _stock()

    def infer() -> torch.Tensor:
        with torch.inference_mode():
            return sliding_window_inference(
                values, (side,) * 3, 1, network, overlap=0.25, mode="gaussian"
            )

    return _seconds(infer)


def own_seconds(side: int) -> float:
    """Processor seconds of this program with the same tiles."""
    prepare_process()
    model, values = _own(), _volume(side)
    return _seconds(lambda: run_tiles(model.output, values, (side,) * 3, 0.25, TaskContext()))


def _seconds(infer) -> float:
    start = time.process_time()
    infer()
    return time.process_time() - start


@cache
def _volume(side: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=SHAPES[side]).astype(np.float32)


@cache
def _stock() -> SubpixelUNet:
    torch.manual_seed(0)
    return SubpixelUNet(3, 1, 3, (16, 32, 64, 96)).eval()


@cache
def _own() -> LoadedModel:
    model = random_lung_model()
    network = model.network.network.to(memory_format=torch.channels_last_3d)
    return LoadedModel(
        model.card, network, model.device, choose_precision(model.card, model.device)
    )
