"""The scale of heat maps that explain single findings in volumes, and how near they lie."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import torch

from medviewer.ai import saliency
from medviewer.ai.candidates import STRIDE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from torch import nn

    from medviewer.ai.model_card import ModelCard, SaliencySpec
    from medviewer.ai.training.recipe import Case, Recipe

_N_MAPS = 32
_LARGEST_VOXELS = 96**3
"""Cubes around lesions are read; whole scans are not."""


def finding_reference(
    card: ModelCard, network: nn.Module, recipe: Recipe, cases: Sequence[Case]
) -> SaliencySpec | None:
    """Return the card's saliency entry with the scale of its findings' maps.

    Parameters
    ----------
    card : ModelCard
        Of a detector in volumes; names layer, method and percentile.
    network : torch.nn.Module
        As shipped.
    recipe : Recipe
        Prepares the cases.
    cases : sequence of Case
        The strongest finding of each cube that reaches the operating point is explained.

    Returns
    -------
    SaliencySpec or None
        ``None`` where the card names no layer. ``checks`` holds the count of maps and the median
        distance of their hottest place from the finding.
    """
    spec = card.saliency
    if spec is None:
        return None
    label = card.labels[0]
    maps: list[npt.NDArray[np.float32]] = []
    distances: list[float] = []
    for case in cases:
        values = recipe.tensor(case)
        if values.size > _LARGEST_VOXELS or len(maps) == _N_MAPS:
            continue
        tensor = torch.from_numpy(values)[None, None]
        with torch.inference_mode():
            heat = network(tensor)["heatmap"][0, label.number - 1].numpy()
        cell = np.unravel_index(heat.argmax(), heat.shape)
        score = card.calibrate(float(heat.max()), label.name, "finding")
        if score < card.threshold(label.name, "finding"):
            continue
        target = saliency.detection_score(label.number - 1, [int(n) for n in cell])
        found = saliency.activation_map(network, tensor, spec.layer, target, spec.method)
        hottest = np.unravel_index(found.argmax(), found.shape)
        centre = (np.asarray(cell) + 0.5) * STRIDE
        maps.append(found)
        distances.append(float(np.linalg.norm(np.asarray(hottest) + 0.5 - centre)))
    value = saliency.reference_percentile(maps, spec.percentile) if maps else 0.0
    checks = {"maps": float(len(maps))}
    if distances:
        checks["hottest_voxels_from_finding"] = round(float(np.median(distances)), 2)
    return replace(spec, reference={label.name: value} if value > 0 else {}, checks=checks)
