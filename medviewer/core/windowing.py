"""VOI windows: modality values to display gray levels (DICOM PS3.3 C.11.2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from medviewer.core.errors import WindowError

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.core.arrays import GrayImage


class VoiFunction(StrEnum):
    """VOILUTFunction (0028,1056)."""

    LINEAR = "LINEAR"
    LINEAR_EXACT = "LINEAR_EXACT"
    SIGMOID = "SIGMOID"


@dataclass(frozen=True, slots=True)
class VoiWindow:
    """A window in the unit of the voxels (CT: HU).

    Attributes
    ----------
    center, width : float
        WindowCenter and WindowWidth. Width >= 1 for LINEAR, > 0 otherwise.
    function : VoiFunction
        How values map to gray.
    explanation : str
        WindowCenterWidthExplanation or the preset's name; may be empty.
    """

    center: float
    width: float
    function: VoiFunction = VoiFunction.LINEAR
    explanation: str = ""

    def __post_init__(self) -> None:
        minimum_ok = self.width >= 1 if self.function is VoiFunction.LINEAR else self.width > 0
        if not (np.isfinite(self.center) and np.isfinite(self.width) and minimum_ok):
            rule = ">= 1" if self.function is VoiFunction.LINEAR else "> 0"
            msg = (
                f"Window {self.width:g}/{self.center:g}: the width of a {self.function} window "
                f"must be finite and {rule} (PS3.3 C.11.2.1.2)."
            )
            raise WindowError(msg, width=self.width, center=self.center)


@dataclass(frozen=True, eq=False, slots=True)
class VoiLut:
    """One item of the VOI LUT Sequence (0028,3010).

    Attributes
    ----------
    table : uint16 array, shape (entries,)
        Output values.
    first_value : float
        Input value that maps to ``table[0]``, in the unit of the voxels.
    bits : int
        Bits of an output value; 2**bits - 1 is white.
    explanation : str
        LUTExplanation; may be empty.
    """

    table: npt.NDArray[np.uint16]
    first_value: float
    bits: int
    explanation: str = ""


def window_fraction(values: npt.ArrayLike, window: VoiWindow) -> npt.NDArray[np.float32]:
    """Map modality values to [0, 1] through a window (PS3.3 C.11.2.1.2 and C.11.2.1.3).

    Not a number maps to 0.
    """
    x = _as_float(values)
    c, w = window.center, window.width
    if window.function is VoiFunction.SIGMOID:
        exponent = np.clip(-4.0 * (x - c) / w, -80.0, 80.0)
        return (1.0 / (1.0 + np.exp(exponent))).astype(np.float32)
    if window.function is VoiFunction.LINEAR_EXACT:
        return np.clip((x - c) / w + 0.5, 0.0, 1.0).astype(np.float32)
    if w == 1:  # the ramp has no width: a threshold at c - 0.5
        return (x > c - 0.5).astype(np.float32)
    return np.clip((x - (c - 0.5)) / (w - 1.0) + 0.5, 0.0, 1.0).astype(np.float32)


def lut_fraction(values: npt.ArrayLike, lut: VoiLut) -> npt.NDArray[np.float32]:
    """Map values to [0, 1] through a VOI LUT; values beyond its ends take the end entries."""
    offset = np.rint(np.asarray(values, dtype=np.float64) - lut.first_value)
    index = np.clip(np.nan_to_num(offset), 0, len(lut.table) - 1).astype(np.intp)
    white = float(2**lut.bits - 1)
    return np.clip(lut.table[index].astype(np.float32) / white, 0.0, 1.0)


def _as_float(values: npt.ArrayLike) -> npt.NDArray[np.float32] | npt.NDArray[np.float64]:
    """Values as float32 where that is exact, else float64; not a number becomes -infinity."""
    array = np.asarray(values)
    is_small = array.dtype.itemsize <= (4 if array.dtype.kind == "f" else 2)
    x: npt.NDArray[Any] = array.astype(np.float32 if is_small else np.float64, copy=False)
    return np.where(np.isnan(x), -np.inf, x) if np.isnan(x).any() else x


def to_gray(
    values: npt.ArrayLike, voi: VoiWindow | VoiLut, *, is_inverted: bool = False
) -> GrayImage:
    """Map modality values to display gray 0 to 255.

    Parameters
    ----------
    values : array_like
        After the Modality LUT (CT: Hounsfield units).
    voi : VoiWindow or VoiLut
        The VOI transformation.
    is_inverted : bool
        Presentation inversion (MONOCHROME1, or the reader's invert), applied once, last.

    Returns
    -------
    uint8 array of the same shape
        0 black to 255 white.
    """
    fraction = (
        lut_fraction(values, voi) if isinstance(voi, VoiLut) else window_fraction(values, voi)
    )
    if is_inverted:
        fraction = 1.0 - fraction
    return np.rint(fraction * 255.0).astype(np.uint8)


def auto_window(values: npt.ArrayLike, padding: float | None = None) -> VoiWindow:
    """Window from the 0.5th to the 99.5th percentile of a sample, padding left out."""
    flat = np.asarray(values).reshape(-1)
    sample = flat[:: max(1, flat.size // 200_000)].astype(np.float64)
    sample = sample[np.isfinite(sample)]
    if padding is not None and (sample != padding).any():
        sample = sample[sample != padding]
    if sample.size == 0:
        return VoiWindow(0.5, 1.0, VoiFunction.LINEAR_EXACT, "auto")
    low, high = np.percentile(sample, (0.5, 99.5))
    if high <= low:
        low, high = float(sample.min()), float(sample.max())
    width = float(high - low) or 1.0
    return VoiWindow(float(low + high) / 2.0, width, VoiFunction.LINEAR_EXACT, "auto")
