"""3-D convolutions that always use oneDNN on a processor.

PyTorch chooses between oneDNN and a slow kernel of its own by the size of a tensor's first three
axes (`ConvParams::use_mkldnn`, aten/src/ATen/native/Convolution.cpp); a batch of one tile of up
to 96 voxels falls below its limit in most layers and then takes two to five times as long. With
tiles of 128 voxels both are nearly equal.
"""

from __future__ import annotations

import torch
from torch import nn


class OneDnnConv3d(nn.Conv3d):
    """A 3-D convolution; same weights and results as its parent, other kernel."""

    def forward(self, input: torch.Tensor) -> torch.Tensor:  # noqa: A002  # the parent's name
        """Convolve.

        Parameters
        ----------
        input : torch.Tensor, shape (batch, channels, ...)
            Any device; oneDNN is used for inference in fp32 on the processor.
        """
        if not self._is_suited(input):
            return super().forward(input)
        result: torch.Tensor = torch.ops.aten.mkldnn_convolution(
            input, self.weight, self.bias, self.padding, self.stride, self.dilation, self.groups
        )
        return result

    def _is_suited(self, values: torch.Tensor) -> bool:
        return (
            values.device.type == "cpu"
            and values.dtype == self.weight.dtype == torch.float32
            and not torch.is_grad_enabled()
            and not torch.is_autocast_enabled("cpu")
            and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]  # of torch
            and bool(torch.backends.mkldnn.enabled)
        )


def use_onednn(network: nn.Module) -> nn.Module:
    """Let every plain 3-D convolution of a network use oneDNN, in place, and return the network."""
    for module in network.modules():
        is_plain = type(module) is nn.Conv3d and module.padding_mode == "zeros"
        if is_plain and not isinstance(module.padding, str):
            module.__class__ = OneDnnConv3d
    return network
