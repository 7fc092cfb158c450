"""Write a model's weights into one half-precision safetensors file."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from safetensors.torch import save_file

from medviewer.io.atomic_file import replacing

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from torch import nn


def write_weights(path: Path, network: nn.Module) -> str:
    """Write a network's weights as float16 and return the file's SHA-256.

    Parameters
    ----------
    path : Path
        Destination.
    network : torch.nn.Module
        The whole network as the model card describes it.

    Returns
    -------
    str
        Hexadecimal digest.
    """
    tensors: dict[str, torch.Tensor] = {}
    for key, value in network.state_dict().items():
        half = value.half() if value.dtype.is_floating_point else value
        tensors[key] = half.contiguous().clone()
    with replacing(path) as temporary:
        save_file(tensors, temporary)
    return hashlib.sha256(path.read_bytes()).hexdigest()
