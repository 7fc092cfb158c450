"""Which arithmetic a network runs in: bfloat16 only where it is quick and shown to be equal."""

from __future__ import annotations

import os
from enum import StrEnum
from typing import TYPE_CHECKING

from medviewer.core.errors import InferenceError

if TYPE_CHECKING:
    from medviewer.ai.device import Device
    from medviewer.ai.model_card import ModelCard

VARIABLE = "MEDVIEWER_PRECISION"
_CHOICES = ("auto", "fp32")

_EQUAL_IN_BF16 = frozenset(
    {("segmentation", 3, "subpixel_unet"), ("detection", 3, "subpixel_detector")}
)
"""Task, dimensions and architecture for which the parity tests hold.

Label maps agree with those of fp32 (Dice at least 0.995), and the nodule detector's calibrated
scores (within 0.01, in the same order). The probabilities of the classifiers and of the detector
of radiographs move by 0.04 to 0.18 and cross thresholds: they stay in fp32. So do the
architectures of imported bundles, because nobody has compared them.
"""


class Precision(StrEnum):
    """Arithmetic of a forward pass, as provenance and result documents say it."""

    FP32 = "fp32"
    BF16 = "bf16"


def choose_precision(card: ModelCard, device: Device) -> Precision:
    """Return what a model's forward passes run in on a device.

    Parameters
    ----------
    card : ModelCard
        Names the task and the architecture.
    device : Device
        Where it runs.

    Returns
    -------
    Precision
        fp32 wherever the device has no native bfloat16, equality is not shown, or the
        environment variable ``MEDVIEWER_PRECISION`` is ``fp32``. What explains a score
        (saliency) runs in fp32 in any case.

    Raises
    ------
    InferenceError
        The environment variable says something else.
    """
    wanted = os.environ.get(VARIABLE) or "auto"
    if wanted not in _CHOICES:
        message = f"{VARIABLE} is '{wanted}'; it may be {' or '.join(_CHOICES)}."
        raise InferenceError(message, hint=f"Correct or remove {VARIABLE}.")
    kind = (card.task, card.input.dimensions, _architecture(card))
    is_equal = kind in _EQUAL_IN_BF16
    return (
        Precision.BF16 if wanted == "auto" and is_equal and device.has_fast_bf16 else Precision.FP32
    )


def _architecture(card: ModelCard) -> str:
    """Return the name of the network, or of an ensemble's members."""
    network = card.network
    return str(network.parameters["network"]) if network.name == "ensemble" else network.name
