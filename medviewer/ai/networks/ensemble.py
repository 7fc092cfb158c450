"""Several networks of one architecture that answer as one: the mean of their probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Sequence

_ACTIVATIONS = ("softmax", "sigmoid")
_SMALLEST = 1e-6
_LINEAR_OUTPUTS = ("boxes",)

Output = torch.Tensor | dict[str, torch.Tensor]


class Ensemble(nn.Module):
    """Average the members' probabilities and return them as logits.

    Parameters
    ----------
    members : sequence of torch.nn.Module
        Networks of one architecture; channel axis is 1 in their outputs.
    activation : str
        ``softmax`` over the channels or ``sigmoid`` for each channel. The output ``boxes`` of a
        detector is averaged as it is.
    mirror : bool
        Also average over the image mirrored along its last axis.
    shift : bool
        Also average over the images moved by one voxel along every axis: the grid of a network
        that works at half resolution then lies between the voxels of the first passes. For
        networks that answer on the input's grid.
    """

    def __init__(
        self,
        members: Sequence[nn.Module],
        activation: str,
        *,
        mirror: bool = False,
        shift: bool = False,
    ) -> None:
        super().__init__()
        if activation not in _ACTIVATIONS or not members:
            message = f"Ensemble of {len(members)} members with activation '{activation}'."
            raise ValueError(message)
        self.members = nn.ModuleList(members)
        self.activation = activation
        self.mirror = mirror
        self.shift = shift

    def forward(self, values: torch.Tensor, placement: torch.Tensor | None = None) -> Output:
        """Return logits whose softmax or sigmoid is the mean probability.

        Parameters
        ----------
        values : torch.Tensor, shape (batch, channels, ...)
            Input of the members.
        placement : torch.Tensor, shape (batch, 4), optional
            Handed on to members that take one.
        """
        outputs = [
            self._pass(member, values, placement, mirrored=mirrored, moved=moved)
            for member in self.members
            for mirrored in (False, True)[: 1 + self.mirror]
            for moved in (False, True)[: 1 + self.shift]
        ]
        if len(outputs) == 1:
            return outputs[0]
        first = outputs[0]
        if isinstance(first, torch.Tensor):
            return self._mean([out for out in outputs if isinstance(out, torch.Tensor)], "")
        dictionaries = [out for out in outputs if isinstance(out, dict)]
        return {key: self._mean([out[key] for out in dictionaries], key) for key in first}

    def _pass(
        self,
        member: nn.Module,
        values: torch.Tensor,
        placement: torch.Tensor | None,
        *,
        mirrored: bool,
        moved: bool,
    ) -> Output:
        """Return one member's answer to the image seen in one way, brought back."""
        axes = tuple(range(2, values.ndim))
        values = values.flip(-1) if mirrored else values
        values = values.roll((1,) * len(axes), axes) if moved else values
        places: tuple[torch.Tensor, ...] = () if placement is None else (placement,)
        if mirrored:
            places = tuple(place * place.new_tensor([-1.0, 1.0, 1.0, 1.0]) for place in places)
        output: Output = member(values, *places)
        if moved and isinstance(output, torch.Tensor):
            output = output.roll((-1,) * len(axes), axes)
        return _mirrored_back(output, values.ndim) if mirrored else output

    def _mean(self, outputs: list[torch.Tensor], name: str) -> torch.Tensor:
        """Return the mean of one output, on the scale of the members' outputs."""
        if name in _LINEAR_OUTPUTS:
            return torch.stack(outputs).mean(0)
        total = torch.zeros_like(outputs[0], dtype=torch.float32)
        for output in outputs:
            values = output.float()
            total = total + (
                values.softmax(1) if self.activation == "softmax" else values.sigmoid()
            )
        mean = (total / len(outputs)).clamp(_SMALLEST, 1 - _SMALLEST)
        return mean.log() if self.activation == "softmax" else torch.logit(mean)


def _mirrored_back(output: Output, dimensions: int) -> Output:
    """Undo the mirroring of outputs that are images themselves."""
    if isinstance(output, torch.Tensor):
        return output.flip(-1) if output.ndim == dimensions else output
    result = {key: _mirrored_back(value, dimensions) for key, value in output.items()}
    flipped = {key: value for key, value in result.items() if isinstance(value, torch.Tensor)}
    if "boxes" in flipped:
        boxes = flipped["boxes"].clone()
        boxes[:, 0] = 1 - boxes[:, 0]
        flipped["boxes"] = boxes
    return flipped
