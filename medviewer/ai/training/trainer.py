"""The one training loop: resumable, deterministic by seed, cancellable at every step."""

from __future__ import annotations

import copy
import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from medviewer.ai.networks import build_network
from medviewer.ai.training.checkpoints import read_checkpoint, write_checkpoint
from medviewer.core.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from medviewer.ai.training.config import TrainingConfig
    from medviewer.ai.training.recipe import Case, Recipe
    from medviewer.core.tasks import TaskContext

logger = logging.getLogger(__name__)

_CHECKPOINT_SECONDS = 120.0
_GRADIENT_LIMIT = 12.0
_WARM_UP = 0.08
_AVERAGE_DECAY = 0.99
_LOG_EVERY = 25
_FEWEST_CASES = 4


@dataclass(frozen=True)
class MemberPlan:
    """One member of an ensemble: its cases, where it is written and its seed.

    Attributes
    ----------
    cases : sequence of Case
        What it trains on.
    folder : Path
        Receives `checkpoint.pt` and, at the end, `weights.pt`.
    seed : int
        Of weights and batches.
    span : tuple of float
        Share of the whole task's progress, from and to.
    """

    cases: Sequence[Case]
    folder: Path
    seed: int
    span: tuple[float, float] = (0.0, 1.0)


def _choose_device() -> torch.device:
    """Return the GPU where one is usable, else the processor."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


class _State:
    """Network, its running average and its optimiser, as one checkpointable thing."""

    def __init__(self, recipe: Recipe, config: TrainingConfig, seed: int) -> None:
        torch.manual_seed(seed)
        name, parameters = recipe.network_spec()
        self.device = _choose_device()
        self.network = build_network(name, parameters)
        recipe.initialise(self.network)
        dimensions = int(parameters.get("dimensions", 2))
        layout = torch.channels_last_3d if dimensions == 3 else torch.channels_last
        self.network = self.network.to(self.device)
        _arrange(self.network, layout)
        self.average = copy.deepcopy(self.network)
        groups = recipe.parameter_groups(self.network, config.learning_rate)
        self.peaks = [float(group["lr"]) for group in groups]
        self.optimiser = torch.optim.AdamW(groups, weight_decay=config.weight_decay)
        self.step = 0
        self.losses: list[float] = []
        self.ends: list[dict[str, torch.Tensor]] = []
        """Averaged weights at the ends of the earlier cycles that count."""

    def restore(self, path: Path) -> None:
        stored = read_checkpoint(path)
        if stored is None:
            return
        self.network.load_state_dict(stored["network"])
        self.average.load_state_dict(stored["average"])
        self.optimiser.load_state_dict(stored["optimiser"])
        self.step = int(stored["step"])
        self.losses = [float(value) for value in stored["losses"]]
        self.ends = stored.get("ends", [])
        logger.info("resumed at step %d", self.step)

    def save(self, path: Path) -> None:
        stored: dict[str, Any] = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.step,
            "losses": self.losses,
            "ends": self.ends,
        }
        write_checkpoint(path, stored)

    def schedule(self, config: TrainingConfig) -> None:
        if self.step in config.restarts:
            kept = [*self.ends, copy.deepcopy(self.average.state_dict())]
            self.ends = kept[len(kept) + 1 - config.mean_of_cycles :]
            self.network.load_state_dict(self.average.state_dict())
            self.optimiser.state.clear()
        start = max((step for step in config.restarts if step <= self.step), default=0)
        end = min((step for step in config.restarts if step > self.step), default=config.steps)
        n_steps, step = end - start, self.step - start
        done = step / max(n_steps, 1)
        if done < _WARM_UP:
            factor = (step + 1) / (_WARM_UP * n_steps + 1)
        else:
            factor = 0.5 * (1 + np.cos(np.pi * (done - _WARM_UP) / (1 - _WARM_UP))) + 0.003
        for group, peak in zip(self.optimiser.param_groups, self.peaks, strict=True):
            group["lr"] = peak * float(factor)

    @torch.no_grad()
    def update_average(self) -> None:
        decay = min(_AVERAGE_DECAY, (1 + self.step) / (10 + self.step))
        for mean, value in zip(
            self.average.state_dict().values(), self.network.state_dict().values(), strict=True
        ):
            if mean.dtype.is_floating_point:
                mean.lerp_(value, 1 - decay)
            else:
                mean.copy_(value)

    @torch.no_grad()
    def mean_of_cycles(self) -> nn.Module:
        """Return the averaged network, with the ends of the earlier cycles that count in it."""
        network = copy.deepcopy(self.average)
        for number, end in enumerate(self.ends, start=2):
            for name, mean in network.state_dict().items():
                if mean.dtype.is_floating_point:
                    mean.lerp_(end[name].to(mean), 1 / number)
        return network


def _arrange(network: nn.Module, layout: torch.memory_format) -> None:
    """Lay the weights out in memory, for kernels that profit from it."""
    wanted = {torch.channels_last: 4, torch.channels_last_3d: 5}.get(layout)
    for parameter in network.parameters():
        if wanted in (None, parameter.ndim):
            parameter.data = parameter.data.contiguous(memory_format=layout)


def _to_device(values: Any, device: torch.device) -> Any:
    """Move a tensor or a nest of them."""
    if isinstance(values, torch.Tensor):
        return values.to(device)
    if isinstance(values, dict):
        return {key: _to_device(value, device) for key, value in values.items()}
    return values


def _train_step(state: _State, recipe: Recipe, plan: MemberPlan, config: TrainingConfig) -> float:
    rng = np.random.default_rng((plan.seed, state.step))
    torch.manual_seed(plan.seed * 1_000_003 + state.step)
    state.schedule(config)
    inputs, targets = recipe.draw(plan.cases, config.batch_size, rng)
    loss = recipe.loss(
        state.network(_to_device(inputs, state.device)), _to_device(targets, state.device)
    )
    state.optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]  # torch's method carries no annotations
    nn.utils.clip_grad_norm_(state.network.parameters(), _GRADIENT_LIMIT)
    state.optimiser.step()
    state.step += 1
    state.update_average()
    return float(loss.detach())


def fit_member(
    recipe: Recipe, config: TrainingConfig, plan: MemberPlan, context: TaskContext
) -> nn.Module:
    """Train one network, or continue from its checkpoint, and return its running average.

    Parameters
    ----------
    recipe : Recipe
        Batches and loss.
    config : TrainingConfig
        Steps, batch size, learning rate.
    plan : MemberPlan
        Cases, folder and seed.
    context : TaskContext
        Told of the progress after every step; a cancellation keeps the checkpoint.

    Returns
    -------
    torch.nn.Module
        In evaluation mode on the processor.

    Raises
    ------
    TrainingError
        Fewer than four cases, or the loss is no longer a number.
    """
    if len(plan.cases) < _FEWEST_CASES:
        message = f"{len(plan.cases)} cases to train on; at least {_FEWEST_CASES} are needed."
        raise TrainingError(message, hint="Annotate more cases.")
    state = _State(recipe, config, plan.seed)
    path = plan.folder / "checkpoint.pt"
    state.restore(path)
    state.network.train()
    saved = time.monotonic()
    try:
        while state.step < config.steps:
            value = _train_step(state, recipe, plan, config)
            if not np.isfinite(value):
                message = f"The loss is {value} at step {state.step}."
                raise TrainingError(message, hint="Lower the learning rate.")
            state.losses.append(value)
            if state.step % _LOG_EVERY == 0:
                logger.info("step %d loss %.4f", state.step, np.mean(state.losses[-_LOG_EVERY:]))
            if time.monotonic() - saved > _CHECKPOINT_SECONDS:
                state.save(path)
                saved = time.monotonic()
            share = state.step / config.steps
            context.checkpoint(
                plan.span[0] + share * (plan.span[1] - plan.span[0]), "training.step"
            )
    finally:
        if np.isfinite(state.losses[-1:]).all():
            state.save(path)
    network = state.mean_of_cycles().to("cpu").eval()
    _arrange(network, torch.contiguous_format)
    return network
