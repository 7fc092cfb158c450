"""What a card's gate learns of other kinds of picture, and how often it is right."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from medviewer.ai.gate_reference import PictureContrast
from medviewer.ai.input_gate import picture_problems
from medviewer.ai.model_card import CONTRAST_GRID
from medviewer.ai.picture_contrast import content, edge_directions, likeness
from medviewer.ai.preparation import prepare_image
from medviewer.ai.training.affine import AffineRange, random_affines, sample
from medviewer.ai.training.intensity import vary_intensity, vary_sharpness

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from medviewer.ai.gate_reference import GateReference
    from medviewer.ai.model_card import InputGrid
    from medviewer.ai.preparation import PreparedImage
    from medviewer.ai.training.films import Films

_LIMITS = AffineRange(rotation_degrees=12, scale=0.25, stretch=0.2, shift=0.12, flips=(0.5, 0.5))
_N_VARIED = 4
_UNITS = 32
_EPOCHS = 20
_BATCH = 256
_RATE = 3e-3
_DROPOUT = 0.3
_MOST_REFUSED, _MOST_REFUSED_VARIED = 0.5, 1.0
"""Percent of each source's own films, plain and varied, that the contrast may refuse."""
_SMALLEST_CROP = 0.8
_SEED = 7


def contrast_gate(
    gate: GateReference, grid: InputGrid, own: str, films: tuple[Films, ...]
) -> GateReference:
    """Teach a gate to tell a model's kind of picture from the others.

    Parameters
    ----------
    gate : GateReference
        What was learned from the model's own cases.
    grid : InputGrid
        The model's.
    own : str
        The model's id.
    films : tuple of Films
        Of all models, and pictures of other kinds that belong to none; those of the model's kind
        are its examples.

    Returns
    -------
    GateReference
        With the contrast, and the shares that the whole gate refuses of its own films, plain and
        varied, of other models' films, and of each other kind of picture; unchanged where the
        model's kind is the only one, or none.
    """
    kind = next((f.kind for f in films if f.model == own), "")
    ours, others = [f for f in films if f.kind == kind], [f for f in films if f.kind != kind]
    if not ours or not others:
        return gate
    rng = np.random.default_rng(_SEED)
    contrast = _contrast_of(kind, films)
    varied = {f.model: [film_variant(picture, rng) for picture in f.unseen] for f in ours}
    lowest = min(
        float(np.percentile(_likenesses(pictures, grid, contrast), most, method="lower"))
        for f in ours
        for pictures, most in ((f.unseen, _MOST_REFUSED), (varied[f.model], _MOST_REFUSED_VARIED))
    )
    offset = math.ceil((contrast.offset - lowest) * 1000) / 1000  # the lowest itself passes
    gate = replace(gate, contrast=replace(contrast, offset=offset))
    groups = {
        "false_refusals": [p for f in ours if f.model == own for p in f.unseen],
        "false_refusals_varied": varied[own],
        "false_refusals_other_sources": [p for f in ours if f.model != own for p in f.unseen],
        "caught_other_kinds": [p for f in others if f.model for p in f.unseen],
    }
    groups |= {f"caught_{f.kind}": list(f.unseen) for f in others if not f.model}
    measured = {name: _refused(group, grid, gate) for name, group in groups.items() if group}
    counts = {
        name.replace("caught", "n"): float(len(group))
        for name, group in groups.items()
        if group and name.startswith("caught")
    }
    return replace(gate, measured=gate.measured | measured | counts)


@cache
def _contrast_of(kind: str, films: tuple[Films, ...]) -> PictureContrast:
    """Return what every model of a kind shares."""
    groups = [[_rows(f) for f in films if (f.kind == kind) is is_own] for is_own in (True, False)]
    return fit_contrast(kind, *(np.concatenate(group) for group in groups))


@cache
def _rows(films: Films) -> np.ndarray:
    """Return what is learned of films: they and their varied copies, described."""
    if not len(films.seen):
        return np.zeros((0, math.prod(CONTRAST_GRID)), np.float32)
    return described(_all_variants(films.seen, np.random.default_rng(_SEED)))


