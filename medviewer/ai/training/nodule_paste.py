"""Synthetic lung nodules: real shapes, pasted with soft edge, density and partial volume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from medviewer.ai.training.nodule_data import Nodule, equivalent_diameter

if TYPE_CHECKING:
    from pathlib import Path

_SMALL_MM = (3.2, 12.0)
_LARGE_MM = (8.0, 28.0)
_SMALL_SHARE = 0.6
_COUNTED_FROM_MM = 4.2
_SIMILAR = 1.6
_N_TRIES = 8
_GAP_MM = 3.0
_BORDER_MM = 5
_NEAR_WALL_SHARE = 0.35
_LUNG_HU = (-985.0, -650.0)
_WALL_HU = (-650.0, -300.0)
_SOLID_SHARE, _PART_SOLID_SHARE = 0.52, 0.16
_CALCIFIED_SHARE = 0.06


@dataclass(frozen=True)
class ShapeBank:
    """Shapes of real nodules.

    Attributes
    ----------
    shapes : list of bool array
        On 1 mm voxels, any size.
    diameters_mm : array
        Of the spheres of their volumes.
    """

    shapes: list[np.ndarray]
    diameters_mm: np.ndarray

    def similar(self, diameter_mm: float, rng: np.random.Generator) -> np.ndarray:
        """Return a random shape whose own size is not far from a diameter."""
        ratio = np.abs(np.log(self.diameters_mm / diameter_mm))
        near = np.flatnonzero(ratio < np.log(_SIMILAR))
        if not len(near):
            near = np.asarray([int(ratio.argmin())])
        return self.shapes[int(near[int(rng.integers(len(near)))])]


def read_shapes(data: Path) -> ShapeBank:
    """Read the shapes of the data folder."""
    with np.load(data / "lung-ct" / "lidc_nodule_shapes_1mm.npz") as stored:
        bits, offset, sizes = stored["bits"], stored["offset"], stored["shape"]
    shapes = []
    for number, size in enumerate(sizes):
        packed = bits[offset[number] : offset[number + 1]]
        shapes.append(np.unpackbits(packed)[: int(np.prod(size))].reshape(size).astype(bool))
    return ShapeBank(shapes, np.asarray([equivalent_diameter(shape) for shape in shapes]))


def occupancy(
    shape: np.ndarray, diameter_mm: float, shift: np.ndarray, rotation: np.ndarray
) -> np.ndarray:
    """Draw a shape at another size, place and orientation.

    Parameters
    ----------
    shape : bool array
        On cubic voxels.
    diameter_mm : float
        Wanted diameter of the sphere of equal volume, in voxels of the result.
    shift : array, shape (3,)
        Where the shape's centroid lies relative to the middle voxel of the result.
    rotation : array, shape (3, 3)
        Orthogonal; takes directions of the result to the shape's.

    Returns
    -------
    float32 array
        Filled share of each voxel of a cube with an odd number of voxels along each side.
    """
    scale = diameter_mm / equivalent_diameter(shape)
    places = np.stack(np.nonzero(shape)).astype(float)
    middle = places.mean(1)
    reach = np.linalg.norm(places - middle[:, None], axis=0).max() * scale
    half = int(np.ceil(reach + 1.5 * max(scale, 1))) + 1
    matrix = rotation / scale
    offset = middle - matrix @ (half + shift)
    padded = np.pad(shape.astype(np.float32), 1)
    if scale < 1:
        padded = ndimage.gaussian_filter(padded, 0.4 / scale - 0.4)
    drawn = ndimage.affine_transform(
        padded, matrix, offset + 1, output_shape=(2 * half + 1,) * 3, order=1
    )
    return np.asarray(drawn, np.float32)


def paste_nodule(
    hu: np.ndarray,
    mask: np.ndarray,
    taken: list[Nodule],
    bank: ShapeBank,
    rng: np.random.Generator,
) -> Nodule | None:
    """Paste one random nodule where there is lung, in place.

    Parameters
    ----------
    hu : float32 array, shape (slices, rows, columns)
        Hounsfield units at 1 mm; changed.
    mask : float32 array
        Share of each voxel that nodules fill; changed.
    taken : list of Nodule
        What is there already; nothing is pasted on it.
    bank : ShapeBank
        Shapes.
    rng : numpy.random.Generator
        Source of the random numbers.

    Returns
    -------
    Nodule or None
        ``None`` where there is no room.
    """
    limits = _SMALL_MM if rng.random() < _SMALL_SHARE else _LARGE_MM
    diameter = float(np.exp(rng.uniform(*np.log(limits))))
    place = _place(hu, taken, diameter, rng)
    if place is None:
        return None
    shift = rng.uniform(-0.5, 0.5, 3)
    rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    drawn = occupancy(bank.similar(diameter, rng), diameter, shift, rotation)
    half = drawn.shape[0] // 2
    first = np.maximum(place - half, 0)
    end = np.minimum(place + half + 1, hu.shape)
    window = tuple(slice(a, b) for a, b in zip(first, end, strict=True))
    inner = tuple(
        slice(a, b) for a, b in zip(first - place + half, end - place + half, strict=True)
    )
    solidity = _fill(hu[window], drawn[inner], diameter, rng)
    mask[window] = np.maximum(mask[window], drawn[inner])
    return Nodule(place + shift, diameter, solidity, is_counted=diameter >= _COUNTED_FROM_MM)


def _place(
    hu: np.ndarray, taken: list[Nodule], diameter: float, rng: np.random.Generator
) -> np.ndarray | None:
    """Return a voxel of lung, some near its wall, with room for a nodule."""
    b = _BORDER_MM
    smooth = ndimage.uniform_filter(hu, 5)[b:-b, b:-b, b:-b]
    in_lung, at_wall = (
        np.flatnonzero((smooth > low) & (smooth < high)) for low, high in (_LUNG_HU, _WALL_HU)
    )
    places = at_wall if len(at_wall) and rng.random() < _NEAR_WALL_SHARE else in_lung
    for _ in range(_N_TRIES if len(places) else 0):
        flat = places[int(rng.integers(len(places)))]
        place = np.asarray(np.unravel_index(flat, smooth.shape)) + b
        gaps = [
            np.linalg.norm(place - other.centre) - (diameter + other.diameter_mm) / 2
            for other in taken
        ]
        if min(gaps, default=np.inf) > _GAP_MM:
            return place
    return None


def _fill(hu: np.ndarray, drawn: np.ndarray, diameter: float, rng: np.random.Generator) -> float:
    """Give a drawn shape its density, in place; return its solidity 0 ... 1.

    Readers outline generously: the tissue fills the drawn shape only in part, with an edge as
    blurred as the scan's slices.
    """
    tight = rng.uniform(0.0, 0.5)
    sigma = rng.uniform(0.35, 0.9) * np.where(
        np.arange(3) == rng.integers(3), rng.uniform(1, 1.8), 1
    )
    body = np.clip((ndimage.gaussian_filter(drawn, sigma) - 0.5 * tight) / (1 - 0.5 * tight), 0, 1)
    noise = ndimage.gaussian_filter(rng.normal(size=drawn.shape).astype(np.float32), 0.6)
    noise *= rng.uniform(10, 80) * body
    kind = rng.random()
    if kind < _SOLID_SHARE:
        level = rng.normal(20, 45)
        if rng.random() < _CALCIFIED_SHARE:
            level = rng.uniform(150, 700)
        hu += body * np.maximum(level - hu, 0) + noise * (hu < level)
        return 1.0
    level = rng.uniform(-730, -440)
    lung = float(np.median(hu))
    glass = np.clip(hu + body * (level - min(lung, -800.0)), None, np.maximum(hu, level + 80))
    hu += glass - hu + noise * 0.6
    if kind > _SOLID_SHARE + _PART_SOLID_SHARE or diameter < 7:
        return 0.0
    core = np.clip((body - rng.uniform(0.75, 0.95)) * 8, 0, 1) * (noise > -20)
    hu += ndimage.gaussian_filter(core, 0.6) * np.maximum(rng.normal(0, 40) - hu, 0)
    return 0.5
