"""What a model's recipe gives to the one training program."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from medviewer.ai.training.splits import fold_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import torch
    from torch import nn


@dataclass(frozen=True)
class Case:
    """One annotated image in memory.

    Attributes
    ----------
    name : str
        File name without its folder; unique in the data set.
    patient : str
        Key by which the data are split.
    arrays : dict of str to array
        What the recipe trains on.
    facts : dict
        Labels and subgroup values (age band, sex, view, ...).
    """

    name: str
    patient: str
    arrays: dict[str, np.ndarray] = field(repr=False)
    facts: dict[str, Any] = field(default_factory=dict)


Explain = Callable[["torch.Tensor", int], "np.ndarray | None"]
"""From an input and a label's number to the map that explains it."""

Prediction = dict[str, "np.ndarray"]
"""What is kept of one case's prediction: small arrays by name."""


class Recipe(Protocol):
    """Data, network, loss, prediction and score of one model."""

    activation: str
    mirror: bool
    shift: bool
    """Whether images moved by a voxel are averaged as well (networks at half resolution)."""
    labels: tuple[str, ...]
    headline: str
    """The metric that stands for the model."""
    is_look_alike: bool
    """Whether all inputs look alike, so that the gate can refuse what does not."""

    def network_spec(self) -> tuple[str, dict[str, Any]]:
        """Return the network's name on the allow-list and its parameters."""

    def n_members(self, n_folds: int) -> int:
        """Return the number of members that are shipped."""

    def merge(self, members: Sequence[nn.Module]) -> Sequence[nn.Module]:
        """Return the members to ship, made of one for each fold."""

    def wrap(self, network: nn.Module) -> nn.Module:
        """Return the network as it is shipped: with what it needs around it."""

    def shipped_spec(self, name: str, parameters: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return name and parameters of :meth:`wrap` around a network of that description."""

    def load(self, data: Path) -> list[Case]:
        """Read every annotated case of the data folder."""

    def fold_of(self, case: Case, n_folds: int) -> int:
        """Return a case's fold, or -1 for the validation part."""

    def tensor(self, case: Case) -> np.ndarray:
        """Return a case as the network's input without batch and channel axis."""

    def read_source(self, data: Path, case: Case) -> np.ndarray:
        """Return a case's image as it is stored, by which it is recognised later."""

    def initialise(self, network: nn.Module) -> None:
        """Load pretrained weights where the recipe wants them."""

    def parameter_groups(self, network: nn.Module, rate: float) -> list[dict[str, Any]]:
        """Return the optimiser's groups with their peak learning rates."""

    def draw(self, cases: Sequence[Case], size: int, rng: np.random.Generator) -> Any:
        """Return one augmented batch: (inputs, targets)."""

    def loss(self, outputs: Any, targets: Any) -> torch.Tensor:
        """Return the scalar to minimise."""

    def predict(self, network: nn.Module, cases: Sequence[Case]) -> list[Prediction]:
        """Return what the network says of each case, exactly as at inference."""

    def score(self, cases: Sequence[Case], predictions: Sequence[Prediction]) -> Mapping[str, Any]:
        """Return the metrics with bootstrap intervals and the values of every case."""

    def subgroups(self, case: Case) -> tuple[str, ...]:
        """Return the names of the groups in which the headline metric is also measured."""

    def fit_calibration(self, cases: Sequence[Case], predictions: Sequence[Prediction]) -> None:
        """Learn from out-of-fold predictions how scores become probabilities."""

    def calibration_metrics(
        self, cases: Sequence[Case], predictions: Sequence[Prediction], *, is_cv: bool
    ) -> dict[str, dict[str, float]]:
        """Return the calibration error after the fitted calibration."""

    def observations(
        self, cases: Sequence[Case], predictions: Sequence[Prediction]
    ) -> tuple[str, ...]:
        """Return what the card says of single cases."""

    def quality(self, row: Mapping[str, Any]) -> float:
        """Return how good a case's prediction is; pictures are ordered by it."""

    def picture(self, case: Case, prediction: Prediction) -> np.ndarray:
        """Return a case with its reference (green) and its prediction (red)."""

    def pointing_game(self, explain: Explain, cases: Sequence[Case]) -> dict[str, float]:
        """Return how often the map's maximum lies in a marked box, and the control's figure."""

    def card_numbers(self) -> dict[str, Any]:
        """Return what the card says of calibration and operating points."""


class PlainRecipe:
    """Defaults of a recipe: random start, one learning rate, nothing around the network."""

    is_look_alike = True
    shift = False

    def fold_of(self, case: Case, n_folds: int) -> int:
        """Return the fold by the hash of the patient."""
        return fold_of(case.patient, n_folds)

    def tensor(self, case: Case) -> np.ndarray:
        """Return the image as float32."""
        return case.arrays["image"].astype("float32")

    def n_members(self, n_folds: int) -> int:
        """Return one member for each fold."""
        return n_folds

    def merge(self, members: Sequence[nn.Module]) -> Sequence[nn.Module]:
        """Return the members as they are."""
        return members

    def wrap(self, network: nn.Module) -> nn.Module:
        """Return the network itself."""
        return network

    def shipped_spec(self, name: str, parameters: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return the description unchanged."""
        return name, parameters

    def initialise(self, network: nn.Module) -> None:
        """Start from random weights."""

    def parameter_groups(self, network: nn.Module, rate: float) -> list[dict[str, Any]]:
        """Return one group of all parameters."""
        return [{"params": list(network.parameters()), "lr": rate}]

    def subgroups(self, case: Case) -> tuple[str, ...]:
        """Return none."""
        return ()

    def fit_calibration(self, cases: Sequence[Case], predictions: Sequence[Prediction]) -> None:
        """Calibrate nothing."""

    def calibration_metrics(
        self, cases: Sequence[Case], predictions: Sequence[Prediction], *, is_cv: bool
    ) -> dict[str, dict[str, float]]:
        """Return nothing."""
        return {}

    def pointing_game(self, explain: Explain, cases: Sequence[Case]) -> dict[str, float]:
        """Return nothing: there are no boxes."""
        return {}

    def card_numbers(self) -> dict[str, Any]:
        """Return nothing beyond the metrics."""
        return {}

    def observations(
        self, cases: Sequence[Case], predictions: Sequence[Prediction]
    ) -> tuple[str, ...]:
        """Return nothing."""
        return ()

    def quality(self, row: Mapping[str, Any]) -> float:
        """Return the case's Dice."""
        return float(row["dice"])
