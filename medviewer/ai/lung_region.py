"""Where the lungs are in a chest CT, fast and coarse: thresholds and components at 4 mm.

The region is generous: dents of the lungs' surface (nodules at the pleura, opaque parts) are
filled and a margin is added. It bounds where a model looks; it is not a segmentation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from medviewer.ai.normalisation import hounsfield

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from medviewer.ai.model_card import Normalisation

CELL_MM = 4.0
_OPEN_AIR_BELOW_HU = -960.0
LUNG_BELOW_HU = -400.0
"""Half-way between aerated lung and soft tissue."""
_AERATED_HU = (-950.0, -500.0)
_BODY_ABOVE_HU = -350.0
_LEAST_PART_ML = 60.0
_LEAST_LUNGS_ML = 300.0
_LEAST_EXTENT_MM = 130.0
_LEAST_ENCLOSED = 0.5
_CLOSING_MM = 20.0
_MARGIN_MM = 8.0


def region_of(
    values: npt.NDArray[np.float32], rule: Normalisation, spacing_mm: float
) -> npt.NDArray[np.bool_] | None:
    """Return the lungs of an image in network values; see :func:`lung_region`.

    Parameters
    ----------
    values : float32 array, shape (slices, rows, columns)
        Network values of a CT on cubic voxels; axes to superior, posterior and left.
    rule : Normalisation
        How Hounsfield units became network values.
    spacing_mm : float
        Side of a voxel.
    """
    return lung_region(hounsfield(values, rule), spacing_mm)


def aerated_share(
    values: npt.NDArray[np.float32], rule: Normalisation, spacing_mm: tuple[float, float, float]
) -> float:
    """Return how much of what is not air has the density of lung.

    Parameters
    ----------
    values : float32 array, shape (n0, n1, n2)
        Network values of a CT; axes in any order.
    rule : Normalisation
        How Hounsfield units became network values.
    spacing_mm : tuple of float
        Of the axes.

    Returns
    -------
    float
        0 ... 1, in cells of about 4 mm; layers one cell thick, such as the blurred skin, do not
        count.
    """
    cells = _averaged(values, [voxels_per_cell(side) for side in spacing_mm])
    hu = hounsfield(cells, rule)
    low, high = _AERATED_HU
    lung = ndimage.binary_opening((hu > low) & (hu < high))
    return round(int(lung.sum()) / max(int((hu > low).sum()), 1), 4)


def lung_region(hu: npt.NDArray[np.float32], spacing_mm: float) -> npt.NDArray[np.bool_] | None:
    """Find the lungs.

    Parameters
    ----------
    hu : float32 array, shape (slices, rows, columns)
        Hounsfield units on cubic voxels; axes to superior, posterior and left.
    spacing_mm : float
        Side of a voxel.

    Returns
    -------
    bool array or None
        In cells of about 4 mm: cell ``c`` spans the voxels ``[c * n, (c + 1) * n)`` with ``n`` of
        :func:`voxels_per_cell`. ``None`` where too little of a chest is shown to find lungs.
    """
    if min(hu.shape) * spacing_mm < _LEAST_EXTENT_MM:
        return None
    n = voxels_per_cell(spacing_mm)
    coarse = _averaged(hu, [n] * 3)
    side_mm = n * spacing_mm
    per_ml = 1000.0 / side_mm**3
    air = _touching_border(coarse < _OPEN_AIR_BELOW_HU)
    aerated = (coarse < LUNG_BELOW_HU) & ~air
    core = ndimage.binary_opening(aerated)
    parts, count = ndimage.label(core)
    if not count:
        return None
    enclosed = _enclosed(coarse > _BODY_ABOVE_HU)
    numbers = np.arange(1, count + 1)
    volumes = ndimage.sum_labels(core, parts, numbers)
    inside = ndimage.mean(enclosed, parts, numbers)
    chosen = numbers[(volumes >= _LEAST_PART_ML * per_ml) & (np.asarray(inside) >= _LEAST_ENCLOSED)]
    lungs = np.isin(parts, chosen)
    if lungs.sum() < _LEAST_LUNGS_ML * per_ml:
        return None
    return _grown(lungs, side_mm)


def voxels_per_cell(spacing_mm: float) -> int:
    """Return how many voxels a cell of the region has along each axis."""
    return max(1, round(CELL_MM / spacing_mm))


def _averaged(values: npt.NDArray[np.float32], sizes: Sequence[int]) -> npt.NDArray[np.float32]:
    """Average blocks of so many voxels along each axis; the border is repeated."""
    margins = [(0, -n % size) for n, size in zip(values.shape, sizes, strict=True)]
    padded = np.pad(values, margins, mode="edge")
    for axis, size in enumerate(sizes):
        shape = padded.shape
        split = (*shape[:axis], shape[axis] // size, size, *shape[axis + 1 :])
        padded = padded.reshape(split).mean(axis=axis + 1)
    return padded.astype(np.float32)


def _touching_border(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return the components that reach the sides of the image (not its first or last slice)."""
    parts, _ = ndimage.label(mask)
    sides = (parts[:, 0], parts[:, -1], parts[:, :, 0], parts[:, :, -1])
    numbers = np.unique(np.concatenate([side.ravel() for side in sides]))
    return np.isin(parts, numbers[numbers > 0])


def _enclosed(tissue: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Return where tissue lies to at least three of left, right, front and back."""
    parts, count = ndimage.label(tissue)
    if count:
        volumes = np.bincount(parts.ravel())
        volumes[0] = 0
        tissue = parts == int(volumes.argmax())
    directions = np.zeros(tissue.shape, np.int8)
    for axis in (1, 2):
        directions += np.logical_or.accumulate(tissue, axis)
        directions += np.flip(np.logical_or.accumulate(np.flip(tissue, axis), axis), axis)
    return directions >= 3


def _grown(lungs: npt.NDArray[np.bool_], side_mm: float) -> npt.NDArray[np.bool_]:
    """Fill dents up to 40 mm wide and holes, and add a margin of 8 mm."""
    reach = max(1, round(_CLOSING_MM / side_mm))
    margin_mm = _MARGIN_MM
    padded = np.pad(lungs, reach)
    away = ndimage.distance_transform_edt(~padded) * side_mm
    dilated = away <= _CLOSING_MM
    depth = ndimage.distance_transform_edt(dilated) * side_mm
    closed = ndimage.binary_fill_holes((depth > _CLOSING_MM) | padded)
    grown = ndimage.distance_transform_edt(~closed) * side_mm <= margin_mm
    inner = (slice(reach, -reach),) * 3
    return np.asarray(grown[inner])
