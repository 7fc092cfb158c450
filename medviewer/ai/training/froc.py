"""Free-response ROC of lesion detection by the rules of LUNA16."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

CPM_RATES = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True)
class ScanDetections:
    """Candidates and lesions of one scan.

    Attributes
    ----------
    centres_mm : array, shape (n, 3)
        Of the candidates.
    scores : array, shape (n,)
        Higher is more certain.
    lesions_mm : array, shape (m, 3)
        Centres of the true lesions.
    diameters_mm : array, shape (m,)
        Of the true lesions.
    excluded_mm, excluded_diameters_mm : arrays, shape (k, 3) and (k,)
        Marks of no consequence: a candidate inside one is neither right nor wrong.
    """

    centres_mm: np.ndarray
    scores: np.ndarray
    lesions_mm: np.ndarray
    diameters_mm: np.ndarray
    excluded_mm: np.ndarray
    excluded_diameters_mm: np.ndarray


@dataclass(frozen=True)
class Froc:
    """The curve.

    Attributes
    ----------
    false_positives : array
        Per scan, rising.
    sensitivity : array
        Share of the lesions that are found.
    thresholds : array
        Score at each point.
    """

    false_positives: np.ndarray
    sensitivity: np.ndarray
    thresholds: np.ndarray

    def at(self, rate: float) -> float:
        """Return the sensitivity at a number of false positives per scan."""
        allowed = self.sensitivity[self.false_positives <= rate + 1e-9]
        return float(allowed.max()) if len(allowed) else 0.0

    @property
    def cpm(self) -> float:
        """Mean sensitivity at 1/8, 1/4, 1/2, 1, 2, 4 and 8 false positives per scan."""
        return float(np.mean([self.at(rate) for rate in CPM_RATES]))


def free_response_curve(scans: Sequence[ScanDetections]) -> Froc:
    """Match candidates with lesions and count.

    Parameters
    ----------
    scans : sequence of ScanDetections
        One entry for each scan.

    Returns
    -------
    Froc
        A candidate hits when it lies less than the lesion's radius from its centre; of several
        hits of one lesion the strongest counts and the others count neither way.

    Notes
    -----
    Setio et al., LUNA16, Medical Image Analysis 2017, section 3.
    """
    hits: list[float] = []
    misses: list[float] = []
    for scan in scans:
        mine, wrong = match_candidates(scan)
        hits += mine
        misses += wrong
    return curve_of(hits, misses, sum(len(scan.lesions_mm) for scan in scans), len(scans))


def curve_of(
    hits: Sequence[float] | np.ndarray,
    misses: Sequence[float] | np.ndarray,
    n_lesions: int,
    n_scans: int,
) -> Froc:
    """Return the curve of matched candidates.

    Parameters
    ----------
    hits : sequence of float
        Best score of each lesion that was hit.
    misses : sequence of float
        Scores of the false positives.
    n_lesions, n_scans : int
        How many there are, found or not.
    """
    found = np.sort(np.asarray(hits, float))
    wrongs = np.sort(np.asarray(misses, float))
    thresholds = np.unique(np.concatenate([found, wrongs]))[::-1]
    true = len(found) - np.searchsorted(found, thresholds, side="left")
    false = len(wrongs) - np.searchsorted(wrongs, thresholds, side="left")
    return Froc(false / max(n_scans, 1), true / max(n_lesions, 1), thresholds)


def match_candidates(scan: ScanDetections) -> tuple[list[float], list[float]]:
    """Return the best score of each lesion that was hit, and the scores of the misses."""
    best: dict[int, float] = {}
    misses = []
    for centre, score in zip(scan.centres_mm, scan.scores, strict=True):
        lesion = _containing(centre, scan.lesions_mm, scan.diameters_mm)
        if lesion >= 0:
            best[lesion] = max(best.get(lesion, -np.inf), float(score))
        elif _containing(centre, scan.excluded_mm, scan.excluded_diameters_mm) < 0:
            misses.append(float(score))
    return list(best.values()), misses


def _containing(centre: np.ndarray, centres: np.ndarray, diameters: np.ndarray) -> int:
    """Return the nearest sphere that holds a point, or -1."""
    if not len(centres):
        return -1
    distances = np.linalg.norm(centres - centre, axis=1)
    inside = np.where(distances < diameters / 2, distances, np.inf)
    nearest = int(inside.argmin())
    return nearest if np.isfinite(inside[nearest]) else -1
