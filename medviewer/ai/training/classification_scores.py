"""Scores of classifiers: area under the curve and calibration, with intervals by patient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.metrics import roc_auc_score

from medviewer.ai.training.bootstrap import interval

if TYPE_CHECKING:
    from collections.abc import Sequence

_N_BINS = 10


def area_under_curve(labels: np.ndarray, scores: np.ndarray) -> float:
    """Return the ROC area; NaN when only one class is there.

    Parameters
    ----------
    labels : array of 0 and 1, shape (n,)
        Truth.
    scores : array, shape (n,)
        Higher means more likely.
    """
    if labels.min(initial=1) == labels.max(initial=0):
        return float("nan")
    return float(roc_auc_score(labels, scores))


def calibration_error(labels: np.ndarray, probabilities: np.ndarray) -> float:
    """Return the expected calibration error over 10 bins of equal width.

    Parameters
    ----------
    labels : array of 0 and 1, shape (n,)
        Truth.
    probabilities : array, shape (n,)
        0 ... 1.

    Returns
    -------
    float
        Mean of |frequency - mean probability| over the bins, weighted by their cases.

    Notes
    -----
    Guo et al., On Calibration of Modern Neural Networks, ICML 2017, equation 3.
    """
    bins = np.minimum((probabilities * _N_BINS).astype(int), _N_BINS - 1)
    counts = np.bincount(bins, minlength=_N_BINS)
    hits = np.bincount(bins, weights=labels, minlength=_N_BINS)
    sums = np.bincount(bins, weights=probabilities, minlength=_N_BINS)
    return float(np.abs(hits - sums).sum() / max(counts.sum(), 1))


def sigmoid(values: np.ndarray) -> np.ndarray:
    """Return the logistic function."""
    return np.asarray(1 / (1 + np.exp(-values)))


def score_class(
    patients: Sequence[str], labels: np.ndarray, scores: np.ndarray, draws: int = 100
) -> dict[str, float]:
    """Return the ROC area of one class with its interval by patient."""
    return interval(patients, lambda index: area_under_curve(labels[index], scores[index]), draws)


def mean_area(
    patients: Sequence[str], labels: np.ndarray, scores: np.ndarray, draws: int = 100
) -> dict[str, float]:
    """Return the mean ROC area over classes with its interval.

    Parameters
    ----------
    patients : sequence of str
        Patient of each case.
    labels, scores : arrays, shape (n, classes)
        Truth and scores.
    draws : int
        Bootstrap samples.

    Returns
    -------
    dict
        ``value``, ``low``, ``high``, ``n``.
    """

    def statistic(index: np.ndarray) -> float:
        columns = range(labels.shape[1])
        areas = [area_under_curve(labels[index, c], scores[index, c]) for c in columns]
        known = [area for area in areas if np.isfinite(area)]
        return float(np.mean(known)) if known else float("nan")

    return interval(patients, statistic, draws)


def case_rows(cases: Sequence[Any], scores: dict[str, np.ndarray]) -> list[dict[str, Any]]:
    """Return one row for each case: name, patient, facts and scores."""
    return [
        {"case": case.name, "patient": case.patient, **case.facts}
        | {f"true_{name}": int(case.arrays["labels"][place]) for place, name in enumerate(scores)}
        | {name: float(values[number]) for name, values in scores.items()}
        for number, case in enumerate(cases)
    ]
