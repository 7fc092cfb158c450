"""Image classification on EfficientNet-Lite0 features: one logit for each class."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from medviewer.ai.networks.efficientnet_lite import EfficientNetLiteEncoder

_PASTED_SIDE = 32


def paste_back(maps: torch.Tensor, placement: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Put the features of a crop where the crop lies in the whole image.

    Parameters
    ----------
    maps : torch.Tensor, shape (batch, channels, rows, columns)
        Features of the crop.
    placement : torch.Tensor, shape (batch, 4)
        Centre and half size (x, y, half width, half height) of the crop; the image spans -1 ... 1.

    Returns
    -------
    pasted : torch.Tensor, shape (batch, channels, 32, 32)
        Features over the whole image, 0 outside the crop.
    inside : torch.Tensor, shape (batch, 1, 32, 32)
        1 where the crop lies.
    """
    scale = 1 / placement[:, 2:]
    shift = -placement[:, :2] * scale
    theta = torch.zeros(len(maps), 2, 3, dtype=maps.dtype, device=maps.device)
    theta[:, 0, 0], theta[:, 1, 1] = scale[:, 0], scale[:, 1]
    theta[:, :, 2] = shift
    grid = functional.affine_grid(
        theta, [len(maps), 1, _PASTED_SIDE, _PASTED_SIDE], align_corners=False
    )
    inside = (grid.abs().amax(-1) <= 1).unsqueeze(1).to(maps.dtype)
    pasted = functional.grid_sample(maps, grid, padding_mode="border", align_corners=False)
    return pasted * inside, inside


class EfficientNetClassifier(nn.Module):
    """Encoder, mean and maximum over the image, dropout, linear.

    Parameters
    ----------
    classes : int
        Number of independent logits.
    stages : int
        Stages of the encoder that are kept.
    dropout : float
        Probability of dropping a pooled feature while training.
    """

    def __init__(self, classes: int, stages: int = 6, dropout: float = 0.3) -> None:
        super().__init__()
        self.encoder = EfficientNetLiteEncoder(stages)
        width = self.encoder.channels[stages]
        self.stages = stages
        self.features = nn.Identity()
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(2 * width, classes)

    def forward(self, values: torch.Tensor, placement: torch.Tensor | None = None) -> torch.Tensor:
        """Return logits, shape (batch, classes).

        Parameters
        ----------
        values : torch.Tensor, shape (batch, 1, rows, columns)
            About -1 ... 1.
        placement : torch.Tensor, shape (batch, 4), optional
            Where `values` lies in the whole image; then ``features`` covers the whole image.
        """
        if placement is None:
            maps = self.features(self.encoder(values)[self.stages])
            pooled = torch.cat([maps.mean((2, 3)), maps.amax((2, 3))], dim=1)
        else:
            pasted, inside = paste_back(self.encoder(values)[self.stages], placement)
            maps = self.features(pasted)
            mean = maps.sum((2, 3)) / inside.sum((2, 3)).clamp(min=1)
            peak = (maps - (1 - inside) * 1e4).amax((2, 3))
            pooled = torch.cat([mean, peak], dim=1)
        logits: torch.Tensor = self.classifier(self.dropout(pooled))
        return logits
