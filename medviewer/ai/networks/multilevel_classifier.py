"""Image classification by a linear layer on features of several depths of EfficientNet-Lite0."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn import functional

from medviewer.ai.networks.efficientnet_classifier import paste_back
from medviewer.ai.networks.efficientnet_lite import EfficientNetLiteEncoder

_LEVELS = (4, 5, 6)
_POOLED_DIMENSIONS = 2


class MultilevelClassifier(nn.Module):
    """Encoder, mean over the image at three depths, standardisation, dropout, linear.

    The depths keep texture (1/16 of the resolution) beside shape (1/32), and the linear layer
    makes Grad-CAM of ``features`` the exact share of every place in the score.

    Parameters
    ----------
    classes : int
        Number of independent logits.
    dropout : float
        Probability of dropping a pooled feature while training.
    """

    def __init__(self, classes: int, dropout: float = 0.5) -> None:
        super().__init__()
        self.encoder = EfficientNetLiteEncoder(_LEVELS[-1])
        width = sum(self.encoder.channels[level] for level in _LEVELS)
        self.features = nn.Identity()
        self.standardise = nn.BatchNorm1d(width, affine=False)
        self.dropout = nn.Dropout(dropout)
        self.classifier = nn.Linear(width, classes)

    def forward(self, values: torch.Tensor, placement: torch.Tensor | None = None) -> torch.Tensor:
        """Return logits, shape (batch, classes).

        Parameters
        ----------
        values : torch.Tensor, shape (batch, 1, rows, columns)
            About -1 ... 1; or features of shape (batch, features) from :meth:`pool`.
        placement : torch.Tensor, shape (batch, 4), optional
            Where `values` lies in the whole image; then ``features`` covers the whole image.
        """
        pooled = values if values.ndim == _POOLED_DIMENSIONS else self.pool(values, placement)
        logits: torch.Tensor = self.classifier(self.dropout(self.standardise(pooled)))
        return logits

    def pool(self, values: torch.Tensor, placement: torch.Tensor | None = None) -> torch.Tensor:
        """Return the features' mean over the image, shape (batch, features)."""
        stages = self.encoder(values)
        sizes = stages[_LEVELS[0]].shape[2:]
        maps = torch.cat(
            [functional.interpolate(stages[level], size=sizes) for level in _LEVELS], dim=1
        )
        if placement is None:
            return self.features(maps).mean((2, 3))
        pasted, inside = paste_back(maps, placement)
        return self.features(pasted).sum((2, 3)) / inside.sum((2, 3)).clamp(min=1)
