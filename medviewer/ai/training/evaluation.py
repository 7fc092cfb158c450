"""`evaluate`: the figures of a model's card from its kept predictions or its weights."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from medviewer.ai.networks import build_network
from medviewer.ai.registry import bundled_folder
from medviewer.ai.training.config import read_config
from medviewer.ai.training.kept import read_predictions
from medviewer.ai.training.program import CURVE_FILE, shipped_network
from medviewer.ai.training.recipes import make_recipe
from medviewer.ai.training.report import picture_grid, write_report
from medviewer.ai.training.splits import VALIDATION, split_hash
from medviewer.ai.weights import read_tensors
from medviewer.core.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import nn

    from medviewer.ai.training.config import TrainingConfig
    from medviewer.ai.training.recipe import Case, Prediction, Recipe
    from medviewer.core.tasks import TaskContext

Split = Literal["cv", "validation"]

WEIGHTS_FILE = "weights.safetensors"
KEPT_FILE = "cv.npz"
_BLOCK = 16
_SHOWN = 4
_SMALLEST_GROUP = 8
_EXPLANATIONS = {
    "cv": "Out-of-fold predictions: every case by the member that never saw its patient.",
    "validation": "The shipped weights on patients that no member ever saw.",
}


def evaluate(
    model_id: str,
    data: Path,
    split: Split,
    report_dir: Path,
    context: TaskContext,
    *,
    models: Path | None = None,
) -> dict[str, Any]:
    """Measure a model and write the report.

    Parameters
    ----------
    model_id : str
        Name of the model's folder.
    data : Path
        The data folder.
    split : str
        ``cv`` reads the kept out-of-fold predictions; ``validation`` runs the shipped weights.
    report_dir : Path
        Receives `report.json`, `report.html` and `grid.png`.
    context : TaskContext
        Progress and cancellation.
    models : Path, optional
        Folder of the models; the bundled ones by default.

    Returns
    -------
    dict
        The report's content.

    Raises
    ------
    TrainingError
        The model has no recipe here, or its kept predictions lack a case.
    """
    subject = open_subject((models or bundled_folder()) / model_id, data)
    context.checkpoint(0.2, "evaluate.loaded")
    document = measure(subject, split, report_dir, context)
    context.checkpoint(1.0, "evaluate.done")
    return document


@dataclass(frozen=True)
class Subject:
    """A model's folder, opened for evaluation.

    Attributes
    ----------
    folder : Path
        The model's folder.
    config : TrainingConfig
        How it was trained.
    recipe : Recipe
        Its task, with the calibration fitted on the kept predictions.
    cases : list of Case
        Every annotated case.
    kept : dict of str to Prediction
        Out-of-fold predictions by case.
    """

    folder: Path
    config: TrainingConfig
    recipe: Recipe
    cases: list[Case]
    kept: dict[str, Prediction]

    def seen(self) -> list[Case]:
        """Return the cases that trained a member."""
        return [case for case in self.cases if case.name in self.kept]

    def unseen(self) -> list[Case]:
        """Return the validation part."""
        folds = self.config.n_folds
        return [c for c in self.cases if self.recipe.fold_of(c, folds) == VALIDATION]


def open_subject(folder: Path, data: Path) -> Subject:
    """Read cases and kept predictions of a model, and fit its calibration.

    Raises
    ------
    TrainingError
        The model has no recipe here, or its kept predictions lack a case.
    """
    config, recipe = open_recipe(folder)
    subject = Subject(
        folder, config, recipe, recipe.load(data), read_predictions(folder / KEPT_FILE)
    )
    seen = subject.seen()
    expected = {case.name for case in subject.cases} - {case.name for case in subject.unseen()}
    missing = expected - {case.name for case in seen}
    if missing or len(expected) != len(seen):
        message = (
            f"Model '{config.model}': its kept predictions lack {len(missing)} "
            f"of {len(expected)} cases."
        )
        raise TrainingError(message, hint="Train again on these data.")
    recipe.fit_calibration(seen, [subject.kept[case.name] for case in seen])
    return subject


def measure(
    subject: Subject, split: Split, report_dir: Path, context: TaskContext
) -> dict[str, Any]:
    """Score one split and write the report.

    Parameters
    ----------
    subject : Subject
        The opened model.
    split : str
        ``cv`` or ``validation``.
    report_dir : Path
        Receives the report.
    context : TaskContext
        Progress and cancellation.

    Returns
    -------
    dict
        The report's content.

    Raises
    ------
    TrainingError
        There is no validation part.
    """
    recipe, config = subject.recipe, subject.config
    if split == "cv":
        chosen = subject.seen()
        predictions = [subject.kept[case.name] for case in chosen]
    else:
        chosen = subject.unseen()
        if not chosen:
            message = f"Model '{config.model}' has no validation part: too few scans to divide."
            raise TrainingError(message, hint="Evaluate the split 'cv'.")
        network = shipped(subject.folder, recipe, config)
        predictions = _predict(network, recipe, chosen, context)
    scores = recipe.score(chosen, predictions)
    metrics = dict(scores["metrics"])
    metrics |= recipe.calibration_metrics(chosen, predictions, is_cv=split == "cv")
    metrics |= _subgroup_metrics(recipe, chosen, predictions)
    if split == "cv":
        metrics |= _curve_metrics(subject.folder, recipe.headline, config.steps)
    weights = (subject.folder / WEIGHTS_FILE).read_bytes()
    document = {
        "schema": "medviewer.evaluation/1",
        "model": subject.folder.name,
        "split": split,
        "explanation": _EXPLANATIONS[split],
        "weights_sha256": hashlib.sha256(weights).hexdigest(),
        "split_sha256": split_hash([case.patient for case in subject.cases], config.n_folds),
        "labels": list(recipe.labels),
        "n_folds": config.n_folds,
        "n_patients": len({case.patient for case in chosen}),
        "metrics": metrics,
        "cases": scores["cases"],
    }
    pictures = _pictures(recipe, chosen, predictions, scores["cases"])
    write_report(report_dir, document, pictures)
    shown = [picture for group in pictures.values() for _, picture in group]
    if shown:
        picture_grid(shown, _SHOWN, 256).save(report_dir / "grid.png")
    return document


def open_recipe(folder: Path) -> tuple[TrainingConfig, Recipe]:
    """Return configuration and recipe of a model's folder.

    Raises
    ------
    TrainingError
        The folder has no `train.yaml`.
    """
    path = folder / "train.yaml"
    if not path.is_file():
        message = f"Model '{folder.name}' has no train.yaml."
        raise TrainingError(message, hint="Only models trained by this program can be evaluated.")
    config = read_config(path)
    return config, make_recipe(config, folder.parent)


def shipped(folder: Path, recipe: Recipe, config: TrainingConfig) -> nn.Module:
    """Build the shipped network and load its weights."""
    path = folder / WEIGHTS_FILE
    name, parameters = shipped_network(recipe, config.n_folds)
    network = build_network(name, parameters)
    tensors = read_tensors(path, hashlib.sha256(path.read_bytes()).hexdigest())
    network.load_state_dict(
        {
            key: value.float() if value.is_floating_point() else value
            for key, value in tensors.items()
        }
    )
    return network.eval()


def _subgroup_metrics(
    recipe: Recipe, cases: Sequence[Case], predictions: Sequence[Prediction]
) -> dict[str, dict[str, float]]:
    """Return the headline metric in every subgroup that has enough cases to tell."""
    groups: dict[str, list[int]] = {}
    for index, case in enumerate(cases):
        for name in recipe.subgroups(case):
            groups.setdefault(name, []).append(index)
    result = {}
    for name, members in sorted(groups.items()):
        if len(members) >= _SMALLEST_GROUP:
            scores = recipe.score([cases[i] for i in members], [predictions[i] for i in members])
            result[f"{recipe.headline}_{name}"] = scores["metrics"][recipe.headline]
    return result


def _curve_metrics(folder: Path, headline: str, steps: int) -> dict[str, dict[str, float]]:
    """Return the learning curve: the headline metric of members that learned from fewer."""
    path = folder / CURVE_FILE
    points = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    metrics = {}
    for point in points:
        shorter = "" if point["steps"] == steps else f", {point['steps']} steps"
        name = f"{headline}_trained on {point['n_patients']} patients{shorter}"
        metrics[name] = point["metric"]
    return metrics


def _predict(
    network: nn.Module, recipe: Recipe, cases: Sequence[Case], context: TaskContext
) -> list[Prediction]:
    predictions: list[Prediction] = []
    for start in range(0, len(cases), _BLOCK):
        context.checkpoint(0.2 + 0.7 * start / max(len(cases), 1), "evaluate.predict")
        predictions += recipe.predict(network, cases[start : start + _BLOCK])
    return predictions


def _pictures(
    recipe: Recipe,
    cases: Sequence[Case],
    predictions: Sequence[Prediction],
    rows: Sequence[dict[str, Any]],
) -> dict[str, list[tuple[str, np.ndarray]]]:
    """Return pictures of the best, the middle and the worst cases."""
    quality = np.asarray([recipe.quality(row) for row in rows], float)
    order = np.argsort(-np.nan_to_num(quality, nan=-np.inf), kind="stable")
    middle = max(len(order) // 2 - _SHOWN // 2, 0)
    groups = {
        "good": order[:_SHOWN],
        "median": order[middle : middle + _SHOWN],
        "worst": order[::-1][:_SHOWN],
    }
    return {
        name: [
            (f"{cases[i].name}: {quality[i]:.3f}", recipe.picture(cases[i], predictions[i]))
            for i in indices
        ]
        for name, indices in groups.items()
    }
