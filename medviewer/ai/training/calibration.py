"""From logits to probabilities, and the threshold at which a model calls a case positive."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from medviewer.ai.training.classification_scores import calibration_error, sigmoid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medviewer.ai.training.detection_scores import FreeResponsePoint

_STRENGTH = 1e6
_N_PARTS = 5


@dataclass(frozen=True)
class Platt:
    """Probability = sigmoid(slope x logit + intercept).

    Attributes
    ----------
    slope, intercept : float
        Fitted on out-of-fold logits.
    threshold : float
        Probability with the largest sum of sensitivity and specificity.
    sensitivity, specificity : float
        At the threshold, on the same out-of-fold logits.
    """

    slope: float = 1.0
    intercept: float = 0.0
    threshold: float = 0.5
    sensitivity: float = float("nan")
    specificity: float = float("nan")

    def probability(self, logits: np.ndarray) -> np.ndarray:
        """Return calibrated probabilities."""
        return sigmoid(self.slope * logits + self.intercept)


def fit_platt(labels: np.ndarray, logits: np.ndarray) -> Platt:
    """Fit slope and intercept, and choose the threshold.

    Parameters
    ----------
    labels : array of 0 and 1, shape (n,)
        Truth; both classes are there.
    logits : array, shape (n,)
        Out-of-fold scores.

    Returns
    -------
    Platt
        The identity where only one class is there.

    Notes
    -----
    Platt, Probabilistic outputs for support vector machines, 1999.
    """
    if len(np.unique(labels)) < 2:
        return Platt()
    model = LogisticRegression(C=_STRENGTH).fit(logits[:, None], labels)
    slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
    probabilities = sigmoid(slope * logits + intercept)
    order = np.argsort(-probabilities, kind="stable")
    sensitivity = np.cumsum(labels[order]) / labels.sum()
    specificity = 1 - np.cumsum(1 - labels[order]) / (1 - labels).sum()
    best = int(np.argmax(sensitivity + specificity))
    return Platt(
        slope,
        intercept,
        float(probabilities[order][best]),
        float(sensitivity[best]),
        float(specificity[best]),
    )


def crossfitted_error(labels: np.ndarray, logits: np.ndarray, patients: Sequence[str]) -> float:
    """Return the calibration error when each patient is calibrated by the other patients.

    Parameters
    ----------
    labels : array of 0 and 1, shape (n,)
        Truth.
    logits : array, shape (n,)
        Out-of-fold scores.
    patients : sequence of str
        Patient of each case.
    """
    result = np.zeros(len(labels))
    parts = min(_N_PARTS, len(set(patients)))
    for train, test in GroupKFold(parts).split(logits, labels, patients):
        result[test] = fit_platt(labels[train], logits[train]).probability(logits[test])
    return calibration_error(labels, result)


def card_entries(
    fitted: dict[str, Platt], errors: dict[str, tuple[float, float]]
) -> dict[str, Any]:
    """Return the card's calibration and operating points.

    Parameters
    ----------
    fitted : dict of str to Platt
        By label.
    errors : dict of str to tuple of float
        Calibration error before and after, by label.

    Returns
    -------
    dict
        ``calibration`` and ``operating_points``.
    """
    calibration = [
        {
            "label": label,
            "slope": rule.slope,
            "intercept": rule.intercept,
            "method": "platt",
            "ece_before": errors[label][0],
            "ece_after": errors[label][1],
        }
        for label, rule in fitted.items()
    ]
    points = [
        {
            "label": label,
            "threshold": rule.threshold,
            "sensitivity": rule.sensitivity,
            "specificity": rule.specificity,
            "is_default": True,
        }
        for label, rule in fitted.items()
    ]
    return {"calibration": calibration, "operating_points": points}


def finding_entries(
    label: str, rule: Platt, points: Sequence[FreeResponsePoint], default_rate: float
) -> dict[str, Any]:
    """Return the card's calibration and operating points of single findings.

    Parameters
    ----------
    label : str
        What is found.
    rule : Platt
        Fitted on out-of-fold findings that met a true one or did not.
    points : sequence of FreeResponsePoint
        Of the same findings.
    default_rate : float
        Wrong findings for each image that the default threshold comes nearest to.

    Returns
    -------
    dict
        ``calibration`` and ``operating_points``.
    """
    default = min(points, key=lambda p: abs(p.false_positives - default_rate), default=None)
    calibration = {
        "label": label,
        "scope": "finding",
        "slope": rule.slope,
        "intercept": rule.intercept,
        "method": "platt",
    }
    rows = [
        {
            "label": label,
            "scope": "finding",
            "threshold": float(rule.probability(np.asarray(point.logit))),
            "sensitivity": point.sensitivity,
            "false_positives_per_image": point.false_positives,
            "is_default": point is default,
        }
        for point in points
    ]
    return {"calibration": [calibration], "operating_points": rows}
