"""A centre heat map and what is known of each centre, at half the input's resolution (3-D)."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import nn

from medviewer.ai.networks.subpixel_unet import SubpixelUNet, fold

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_PRIOR_LOGIT = -4.0


class SubpixelDetector(nn.Module):
    """The half-resolution layers of a subpixel U-Net; every output is a map of its own.

    Parameters
    ----------
    dimensions : int
        2 or 3.
    filters : sequence of int
        Channels of each level, finest first; the input's sizes are multiples of
        ``2 ** len(filters)``.
    outputs : mapping of str to int
        Name of each output to its channels. ``heatmap`` starts with the answer "nowhere".

    Notes
    -----
    Zhou et al., Objects as Points, 2019.
    """

    def __init__(self, dimensions: int, filters: Sequence[int], outputs: Mapping[str, int]) -> None:
        super().__init__()
        self.dimensions = dimensions
        self.outputs = dict(outputs)
        block = 2**dimensions
        total = sum(self.outputs.values())
        # The U-Net's last layer has one block of channels for each of its outputs.
        self.network = SubpixelUNet(dimensions, 1, -(-total // block), filters).network
        first = 0
        bias = cast("torch.Tensor", self.network.output_block.get_submodule("conv.conv").bias)
        for name, channels in self.outputs.items():
            if name == "heatmap":
                with torch.no_grad():
                    bias[first : first + channels] = _PRIOR_LOGIT
            first += channels

    def forward(self, values: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return the named maps at stride 2.

        Parameters
        ----------
        values : torch.Tensor, shape (batch, 1, ...)
            About -1 ... 1.

        Returns
        -------
        dict of str to torch.Tensor
            Each of shape (batch, channels, ... / 2).
        """
        maps = self.network(fold(values, self.dimensions))
        parts = maps[:, : sum(self.outputs.values())].split(list(self.outputs.values()), 1)
        return dict(zip(self.outputs, parts, strict=True))
