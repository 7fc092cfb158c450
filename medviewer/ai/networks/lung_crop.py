"""A chest radiograph classifier that sees the lung box alone, with the lung finder inside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn import functional

from medviewer.ai.networks.subpixel_unet import SubpixelUNet

if TYPE_CHECKING:
    from collections.abc import Sequence

LUNG_SIDE = 192
_LEAST_SHARE = 0.02
_TAIL = 0.01
_MARGIN = 1.12


def lung_probability(lungs: nn.Module, values: torch.Tensor) -> torch.Tensor:
    """Return the lungs' probability, shape (batch, 192, 192), of squashed radiographs."""
    small = functional.interpolate(
        values, size=[LUNG_SIDE, LUNG_SIDE], mode="bilinear", antialias=True, align_corners=False
    )
    probability: torch.Tensor = lungs(small).softmax(1)[:, 1]
    return probability


def lung_boxes(probability: torch.Tensor) -> torch.Tensor:
    """Return the box around the lungs, a little widened.

    Parameters
    ----------
    probability : torch.Tensor, shape (batch, rows, columns)
        Of the lungs.

    Returns
    -------
    torch.Tensor, shape (batch, 4)
        Centre and half size (x, y, half width, half height); the image spans -1 ... 1. The
        whole image where hardly any lung is found.
    """
    mask = (probability > 0.5).float()
    result = []
    for lungs in mask:
        if float(lungs.mean()) < _LEAST_SHARE:
            result.append(torch.tensor([0.0, 0.0, 1.0, 1.0]))
            continue
        ends = []
        for axis in (0, 1):
            share = lungs.sum(axis).cumsum(0) / lungs.sum()
            first = float((share < _TAIL).sum()) / len(share)
            last = float((share < 1 - _TAIL).sum() + 1) / len(share)
            ends.append((first * 2 - 1, last * 2 - 1))
        (left, right), (top, bottom) = ends
        half = [(right - left) / 2 * _MARGIN, (bottom - top) / 2 * _MARGIN]
        result.append(torch.tensor([(left + right) / 2, (top + bottom) / 2, *half]))
    return torch.stack(result).to(probability.device)


def crop(values: torch.Tensor, boxes: torch.Tensor, side: int) -> torch.Tensor:
    """Resample boxes of images to squares.

    Parameters
    ----------
    values : torch.Tensor, shape (batch, 1, rows, columns)
        Images.
    boxes : torch.Tensor, shape (batch, 4)
        From :func:`lung_boxes`.
    side : int
        Side of the result in pixels.

    Returns
    -------
    torch.Tensor, shape (batch, 1, side, side)
        What lies in the boxes; border pixels are repeated outside the image.
    """
    theta = torch.zeros(len(boxes), 2, 3, dtype=values.dtype, device=values.device)
    theta[:, 0, 0], theta[:, 1, 1] = boxes[:, 2], boxes[:, 3]
    theta[:, :, 2] = boxes[:, :2]
    grid = functional.affine_grid(theta, [len(boxes), 1, side, side], align_corners=False)
    return functional.grid_sample(values, grid, padding_mode="border", align_corners=False)


class LungCrop(nn.Module):
    """Find the lungs, crop to them, classify the crop.

    Parameters
    ----------
    filters : sequence of int
        Of the lung U-Net.
    inner : torch.nn.Module
        Classifier that takes a crop and its placement.
    side : int
        Side of the crop in pixels.
    """

    def __init__(self, filters: Sequence[int], inner: nn.Module, side: int) -> None:
        super().__init__()
        self.lungs = SubpixelUNet(2, 1, 2, filters)
        self.inner = inner
        self.side = side

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        """Return the classifier's logits for squashed radiographs of any size."""
        with torch.no_grad():
            boxes = lung_boxes(lung_probability(self.lungs, values))
        logits: torch.Tensor = self.inner(crop(values, boxes, self.side), boxes)
        return logits
