"""Stop a network between two of its layers: a forward pass may take seconds."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from medviewer.core.tasks import TaskCancelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from torch import nn

    from medviewer.core.tasks import TaskContext


@contextmanager
def stops_between_layers(network: nn.Module, context: TaskContext) -> Iterator[None]:
    """Let a cancellation end the network's forward pass before its next layer.

    Parameters
    ----------
    network : torch.nn.Module
        Left as it was afterwards.
    context : TaskContext
        Whose cancellation counts.

    Raises
    ------
    TaskCancelled
        Cancellation was requested while the network ran.
    """

    def check(*_anything: object) -> None:
        if context.is_cancelled:
            raise TaskCancelled

    layers = [module for module in network.modules() if not any(module.children())]
    handles = [layer.register_forward_pre_hook(check) for layer in layers]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
