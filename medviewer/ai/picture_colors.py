"""How much of a picture has colours that no radiograph has.

A film that was scanned or photographed may be tinted, but then its colour follows its brightness.
What counts here is the colour that brightness does not explain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

_LARGEST_SIDE = 256
_LEVELS = 16
_LEAST_COLOR = 24.0
"""Of 255: what lossy compression adds to a gray picture stays well below."""


def colored_share(pixels: npt.NDArray[np.uint8]) -> float:
    """Return the share of pixels with a colour of their own.

    Parameters
    ----------
    pixels : uint8 array, shape (rows, columns, 3)
        RGB.

    Returns
    -------
    float
        0 for a gray or evenly tinted picture, up to 1. A pixel counts where red less green, or
        blue less green, differs by 24 of 255 or more from the median of the pixels that are
        about as bright.
    """
    step = max(1, -(-max(pixels.shape[:2]) // _LARGEST_SIDE))
    red, green, blue = np.moveaxis(pixels[::step, ::step].reshape(-1, 3).astype(np.float32), 1, 0)
    level = ((red + green + blue) * (_LEVELS / 766)).astype(int)
    is_colored = np.zeros(level.shape, bool)
    for difference in (red - green, blue - green):
        for number in np.unique(level):
            chosen = level == number
            own = difference[chosen]
            is_colored[chosen] |= np.abs(own - np.median(own)) >= _LEAST_COLOR
    return float(is_colored.mean())
