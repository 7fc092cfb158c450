"""Read a part of a volume: the box a reader draws, and on which side of the head it lies."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from medviewer.core.errors import InputMismatchError
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.messages import Message

if TYPE_CHECKING:
    from medviewer.core.arrays import LabelArray
    from medviewer.core.volume import Volume

Window: TypeAlias = tuple[slice, slice, slice]
"""Part of a volume, (k, j, i)."""

_LEAST_VOXELS = 8
_HEAD_WIDTH_MM = 120.0
_MIDLINE_MM = 6.0
"""A box whose middle is nearer to the head's middle than this is on no side."""

_SAMPLE = np.s_[::4, ::4, ::4]


def window_of(geometry: VolumeGeometry, box_lps_mm: tuple[float, ...]) -> Window:
    """Return the part (k, j, i) of a grid that holds a box, as far as it lies in the grid.

    Parameters
    ----------
    geometry : VolumeGeometry
        Of the whole volume.
    box_lps_mm : tuple of 6 float
        Lowest then highest x, y, z, patient LPS mm.
    """
    corners = np.array(list(product(*zip(box_lps_mm[:3], box_lps_mm[3:], strict=True))))
    kji = geometry.lps_to_ijk(corners)[:, ::-1]
    shape = np.asarray(geometry.shape)
    first = np.clip(np.rint(kji.min(axis=0)), 0, shape).astype(int)
    end = np.clip(np.rint(kji.max(axis=0)) + 1, 0, shape).astype(int)
    return slice(first[0], end[0]), slice(first[1], end[1]), slice(first[2], end[2])


def boxed(volume: Volume, box_lps_mm: tuple[float, ...]) -> tuple[Volume, Window]:
    """Cut a box out of a volume.

    Parameters
    ----------
    volume : Volume
        The whole.
    box_lps_mm : tuple of 6 float
        Lowest then highest x, y, z, patient LPS mm; on an oblique grid the part that holds it.

    Returns
    -------
    Volume, tuple of slice
        The part on its own grid (same voxels, same places), and its window (k, j, i).

    Raises
    ------
    InputMismatchError
        The box holds too few voxels of the volume.
    """
    window = window_of(volume.geometry, box_lps_mm)
    sizes = [max(0, axis.stop - axis.start) for axis in window]
    if min(sizes) < _LEAST_VOXELS:
        size = " x ".join(map(str, sizes))
        message = Message(
            "The box holds {size} voxels; each side needs at least {least}.",
            size=size,
            least=_LEAST_VOXELS,
        )
        raise InputMismatchError(message, hint="Draw a larger box within the image.")
    affine = volume.geometry.affine_ijk_to_lps.copy()
    affine[:3, 3] = volume.geometry.ijk_to_lps([float(axis.start) for axis in window[::-1]])
    voxels = np.ascontiguousarray(volume.voxels[window])
    voxels.setflags(write=False)
    part = replace(
        volume,
        voxels=voxels,
        geometry=VolumeGeometry(voxels.shape, affine),
        is_loaded=volume.is_loaded[window[0]],
        slice_attributes=volume.slice_attributes[window[0]],
    )
    return part, window


def unboxed(labels: LabelArray, window: Window, shape: tuple[int, int, int]) -> LabelArray:
    """Lay the labels of a part on the whole volume's grid; 0 outside the box."""
    whole = np.zeros(shape, np.uint8)
    whole[window] = labels
    return whole


def side_of_head(volume: Volume, box_lps_mm: tuple[float, ...] | None) -> str:
    """Say on which side of the patient a box lies, or the volume as its header has it.

    Parameters
    ----------
    volume : Volume
        The whole.
    box_lps_mm : tuple of 6 float, or None
        As :func:`boxed`.

    Returns
    -------
    str
        ``left`` or ``right``; empty where neither the box's place relative to the middle of
        what is bright nor the header's laterality (0020,0062) tells.
    """
    width_mm = float(np.ptp(volume.geometry.corners_lps_mm[:, 0]))
    if box_lps_mm is not None and width_mm >= _HEAD_WIDTH_MM:
        sampled = volume.voxels[_SAMPLE]
        places = np.argwhere(sampled > sampled.mean()) * 4
        middle = float(volume.geometry.ijk_to_lps(places[:, ::-1].astype(float))[:, 0].mean())
        offset = (box_lps_mm[0] + box_lps_mm[3]) / 2.0 - middle  # x grows to the left
        if abs(offset) > _MIDLINE_MM:
            return "left" if offset > 0 else "right"
    stated = volume.attributes.get("laterality", "").strip().upper()[:1]
    return {"L": "left", "R": "right"}.get(stated, "")
