"""How logits of nodule candidates become scores, and the thresholds that were measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from medviewer.ai.training.calibration import Platt, finding_entries
from medviewer.ai.training.detection_scores import FreeResponsePoint
from medviewer.ai.training.nodule_matching import share_found, threshold_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medviewer.ai.training.nodule_matching import Matched

OPERATING_RATE = 4.0
RATES = (0.5, 1.0, 2.0, OPERATING_RATE, 8.0)
_FLOOR_RATE = 20.0
_NODULES_PER_SCAN = 2651 / 1018
"""Nodules of 3 mm and more in LIDC-IDRI, over its scans: the prevalence of the scores."""

_STRENGTH = 1e6


@dataclass(frozen=True)
class FindingCalibration:
    """Probability = sigmoid(slope x logit + intercept), and the thresholds that were measured.

    Attributes
    ----------
    slope, intercept : float
    thresholds : dict of float to float
        False positives per scan to the logit above which a candidate is a finding.
    sensitivity : dict of float to float
        At each of them.
    """

    slope: float = 1.0
    intercept: float = 0.0
    thresholds: dict[float, float] | None = None
    sensitivity: dict[float, float] | None = None

    def probability(self, logit: float) -> float:
        """Return the calibrated score."""
        return float(1 / (1 + np.exp(-(self.slope * logit + self.intercept))))

    def card_entries(self, label: str) -> dict[str, Any]:
        """Return the card's calibration and operating points, and the floor of what is reported."""
        thresholds, sensitivity = self.thresholds or {}, self.sensitivity or {}
        points = [FreeResponsePoint(thresholds[r], sensitivity[r], r) for r in RATES]
        rule = Platt(self.slope, self.intercept)
        floor = {"candidate_floor": self.probability(min(thresholds.values()))}
        return finding_entries(label, rule, points, OPERATING_RATE) | {"postprocessing": floor}


def fit_finding_calibration(matched: Sequence[Matched]) -> FindingCalibration:
    """Learn how logits become the probability that a finding is a nodule.

    Parameters
    ----------
    matched : sequence of Matched
        Out-of-fold, whole scans among them.

    Returns
    -------
    FindingCalibration
        Lesions are weighted to 2.6 nodules per scan, LIDC-IDRI's prevalence.

    Notes
    -----
    Platt, Probabilistic outputs for support vector machines, 1999.
    """
    n_scans = sum(m.is_scan for m in matched)
    n_lesions = sum(m.n_lesions for m in matched)
    hits = np.asarray([m.hit for m in matched if np.isfinite(m.hit)])
    misses = np.concatenate([m.misses for m in matched])
    thresholds = {rate: threshold_at(matched, rate) for rate in (*RATES, _FLOOR_RATE)}
    sensitivity = {rate: share_found(matched, value) for rate, value in thresholds.items()}
    if not (len(hits) and len(misses)):
        return FindingCalibration(thresholds=thresholds, sensitivity=sensitivity)
    logits = np.concatenate([hits, misses])[:, None]
    truth = np.repeat([1, 0], [len(hits), len(misses)])
    weights = np.where(truth == 1, _NODULES_PER_SCAN / n_lesions, 1 / n_scans)
    model = LogisticRegression(C=_STRENGTH).fit(logits, truth, sample_weight=weights)
    slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
    return FindingCalibration(slope, intercept, thresholds, sensitivity)
