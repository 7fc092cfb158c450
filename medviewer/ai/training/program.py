"""`train_from_config`: cross-validated members, out-of-fold predictions, one ensemble."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import torch

from medviewer.ai.networks.ensemble import Ensemble
from medviewer.ai.training.config import TrainingConfig, read_config
from medviewer.ai.training.kept import write_predictions
from medviewer.ai.training.recipes import make_recipe
from medviewer.ai.training.splits import VALIDATION, is_in_share, split_hash
from medviewer.ai.training.trainer import MemberPlan, fit_member
from medviewer.ai.training.weights_file import write_weights

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import nn

    from medviewer.ai.training.recipe import Case, Prediction, Recipe
    from medviewer.core.tasks import TaskContext

logger = logging.getLogger(__name__)

CURVE_FILE = "curve.json"
_SEED_STEP = 1000


def _train_fold(
    recipe: Recipe,
    config: TrainingConfig,
    cases: Sequence[Case],
    place: tuple[Path, int],
    context: TaskContext,
) -> nn.Module:
    """Return the member that never saw one fold nor the validation part."""
    out, fold = place
    rest = training_part(recipe, config, cases, fold)
    span = (fold / config.n_folds, (fold + 1) / config.n_folds)
    plan = MemberPlan(rest, out / f"fold-{fold}", config.seed + _SEED_STEP * fold, span)
    logger.info("fold %d: %d cases", fold, len(rest))
    return fit_member(recipe, config, plan, context)


def training_part(
    recipe: Recipe, config: TrainingConfig, cases: Sequence[Case], fold: int
) -> list[Case]:
    """Return the cases that one member trains on."""
    return [
        case
        for case in cases
        if recipe.fold_of(case, config.n_folds) not in (fold, VALIDATION)
        and is_in_share(case.patient, config.share)
    ]


def shipped_network(recipe: Recipe, n_folds: int) -> tuple[str, dict[str, Any]]:
    """Return name and parameters of the network that a model card names."""
    name, parameters = recipe.network_spec()
    specification: dict[str, Any] = {
        "members": recipe.n_members(n_folds),
        "activation": recipe.activation,
        "mirror": recipe.mirror,
        "network": name,
        "parameters": parameters,
    }
    if recipe.shift:
        specification["shift"] = True
    return recipe.shipped_spec("ensemble", specification)


def as_shipped(recipe: Recipe, members: Sequence[nn.Module]) -> nn.Module:
    """Return trained members as one network, in the form in which it is shipped."""
    passes = {"mirror": recipe.mirror, "shift": recipe.shift}
    ensemble = Ensemble(list(members), recipe.activation, **passes)
    return recipe.wrap(ensemble).eval()


def _cross_validate(
    recipe: Recipe,
    config: TrainingConfig,
    cases: Sequence[Case],
    place: tuple[Path, int],
    context: TaskContext,
) -> tuple[list[nn.Module], dict[str, Prediction]]:
    """Train the members of the first folds; return them and their out-of-fold predictions."""
    out, n_folds = place
    members: list[nn.Module] = []
    kept: dict[str, Prediction] = {}
    for fold in range(n_folds):
        member = _train_fold(recipe, config, cases, (out, fold), context)
        members.append(member)
        unseen = [c for c in cases if recipe.fold_of(c, config.n_folds) == fold]
        answers = recipe.predict(as_shipped(recipe, [member]), unseen)
        kept |= dict(zip([case.name for case in unseen], answers, strict=True))
        logger.info("fold %d: %s", fold, headline(recipe, unseen, kept))
    return members, kept


def fit(
    recipe: Recipe,
    config: TrainingConfig,
    cases: Sequence[Case],
    out: Path,
    context: TaskContext,
) -> dict[str, Any]:
    """Train one member for each fold, keep its predictions, and write the ensemble.

    Parameters
    ----------
    recipe : Recipe
        The task.
    config : TrainingConfig
        Folds, steps, seed.
    cases : sequence of Case
        Every annotated case; the validation part is left alone.
    out : Path
        Run folder: checkpoints, `cv.npz`, `validation.npz`, `weights.safetensors`, `run.json`.
    context : TaskContext
        Progress and cancellation.

    Returns
    -------
    dict
        Scores of the out-of-fold (``cv``) and of the ``validation`` predictions.
    """
    members, kept = _cross_validate(recipe, config, cases, (out, config.n_folds), context)
    network = as_shipped(recipe, recipe.merge(members))
    write_weights(out / "weights.safetensors", network)
    seen = [case for case in cases if case.name in kept]
    held = [case for case in cases if recipe.fold_of(case, config.n_folds) == VALIDATION]
    answers = dict(zip([c.name for c in held], recipe.predict(network, held), strict=True))
    write_predictions(out / "cv.npz", kept)
    write_predictions(out / "validation.npz", answers)
    scores: dict[str, Any] = {
        "cv": recipe.score(seen, [kept[c.name] for c in seen]),
        "validation": recipe.score(held, [answers[c.name] for c in held]) if held else None,
        "split_sha256": split_hash([c.patient for c in cases], config.n_folds),
    }
    (out / "run.json").write_text(json.dumps(scores, indent=1, default=float), encoding="utf-8")
    for part in ("cv", "validation") if held else ("cv",):
        logger.info("%s %s", part, json.dumps(scores[part]["metrics"], default=float))
    return scores


def headline(
    recipe: Recipe, cases: Sequence[Case], kept: dict[str, Prediction]
) -> dict[str, float]:
    """Return the plain values of a fold's metrics, for the log."""
    metrics = recipe.score(cases, [kept[case.name] for case in cases])["metrics"]
    return {name: round(float(entry["value"]), 4) for name, entry in metrics.items()}


