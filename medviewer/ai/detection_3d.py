"""Adapter: a network that answers centres in a volume, with a diameter and a score each."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING
from uuid import uuid4

from medviewer.ai.candidate_search import find_candidates
from medviewer.ai.lung_region import region_of
from medviewer.ai.task_answer import MAXIMUM_FINDINGS, TaskAnswer
from medviewer.core.findings import Finding
from medviewer.core.messages import Message

if TYPE_CHECKING:
    from medviewer.ai.candidates import Candidates
    from medviewer.ai.loaded_model import LoadedModel
    from medviewer.ai.model_card import ModelCard
    from medviewer.ai.preparation import PreparedVolume
    from medviewer.core.tasks import TaskContext

_OUTPUTS = ("heatmap", "boxes")
_SOLIDITIES = ((2.0, "non-solid"), (4.0, "part-solid"), (math.inf, "solid"))


def predict(model: LoadedModel, prepared: PreparedVolume, context: TaskContext) -> TaskAnswer:
    """Find lesions in a volume.

    Parameters
    ----------
    model : LoadedModel
        A detection model whose network answers ``heatmap`` and ``boxes`` at stride 2.
    prepared : PreparedVolume
        On its grid.
    context : TaskContext
        One checkpoint for each tile.

    Returns
    -------
    TaskAnswer
        Findings with centre in patient LPS mm, diameter and calibrated score, down to the card's
        floor.
    """
    card = model.card
    warnings: list[Message] = []
    region = None
    if card.input.region == "lungs":
        region = region_of(prepared.values, card.input.normalisation, prepared.spacing_mm[0])
        if region is None:
            warnings.append(
                Message(
                    "No lungs could be told apart in this field of view: the whole image was "
                    "searched."
                )
            )

    forward = partial(model.outputs, names=_OUTPUTS)
    found = find_candidates(forward, prepared.values, region, card.input, context)
    return TaskAnswer(findings=_findings(card, found, prepared), warnings=warnings)


def _findings(card: ModelCard, found: Candidates, prepared: PreparedVolume) -> tuple[Finding, ...]:
    label = card.labels[0].name
    result: list[Finding] = []
    centres = prepared.to_lps(found.places)
    for number, logit in enumerate(found.logits):
        score = card.calibrate(float(logit), label, "finding")
        if score < card.postprocessing.candidate_floor or len(result) == MAXIMUM_FINDINGS:
            break
        if not prepared.source.contains(centres[number]):
            continue
        x, y, z = (float(v) for v in centres[number])
        ratings = {name: float(values[number]) for name, values in found.ratings.items()}
        result.append(
            Finding(
                uuid4().hex,
                label,
                score,
                (x, y, z),
                float(found.diameters_mm[number]),
                solidity=solidity_name(ratings["solidity"]) if "solidity" in ratings else "",
                suspicion_rating=ratings.get("suspicion"),
            )
        )
    return tuple(result)


def solidity_name(rating: float) -> str:
    """Return the word for a texture rating: 1 non-solid, 3 part-solid, 5 solid."""
    return next(name for limit, name in _SOLIDITIES if rating < limit)
