"""How well nodules are found: sensitivity on lesions at a number of false marks per whole scan.

Cubes around nodules give lesions only; false positives are counted in whole scans alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import spearmanr
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from medviewer.ai.training.bootstrap import interval
from medviewer.ai.training.froc import CPM_RATES, Froc, ScanDetections, curve_of, match_candidates
from medviewer.ai.training.nodule_data import nodules_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medviewer.ai.training.recipe import Case, Prediction

OPERATING_RATE = 4.0
RATES = (0.5, 1.0, 2.0, OPERATING_RATE, 8.0)
SIZES = {"5_10mm": (0.0, 10.0), "10mm_up": (10.0, np.inf)}
_FLOOR_RATE = 20.0
_NODULES_PER_SCAN = 2651 / 1018
"""Nodules of 3 mm and more in LIDC-IDRI, over its scans: the prevalence of the scores."""

_STRENGTH = 1e6
_RATED_LOW, _RATED_HIGH = 0.3, 0.7


@dataclass(frozen=True)
class Matched:
    """One case, its candidates compared with its lesion.

    Attributes
    ----------
    is_scan : bool
        A whole scan, in which false positives count.
    n_lesions : int
        0 or 1.
    hit : float
        Logit of the strongest candidate on the lesion; -inf where there is none.
    hit_index : int
        Its number among the candidates, or -1.
    misses : array
        Logits of the false positives; empty for a cube.
    diameter_mm : float
        Of the lesion.
    """

    is_scan: bool
    n_lesions: int
    hit: float
    hit_index: int
    misses: np.ndarray
    diameter_mm: float


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


def match_case(case: Case, prediction: Prediction) -> Matched:
    """Compare a case's candidates with its lesion by the rules of LUNA16."""
    is_scan = case.facts["kind"] == "scan"
    nodules = nodules_of(case)
    centres, diameters = _on_world(case, [n for n in nodules if n.is_counted])
    excluded, excluded_diameters = _on_world(case, [n for n in nodules if not n.is_counted])
    scan = ScanDetections(
        prediction["centres"], prediction["logits"], centres, diameters, excluded,
        excluded_diameters,
    )  # fmt: skip
    hits, misses = match_candidates(scan)
    hit = max(hits, default=-np.inf)
    where = np.flatnonzero(prediction["logits"] == np.float32(hit))
    return Matched(
        is_scan,
        len(centres),
        hit,
        int(where[0]) if len(where) else -1,
        np.sort(np.asarray(misses if is_scan else [], float))[::-1],
        float(diameters[0]) if len(diameters) else float("nan"),
    )


def threshold_at(matched: Sequence[Matched], rate: float) -> float:
    """Return the logit that leaves at most so many false positives per whole scan.

    Parameters
    ----------
    matched : sequence of Matched
        Whole scans among them.
    rate : float
        False positives per scan.

    Returns
    -------
    float
        Half-way between the first false positive that is left out and the next higher
        candidate; NaN without whole scans.
    """
    scans = [m for m in matched if m.is_scan]
    if not scans:
        return float("nan")
    misses = np.sort(np.concatenate([m.misses for m in scans]))[::-1]
    allowed = int(rate * len(scans) + 1e-9)
    if allowed >= len(misses):
        return float(misses[-1]) - 1 if len(misses) else -np.inf
    out = float(misses[allowed])
    above = [m.hit for m in matched if m.hit > out] + [v for v in misses[:allowed] if v > out]
    return (out + min(above, default=out + 1)) / 2


