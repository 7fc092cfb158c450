"""Which patients train, which are never seen, and which fold predicts whom.

The split is a function of the patient's key alone, so it never moves when cases are added.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

VALIDATION = -1
_VALIDATION_SHARE = 0.18
_RANGE = 1 << 32


def _uniform(text: str) -> float:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / _RANGE


def fold_of(patient: str, n_folds: int) -> int:
    """Return the fold of a patient, or :data:`VALIDATION`.

    Parameters
    ----------
    patient : str
        Key of the patient, subject or near-duplicate group.
    n_folds : int
        Number of cross-validation folds over the patients that may train.

    Returns
    -------
    int
        0 ... n_folds - 1, or -1 for the part that no shipped weights ever see.
    """
    if _uniform("part:" + patient) < _VALIDATION_SHARE:
        return VALIDATION
    return int(_uniform("fold:" + patient) * n_folds)


def is_in_share(patient: str, share: float) -> bool:
    """Return whether a patient belongs to a part of the patients; parts lie in one another."""
    return _uniform("share:" + patient) < share


def split_hash(patients: Iterable[str], n_folds: int) -> str:
    """Return the SHA-256 of the whole assignment, to be kept in the model card."""
    lines = sorted({f"{patient}\t{fold_of(patient, n_folds)}" for patient in patients})
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()
