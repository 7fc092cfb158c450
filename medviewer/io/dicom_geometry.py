"""Order images along their normal, and say whether and how they form a regular grid.

ImagePositionPatient and ImageOrientationPatient alone decide (PS3.3 C.7.6.2): never
SliceThickness, SliceLocation or InstanceNumber. What is irregular is named with its numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from medviewer.core.errors import GeometryError
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.planes import is_read_backwards
from medviewer.core.study import Regridding, SeriesWarning

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medviewer.io.frame_facts import FrameFacts

Array = np.ndarray[Any, Any]

MAX_BRIDGED_STEPS = 2.5
"""A step up to this many times the smallest one is bridged by interpolation; beyond, a stack."""
MAX_MISSING_FRACTION = 0.34
"""More missing slices than this share of the recorded ones are not interpolated."""
MAX_TILT_DEG = 60.0


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Images in order, and the grid they form.

    Attributes
    ----------
    geometry : VolumeGeometry or None
        The regular grid, after correction; ``None`` where the images form none.
    regridding : Regridding or None
        Set where the grid differs from the recorded planes.
    """

    frames: tuple[FrameFacts, ...]
    geometry: VolumeGeometry | None = None
    regridding: Regridding | None = None
    warnings: tuple[SeriesWarning, ...] = ()


@dataclass(frozen=True, slots=True)
class _Planes:
    """Parallel image planes, sorted along their normal.

    Attributes
    ----------
    along_mm : array, shape (n,)
        Position along the normal, from the first plane.
    aside_mm : array, shape (n, 2)
        Offset of the first pixel along rows and columns, from the first plane.
    """

    origin: Array
    row: Array
    column: Array
    normal: Array
    spacing_mm: tuple[float, float]
    along_mm: Array
    aside_mm: Array

    @property
    def steps_mm(self) -> Array:
        """Distances between neighbours."""
        return np.diff(self.along_mm)


def arrange(frames: Sequence[FrameFacts]) -> Arrangement:
    """Order the images of one group and find their grid.

    Parameters
    ----------
    frames : sequence of FrameFacts
        Of one matrix, spacing and orientation (:mod:`medviewer.io.series_splitting`).
    """
    if not all(frame.has_geometry for frame in frames):
        return Arrangement(in_reading_order(frames))
    axes = _axes(np.array(frames[0].orientation))
    if axes is None:
        text = " ".join(f"{value:g}" for value in frames[0].orientation or ())
        message = (
            f"ImageOrientationPatient {text} is not a pair of unit vectors at right angles; "
            "the images have no place in the patient."
        )
        warning = SeriesWarning("geometry.orientation", message, {"orientation": text})
        return Arrangement(in_reading_order(frames), warnings=(warning,))
    ordered, planes = _sorted(frames, *axes)
    if len(ordered) == 1:
        return Arrangement(ordered, _single(ordered[0], planes))
    return _grid(ordered, planes)


def in_reading_order(frames: Sequence[FrameFacts]) -> tuple[FrameFacts, ...]:
    """Order of images without a place: instance number, frame, file name."""
    return tuple(
        sorted(
            frames,
            key=lambda f: (
                f.reference.instance_number is None,
                f.reference.instance_number or 0,
                str(f.reference.path),
                f.reference.frame_index,
            ),
        )
    )


def in_paging_order(frames: tuple[FrameFacts, ...]) -> tuple[FrameFacts, ...]:
    """Turn images sorted along their normal round where a reader begins at the other end.

    Images that share a position, and all where one has no place, keep their order.
    """
    axes = _axes(np.array(frames[0].orientation)) if all(f.has_geometry for f in frames) else None
    if axes is None or not is_read_backwards(axes[2]):
        return frames
    return tuple(sorted(frames, key=lambda f: -round(float(axes[2] @ f.position_lps_mm), 3)))


def frame_geometry(frame: FrameFacts) -> VolumeGeometry | None:
    """One-slice grid of an image; ``None`` where it has no valid place."""
    axes = _axes(np.array(frame.orientation)) if frame.has_geometry else None
    if axes is None:
        return None
    return _single(frame, _sorted([frame], *axes)[1])


