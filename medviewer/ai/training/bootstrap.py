"""Confidence intervals that respect the patient: patients are drawn, not images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_DRAWS = 500
_SEED = 20260101


def mean_interval(patients: Sequence[str], values: np.ndarray) -> dict[str, float]:
    """Return the mean of values, NaN left out, with its 95 % interval by patient."""

    def mean(index: np.ndarray) -> float:
        chosen = values[index]
        return float(np.nanmean(chosen)) if np.isfinite(chosen).any() else float("nan")

    return interval(patients, mean)


def interval(
    patients: Sequence[str],
    statistic: Callable[[np.ndarray], float],
    draws: int = _DRAWS,
) -> dict[str, float]:
    """Return a statistic with its 95 % interval.

    Parameters
    ----------
    patients : sequence of str
        Patient of every case, in the cases' order.
    statistic : callable
        Takes an array of case indices (repeats allowed) and returns a number; NaN where the
        draw cannot give one.
    draws : int
        Number of bootstrap samples.

    Returns
    -------
    dict
        ``value``, ``low``, ``high`` and ``n`` (cases); NaN where there is no case.
    """
    if not len(patients):
        return {"value": float("nan"), "low": float("nan"), "high": float("nan"), "n": 0.0}
    keys, groups = np.unique(np.asarray(patients), return_inverse=True)
    order = np.argsort(groups, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(groups))[:-1])
    rng = np.random.default_rng(_SEED)
    values = []
    for _ in range(draws):
        drawn = rng.integers(len(keys), size=len(keys))
        values.append(statistic(np.concatenate([members[int(i)] for i in drawn])))
    finite = np.asarray([value for value in values if np.isfinite(value)])
    low, high = np.percentile(finite, [2.5, 97.5]) if len(finite) else (np.nan, np.nan)
    everyone = statistic(np.arange(len(patients)))
    return {
        "value": float(everyone),
        "low": float(low),
        "high": float(high),
        "n": float(len(patients)),
    }
