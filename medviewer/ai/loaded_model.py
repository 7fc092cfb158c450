"""A card with its network on a device, ready to be asked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import torch

from medviewer.ai import device as devices
from medviewer.ai.precision import Precision, choose_precision
from medviewer.ai.registry import find
from medviewer.ai.weights import load_network
from medviewer.core.errors import InferenceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from torch import nn

    from medviewer.ai.device import Device
    from medviewer.ai.model_card import ModelCard
    from medviewer.ai.registry import ModelEntry


Output: TypeAlias = "torch.Tensor | dict[str, torch.Tensor]"
_WRONG_TASK = "Its card names the wrong task."


@dataclass(frozen=True, eq=False)
class LoadedModel:
    """A model in memory.

    Attributes
    ----------
    card : ModelCard
    network : torch.nn.Module
        Evaluation mode, on ``device``.
    device : Device
    precision : Precision
        Of the forward pass; the weights themselves are fp32.
    """

    card: ModelCard
    network: nn.Module
    device: Device
    precision: Precision = Precision.FP32

    @property
    def is_on_its_device(self) -> bool:
        """Whether the network still lies where it was put; a full device sends it away."""
        parameter = next(self.network.parameters(), None)
        return parameter is None or parameter.device.type == self.device.torch_device.type

    def forward(self, values: torch.Tensor) -> Output:
        """Run the network on a tensor from the processor's memory.

        Parameters
        ----------
        values : torch.Tensor, shape (1, 1, ...)
            Network values.

        Returns
        -------
        torch.Tensor or dict of str to torch.Tensor
            What the network returns, fp32, in the processor's memory.

        Raises
        ------
        DeviceMemoryError, InferenceError
            The device is full or failed.
        """
        device = self.device.torch_device
        memory_format = torch.channels_last_3d if values.ndim == 5 else torch.channels_last
        placed = values.to(device).contiguous(memory_format=memory_format)
        is_bf16 = self.precision is Precision.BF16
        autocast = torch.autocast(device.type, torch.bfloat16, enabled=is_bf16)
        with torch.inference_mode(), autocast, devices.memory_errors(self.device):
            answer = self.network(placed)
            if isinstance(answer, dict):
                return {name: value.float().cpu() for name, value in answer.items()}
            result: torch.Tensor = answer.float().cpu()
            return result

    def output(self, values: torch.Tensor) -> torch.Tensor:
        """Run a network that answers one tensor; as :meth:`forward` otherwise.

        Raises
        ------
        InferenceError
            It answers several.
        """
        answer = self.forward(values)
        if isinstance(answer, dict):
            message = f"Model '{self.card.id}' answers {_listed(answer)}, not one tensor alone."
            raise InferenceError(message, hint=_WRONG_TASK)
        return answer

    def outputs(self, values: torch.Tensor, names: Sequence[str]) -> dict[str, torch.Tensor]:
        """Run a network that answers tensors by name; as :meth:`forward` otherwise.

        Parameters
        ----------
        values : torch.Tensor, shape (1, 1, ...)
            Network values.
        names : sequence of str
            Those the task needs.

        Returns
        -------
        dict of str to torch.Tensor
            At least these.

        Raises
        ------
        InferenceError
            One of them is missing.
        """
        answer = self.forward(values)
        found = answer if isinstance(answer, dict) else {}
        if missing := [name for name in names if name not in found]:
            message = f"Model '{self.card.id}' answers no {_listed(missing)}."
            raise InferenceError(message, hint=_WRONG_TASK)
        return found


def load_model(entry_id: str, entries: Sequence[ModelEntry], device: Device) -> LoadedModel:
    """Load a model by its id.

    Parameters
    ----------
    entry_id : str
        Model id.
    entries : sequence of ModelEntry
        Of the registry.
    device : Device
        Where to put it.

    Returns
    -------
    LoadedModel
        Ready.

    Raises
    ------
    ModelCardError, WeightsError
        The model cannot be used.
    DeviceMemoryError
        It does not fit the device.
    InferenceError
        The environment asks for a precision that does not exist.
    """
    entry = find(entry_id, entries)
    card = entry.card
    if card is None:  # pragma: no cover - `find` refuses it
        raise LookupError(entry_id)
    precision = choose_precision(card, device)
    network = load_network(card, entry.folder)
    is_3d = card.input.dimensions == 3
    memory_format = torch.channels_last_3d if is_3d else torch.channels_last
    with devices.memory_errors(device):
        # torch's own annotations lack the 3-D memory format
        network = network.to(device.torch_device).to(memory_format=memory_format)  # type: ignore[call-overload]  # see above
    return LoadedModel(card, network, device, precision)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