def fit_contrast(kind: str, ours: np.ndarray, others: np.ndarray) -> PictureContrast:
    """Learn to tell a kind of picture from others.

    Parameters
    ----------
    kind : str
        Its name.
    ours, others : float32 array, shape (pictures, 384)
        From :func:`described`.

    Returns
    -------
    PictureContrast
        Its likeness is 0 at equal odds.
    """
    rows = [ours, others]
    mean, scale = np.concatenate(rows).mean(0), np.concatenate(rows).std(0) + 0.01
    inputs = torch.from_numpy(np.concatenate([(r - mean) / scale for r in rows]))
    targets = torch.cat([torch.ones(len(rows[0])), torch.zeros(len(rows[1]))])
    first, last = _fitted(inputs, targets)
    matrix = first.weight.detach().double().numpy() / scale
    return PictureContrast(
        kind,
        tuple(tuple(round(float(v), 3) for v in row) for row in matrix),
        tuple(round(float(v), 3) for v in first.bias.detach().numpy() - matrix @ mean),
        tuple(round(float(v), 3) for v in last.weight.detach().numpy()[0]),
        round(float(last.bias.detach()[0]), 3),
    )


def described(pictures: Iterable[np.ndarray]) -> np.ndarray:
    """Return the edge directions of pictures, shape (pictures, 384)."""
    return np.stack([edge_directions(picture) for picture in pictures])


def film_variant(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a crop of a film as stored, down to 80 % of each side, every other one mirrored."""
    cut = []
    for size in picture.shape:
        length = max(1, round(size * rng.uniform(_SMALLEST_CROP, 1)))
        start = int(rng.integers(0, size - length + 1))
        cut.append(slice(start, start + length))
    cropped = picture[tuple(cut)]
    return cropped[:, ::-1] if rng.random() < 0.5 else cropped


def _all_variants(pictures: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return pictures and their varied copies: moved, cropped, with borders, turned, noisy."""
    black = 1.0 + torch.from_numpy(np.ascontiguousarray(pictures, np.float32))[:, None]
    sizes = pictures.shape[1:]
    result = [pictures]
    for number in range(_N_VARIED):
        affines = random_affines(_LIMITS, sizes, len(pictures), rng)
        moved = sample(black, affines, sizes, ("zeros", "border")[number % 2]) - 1
        turned = moved if number < _N_VARIED // 2 else moved.transpose(2, 3)
        result.append(vary_intensity(vary_sharpness(turned, rng, 0.2), rng, 0.25)[:, 0].numpy())
    return np.concatenate(result)


def _fitted(inputs: torch.Tensor, targets: torch.Tensor) -> tuple[nn.Linear, nn.Linear]:
    """Return the two layers of a network, trained with both classes weighing the same."""
    torch.manual_seed(_SEED)
    layers = nn.Linear(inputs.shape[1], _UNITS), nn.Linear(_UNITS, 1)
    dropouts = nn.Dropout(_DROPOUT), nn.Dropout(_DROPOUT / 2)
    network = nn.Sequential(dropouts[0], layers[0], nn.ReLU(), dropouts[1], layers[1])
    weight = (1 - targets).sum() / targets.sum()
    optimiser = torch.optim.AdamW(network.parameters(), _RATE, weight_decay=0.01)
    batches = max(1, len(inputs) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, _EPOCHS * batches)
    for _ in range(_EPOCHS):
        for chosen in torch.randperm(len(inputs)).tensor_split(batches):
            scores = network(inputs[chosen])[:, 0]
            loss = functional.binary_cross_entropy_with_logits(
                scores, targets[chosen], pos_weight=weight
            )
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch's method carries no annotations
            optimiser.step()
            schedule.step()
    return layers


def _prepared(picture: np.ndarray, grid: InputGrid) -> PreparedImage:
    return prepare_image(np.asarray(picture, np.float32), grid)


def _likenesses(
    pictures: Sequence[np.ndarray], grid: InputGrid, contrast: PictureContrast
) -> np.ndarray:
    return likeness(described(content(_prepared(p, grid)) for p in pictures), contrast)


def _refused(pictures: Sequence[np.ndarray], grid: InputGrid, gate: GateReference) -> float:
    return float(np.mean([bool(picture_problems(gate, _prepared(p, grid))) for p in pictures]))
