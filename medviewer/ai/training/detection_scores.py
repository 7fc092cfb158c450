"""Scores of box detectors: average precision at an overlap of one half."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medviewer.ai.detection import intersection_over_union
from medviewer.ai.training.froc import curve_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEAST_OVERLAP = 0.5


@dataclass(frozen=True)
class FreeResponsePoint:
    """A threshold and what it costs.

    Attributes
    ----------
    logit : float
        Findings at or above it are shown.
    sensitivity : float
        Share of the true boxes that are met.
    false_positives : float
        Wrong boxes for each image.
    """

    logit: float
    sensitivity: float
    false_positives: float


@dataclass(frozen=True)
class MatchedImage:
    """Detections of one image after matching.

    Attributes
    ----------
    scores : array, shape (n,)
        Of the detections.
    hits : bool array, shape (n,)
        Which of them met a true box that no stronger one had met.
    n_true : int
        Number of true boxes.
    """

    scores: np.ndarray
    hits: np.ndarray
    n_true: int


def match_boxes(found: np.ndarray, scores: np.ndarray, true: np.ndarray) -> MatchedImage:
    """Match detections with true boxes, strongest first, each true box once.

    Parameters
    ----------
    found, true : arrays, shape (n, 4) and (m, 4)
        Corners x0, y0, x1, y1.
    scores : array, shape (n,)
        Of the detections.

    Returns
    -------
    MatchedImage
        In the detections' order.
    """
    hits = np.zeros(len(found), bool)
    free = list(range(len(true)))
    for index in np.argsort(-scores, kind="stable"):
        overlaps = [(intersection_over_union(found[index], true[other]), other) for other in free]
        best, other = max(overlaps, default=(0.0, -1))
        if best >= _LEAST_OVERLAP:
            hits[index] = True
            free.remove(other)
    return MatchedImage(np.asarray(scores), hits, len(true))


def average_precision(images: Sequence[MatchedImage]) -> float:
    """Return the area under the precision-recall curve over all images.

    Parameters
    ----------
    images : sequence of MatchedImage
        From :func:`match_boxes`.

    Returns
    -------
    float
        0 ... 1, precision made monotone first (PASCAL VOC 2010); NaN without true boxes.
    """
    n_true = sum(image.n_true for image in images)
    if n_true == 0:
        return float("nan")
    scores = np.concatenate([image.scores for image in images])
    hits = np.concatenate([image.hits for image in images])[np.argsort(-scores, kind="stable")]
    if not len(hits):
        return 0.0
    recall = np.cumsum(hits) / n_true
    precision = np.cumsum(hits) / np.arange(1, len(hits) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(np.concatenate([[0.0], recall])) * envelope))


def free_response_points(
    images: Sequence[MatchedImage], rates: Sequence[float]
) -> list[FreeResponsePoint]:
    """Return the lowest thresholds that keep to given numbers of wrong boxes for each image.

    Parameters
    ----------
    images : sequence of MatchedImage
        From :func:`match_boxes`.
    rates : sequence of float
        Wrong boxes for each image.

    Returns
    -------
    list of FreeResponsePoint
        One for each rate that some threshold keeps to, without repetition.
    """
    scores = np.concatenate([image.scores for image in images])
    hits = np.concatenate([image.hits for image in images])
    n_true = sum(image.n_true for image in images)
    curve = curve_of(scores[hits], scores[~hits], n_true, len(images))
    last = np.searchsorted(curve.false_positives, rates, side="right") - 1
    return [
        FreeResponsePoint(
            float(curve.thresholds[n]),
            float(curve.sensitivity[n]),
            float(curve.false_positives[n]),
        )
        for n in dict.fromkeys(last.tolist())
        if n >= 0
    ]