def learning_curve(
    recipe: Recipe,
    config: TrainingConfig,
    cases: Sequence[Case],
    place: tuple[Path, Sequence[float]],
    context: TaskContext,
) -> list[dict[str, Any]]:
    """Train on parts of the patients and keep the headline metric of each.

    Parameters
    ----------
    recipe : Recipe
        The task.
    config : TrainingConfig
        As for the whole data; `curve_steps` and `curve_folds` make it shorter.
    cases : sequence of Case
        Every annotated case.
    place : (Path, sequence of float)
        Run folder, which receives `curve.json`, and the parts of the patients.
    context : TaskContext
        Progress and cancellation.

    Returns
    -------
    list of dict
        ``n_patients`` that a member trained on, its ``steps`` and the out-of-fold ``metric``.
    """
    out, shares = place
    n_folds = config.curve_folds or config.n_folds
    if config.curve_steps:
        config = replace(config, steps=config.curve_steps, restarts=[])
    points = []
    for share in shares:
        part = replace(config, share=share)
        where = (out / f"share-{share:g}", n_folds)
        _, kept = _cross_validate(recipe, part, cases, where, context)
        seen = [case for case in cases if case.name in kept]
        scores = recipe.score(seen, [kept[case.name] for case in seen])
        sizes = [
            len({case.patient for case in training_part(recipe, part, cases, fold)})
            for fold in range(n_folds)
        ]
        point = {"n_patients": round(sum(sizes) / len(sizes)), "steps": part.steps}
        points.append(point | {"metric": scores["metrics"][recipe.headline]})
    (out / CURVE_FILE).write_text(json.dumps(points, indent=1, default=float), encoding="utf-8")
    return points


def train_from_config(
    path: Path, data: Path, out: Path, context: TaskContext, shares: Sequence[float] = ()
) -> dict[str, Any]:
    """Train a model by its recipe file; run again after an interruption, it continues.

    Parameters
    ----------
    path : Path
        `train.yaml`.
    data : Path
        The data folder.
    out : Path
        Run folder, made if needed.
    context : TaskContext
        Progress and cancellation.
    shares : sequence of float
        Parts of the patients for a learning curve beside the model.

    Returns
    -------
    dict
        Scores, as in :func:`fit`.
    """
    out.mkdir(parents=True, exist_ok=True)
    config = read_config(path)
    recipe = make_recipe(config, path.parent.parent)
    was_deterministic = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(mode=True, warn_only=True)
    # Else every new tensor is first filled with NaN, which costs a fifth of a step.
    filling: Any = torch.utils.deterministic  # its stub lacks the switch
    was_filled, filling.fill_uninitialized_memory = filling.fill_uninitialized_memory, False
    try:
        cases = recipe.load(data)
        scores = fit(recipe, config, cases, out, context)
        if shares:
            learning_curve(recipe, config, cases, (out, shares), context)
        return scores
    finally:
        torch.use_deterministic_algorithms(mode=was_deterministic)
        filling.fill_uninitialized_memory = was_filled
