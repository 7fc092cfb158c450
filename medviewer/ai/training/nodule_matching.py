"""Candidates compared with the lesions of cubes and whole scans, and counted.

Cubes around nodules give lesions only; false positives are counted in whole scans alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medviewer.ai.training.froc import Froc, ScanDetections, curve_of, match_candidates
from medviewer.ai.training.nodule_data import Nodule, nodules_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medviewer.ai.training.recipe import Case, Prediction


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


def share_found(matched: Sequence[Matched], threshold: float) -> float:
    """Return the share of the lesions whose candidate reaches a logit."""
    n = sum(m.n_lesions for m in matched)
    return sum(m.hit >= threshold for m in matched) / n if n else float("nan")


def strongest_misses(case: Case, prediction: Prediction, n: int) -> list[int]:
    """Return the numbers of a case's strongest candidates that lie on no marked lesion."""
    centres, diameters = _on_world(case, nodules_of(case))
    result = []
    for number in np.argsort(-prediction["logits"], kind="stable"):
        away = np.linalg.norm(centres - prediction["centres"][number], axis=1)
        if not (away < diameters / 2).any():
            result.append(int(number))
    return result[:n]


def _on_world(case: Case, nodules: Sequence[Nodule]) -> tuple[np.ndarray, np.ndarray]:
    """Return centres (LPS mm of a scan, voxels of a cube) and diameters."""
    centres = np.asarray([n.centre for n in nodules], float).reshape(-1, 3)
    if case.facts["kind"] == "scan":
        to_lps = case.arrays["to_lps"]
        centres = centres @ to_lps[:3, :3].T + to_lps[:3, 3]
    return centres, np.asarray([n.diameter_mm for n in nodules], float)
