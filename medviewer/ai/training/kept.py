"""Predictions kept beside a model: one compressed file of small arrays by case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medviewer.io.atomic_file import replacing

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from medviewer.ai.training.recipe import Prediction

_SEPARATOR = "::"


def write_predictions(path: Path, predictions: Mapping[str, Prediction]) -> None:
    """Write predictions of many cases, atomically.

    Parameters
    ----------
    path : Path
        Destination, ending in `.npz`.
    predictions : mapping of str to Prediction
        By the name of the case.
    """
    arrays = {
        f"{name}{_SEPARATOR}{key}": value
        for name, prediction in predictions.items()
        for key, value in prediction.items()
    }
    with replacing(path) as temporary:
        np.savez_compressed(temporary, **arrays)  # type: ignore[arg-type]  # stub: allow_pickle


def read_predictions(path: Path) -> dict[str, Prediction]:
    """Return what :func:`write_predictions` wrote."""
    result: dict[str, Prediction] = {}
    with np.load(path, allow_pickle=False) as stored:
        for entry in stored.files:
            name, key = entry.rsplit(_SEPARATOR, 1)
            result.setdefault(name, {})[key] = stored[entry]
    return result
