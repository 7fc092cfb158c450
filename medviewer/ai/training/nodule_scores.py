"""How well nodules are found: sensitivity on lesions at a number of false marks per whole scan."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from medviewer.ai.training.bootstrap import interval
from medviewer.ai.training.froc import CPM_RATES
from medviewer.ai.training.nodule_calibration import OPERATING_RATE
from medviewer.ai.training.nodule_matching import (
    curve,
    match_case,
    share_found,
    strongest_misses,
    threshold_at,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medviewer.ai.training.nodule_calibration import FindingCalibration
    from medviewer.ai.training.nodule_matching import Matched
    from medviewer.ai.training.recipe import Case, Prediction

SIZES = {"5_10mm": (0.0, 10.0), "10mm_up": (10.0, np.inf)}
_RATED_LOW, _RATED_HIGH = 0.3, 0.7


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
            "value": share_found(scans, threshold),
            "n": float(sum(m.n_lesions for m in scans)),
        }
    metrics |= _attribute_metrics(cases, predictions, matched)
    rows = [
        _row(case, prediction, m, threshold)
        for case, prediction, m in zip(cases, predictions, matched, strict=True)
    ]
    return {"metrics": metrics, "cases": rows}


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
        return share_found(chosen, cut) if np.isfinite(cut) or cut < 0 else float("nan")

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


def describe_misses(
    case: Case, prediction: Prediction, calibration: FindingCalibration, threshold: float
) -> str:
    """Say which candidates of a whole scan, on no marked lesion, reach a logit.

    Parameters
    ----------
    case : Case
        A whole scan.
    prediction : Prediction
        Its candidates, centres in patient LPS mm.
    calibration : FindingCalibration
        From logits to scores.
    threshold : float
        Logit of the operating point.

    Returns
    -------
    str
        One sentence with score, diameter and place of each, strongest first.
    """
    shown = [
        f"{calibration.probability(float(prediction['logits'][n])):.2f} "
        f"({prediction['diameters'][n]:.0f} mm at LPS "
        f"{', '.join(f'{v:.0f}' for v in prediction['centres'][n])})"
        for n in strongest_misses(case, prediction, len(prediction["logits"]))
        if prediction["logits"][n] >= threshold
    ]
    text = "; ".join(shown) or "none"
    return f"{case.name}, candidates outside the marked lesions at the operating point: {text}."
