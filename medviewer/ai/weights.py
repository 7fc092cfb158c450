"""Open a model's weights: safetensors only, and only with the hash the card names."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from safetensors import SafetensorError
from safetensors.torch import load as load_tensors

from medviewer.ai.networks import build_network
from medviewer.core.errors import ModelCardError, WeightsError
from medviewer.core.messages import Message

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
    hint = Message("Install the model again.")
    try:
        if path.stat().st_size > _MAXIMUM_BYTES:
            message = Message(
                "Weights {file} are larger than {limit} MiB.",
                file=path.name,
                limit=_MAXIMUM_BYTES >> 20,
            )
            raise WeightsError(message, hint=hint, file=path.name)
        content = path.read_bytes()
    except OSError as error:
        message = Message(
            "Weights {file} cannot be read: {error}.", file=path.name, error=str(error)
        )
        raise WeightsError(message, hint=hint, file=path.name) from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        message = Message(
            "Weights {file} have SHA-256 {found}…, the card says {expected}…: the file is damaged "
            "or not the one the card describes.",
            file=path.name,
            found=found[:12],
            expected=sha256[:12],
        )
        raise WeightsError(message, hint=hint, file=path.name)
    try:
        return dict(load_tensors(content))
    except (SafetensorError, ValueError, KeyError) as error:
        message = Message(
            "Weights {file} are not a safetensors file: {error}.", file=path.name, error=str(error)
        )
        raise WeightsError(message, hint=hint, file=path.name) from error
