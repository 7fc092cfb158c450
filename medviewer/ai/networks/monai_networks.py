"""Networks of MONAI that an imported bundle may name, with plain arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import nn

PREFIX = "monai."
_BASIC_UNET_MULTIPLE = 16
_SWIN_MULTIPLE = 32
_SEGRESNET_BLOCKS = (1, 2, 2, 4)

_MULTIPLES: dict[str, Callable[[Mapping[str, Any]], int]] = {
    "UNet": lambda arguments: int(np.prod(arguments["strides"])),
    "BasicUNet": lambda _arguments: _BASIC_UNET_MULTIPLE,
    "SegResNet": lambda arguments: int(
        2 ** (len(arguments.get("blocks_down", _SEGRESNET_BLOCKS)) - 1)
    ),
    "SwinUNETR": lambda _arguments: _SWIN_MULTIPLE,
}


def monai_names() -> tuple[str, ...]:
    """Return the classes of ``monai.networks.nets`` that are allowed."""
    return tuple(sorted(_MULTIPLES))


def size_multiple(name: str, arguments: Mapping[str, Any]) -> int:
    """Return what the input's sizes must be multiples of.

    Raises
    ------
    KeyError
        The class is not allowed, or an argument it needs is missing.
    """
    return _MULTIPLES[name](arguments)


def build_monai(name: str, arguments: Mapping[str, Any]) -> nn.Module:
    """Build a network by its class name.

    Raises
    ------
    ValueError
        The class is not allowed.
    TypeError
        It refuses the arguments.
    """
    if name not in _MULTIPLES:
        message = f"MONAI network '{name}' is not on the allow-list {monai_names()}."
        raise ValueError(message)
    from monai.networks import nets  # lazy: takes a second, and most models need none of it

    network: nn.Module = getattr(nets, name)(**arguments)
    return network
