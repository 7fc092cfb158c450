"""The recipe file of a model (`train.yaml`) as a value."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from medviewer.core.errors import TrainingError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class TrainingConfig:
    """How one model is trained.

    Attributes
    ----------
    model : str
        Id of the model and of its folder.
    recipe : str
        Name in :mod:`medviewer.ai.training.recipes`.
    n_folds : int
        Cross-validation folds; each gives one member of the shipped ensemble.
    steps, batch_size : int
        Optimiser steps of a member and cases in each.
    learning_rate : float
        Peak of the schedule: a short rise, then half a cosine down.
    restarts : list of int
        Steps at which the schedule starts again, from the averaged weights (Loshchilov and
        Hutter, SGDR, ICLR 2017): how a finished model is trained further.
    mean_of_cycles : int
        The member is the mean of the averaged weights at the ends of so many cycles, the last
        ones (Izmailov et al., Averaging Weights Leads to Wider Optima, UAI 2018).
    weight_decay : float
        Of AdamW.
    seed : int
        Every random number follows from it.
    share : float
        Part of the patients that may train, chosen by hash; a smaller part lies in a larger one.
    curve_steps, curve_folds : int
        Shorter training for the points of a learning curve: optimiser steps without restarts,
        and how many of the folds; 0 stands for what the model itself has.
    options : dict
        Parameters of the recipe itself.
    """

    model: str
    recipe: str
    n_folds: int = 5
    steps: int = 1000
    batch_size: int = 4
    learning_rate: float = 2e-3
    restarts: list[int] = field(default_factory=list)
    mean_of_cycles: int = 1
    weight_decay: float = 1e-4
    seed: int = 1
    share: float = 1.0
    curve_steps: int = 0
    curve_folds: int = 0
    options: dict[str, Any] = field(default_factory=dict)


def read_config(path: Path) -> TrainingConfig:
    """Read a recipe file.

    Parameters
    ----------
    path : Path
        YAML with the attributes of :class:`TrainingConfig`.

    Returns
    -------
    TrainingConfig
        The values.

    Raises
    ------
    TrainingError
        A key is unknown or one that is needed is missing.
    """
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    try:
        return TrainingConfig(**values)
    except TypeError as error:
        message = f"Recipe '{path.name}' has the keys {sorted(values)}: {error}."
        raise TrainingError(message, hint="Compare it with a bundled model's recipe.") from error
