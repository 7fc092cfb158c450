"""Training checkpoints that survive a kill at any moment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

from medviewer.io.atomic_file import replacing

if TYPE_CHECKING:
    from pathlib import Path


def write_checkpoint(path: Path, state: dict[str, Any]) -> None:
    """Write atomically: a temporary file, flushed to disk, renamed over the old one.

    Parameters
    ----------
    path : Path
        Destination.
    state : dict
        Tensors, numbers, strings, lists and dicts of them.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        torch.save(state, temporary)


def read_checkpoint(path: Path) -> dict[str, Any] | None:
    """Return the state, or ``None`` when no checkpoint was written yet."""
    if not path.is_file():
        return None
    state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return state
