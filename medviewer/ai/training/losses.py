"""Loss functions: Dice with cross-entropy, focal heat maps, cross-entropy with smoothing."""

from __future__ import annotations

import torch
from monai.losses import DiceCELoss
from monai.losses.giou_loss import BoxGIoULoss
from torch.nn import functional


def dice_cross_entropy(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return batch Dice loss of the foreground plus cross-entropy (MONAI).

    Parameters
    ----------
    logits : torch.Tensor, shape (batch, classes, ...)
        Channel 0 is the background.
    labels : torch.Tensor of int64, shape (batch, ...)
        0 ... classes - 1; 255 is ignored.

    Returns
    -------
    torch.Tensor
        Scalar.
    """
    ignored = labels == IGNORED
    if bool(ignored.any()):
        keep = (~ignored).unsqueeze(1)
        background = torch.zeros_like(logits)
        background[:, 0] = _CERTAIN
        logits = torch.where(keep, logits, background)
        labels = labels.masked_fill(ignored, 0)
    loss: torch.Tensor = _dice_ce(logits, labels.unsqueeze(1))
    return loss


def smoothed_bce(
    logits: torch.Tensor, labels: torch.Tensor, smoothing: float, positive_weight: torch.Tensor
) -> torch.Tensor:
    """Return binary cross-entropy with label smoothing and a weight on the positives.

    Parameters
    ----------
    logits, labels : torch.Tensor, shape (batch, classes)
        Labels are 0 or 1.
    smoothing : float
        0.05 moves the targets to 0.025 and 0.975.
    positive_weight : torch.Tensor, shape (classes,)
        Weight of a positive label.

    Returns
    -------
    torch.Tensor
        Scalar mean.
    """
    targets = labels * (1 - smoothing) + 0.5 * smoothing
    return functional.binary_cross_entropy_with_logits(logits, targets, pos_weight=positive_weight)


def heatmap_focal(
    logits: torch.Tensor, heatmap: torch.Tensor, weights: torch.Tensor | None = None
) -> torch.Tensor:
    """Return the penalty-reduced focal loss of a centre heat map, per weight of true centres.

    Parameters
    ----------
    logits : torch.Tensor
        Any shape.
    heatmap : torch.Tensor
        Same shape, 1 at the centres and falling off around them.
    weights : torch.Tensor, optional
        Same shape; 0 where an answer is neither right nor wrong.

    Returns
    -------
    torch.Tensor
        Scalar; alpha 2 and beta 4 as published.

    Notes
    -----
    Law and Deng, CornerNet, ECCV 2018, equation 1.
    """
    if weights is None:
        weights = torch.ones_like(heatmap)
    log_yes = functional.logsigmoid(logits)
    log_no = functional.logsigmoid(-logits)
    probability = logits.sigmoid()
    positive = heatmap >= _CENTRE
    at_centres = -((1 - probability) ** 2 * log_yes * weights)[positive].sum()
    elsewhere = -((1 - heatmap) ** 4 * probability**2 * log_no * weights)[~positive].sum()
    return (at_centres + elsewhere) / weights[positive].sum().clamp(min=1)


def box_overlap(found: torch.Tensor, true: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return the mean of 1 - generalized IoU of boxes at single cells (MONAI).

    Unlike a distance of the sides, it asks for the same relative accuracy of small boxes and of
    large ones, which is what a detection is counted by.

    Parameters
    ----------
    found, true : torch.Tensor, shape (batch, 4, rows, columns)
        Way to the centre (x, y) and logarithm of width and height, in cells.
    weights : torch.Tensor, shape (batch, rows, columns)
        How much each cell counts.

    Returns
    -------
    torch.Tensor
        Scalar, 0 ... 2.

    Notes
    -----
    Rezatofighi et al., Generalized intersection over union, CVPR 2019.
    """
    chosen = weights > 0
    corners = []
    for boxes in (found, true):
        chosen_boxes = boxes.movedim(1, -1)[chosen]
        places, sizes = chosen_boxes[:, :2], chosen_boxes[:, 2:]
        half = sizes.clamp(max=_LARGEST_LOG_SIZE).exp() / 2
        corners.append(torch.cat([places - half, places + half], 1))
    losses: torch.Tensor = _giou(*corners)
    counts = weights[chosen]
    return (losses.flatten() * counts).sum() / counts.sum().clamp(min=1)


IGNORED = 255
_LARGEST_LOG_SIZE = 5.0
_CERTAIN = 30.0
_CENTRE = 0.999
_giou = BoxGIoULoss(reduction="none")
_dice_ce = DiceCELoss(
    include_background=False, to_onehot_y=True, softmax=True, batch=True, smooth_dr=1e-5
)
