"""`evaluate`: the figures of a model's card from its kept predictions or its weights."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from medviewer.ai.networks import build_network
from medviewer.ai.registry import bundled_folder
from medviewer.ai.training.config import read_config
from medviewer.ai.training.kept import read_predictions
from medviewer.ai.training.program import shipped_network
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
    folder = (models or bundled_folder()) / model_id
    config, recipe = open_recipe(folder)
    cases = recipe.load(data)
    context.checkpoint(0.2, "evaluate.loaded")
    kept = read_predictions(folder / KEPT_FILE)
    seen = [case for case in cases if case.name in kept]
    _check_split(recipe, cases, seen, config)
    recipe.fit_calibration(seen, [kept[case.name] for case in seen])
    if split == "cv":
        chosen, predictions = seen, [kept[case.name] for case in seen]
    else:
        chosen = [c for c in cases if recipe.fold_of(c, config.n_folds) == VALIDATION]
        predictions = _predict(shipped(folder, recipe, config), recipe, chosen, context)
    if not chosen:
        message = f"Model '{model_id}' has no validation part: its scans are too few to divide."
        raise TrainingError(message, hint="Evaluate the split 'cv'.")
    scores = recipe.score(chosen, predictions)
    metrics = dict(scores["metrics"])
    metrics |= recipe.calibration_metrics(chosen, predictions, is_cv=split == "cv")
    document = {
        "schema": "medviewer.evaluation/1",
        "model": model_id,
        "split": split,
        "explanation": _EXPLANATIONS[split],
        "weights_sha256": hashlib.sha256((folder / WEIGHTS_FILE).read_bytes()).hexdigest(),
        "split_sha256": split_hash([case.patient for case in cases], config.n_folds),
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
    context.checkpoint(1.0, "evaluate.done")
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


def _check_split(
    recipe: Recipe, cases: Sequence[Case], seen: Sequence[Case], config: TrainingConfig
) -> None:
    expected = {c.name for c in cases if recipe.fold_of(c, config.n_folds) != VALIDATION}
    missing = expected - {case.name for case in seen}
    if missing or len(expected) != len(seen):
        message = (
            f"Model '{config.model}': its kept predictions lack {len(missing)} "
            f"of {len(expected)} cases."
        )
        raise TrainingError(message, hint="Train again on these data.")


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
