"""Smaller copies of a volume for drawing it in 3-D, made once, on whichever thread asks first."""

from __future__ import annotations

import threading
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np

from medviewer.processing.body_region import inside_body
from medviewer.rendering.decimation import decimate, decimation_factors

if TYPE_CHECKING:
    from medviewer.core.arrays import VoxelArray
    from medviewer.core.geometry import VolumeGeometry
    from medviewer.core.volume import Volume


class Quality(IntEnum):
    """How finely a volume is drawn."""

    COARSE = 0
    """While it moves."""
    MEDIUM = 1
    """A first picture of a volume that stands still, on the CPU; sharp on the GPU."""
    SHARP = 2


_AIR_HU = -1000
_TISSUE_HU = 40
_MAX_VOXELS = {Quality.COARSE: 1_000_000, Quality.MEDIUM: 4_000_000, Quality.SHARP: 20_000_000}


class VolumeCopies:
    """Copies of one volume, kept as long as this object; safe to share between threads."""

    def __init__(self, volume: Volume) -> None:
        self._volume = volume
        self._lock = threading.RLock()
        self._copies: dict[tuple[Quality, bool], tuple[VoxelArray, VolumeGeometry]] = {}

    def copy(
        self, quality: Quality, *, is_inside_body: bool = False
    ) -> tuple[VoxelArray, VolumeGeometry]:
        """Voxels and grid of a copy, of the inside of the body only where asked for."""
        key = (quality, is_inside_body)
        if key in self._copies:  # what is there never waits for what is being made
            return self._copies[key]
        with self._lock:
            if key not in self._copies:
                if is_inside_body:
                    voxels, geometry = self.copy(quality)
                    self._copies[key] = without_surroundings(voxels, geometry), geometry
                else:
                    volume = self._volume
                    self._copies[key] = _smaller(volume.voxels, volume.geometry, quality)
            return self._copies[key]


def without_surroundings(voxels: VoxelArray, geometry: VolumeGeometry) -> VoxelArray:
    """Copy with soft tissue, which presets of the inside do not draw, outside and at the skin."""
    coarse, coarse_geometry = _smaller(voxels, geometry, Quality.COARSE)
    inside = inside_body(coarse, coarse_geometry)
    nearest = [
        np.minimum(np.arange(n) // (n // m), m - 1)
        for n, m in zip(voxels.shape, coarse.shape, strict=True)
    ]
    tissue = np.array(_TISSUE_HU, voxels.dtype)
    result = np.where(inside[np.ix_(*nearest)], voxels, tissue)
    return np.maximum(result, np.array(_AIR_HU, voxels.dtype), out=result)  # less is noise


def _smaller(
    voxels: VoxelArray, geometry: VolumeGeometry, quality: Quality
) -> tuple[VoxelArray, VolumeGeometry]:
    return decimate(voxels, geometry, decimation_factors(geometry, _MAX_VOXELS[quality]))