def _axes(orientation: Array) -> tuple[Array, Array, Array] | None:
    """Return unit row and column directions and their normal; ``None`` where they are none."""
    row, column = orientation[:3], orientation[3:]
    lengths = np.linalg.norm(row), np.linalg.norm(column)
    if min(lengths) < 0.9 or max(lengths) > 1.1 or abs(row @ column) > 0.05:
        return None
    row = row / lengths[0]
    column = column - (column @ row) * row
    column = column / np.linalg.norm(column)
    return row, column, np.cross(row, column)


def _sorted(
    frames: Sequence[FrameFacts], row: Array, column: Array, normal: Array
) -> tuple[tuple[FrameFacts, ...], _Planes]:
    positions = np.array([frame.position_lps_mm for frame in frames])
    along = positions @ normal
    order = sorted(range(len(frames)), key=lambda n: (along[n], frames[n].time_key))
    ordered = tuple(frames[n] for n in order)
    positions = positions[order]
    relative = positions - positions[0]
    planes = _Planes(
        origin=positions[0],
        row=row,
        column=column,
        normal=normal,
        spacing_mm=ordered[0].pixel_spacing_mm or (1.0, 1.0),
        along_mm=relative @ normal,
        aside_mm=np.stack([relative @ row, relative @ column], axis=1),
    )
    return ordered, planes


def _geometry(
    planes: _Planes, shape: tuple[int, int, int], origin: Array, step_mm: float
) -> VolumeGeometry | None:
    row_mm, column_mm = planes.spacing_mm
    try:
        return VolumeGeometry.from_axes(
            shape,
            origin,
            np.stack([planes.row, planes.column, planes.normal], axis=1),
            (column_mm, row_mm, step_mm),
        )
    except GeometryError:
        return None  # spacing or position beyond what a grid can have


def _single(frame: FrameFacts, planes: _Planes) -> VolumeGeometry | None:
    """Grid of one image; its extent along the normal is the recorded thickness, else 1 mm."""
    thickness = frame.thickness_mm if frame.thickness_mm and frame.thickness_mm > 0 else 1.0
    return _geometry(planes, (1, *frame.matrix), planes.origin, thickness)


def _grid(frames: tuple[FrameFacts, ...], planes: _Planes) -> Arrangement:
    n = len(frames)
    if planes.along_mm[-1] <= 1e-3:  # one place, many times
        return Arrangement(frames)
    step_mm = float(planes.along_mm[-1] / (n - 1))
    lateral = _lateral_warning(planes)
    if _is_regular(planes.along_mm, step_mm):
        if lateral is None:
            shape = (n, *frames[0].matrix)
            return Arrangement(frames, _geometry(planes, shape, planes.origin, step_mm))
        return _corrected(frames, planes, n, (lateral,))
    spacing = _spacing_warning(planes)
    warnings = (spacing,) if lateral is None else (spacing, lateral)
    steps = planes.steps_mm
    n_grid = round(float(planes.along_mm[-1] / steps.min())) + 1
    is_bridgeable = steps.max() <= MAX_BRIDGED_STEPS * steps.min() and n_grid - n <= max(
        1.0, MAX_MISSING_FRACTION * n
    )
    if not is_bridgeable:
        return Arrangement(frames, warnings=tuple(_shown_as_stack(w) for w in warnings))
    return _corrected(frames, planes, n_grid, warnings)


def _is_regular(along_mm: Array, step_mm: float) -> bool:
    """Whether the planes lie on a regular grid, but for the rounding of headers to 0.1 mm."""
    tolerance = min(max(0.051, 0.01 * step_mm), 0.1 * step_mm)
    number = np.arange(len(along_mm)) - (len(along_mm) - 1) / 2.0
    slope = float(number @ along_mm / (number @ number))
    return bool(np.abs(along_mm - along_mm.mean() - slope * number).max() <= tolerance)


