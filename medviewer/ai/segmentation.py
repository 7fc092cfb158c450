"""Adapter: a network that labels every voxel or pixel."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from medviewer.ai.device import release_memory
from medviewer.ai.label_restoring import labels_on_source, most_probable
from medviewer.ai.lung_refinement import refine_lungs
from medviewer.ai.monai_grid import monai_tiles
from medviewer.ai.normalisation import hounsfield
from medviewer.ai.postprocessing import clean_labels, clean_probabilities
from medviewer.ai.preparation import PreparedVolume, image_map_on_source
from medviewer.ai.sliding_window import run_tiles, tile_size
from medviewer.ai.task_answer import Prepared, TaskAnswer
from medviewer.core.errors import DeviceMemoryError
from medviewer.core.messages import Message

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.ai.loaded_model import LoadedModel
    from medviewer.ai.model_card import ModelCard
    from medviewer.ai.preparation import PreparedImage
    from medviewer.core.tasks import TaskContext

_SMALLEST_TILE_VOXELS = 32**3


def predict(model: LoadedModel, prepared: Prepared, context: TaskContext) -> TaskAnswer:
    """Label every voxel of the source.

    Parameters
    ----------
    model : LoadedModel
        A segmentation model.
    prepared : PreparedVolume or PreparedImage
        On its grid.
    context : TaskContext
        One checkpoint for each tile.

    Returns
    -------
    TaskAnswer
        With ``labels`` on the source's grid.

    Raises
    ------
    DeviceMemoryError
        Even the smallest tile does not fit.
    """
    warnings: list[Message] = []
    probabilities = _probabilities(model, prepared.values, context, warnings)
    context.checkpoint(0.9, "infer.restore")
    numbers = [label.number for label in model.card.labels]
    rule = model.card.postprocessing
    if isinstance(prepared, PreparedVolume):
        # Cleaned on the model's grid: a large scan has a hundred times as many voxels.
        probabilities = _refined(probabilities, prepared, model.card)
        found = most_probable(probabilities)
        voxel_ml = float(np.prod(prepared.spacing_mm)) / 1000.0
        clean_probabilities(probabilities, found, clean_labels(found, numbers, rule, voxel_ml))
        context.checkpoint(0.92, "infer.restore")
        is_averaged = model.card.input.convention == "own"
        restored = labels_on_source(probabilities, prepared, context, is_averaged=is_averaged)
        return TaskAnswer(labels=restored, warnings=warnings)
    labels = _image_labels(probabilities, prepared)
    return TaskAnswer(labels=clean_labels(labels, numbers, rule, 0.0), warnings=warnings)


def _refined(
    probabilities: npt.NDArray[np.float32], prepared: PreparedVolume, card: ModelCard
) -> npt.NDArray[np.float32]:
    """Return the probabilities after what the card names beyond cleaning."""
    if card.postprocessing.refinement == "lungs":
        hu = hounsfield(prepared.values, card.input.normalisation)
        return refine_lungs(probabilities, hu, prepared.spacing_mm[0])
    return probabilities


def probabilities_of(model: LoadedModel, tensor: torch.Tensor) -> torch.Tensor:
    """Return class probabilities (class 0 is background) of one tile."""
    return _activated(model, model.output(tensor))


def _activated(model: LoadedModel, answer: torch.Tensor) -> torch.Tensor:
    if model.card.postprocessing.activation == "softmax":
        return answer.softmax(1)
    foreground = answer.sigmoid()
    background = 1.0 - foreground.amax(1, keepdim=True)
    return torch.cat([background, foreground], dim=1)


def _probabilities(
    model: LoadedModel,
    values: npt.NDArray[np.float32],
    context: TaskContext,
    warnings: list[Message],
) -> npt.NDArray[np.float32]:
    grid = model.card.input
    window = grid.window
    if grid.convention == "monai" and window is not None:
        logits = monai_tiles(model.output, values, window, context)
        return np.asarray(_activated(model, logits)[0].numpy())
    largest = values.shape if window is None else window.size
    overlap = 0.25 if window is None else window.overlap
    while True:
        tile = tile_size(values.shape, largest, grid.multiple, overlap)
        try:
            return run_tiles(
                lambda tensor: probabilities_of(model, tensor), values, tile, overlap, context
            )
        except DeviceMemoryError:
            if np.prod(tile) <= _SMALLEST_TILE_VOXELS or max(tile) <= grid.multiple:
                raise
            release_memory(model.device)
            largest = tuple(n // 2 if n == max(tile) else n for n in tile)
            warnings.append(
                Message(
                    "{device} ran out of memory: the image was cut into smaller tiles.",
                    device=model.device.name,
                )
            )


def _image_labels(
    probabilities: npt.NDArray[np.float32], prepared: PreparedImage
) -> npt.NDArray[np.uint8]:
    maps = [image_map_on_source(p, prepared) for p in probabilities[1:]]
    strongest = np.argmax(maps, axis=0) + 1
    foreground = np.max(maps, axis=0)
    background = 1.0 - np.sum(maps, axis=0)
    return np.where(foreground > background, strongest, 0).astype(np.uint8)
