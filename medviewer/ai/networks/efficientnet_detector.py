"""Box detection on EfficientNet-Lite0 features: a centre heat map, sizes and an image score."""

from __future__ import annotations

from typing import cast

import torch
from torch import nn
from torch.nn import functional

from medviewer.ai.networks.efficientnet_lite import EfficientNetLiteEncoder

_PRIOR_LOGIT = -4.0


def _lateral(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))


def _smooth(width: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(width, width, 3, padding=1, groups=width, bias=False),
        nn.BatchNorm2d(width),
        nn.Conv2d(width, width, 1, bias=False),
        nn.BatchNorm2d(width),
        nn.ReLU6(),
    )


class EfficientNetDetector(nn.Module):
    """CenterNet-style detector at stride 8; the image is as suspicious as its strongest cell.

    The image's loss reaches the map through that one cell: on an image without a finding it is
    the hardest negative. A separate head on pooled features told less than the map's maximum.

    Parameters
    ----------
    width : int
        Channels of the feature pyramid.
    stages : int
        Stages of the encoder that are kept (6 or 7).

    Notes
    -----
    Zhou et al., Objects as Points, 2019.
    """

    def __init__(self, width: int = 64, stages: int = 6) -> None:
        super().__init__()
        self.encoder = EfficientNetLiteEncoder(stages)
        channels = self.encoder.channels
        self.levels = (3, 5, stages)
        self.laterals = nn.ModuleList(_lateral(channels[level], width) for level in self.levels)
        self.smooths = nn.ModuleList(_smooth(width) for _ in self.levels[:-1])
        self.head = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU6()
        )
        self.boxes = nn.Conv2d(width, 5, 1)
        with torch.no_grad():
            cast("torch.Tensor", self.boxes.bias)[0] = _PRIOR_LOGIT
        self.features = nn.Identity()
        self.image = nn.Linear(1, 1)
        with torch.no_grad():
            self.image.weight.fill_(1.0)
            cast("torch.Tensor", self.image.bias).fill_(-_PRIOR_LOGIT / 2)

    def forward(self, values: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return the maps at stride 8 and the image's logit.

        Parameters
        ----------
        values : torch.Tensor, shape (batch, 1, rows, columns)
            About -1 ... 1; rows and columns are multiples of 32.

        Returns
        -------
        dict of str to torch.Tensor
            ``heatmap`` (batch, 1, rows / 8, columns / 8) logits; ``boxes`` (batch, 4, ...) the
            way from the cell's upper left corner to the centre (x, y) in cells and the logarithm
            of width and height in cells; ``image`` (batch, 1) logit.
        """
        stages = self.encoder(values)
        deepest = self.features(stages[self.levels[-1]])
        merged = self.laterals[2](deepest)
        for index in (1, 0):
            level = self.laterals[index](stages[self.levels[index]])
            merged = level + functional.interpolate(merged, size=level.shape[2:], mode="nearest")
            merged = self.smooths[index](merged)
        maps = self.boxes(self.head(merged))
        image = self.image(maps[:, :1].amax((2, 3)))
        return {"heatmap": maps[:, :1], "boxes": maps[:, 1:], "image": image}
