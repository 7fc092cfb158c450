"""The cut a 2-D view makes through the patient: its plane, its place and its outline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from medviewer.core.planes import (
    Orientation,
    Plane,
    acquisition_plane,
    first_position_through,
    plane_for,
    slice_positions,
)
from medviewer.core.volume import ImageStack, Volume

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.core.arrays import PointLps, PointsLps
    from medviewer.core.display import SliceState
    from medviewer.core.geometry import VolumeGeometry

Image: TypeAlias = Volume | ImageStack

_PARALLEL = 1.0 - 1e-6
_IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True, eq=False)
class Cut:
    """Where one shown image lies in the patient.

    Attributes
    ----------
    plane : Plane
    position_mm : float
        Along ``plane.normal``.
    corners_lps_mm : array, shape (4, 3)
        Outline of the image, in order around it.
    """

    plane: Plane
    position_mm: float
    corners_lps_mm: PointsLps

    @property
    def centre_lps_mm(self) -> PointLps:
        """Middle of the outline."""
        return np.asarray(self.corners_lps_mm.mean(axis=0))

    def project(self, point_lps_mm: npt.ArrayLike) -> PointLps:
        """Nearest point of the plane, patient LPS mm."""
        point = np.asarray(point_lps_mm, float)
        return np.asarray(
            point + (self.position_mm - point @ self.plane.normal) * self.plane.normal
        )


def image_stack_mm(geometry: VolumeGeometry, state: SliceState) -> tuple[Plane, float, float, int]:
    """Plane, first position, step (mm along the normal) and count of a volume's images.

    A turned cut with a focus is shifted by less than a step: one image runs through the focus.
    """
    plane = shown_plane(geometry, state)
    first_mm, step_mm, n = slice_positions(plane, geometry)
    if state.focus_lps_mm is not None and _is_turned(state):
        first_mm = first_position_through(state.focus_lps_mm, plane, first_mm, step_mm)
    return plane, first_mm, step_mm, n


def n_images(image: Image, state: SliceState) -> int:
    """How many images a view in this state can page through."""
    if isinstance(image, ImageStack):
        return len(image.frames)
    return image_stack_mm(image.geometry, state)[3]


def shown_plane(geometry: VolumeGeometry, state: SliceState) -> Plane:
    """Plane of a view of a volume, oblique rotation included."""
    plane = plane_for(state.orientation, geometry)
    if not _is_turned(state):
        return plane
    return plane.rotated(np.array(state.oblique).reshape(3, 3))


def cut_of(image: Image, state: SliceState) -> Cut | None:
    """Cut of the shown image; ``None`` where it has no place in a patient."""
    if isinstance(image, Volume):
        plane, first_mm, step_mm, n = image_stack_mm(image.geometry, state)
        index = min(max(state.slice_index, 0), n - 1)
        return _outlined(plane, first_mm + step_mm * index, image.geometry)
    frame = image.frames[state.slice_index] if state.slice_index < len(image.frames) else None
    if frame is None or frame.geometry is None:
        return None
    plane = acquisition_plane(frame.geometry)
    return _outlined(plane, float(frame.geometry.origin_lps_mm @ plane.normal), frame.geometry)


def recorded_slice(volume: Volume, state: SliceState) -> int | None:
    """Slice of the grid that a view shows; ``None`` where it cuts across the slices."""
    cut = cut_of(volume, state)
    if cut is None or abs(float(cut.plane.normal @ volume.geometry.slice_normal)) < _PARALLEL:
        return None
    k = round(float(volume.geometry.lps_to_ijk(cut.centre_lps_mm)[2]))
    return min(max(k, 0), volume.geometry.shape[0] - 1)


def index_nearest(image: Image, state: SliceState, point_lps_mm: npt.ArrayLike) -> int | None:
    """Image nearest to a point in a view of this state; ``None`` where nothing has a place."""
    point = np.asarray(point_lps_mm, float)
    if isinstance(image, Volume):
        plane, first_mm, step_mm, n = image_stack_mm(image.geometry, state)
        return min(max(round(float(point @ plane.normal - first_mm) / step_mm), 0), n - 1)
    distances = {
        i: abs(float((point - frame.geometry.origin_lps_mm) @ frame.geometry.slice_normal))
        for i, frame in enumerate(image.frames)
        if frame is not None and frame.geometry is not None
    }
    return min(distances, key=distances.__getitem__) if distances else None


def reference_segment(shown: Cut, other: Cut) -> PointsLps | None:
    """Where the outline of another cut passes through the shown plane.

    Returns
    -------
    array, shape (2, 3), or None
        End points in patient LPS mm; ``None`` for (nearly) parallel or disjoint cuts.
    """
    if abs(float(shown.plane.normal @ other.plane.normal)) > np.cos(np.deg2rad(10.0)):
        return None
    corners = other.corners_lps_mm
    distances = corners @ shown.plane.normal - shown.position_mm
    crossings = []
    for a in range(4):
        b = (a + 1) % 4
        if (distances[a] > 0) != (distances[b] > 0):
            t = distances[a] / (distances[a] - distances[b])
            crossings.append(corners[a] + t * (corners[b] - corners[a]))
    return np.array(crossings) if len(crossings) == 2 else None


def _is_turned(state: SliceState) -> bool:
    return state.orientation is not Orientation.ACQUISITION and state.oblique != _IDENTITY


def _outlined(plane: Plane, position_mm: float, geometry: VolumeGeometry) -> Cut:
    corners = geometry.corners_lps_mm
    across, along = corners @ plane.right, corners @ plane.down
    ends = (
        (across.min(), along.min()),
        (across.max(), along.min()),
        (across.max(), along.max()),
        (across.min(), along.max()),
    )
    outline = [x * plane.right + y * plane.down + position_mm * plane.normal for x, y in ends]
    return Cut(plane, position_mm, np.array(outline))
