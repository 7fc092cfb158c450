"""Box detection on EfficientNet-Lite0 features: a centre heat map, sizes and an image score."""

from __future__ import annotations

import math
from typing import cast

import torch
from torch import nn
from torch.nn import functional

from medviewer.ai.networks.efficientnet_lite import EfficientNetLiteEncoder

_PRIOR_LOGIT = -4.0
_SHARPNESS = 4.0


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


def _soft_maximum(maps: torch.Tensor) -> torch.Tensor:
    """Return a maximum over the image that every cell takes some part in."""
    count = maps.shape[2] * maps.shape[3]
    total = torch.logsumexp(maps.flatten(2) * _SHARPNESS, dim=2)
    return (total - math.log(count)) / _SHARPNESS


class EfficientNetDetector(nn.Module):
    """CenterNet-style detector at stride 8 with a classification head beside it.

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
        self.dropout = nn.Dropout(0.3)
        self.classifier = nn.Linear(2 * channels[stages] + 1, 1)

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
        best = maps[:, :1].amax((2, 3)).detach()
        pooled = torch.cat([_soft_maximum(deepest), deepest.amax((2, 3))], dim=1)
        image = self.classifier(torch.cat([self.dropout(pooled), best], dim=1))
        return {"heatmap": maps[:, :1], "boxes": maps[:, 1:], "image": image}
