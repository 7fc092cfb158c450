"""Open a model's weights: safetensors only, and only with the hash the card names."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from safetensors import SafetensorError
from safetensors.torch import load as load_tensors

from medviewer.ai.networks import build_network
from medviewer.core.errors import ModelCardError, WeightsError

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from torch import nn

    from medviewer.ai.model_card import ModelCard

_MAXIMUM_BYTES = 1 << 30


def load_network(card: ModelCard, folder: Path) -> nn.Module:
    """Build the card's network on the CPU, in fp32, for inference.

    Parameters
    ----------
    card : ModelCard
        Names the architecture and the hash.
    folder : Path
        The model's folder.

    Returns
    -------
    torch.nn.Module
        In evaluation mode, without gradients for its parameters.

    Raises
    ------
    WeightsError
        The file is missing, has another hash, is not safetensors or does not fit the network.
    ModelCardError
        The architecture is not on the allow-list or refuses its arguments.
    """
    try:
        network = build_network(card.network.name, card.network.parameters)
    except (ValueError, TypeError, KeyError) as error:
        message = f"Model '{card.id}': its network cannot be built: {error}."
        raise ModelCardError(message, hint="Use a model made for this version.") from error
    tensors = read_tensors(folder / card.weights.file, card.weights.sha256)
    floats = {k: v.float() if v.is_floating_point() else v for k, v in tensors.items()}
    try:
        network.load_state_dict(floats)
    except RuntimeError as error:
        message = f"Model '{card.id}': the weights do not fit its network: {str(error)[:300]}"
        raise WeightsError(message, hint="Install the model again.") from error
    return network.eval().requires_grad_(requires_grad=False)


def read_tensors(path: Path, sha256: str) -> dict[str, torch.Tensor]:
    """Read a safetensors file after checking its hash.

    Parameters
    ----------
    path : Path
        The weights file.
    sha256 : str
        Expected digest, hexadecimal.

    Returns
    -------
    dict of str to torch.Tensor
        On the CPU.

    Raises
    ------
    WeightsError
        The file is missing, too large, has another hash or is not safetensors (a pickle is
        never opened).
    """
    hint = "Install the model again."
    try:
        if path.stat().st_size > _MAXIMUM_BYTES:
            message = f"Weights {path.name} are larger than {_MAXIMUM_BYTES >> 20} MiB."
            raise WeightsError(message, hint=hint, file=path.name)
        content = path.read_bytes()
    except OSError as error:
        message = f"Weights {path.name} cannot be read: {error}."
        raise WeightsError(message, hint=hint, file=path.name) from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        message = (
            f"Weights {path.name} have SHA-256 {found[:12]}…, the card says {sha256[:12]}…: "
            f"the file is damaged or not the one the card describes."
        )
        raise WeightsError(message, hint=hint, file=path.name)
    try:
        return dict(load_tensors(content))
    except (SafetensorError, ValueError, KeyError) as error:
        message = f"Weights {path.name} are not a safetensors file: {error}."
        raise WeightsError(message, hint=hint, file=path.name) from error
