"""Write a model's weights into one half-precision safetensors file."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import torch
from safetensors.torch import save_file

from medviewer.io.atomic_file import replacing

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn


def write_weights(path: Path, network: nn.Module) -> str:
    """Write a network's weights as float16 and return the file's SHA-256.

    A tensor with a value beyond float16 (65504), as a batch normalisation's variance may have,
    stays float32: as infinity it would silence its channel.

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
        tensors[key] = _halved(value).contiguous().clone()
    with replacing(path) as temporary:
        save_file(tensors, temporary)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _halved(value: torch.Tensor) -> torch.Tensor:
    """Return the values as float16 where all of them fit."""
    if not value.dtype.is_floating_point:
        return value
    half = value.half()
    return half if torch.isfinite(half).all() else value
