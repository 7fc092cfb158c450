"""A scan of the size of a large chest CT, and a network of the size of a bundled one."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from medviewer.ai.device import choose
from medviewer.ai.loaded_model import LoadedModel
from medviewer.ai.model_card import (
    CardLabel,
    GateReference,
    InputGrid,
    NetworkSpec,
    Normalisation,
    Postprocessing,
    SlidingWindow,
    TrainingFacts,
)
from medviewer.ai.networks import build_network
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.volume import Volume
from tests.unit.ai.planted import base_card

SHAPE = (400, 512, 512)
_NETWORK = NetworkSpec(
    "ensemble",
    {
        "members": 1,
        "activation": "softmax",
        "network": "subpixel_unet",
        "parameters": {"dimensions": 3, "inputs": 1, "outputs": 3, "filters": [16, 32, 64, 96]},
    },
)


class DarkInside(nn.Module):
    """Costs what a network costs and marks the lungs of :func:`big_scan`."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, values):
        """Logits of background, left and right."""
        is_lung = ((values < -0.6) & (values > -0.95)).float()
        side = torch.linspace(-1, 1, values.shape[-1], device=values.device) > 0
        votes = torch.cat([1 - is_lung, is_lung * side, is_lung * ~side], 1)
        return 0.01 * self.network(values) + 20 * votes


def big_scan(shape=SHAPE):
    """Air with two dark ellipsoids in a body, int16, 0.7 x 0.7 x 0.8 mm."""
    voxels = np.full(shape, -1000, np.int16)
    row = np.linspace(-1, 1, shape[1])[:, None] ** 2
    column = np.linspace(-1, 1, shape[2])[None]
    for k, z in enumerate(np.linspace(-1, 1, shape[0])):
        voxels[k][row / 0.6 + column**2 / 0.9 < 1] = 40
        for side in (-0.4, 0.4):
            lung = row / 0.2 + (column - side) ** 2 / 0.08 + z**2 / 0.8 < 1
            voxels[k][lung] = -850
    affine = np.diag([0.7, 0.7, 0.8, 1.0])
    return Volume("big", voxels, VolumeGeometry(shape, affine), modality="CT")


def random_lung_model():
    """A 3-D U-Net at 3 mm whose random weights are outvoted by what is dark within the body."""
    window = Normalisation("window", -1000.0, 400.0, (-1.0, 1.0), (-1.0, 1.0))
    grid = InputGrid(
        3, window, "SPL", (3.0, 3.0, 3.0), multiple=32, fill=-1.0,
        window=SlidingWindow((160, 160, 160)),
    )  # fmt: skip
    card = base_card(
        modalities=("CT",),
        network=_NETWORK,
        input=grid,
        labels=(CardLabel("left", 1, "Left"), CardLabel("right", 2, "Right")),
        postprocessing=Postprocessing(
            is_largest_component_kept=True, are_holes_filled=True, minimum_volume_ml=10.0
        ),
        training=TrainingFacts((), case_hashes=("0" * 16,)),
        gate=GateReference(),
    )
    torch.manual_seed(0)
    network = DarkInside(build_network(_NETWORK.name, _NETWORK.parameters)).eval()
    return LoadedModel(card, network.requires_grad_(requires_grad=False), choose("cpu"))
