"""Recognise an image by its values, however it is packaged. No torch."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt


def hash_values(values: npt.NDArray[np.generic]) -> str:
    """Return 16 hexadecimal digits of an image's size and values.

    Parameters
    ----------
    values : array
        2-D gray levels as stored, or a 3-D volume with axes (slices to superior, rows to
        posterior, columns to left), so that flipped and permuted files agree.

    Returns
    -------
    str
        Equal for equal values, whatever the number type.
    """
    digest = hashlib.sha256(str(values.shape).encode())
    digest.update(np.ascontiguousarray(values, dtype="<f4").tobytes())
    return digest.hexdigest()[:16]