def curve(matched: Sequence[Matched]) -> Froc:
    """Return the free-response ROC of lesions of all cases and false positives of the scans."""
    hits = [m.hit for m in matched if np.isfinite(m.hit)]
    misses = [float(v) for m in matched for v in m.misses]
    n_lesions = sum(m.n_lesions for m in matched)
    return curve_of(hits, misses, n_lesions, sum(m.is_scan for m in matched))


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
    sensitivity = {rate: _share_found(matched, value) for rate, value in thresholds.items()}
    if not (len(hits) and len(misses)):
        return FindingCalibration(thresholds=thresholds, sensitivity=sensitivity)
    logits = np.concatenate([hits, misses])[:, None]
    truth = np.repeat([1, 0], [len(hits), len(misses)])
    weights = np.where(truth == 1, _NODULES_PER_SCAN / n_lesions, 1 / n_scans)
    model = LogisticRegression(C=_STRENGTH).fit(logits, truth, sample_weight=weights)
    slope, intercept = float(model.coef_[0, 0]), float(model.intercept_[0])
    return FindingCalibration(slope, intercept, thresholds, sensitivity)


def score_nodules(
    cases: Sequence[Case], predictions: Sequence[Prediction], fixed_threshold: float
) -> dict[str, Any]:
    """Return the metrics with intervals and what was found of each case.

    Parameters
    ----------
    cases : sequence of Case
        Cubes and whole scans.
    predictions : sequence of Prediction
        ``centres``, ``logits``, ``diameters``, ``solidity``, ``suspicion`` of each.
    fixed_threshold : float
        Logit of the operating point, for cases without a whole scan among them.

    Returns
    -------
    dict
        ``metrics`` and ``cases``.
    """
    matched = [match_case(c, p) for c, p in zip(cases, predictions, strict=True)]
    has_scans = any(m.is_scan for m in matched)
    threshold = threshold_at(matched, OPERATING_RATE) if has_scans else fixed_threshold
    patients = [case.patient for case in cases]
    metrics = {"sensitivity": _sensitivity(patients, matched, None, threshold)}
    for name, limits in SIZES.items():
        metrics[f"sensitivity_{name}"] = _sensitivity(patients, matched, limits, threshold)
    if has_scans:
        metrics["cpm"] = _froc_metric(patients, matched, None)
        for rate in CPM_RATES:
            metrics[f"froc_at_{rate:g}_per_scan"] = _froc_metric(patients, matched, rate)
        scans = [m for m in matched if m.is_scan]
        metrics["lesions_found_in_scans"] = {
            "value": _share_found(scans, threshold),
            "n": float(sum(m.n_lesions for m in scans)),
        }
    metrics |= _attribute_metrics(cases, predictions, matched)
    rows = [
        _row(case, prediction, m, threshold)
        for case, prediction, m in zip(cases, predictions, matched, strict=True)
    ]
    return {"metrics": metrics, "cases": rows}


def strongest_misses(case: Case, prediction: Prediction, n: int) -> list[int]:
    """Return the numbers of a case's strongest candidates that lie on no marked lesion."""
    centres, diameters = _on_world(case, nodules_of(case))
    result = []
    for number in np.argsort(-prediction["logits"], kind="stable"):
        away = np.linalg.norm(centres - prediction["centres"][number], axis=1)
        if not (away < diameters / 2).any():
            result.append(int(number))
    return result[:n]


def _on_world(case: Case, nodules: Sequence[Any]) -> tuple[np.ndarray, np.ndarray]:
    """Return centres (LPS mm of a scan, voxels of a cube) and diameters."""
    centres = np.asarray([n.centre for n in nodules], float).reshape(-1, 3)
    if case.facts["kind"] == "scan":
        to_lps = case.arrays["to_lps"]
        centres = centres @ to_lps[:3, :3].T + to_lps[:3, 3]
    return centres, np.asarray([n.diameter_mm for n in nodules], float)


def _share_found(matched: Sequence[Matched], threshold: float) -> float:
    n = sum(m.n_lesions for m in matched)
    return sum(m.hit >= threshold for m in matched) / n if n else float("nan")


