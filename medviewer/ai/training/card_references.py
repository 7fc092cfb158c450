"""What a card refers inputs and maps to: the gate's statistics and the saliency's scale."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from scipy.stats import spearmanr

from medviewer.ai import saliency
from medviewer.ai.gate_reference import GateReference
from medviewer.ai.input_gate import descriptor, descriptor_distance, fit_gate
from medviewer.core.errors import InferenceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import nn

    from medviewer.ai.model_card import ModelCard, SaliencySpec
    from medviewer.ai.saliency import Score
    from medviewer.ai.training.recipe import Case, Recipe

_EXTRA_MARGIN = 1.25
_N_MAPS = 8
_N_CORRELATED = 3
_SMALLEST_CROP = 0.8
_SEED = 11


def gate_reference(
    recipe: Recipe,
    seen: Sequence[Case],
    unseen: Sequence[Case],
    ranges: dict[str, tuple[float, float]],
) -> GateReference:
    """Learn what inputs look like, crops and mirror images among them.

    Parameters
    ----------
    recipe : Recipe
        Prepares the cases.
    seen, unseen : sequence of Case
        Cases that trained, and others that set the threshold.
    ranges : dict of str to tuple of float
        Accepted sizes and spacings.

    Returns
    -------
    GateReference
        With the share of unseen cases, plain and varied, that it would refuse; the ranges alone
        where the recipe's cases do not look alike (crops and whole chests).
    """
    if not recipe.is_look_alike:
        return GateReference(ranges)
    rng = np.random.default_rng(_SEED)
    plain = [recipe.tensor(case) for case in seen]
    images = plain + [_varied(values, rng) for values in plain]
    others = [recipe.tensor(case) for case in unseen]
    varied = [_varied(values, rng) for values in others]
    reference = fit_gate(images, others + varied, ranges)
    threshold = round(reference.distance_threshold * _EXTRA_MARGIN, 4)
    reference = replace(reference, distance_threshold=threshold)
    measured = {"n_unseen": float(len(others))}
    for name, group in (("false_refusals", others), ("false_refusals_varied", varied)):
        measured[name] = _refused(group, reference)
    measured["caught_noise"] = _refused(
        [rng.normal(0, 1, values.shape).astype(np.float32) for values in others], reference
    )
    upside = [np.ascontiguousarray(values[::-1]) for values in others]
    measured["caught_upside_down"] = _refused(upside, reference)
    return replace(reference, measured=measured)


def saliency_reference(
    card: ModelCard, network: nn.Module, recipe: Recipe, cases: Sequence[Case]
) -> SaliencySpec | None:
    """Return the card's saliency entry with the scale and the checks of its maps.

    Parameters
    ----------
    card : ModelCard
        Names the layer.
    network : torch.nn.Module
        As shipped.
    recipe : Recipe
        Prepares the cases.
    cases : sequence of Case
        Reference set; the first 8 are used.

    Returns
    -------
    SaliencySpec or None
        ``None`` where the card names no layer.
    """
    spec = card.saliency
    if spec is None:
        return None
    scrambled = _scrambled(network)
    reference, correlations = {}, []
    for label in card.labels:
        maps = []
        for case in cases[:_N_MAPS]:
            tensor = torch.from_numpy(recipe.tensor(case))[None, None]
            score = _score(network, tensor, card, label.number)
            found = _map(network, tensor, card, score)
            if found is None:
                continue
            maps.append(found)
            other = _map(scrambled, tensor, card, score)
            if len(maps) <= _N_CORRELATED and other is not None:
                correlations.append(_rank_correlation(found, other))
        value = saliency.reference_percentile(maps, spec.percentile) if maps else 0.0
        if value > 0:
            reference[label.name] = float(value)

    def explain(tensor: torch.Tensor, number: int) -> np.ndarray | None:
        return _map(network, tensor, card, _score(network, tensor, card, number))

    checks = recipe.pointing_game(explain, cases)
    known = [value for value in correlations if np.isfinite(value)]
    if known:
        checks["randomised_rank_correlation"] = float(np.mean(known))
    return replace(spec, reference=reference, checks=checks)


def _score(network: nn.Module, tensor: torch.Tensor, card: ModelCard, number: int) -> Score:
    """Return what is explained of a label; a segment's mask is that of the network as shipped."""
    if card.task != "segmentation":
        return saliency.class_score(number - 1)
    with torch.inference_mode():
        mask = network(tensor).argmax(1, keepdim=True) == number
    return saliency.segment_score(number, mask.clone())


def _map(
    network: nn.Module, tensor: torch.Tensor, card: ModelCard, score: Score
) -> np.ndarray | None:
    """Return the map of a score; ``None`` where there is nothing to explain."""
    if card.saliency is None:
        return None
    try:
        return saliency.activation_map(
            network, tensor, card.saliency.layer, score, card.saliency.method
        )
    except InferenceError:
        return None


def _rank_correlation(first: np.ndarray, second: np.ndarray) -> float:
    """Return the size of Spearman's correlation; NaN where a map is constant."""
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return float("nan")
    return abs(float(spearmanr(first.ravel(), second.ravel())[0]))


def _scrambled(network: nn.Module) -> nn.Module:
    """Return a copy whose weights are shuffled within each layer."""
    result = copy.deepcopy(network)
    generator = torch.Generator().manual_seed(_SEED)
    with torch.no_grad():
        for parameter in result.parameters():
            order = torch.randperm(parameter.numel(), generator=generator)
            parameter.copy_(parameter.flatten()[order].reshape(parameter.shape))
    return result


def _varied(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a mirrored, cropped, brighter or darker copy, of the original's size."""
    share = rng.uniform(_SMALLEST_CROP, 1.0, values.ndim)
    cut = []
    for size, part in zip(values.shape, share, strict=True):
        length = max(1, round(size * part))
        start = int(rng.integers(0, size - length + 1))
        cut.append(slice(start, start + length))
    inner = torch.from_numpy(np.ascontiguousarray(values[tuple(cut)]))[None, None]
    mode = "trilinear" if values.ndim == 3 else "bilinear"
    grown = torch.nn.functional.interpolate(inner, values.shape, mode=mode, align_corners=False)
    result = grown[0, 0].numpy() * rng.uniform(0.85, 1.15) + rng.uniform(-0.15, 0.15)
    return np.ascontiguousarray(result[..., ::-1] if rng.random() < 0.5 else result, np.float32)


def _refused(images: Sequence[np.ndarray], reference: GateReference) -> float:
    distances = [descriptor_distance(descriptor(values), reference) for values in images]
    return float(np.mean(np.asarray(distances) > reference.distance_threshold))