def _lateral_warning(planes: _Planes) -> SeriesWarning | None:
    """Name a sideways shift of the planes: a tilt where it grows evenly, else an offset."""
    aside = planes.aside_mm
    largest = float(np.linalg.norm(aside, axis=1).max())
    if largest <= 0.25 * min(planes.spacing_mm):
        return None
    slope = (planes.along_mm @ aside) / float(planes.along_mm @ planes.along_mm)
    rest = float(np.linalg.norm(aside - np.outer(planes.along_mm, slope), axis=1).max())
    angle = float(np.rad2deg(np.arctan(np.linalg.norm(slope))))
    if rest <= 0.5 * max(planes.spacing_mm) and angle <= MAX_TILT_DEG:
        message = (
            f"The slices are tilted by {angle:.1f} degrees against their stacking direction "
            f"(gantry tilt), {largest:.1f} mm over the series; the volume is sheared upright."
        )
        facts: dict[str, object] = {"angle_deg": round(angle, 2), "shift_mm": round(largest, 2)}
        return SeriesWarning("geometry.tilt", message, facts)
    message = (
        f"The slices are shifted sideways against each other by up to {largest:.1f} mm; "
        "each is moved to its place."
    )
    return SeriesWarning("geometry.offset", message, {"shift_mm": round(largest, 2)})


def _spacing_warning(planes: _Planes) -> SeriesWarning:
    """Name a gap where all steps are multiples of the smallest, else unequal spacing."""
    steps = planes.steps_mm[::-1] if is_read_backwards(planes.normal) else planes.steps_mm
    smallest, largest = float(steps.min()), float(steps.max())
    multiples = np.rint(steps / smallest)
    if np.abs(steps / smallest - multiples).max() <= 0.1:
        n_missing = int((multiples - 1).sum())
        first = int(np.argmax(multiples > 1)) + 1
        n_gaps = int((multiples > 1).sum())
        places = f"between slices {first} and {first + 1}"
        if n_gaps > 1:
            places += f" and at {n_gaps - 1} more {'place' if n_gaps == 2 else 'places'}"
        message = (
            f"{n_missing} slice{'s are' if n_missing > 1 else ' is'} missing: a gap of "
            f"{steps[first - 1]:.2f} mm {places}, where the spacing is {smallest:.2f} mm; "
            "the gap is filled by interpolation."
        )
        facts: dict[str, object] = {
            "n_missing": n_missing,
            "gap_mm": round(float(steps[first - 1]), 3),
            "spacing_mm": round(smallest, 3),
            "slice": first,
        }
        return SeriesWarning("geometry.gap", message, facts)
    message = (
        f"The distance between slices varies from {smallest:.2f} to {largest:.2f} mm; "
        "the volume is resampled to equal spacing."
    )
    facts = {"smallest_mm": round(smallest, 3), "largest_mm": round(largest, 3)}
    return SeriesWarning("geometry.unequal_spacing", message, facts)


def _shown_as_stack(warning: SeriesWarning) -> SeriesWarning:
    text = warning.message.rpartition(";")[0]
    message = f"{text}; the images are shown one by one, not as a volume."
    return SeriesWarning(warning.code, message, {**warning.facts, "is_stack": True})


def _corrected(
    frames: tuple[FrameFacts, ...],
    planes: _Planes,
    n_slices: int,
    warnings: tuple[SeriesWarning, ...],
) -> Arrangement:
    """Grid of ``n_slices`` around the shifted planes, large enough to lose no pixel."""
    step_mm = float(planes.along_mm[-1] / (n_slices - 1))
    row_mm, column_mm = planes.spacing_mm
    offsets = planes.aside_mm / np.array([column_mm, row_mm])
    if np.linalg.norm(planes.aside_mm, axis=1).max() <= 0.25 * min(planes.spacing_mm):
        offsets = np.zeros_like(offsets)
    low = np.floor(offsets.min(axis=0) + 1e-6)
    high = np.ceil(offsets.max(axis=0) - 1e-6)
    rows, columns = frames[0].matrix
    shape = (n_slices, rows + int(high[1] - low[1]), columns + int(high[0] - low[0]))
    if shape[1] * shape[2] > 4 * rows * columns:  # scattered, not sheared
        return Arrangement(frames, warnings=tuple(_shown_as_stack(w) for w in warnings))
    origin = planes.origin + planes.row * low[0] * column_mm + planes.column * low[1] * row_mm
    regridding = Regridding(
        tuple((planes.along_mm / step_mm).tolist()),
        tuple((float(x), float(y)) for x, y in offsets - low),
    )
    return Arrangement(frames, _geometry(planes, shape, origin, step_mm), regridding, warnings)
