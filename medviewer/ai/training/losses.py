"""Loss functions: Dice with cross-entropy, focal heat maps, cross-entropy with smoothing."""

from __future__ import annotations

import torch
from monai.losses import DiceCELoss
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
    logits: torch.Tensor, heatmap: torch.Tensor, counted: torch.Tensor | None = None
) -> torch.Tensor:
    """Return the penalty-reduced focal loss of a centre heat map, per true centre.

    Parameters
    ----------
    logits : torch.Tensor
        Any shape.
    heatmap : torch.Tensor
        Same shape, 1 at the centres and falling off around them.
    counted : torch.Tensor, optional
        Same shape, 0 where an answer is neither right nor wrong.

    Returns
    -------
    torch.Tensor
        Scalar; alpha 2 and beta 4 as published.

    Notes
    -----
    Law and Deng, CornerNet, ECCV 2018, equation 1.
    """
    if counted is not None:
        logits, heatmap = logits[counted > 0], heatmap[counted > 0]
    log_yes = functional.logsigmoid(logits)
    log_no = functional.logsigmoid(-logits)
    probability = logits.sigmoid()
    positive = heatmap >= _CENTRE
    at_centres = -((1 - probability) ** 2 * log_yes)[positive].sum()
    elsewhere = -((1 - heatmap) ** 4 * probability**2 * log_no)[~positive].sum()
    return (at_centres + elsewhere) / max(int(positive.sum()), 1)


IGNORED = 255
_CERTAIN = 30.0
_CENTRE = 0.999
_dice_ce = DiceCELoss(
    include_background=False, to_onehot_y=True, softmax=True, batch=True, smooth_dr=1e-5
)
