"""A small 3-D network that is trained on cubes and runs over whole scans.

Every layer is a convolution, so a cube gives one answer and a scan a grid of answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch


class NoduleClassifier(nn.Module):
    """Stub replaced by the detection network."""

    def __init__(self, filters: Sequence[int] = (16, 32, 64, 96)) -> None:
        super().__init__()
        self.filters = tuple(filters)
        self.output = nn.Conv3d(1, 1, 1)

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Return logits."""
        logits: torch.Tensor = self.output(values)
        return logits
