"""Patient axes and their letters (DICOM PS3.3 C.7.6.1.1.1): L/R, P/A, H/F."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

POSITIVE_LETTERS = ("L", "P", "H")
NEGATIVE_LETTERS = ("R", "A", "F")

_MINOR_COMPONENT = 0.25
"""A secondary letter is shown from about 15 degrees away from the main axis."""


def direction_letters(direction_lps: npt.ArrayLike) -> str:
    """Name a patient direction, main axis first: ``"L"``, ``"LP"``, ``"AHR"``.

    Parameters
    ----------
    direction_lps : array_like, shape (3,)
        Any non-zero vector in patient LPS.

    Returns
    -------
    str
        One to three letters; empty for a zero vector.
    """
    vector = np.asarray(direction_lps, dtype=float)
    length = float(np.linalg.norm(vector))
    if length == 0.0:
        return ""
    unit = vector / length
    letters = ""
    for axis in np.argsort(-np.abs(unit), kind="stable"):
        if letters and abs(unit[axis]) < _MINOR_COMPONENT:
            break
        letters += POSITIVE_LETTERS[axis] if unit[axis] > 0 else NEGATIVE_LETTERS[axis]
    return letters


def plane_name(normal_lps: npt.ArrayLike) -> str:
    """``axial``, ``coronal``, ``sagittal``, or ``oblique`` beyond 15 degrees from each."""
    unit = np.abs(np.asarray(normal_lps, dtype=float))
    unit = unit / np.linalg.norm(unit)
    axis = int(np.argmax(unit))
    if unit[axis] < np.cos(np.deg2rad(15.0)):
        return "oblique"
    return ("sagittal", "coronal", "axial")[axis]