def _froc_metric(
    patients: Sequence[str], matched: Sequence[Matched], rate: float | None
) -> dict[str, float]:
    """Return the sensitivity at a number of false positives per scan; ``None``: the mean, CPM."""

    def statistic(index: np.ndarray) -> float:
        drawn = [matched[int(i)] for i in index]
        if not any(m.is_scan for m in drawn) or not any(m.n_lesions for m in drawn):
            return float("nan")
        found = curve(drawn)
        return found.cpm if rate is None else found.at(rate)

    return interval(patients, statistic)


def _sensitivity(
    patients: Sequence[str],
    matched: Sequence[Matched],
    limits: tuple[float, float] | None,
    threshold: float,
) -> dict[str, float]:
    """Return the share of a size's lesions that are found at the operating point.

    Where whole scans are among the cases, each bootstrap draw sets its own threshold.
    """
    sized = [
        m.n_lesions > 0 and (limits is None or limits[0] <= m.diameter_mm < limits[1])
        for m in matched
    ]
    has_scans = any(m.is_scan for m in matched)

    def statistic(index: np.ndarray) -> float:
        drawn = [matched[int(i)] for i in index]
        cut = threshold_at(drawn, OPERATING_RATE) if has_scans else threshold
        chosen = [matched[int(i)] for i in index if sized[int(i)]]
        return _share_found(chosen, cut) if np.isfinite(cut) or cut < 0 else float("nan")

    entry = interval(patients, statistic)
    return entry | {"n": float(sum(sized))}


def _attribute_metrics(
    cases: Sequence[Case], predictions: Sequence[Prediction], matched: Sequence[Matched]
) -> dict[str, dict[str, float]]:
    """Return diameter error, and how far solidity and suspicion agree with the readers."""
    rows = [
        (case, prediction, m.hit_index)
        for case, prediction, m in zip(cases, predictions, matched, strict=True)
        if m.hit_index >= 0
    ]
    patients = [case.patient for case, _, _ in rows]
    errors = np.asarray([p["diameters"][i] - c.facts["diameter_mm"] for c, p, i in rows])
    texture = np.asarray([c.facts["solidity"] for c, _, _ in rows], float)
    solidity = np.asarray([p["solidity"][i] for _, p, i in rows], float)
    rating = np.asarray([c.facts["suspicion"] for c, _, _ in rows], float)
    suspicion = np.asarray([p["suspicion"][i] for _, p, i in rows], float)

    def error(index: np.ndarray) -> float:
        return float(np.median(np.abs(errors[index])))

    def area(index: np.ndarray) -> float:
        known = index[(texture[index] < _RATED_LOW) | (texture[index] > _RATED_HIGH)]
        truth = texture[known] > _RATED_HIGH
        return (
            float(roc_auc_score(truth, solidity[known])) if 0 < truth.sum() < len(truth) else np.nan
        )

    def correlation(index: np.ndarray) -> float:
        known = index[np.isfinite(rating[index])]
        if len(set(rating[known])) < 2 or len(set(suspicion[known])) < 2:
            return float("nan")
        return float(spearmanr(rating[known], suspicion[known])[0])

    if not rows:
        return {}
    return {
        "diameter_error_mm": interval(patients, error),
        "solidity_auc": interval(patients, area),
        "suspicion_rank_correlation": interval(patients, correlation),
    }


def _row(case: Case, prediction: Prediction, m: Matched, threshold: float) -> dict[str, Any]:
    index = m.hit_index
    return {
        "case": case.name,
        "kind": case.facts["kind"],
        "diameter_mm": round(case.facts["diameter_mm"], 1),
        "texture": round(1 + 4 * case.facts["solidity"], 2),
        "logit": float(m.hit),
        "found": bool(m.hit >= threshold),
        "measured_mm": round(float(prediction["diameters"][index]), 1) if index >= 0 else "",
        "solidity": round(float(prediction["solidity"][index]), 2) if index >= 0 else "",
        "suspicion": round(float(prediction["suspicion"][index]), 2) if index >= 0 else "",
        "false_positives": int((m.misses >= threshold).sum()),
    }
