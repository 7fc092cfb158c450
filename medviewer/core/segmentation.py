"""Labelmaps on a patient grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medviewer.core.geometry import VolumeGeometry

if TYPE_CHECKING:
    from medviewer.core.arrays import LabelArray
    from medviewer.core.provenance import Provenance


@dataclass(frozen=True, slots=True)
class Code:
    """A coded concept (PS3.3 8.1): value, scheme, meaning."""

    value: str
    scheme: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: ``number`` >= 1 (0 is background, PS3.3 C.8.20.4)."""

    number: int
    label: str
    code: Code | None = None
    color_rgb: tuple[int, int, int] | None = None


@dataclass(frozen=True, eq=False)
class Segmentation:
    """A labelmap, placed by coordinates.

    Attributes
    ----------
    labels : uint8 array, shape (slices, rows, columns)
    geometry : VolumeGeometry
    frame_of_reference_uid : str
        A view of another frame of reference refuses it.
    source_id : str
        Id of the image it was made from.
    frame_index : int
        Frame of an :class:`ImageStack` it belongs to.
    is_on_pixels : bool
        A 2-D image's labels, shape ``(1, rows, columns)``: they lie on that frame's pixels and
        ``geometry`` is :func:`pixel_geometry`, no place in the patient.
    """

    id: str
    labels: LabelArray
    geometry: VolumeGeometry
    segments: tuple[Segment, ...]
    frame_of_reference_uid: str = ""
    provenance: Provenance | None = None
    source_id: str = ""
    frame_index: int = 0
    is_on_pixels: bool = False

    def volume_ml(self, segment_number: int) -> float:
        """Volume of a segment in millilitres."""
        voxel_mm3 = float(np.prod(self.geometry.spacing_ijk_mm))
        return float(np.count_nonzero(self.labels == segment_number)) * voxel_mm3 / 1000.0

    def segment_centre(
        self, segment_number: int, slice_index: int | None = None
    ) -> tuple[float, float, float] | None:
        """Centre (patient LPS mm) of a segment on one slice; ``None`` where there is nothing of it.

        Parameters
        ----------
        slice_index : int, optional
            By default the slice on which the segment is largest.
        """
        counts = np.count_nonzero(self.labels == segment_number, axis=(1, 2))
        k = int(counts.argmax()) if slice_index is None else slice_index
        if not 0 <= k < len(counts) or not counts[k]:
            return None
        j, i = np.argwhere(self.labels[k] == segment_number).mean(axis=0)
        x, y, z = self.geometry.ijk_to_lps((i, j, k)).tolist()
        return x, y, z


def pixel_geometry(rows: int, columns: int) -> VolumeGeometry:
    """Return the grid of a 2-D image without a place in the patient: 1 pixel is 1."""
    return VolumeGeometry((1, rows, columns), np.eye(4))
