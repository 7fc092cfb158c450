"""Bring irregular slices onto a regular grid: shifts within the plane, interpolation along it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from medviewer.core.study import Regridding

_EXACT = 1e-3
"""Slices nearer than this share of a step to a place of the grid are copied, not interpolated."""


@dataclass(frozen=True, slots=True)
class SliceSource:
    """What one slice of the grid is made of.

    Attributes
    ----------
    frames : tuple of int
        One recorded frame, or the two neighbours.
    weights : tuple of float
        Share of each; they add up to 1.
    """

    frames: tuple[int, ...]
    weights: tuple[float, ...]


def slice_sources(regridding: Regridding, n_slices: int) -> tuple[SliceSource, ...]:
    """Find the recorded frames each slice of the grid is interpolated from (linearly)."""
    places = np.asarray(regridding.slice_indices)
    sources = []
    for k in range(n_slices):
        upper = int(np.clip(np.searchsorted(places, k), 1, len(places) - 1))
        lower = upper - 1
        weight = float(np.clip((k - places[lower]) / (places[upper] - places[lower]), 0.0, 1.0))
        if weight < _EXACT:
            sources.append(SliceSource((lower,), (1.0,)))
        elif weight > 1.0 - _EXACT:
            sources.append(SliceSource((upper,), (1.0,)))
        else:
            sources.append(SliceSource((lower, upper), (1.0 - weight, weight)))
    return tuple(sources)


def regridded_slice(
    source: SliceSource,
    regridding: Regridding,
    read: Callable[[int], npt.NDArray[Any]],
    out: npt.NDArray[Any],
    fill: float,
) -> None:
    """Make one slice of the grid.

    Parameters
    ----------
    source : SliceSource
    regridding : Regridding
    read : callable
        Values of a recorded frame, shape (rows, columns).
    out : array, shape (grid rows, grid columns)
        Whole numbers are rounded.
    fill : float
        Value where no frame has a pixel.
    """
    total = np.zeros(out.shape, np.float32)
    for frame, weight in zip(source.frames, source.weights, strict=True):
        total += np.float32(weight) * shifted(
            read(frame), out.shape, regridding.offsets_px[frame], fill
        )
    if out.dtype.kind in "iu":
        np.rint(total, out=total)
    out[...] = total


def shifted(
    image: npt.NDArray[Any], shape: tuple[int, ...], offset_px: tuple[float, float], fill: float
) -> npt.NDArray[np.float32]:
    """Lay an image on a larger grid with its first pixel at ``offset_px`` (column, row).

    Bilinear; grid pixels beyond the outermost pixel centres of the image are ``fill``.
    """
    result = _shifted_rows(image.astype(np.float32), shape[0], offset_px[1], fill)
    return _shifted_rows(result.T, shape[1], offset_px[0], fill).T


def _shifted_rows(
    image: npt.NDArray[np.float32], n_rows: int, offset: float, fill: float
) -> npt.NDArray[np.float32]:
    """Lay an image on ``n_rows`` rows, its first row at ``offset`` >= 0."""
    whole = int(np.floor(offset + _EXACT))
    part = max(0.0, offset - whole)
    result = np.full((n_rows, image.shape[1]), fill, np.float32)
    if part <= _EXACT:
        result[whole : whole + image.shape[0]] = image
    else:  # grid row whole + n + 1 lies between image rows n and n + 1
        between = image[:-1] * np.float32(part) + image[1:] * np.float32(1.0 - part)
        result[whole + 1 : whole + image.shape[0]] = between
    return result
