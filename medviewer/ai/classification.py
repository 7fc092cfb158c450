"""Adapter: a network that answers one calibrated probability for each class."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from medviewer.ai.task_answer import Prepared, TaskAnswer
from medviewer.core.findings import ClassProbability

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medviewer.ai.loaded_model import LoadedModel
    from medviewer.ai.model_card import ModelCard
    from medviewer.core.tasks import TaskContext


def predict(model: LoadedModel, prepared: Prepared, context: TaskContext) -> TaskAnswer:
    """Classify an image.

    Parameters
    ----------
    model : LoadedModel
        A classification model.
    prepared : PreparedVolume or PreparedImage
        On its grid.
    context : TaskContext
        Progress and cancellation.

    Returns
    -------
    TaskAnswer
        With every class.
    """
    context.checkpoint(0.2, "infer.forward")
    answer = model.output(torch.from_numpy(prepared.values)[None, None])
    return TaskAnswer(classes=class_probabilities(model.card, answer[0].tolist()))


def class_probabilities(card: ModelCard, logits: Sequence[float]) -> tuple[ClassProbability, ...]:
    """Calibrate the logits of an image; label number n belongs to output n - 1."""
    result = []
    for label in card.labels:
        probability = card.calibrate(logits[label.number - 1], label.name)
        threshold = card.threshold(label.name)
        is_above = probability >= threshold
        result.append(ClassProbability(label.name, probability, is_above, threshold))
    return tuple(result)
