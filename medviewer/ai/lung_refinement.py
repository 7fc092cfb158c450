"""Lungs by density and network together: aerated lung by its border, opaque lung by the network.

Air ends where its density is half-way to that of tissue; no network on a coarse grid places that
border as well as the density itself. Where lung is opaque the density says nothing and the
network decides. Fat is neither, unless it lies within the lung: then it is opaque lung with a
little air in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from medviewer.ai.lung_region import LUNG_BELOW_HU

if TYPE_CHECKING:
    import numpy.typing as npt

    FloatArray = npt.NDArray[np.float32]
    Mask = npt.NDArray[np.bool_]

_SMOOTHING_VOXELS = 0.5
_REACH_MM = 9.0
_LEAST_AIR_ML = 5.0
_LEAST_SHARE = 0.1
_CLOSING_MM = 6.0
_OPENING_MM = 3.0
_LUNG_TO_TISSUE_HU = 900.0
_LEAST = 0.02
_FAT_HU = (-170.0, -30.0)
_CROSS = ndimage.generate_binary_structure(3, 1)


def refine_lungs(probabilities: FloatArray, hu: FloatArray, spacing_mm: float) -> FloatArray:
    """Return probabilities of the lungs whose half-way surface is that of the density.

    Parameters
    ----------
    probabilities : float32 array, shape (3, slices, rows, columns)
        Background, left and right lung.
    hu : array, shape (slices, rows, columns)
        Hounsfield units.
    spacing_mm : float
        Side of the cubic voxels.

    Returns
    -------
    float32 array, shape (3, slices, rows, columns)
        0 or 1, except at the border of aerated lung, so that finer grids interpolate it.
    """
    smooth = ndimage.gaussian_filter(hu.astype(np.float32), _SMOOTHING_VOXELS)
    is_lung = probabilities[1] + probabilities[2] > 0.5
    air = smooth < LUNG_BELOW_HU
    aerated = _within(air, is_lung, spacing_mm, _LEAST_AIR_ML)
    fat = ndimage.binary_opening((smooth > _FAT_HU[0]) & (smooth < _FAT_HU[1]), _CROSS)
    opaque = is_lung & ~air & (~fat | _within(fat, is_lung, spacing_mm))
    is_left = probabilities[1] >= probabilities[2]
    labels = np.zeros(hu.shape, np.uint8)
    for number, side in ((1, is_left), (2, ~is_left)):
        whole = _one_lung(aerated & side, opaque & side, spacing_mm)
        labels[whole & (labels == 0)] = number
    return _softened(labels, hu)


def _softened(labels: npt.NDArray[np.uint8], hu: FloatArray) -> FloatArray:
    """Let a border voxel next to air be lung by the share of air in it."""
    is_lung = labels > 0
    border = ndimage.binary_dilation(is_lung, _CROSS) & ~ndimage.binary_erosion(is_lung, _CROSS)
    border &= ndimage.binary_dilation(hu < LUNG_BELOW_HU, _CROSS, 2)
    share = 0.5 + (LUNG_BELOW_HU - hu[border]) / _LUNG_TO_TISSUE_HU
    inside = is_lung[border]
    share = np.where(inside, np.clip(share, 0.5 + _LEAST, 1), np.clip(share, 0, 0.5 - _LEAST))
    nearest = np.where(is_lung, labels, ndimage.grey_dilation(labels, footprint=_CROSS))[border]
    result = np.stack([labels == number for number in range(3)]).astype(np.float32)
    result[0][border] = 1 - share
    for number in (1, 2):
        result[number][border] = np.where(nearest == number, share, 0)
    return result


def _within(mask: Mask, is_lung: Mask, spacing_mm: float, least_ml: float = 0.0) -> Mask:
    """Return the parts of a mask near the network's lungs that mostly lie within them.

    Air outside the patient, in the windpipe or in the bowel may come near, but not within; so may
    the fat of the chest wall and of the mediastinum.
    """
    near = ndimage.distance_transform_edt(~is_lung) * spacing_mm <= _REACH_MM
    parts, count = ndimage.label(mask & near)
    volumes = np.bincount(parts.ravel(), minlength=count + 1)
    within = np.bincount(parts[is_lung], minlength=count + 1)
    is_kept = (within > volumes / 2) & (volumes * spacing_mm**3 / 1000 > least_ml)
    is_kept[0] = False
    return np.asarray(is_kept[parts])


def _one_lung(aerated: Mask, opaque: Mask, spacing_mm: float) -> Mask:
    """Join the aerated part, vessels closed in, with the opaque parts that are not thin shells."""
    reach = max(1, round(_CLOSING_MM / spacing_mm))
    inner = (slice(reach, -reach),) * 3
    closed = ndimage.binary_closing(np.pad(aerated, reach), _ball(_CLOSING_MM / spacing_mm))[inner]
    times = max(1, round(_OPENING_MM / spacing_mm))
    solid = ndimage.binary_opening(opaque & ~closed, _CROSS, times)
    whole = ndimage.binary_fill_holes(closed | solid)
    parts, _ = ndimage.label(whole)
    volumes = np.bincount(parts.ravel())
    volumes[0] = 0
    is_kept = volumes >= max(1.0, _LEAST_SHARE * volumes.max())
    return np.asarray(is_kept[parts])


def _ball(radius: float) -> Mask:
    reach = max(1, int(radius))
    axes = np.ogrid[tuple(slice(-reach, reach + 1) for _ in range(3))]
    return np.asarray(sum(axis**2 for axis in axes) <= radius**2 + 0.1)
