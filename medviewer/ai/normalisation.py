"""From source values to network values, for a whole image or part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from medviewer.ai.model_card import Normalisation

    FloatArray = npt.NDArray[np.float32]

_PADDED_SHARE = 0.05
"""Of a volume's six faces: as much of its lowest value as no crop out of a patient shows."""


def finite(values: npt.NDArray[np.generic]) -> FloatArray:
    """Return float32 values with NaN and infinities replaced by the lowest finite value."""
    return _with_finite_values(values, _lowest(values))


def hounsfield(values: FloatArray, rule: Normalisation) -> FloatArray:
    """Return the Hounsfield units, as far as they were not clipped, of network values.

    Parameters
    ----------
    values : float32 array
        Made by a rule of the method ``window``.
    rule : Normalisation
        That rule.
    """
    bottom, top = rule.output
    return (values - bottom) * ((rule.upper - rule.lower) / (top - bottom)) + rule.lower


def normalise(values: npt.NDArray[np.generic], rule: Normalisation) -> FloatArray:
    """Turn source values into network values.

    Parameters
    ----------
    values : array
        Finite.
    rule : Normalisation
        How.

    Returns
    -------
    float32 array
        Same shape; a constant image becomes constant.
    """
    return normaliser(values, rule)(values)


def normaliser(
    values: npt.NDArray[np.generic], rule: Normalisation, padding: float | None = None
) -> Callable[[npt.NDArray[np.generic]], FloatArray]:
    """Return the function that turns any part of an image into network values.

    A whole CT as float32 fills hundreds of megabytes: what needs no statistics of the whole
    image is never copied whole.

    Parameters
    ----------
    values : array
        The whole image; values that are not finite count as the lowest one that is.
    rule : Normalisation
        How.
    padding : float, optional
        Network value of what lies around the image of a volume that was padded, as turning it to
        another grid does: that is no tissue, and must not move the mean of what is.

    Returns
    -------
    callable
        From a part of the image to float32 network values of its shape.
    """
    lowest = _lowest(values)
    shift, scale, bottom = np.float32(0.0), 1.0, 0.0
    around: np.float32 | None = None
    if rule.method == "zscore":
        whole = _with_finite_values(values, lowest)
        around = _value_around(whole) if padding is not None else None
        if around is not None:
            whole = whole[whole != around]
        shift, scale = whole.mean(), float(whole.std()) or 1.0
    elif rule.method != "none":
        low, high = rule.lower, rule.upper
        if rule.method == "percentiles":
            whole = _with_finite_values(values, lowest)
            low, high = (float(v) for v in np.percentile(whole, [rule.lower, rule.upper]))
        bottom = rule.output[0]
        shift, scale = np.float32(low), max(high - low, 1e-6)
    gain = rule.output[1] - bottom

    def apply(part: npt.NDArray[np.generic]) -> FloatArray:
        source = _with_finite_values(part, lowest)
        result = source - shift
        if rule.method != "none":
            result /= scale
        if rule.method in {"window", "percentiles"}:
            result *= gain
            result += bottom
        if rule.clip is not None:
            np.clip(result, *rule.clip, out=result)
        if around is not None:
            result[source == around] = padding
        return np.asarray(result, np.float32)

    return apply


def _value_around(volume: FloatArray) -> np.float32 | None:
    """Value that a volume was padded with; ``None`` if it was not, or is nothing else."""
    lowest = volume.min()
    ends = [volume.take((0, -1), axis=axis).ravel() for axis in range(volume.ndim)]
    is_padded = np.mean(np.concatenate(ends) == lowest) >= _PADDED_SHARE
    return np.float32(lowest) if is_padded and volume.max() > lowest else None


def _lowest(values: npt.NDArray[np.generic]) -> np.float32 | None:
    """Lowest finite value where some are not finite, else ``None``."""
    if not np.issubdtype(values.dtype, np.floating):
        return None
    is_finite = np.isfinite(values)
    if is_finite.all():
        return None
    return np.float32(values[is_finite].min()) if is_finite.any() else np.float32(0)


def _with_finite_values(values: npt.NDArray[np.generic], lowest: np.float32 | None) -> FloatArray:
    result = np.asarray(values, np.float32)
    if lowest is not None:
        result = np.where(np.isfinite(result), result, lowest)
    return result
