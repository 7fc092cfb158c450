"""Scores of label maps: Dice, surface distance and volume of every segment and case."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from medviewer.ai.training.bootstrap import mean_interval
from medviewer.ai.training.overlap import dice, surface_distance_95

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medviewer.ai.training.recipe import Case, Prediction


def score_segmentations(
    cases: Sequence[Case],
    predictions: Sequence[Prediction],
    labels: Sequence[str],
    spacing_mm: Sequence[float] = (1.0, 1.0, 1.0),
) -> dict[str, Any]:
    """Return the mean of every score with its interval, and the scores of each case.

    Parameters
    ----------
    cases : sequence of Case
        Reference in ``arrays["label"]``; 255 is ignored.
    predictions : sequence of Prediction
        Label maps in ``["label"]``, same order.
    labels : sequence of str
        Names of the segments 1, 2, ...
    spacing_mm : sequence of float
        Of the arrays' axes.

    Returns
    -------
    dict
        ``metrics`` by name and ``cases``, a list of rows.
    """
    rows = []
    for case, prediction in zip(cases, predictions, strict=True):
        reference = case.arrays["label"]
        found = np.where(reference == 255, 0, prediction["label"])
        row: dict[str, Any] = {"case": case.name, "patient": case.patient, **case.facts}
        for number, label in enumerate(labels, start=1):
            row[f"dice_{label}"] = dice(found == number, reference == number)
            row[f"hd95_{label}"] = surface_distance_95(
                found == number, reference == number, spacing_mm
            )
        row["dice"] = float(np.mean([row[f"dice_{label}"] for label in labels]))
        rows.append(row)
    patients = [case.patient for case in cases]
    names = [f"{kind}_{label}" for kind in ("dice", "hd95") for label in labels] + ["dice"]
    metrics = {}
    for name in names:
        values = np.asarray([row[name] for row in rows])
        metrics[name] = mean_interval(patients, values)
    return {"metrics": metrics, "cases": rows}
