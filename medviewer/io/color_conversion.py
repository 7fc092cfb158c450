"""YBR and deep colours to 8-bit RGB (PS3.3 C.7.6.3.1.2)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

_YBR_FULL = ("YBR_FULL", "YBR_FULL_422")
_YBR_PARTIAL = ("YBR_PARTIAL_422", "YBR_PARTIAL_420")
_FULL_TO_RGB = np.array(
    [[1.0, 1.0, 1.0], [0.0, -0.114 * 1.772 / 0.587, 1.772], [1.402, -0.299 * 1.402 / 0.587, 0.0]],
    np.float32,
)


def stored_to_rgb(stored: npt.NDArray[Any], photometric_interpretation: str) -> npt.NDArray[Any]:
    """Convert stored samples to RGB of the same type.

    Parameters
    ----------
    stored : array, shape (..., 3)
    photometric_interpretation : str
        YBR_RCT and YBR_ICT are RGB already: the JPEG 2000 decoder undoes them.
    """
    if photometric_interpretation in _YBR_PARTIAL:
        wide = stored.astype(np.float32)
        wide[..., 0] = (wide[..., 0] - 16.0) * (255.0 / 219.0)
        wide[..., 1:] = (wide[..., 1:] - 128.0) * (255.0 / 224.0)
        return _to_rgb(wide, stored.dtype)
    if photometric_interpretation in _YBR_FULL:
        wide = stored.astype(np.float32)
        wide[..., 1:] -= 128.0
        return _to_rgb(wide, stored.dtype)
    return stored


def _to_rgb(ybr: npt.NDArray[np.float32], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    rgb = np.matmul(ybr, _FULL_TO_RGB)
    rgb += 0.5
    np.floor(rgb, out=rgb)
    return np.clip(rgb, 0, 255, out=rgb).astype(dtype)


def to_eight_bits(rgb: npt.NDArray[Any], bits_stored: int) -> npt.NDArray[np.uint8]:
    """Return RGB samples of ``bits_stored`` bits as 8-bit samples."""
    if bits_stored > 8:
        rgb = rgb >> (bits_stored - 8)
    return rgb.astype(np.uint8, copy=False)
