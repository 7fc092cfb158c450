"""Generated images whose every structure is known: ground truth and demonstration.

Structures are defined in patient LPS millimetres and painted on any grid, so the same phantom
can be sampled in any orientation. Edges are blended over one voxel (partial volume), which
puts the centre of mass of a painted sphere at its true centre to a fraction of a voxel.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from medviewer.core.geometry import VolumeGeometry
from medviewer.core.volume import Volume
from medviewer.core.windowing import VoiWindow

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from medviewer.core.arrays import PointsLps

Point: TypeAlias = tuple[float, float, float]

AIR_HU = -1000.0


@dataclass(frozen=True, slots=True)
class Ellipsoid:
    """A solid ellipsoid along the patient axes; equal radii make a sphere.

    Attributes
    ----------
    centre_lps_mm, radii_mm : tuple of float
        Patient LPS, x, y, z.
    value : float
        Modality value inside.
    """

    centre_lps_mm: Point
    radii_mm: Point
    value: float

    def bounds_lps_mm(self) -> PointsLps:
        """``(2, 3)`` lowest and highest patient coordinates."""
        centre, radii = np.array(self.centre_lps_mm), np.array(self.radii_mm)
        return np.stack([centre - radii, centre + radii])

    def distance_mm(self, points_lps_mm: PointsLps) -> npt.NDArray[np.float64]:
        """Signed distance of points ``(..., 3)`` to the surface, negative inside, in mm.

        Exact for a sphere; for an ellipsoid the usual first-order estimate.
        """
        offset = points_lps_mm - np.array(self.centre_lps_mm)
        radii = np.array(self.radii_mm)
        scaled = np.linalg.norm(offset / radii, axis=-1)
        gradient = np.linalg.norm(offset / radii**2, axis=-1)
        inside = np.full_like(scaled, -radii.min())
        return np.divide(scaled * (scaled - 1.0), gradient, out=inside, where=gradient > 1e-9)


@dataclass(frozen=True, slots=True)
class Tube:
    """A round tube around a straight line, with hemispherical ends.

    Attributes
    ----------
    start_lps_mm, end_lps_mm : tuple of float
        Patient LPS.
    radius_mm, value : float
        Radius, and modality value inside.
    """

    start_lps_mm: Point
    end_lps_mm: Point
    radius_mm: float
    value: float

    def bounds_lps_mm(self) -> PointsLps:
        """``(2, 3)`` lowest and highest patient coordinates."""
        ends = np.array([self.start_lps_mm, self.end_lps_mm])
        return np.stack([ends.min(axis=0) - self.radius_mm, ends.max(axis=0) + self.radius_mm])

    def distance_mm(self, points_lps_mm: PointsLps) -> npt.NDArray[np.float64]:
        """Signed distance of points ``(..., 3)`` to the surface, negative inside, in mm."""
        start = np.array(self.start_lps_mm)
        line = np.array(self.end_lps_mm) - start
        offset = points_lps_mm - start
        along = np.clip(offset @ line / (line @ line), 0.0, 1.0)
        return np.linalg.norm(offset - along[..., None] * line, axis=-1) - self.radius_mm


Shape: TypeAlias = Ellipsoid | Tube


def sphere(centre_lps_mm: Point, diameter_mm: float, value: float) -> Ellipsoid:
    """Build a sphere from its centre (patient LPS mm), diameter in mm and modality value."""
    radius = diameter_mm / 2.0
    return Ellipsoid(centre_lps_mm, (radius, radius, radius), value)


def paint(
    geometry: VolumeGeometry,
    shapes: Iterable[Shape],
    *,
    background: float = AIR_HU,
    noise: float = 0.0,
    seed: int = 0,
) -> npt.NDArray[np.int16]:
    """Sample shapes on a grid; later shapes cover earlier ones.

    Parameters
    ----------
    geometry : VolumeGeometry
        Any orientation and spacing.
    shapes : iterable of Shape
        In patient LPS mm.
    background : float
        Modality value where there is no shape.
    noise : float
        Standard deviation of added normal noise; the same ``seed`` gives the same noise.

    Returns
    -------
    int16 array, shape (slices, rows, columns)
    """
    values = np.full(geometry.shape, background, dtype=np.float32)
    for shape in shapes:
        _paint_one(values, geometry, shape)
    if noise > 0.0:
        generator = np.random.default_rng(seed)
        values += generator.standard_normal(values.shape, dtype=np.float32) * np.float32(noise)
    return np.clip(np.rint(values, out=values), -32768, 32767).astype(np.int16)


def _paint_one(values: npt.NDArray[np.float32], geometry: VolumeGeometry, shape: Shape) -> None:
    spacing = float(np.mean(geometry.spacing_ijk_mm))
    low, high = shape.bounds_lps_mm() + np.array([[-spacing], [spacing]])
    corners = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])
    ijk = geometry.lps_to_ijk(low + corners * (high - low))
    size = np.array(geometry.shape[::-1])
    first = np.clip(np.floor(ijk.min(axis=0)).astype(int), 0, size)
    last = np.clip(np.ceil(ijk.max(axis=0)).astype(int) + 1, 0, size)
    i, j = np.meshgrid(*(np.arange(a, b) for a, b in zip(first[:2], last[:2], strict=True)))
    for k in range(first[2], last[2]):  # a slice at a time bounds the memory
        points = geometry.ijk_to_lps(np.stack([i, j, np.full_like(i, k)], axis=-1))
        cover = np.clip(0.5 - shape.distance_mm(points) / spacing, 0.0, 1.0).astype(np.float32)
        part = values[k, first[1] : last[1], first[0] : last[0]]
        part += cover * (np.float32(shape.value) - part)


NODULES: tuple[Ellipsoid, ...] = (
    sphere((-92.0, -28.0, 52.0), 12.0, 40.0),
    sphere((-70.0, 42.0, -38.0), 8.0, 20.0),
    sphere((-48.0, -12.0, 88.0), 6.0, 40.0),
    sphere((86.0, 34.0, 20.0), 18.0, 35.0),
    sphere((104.0, -14.0, -30.0), 10.0, -620.0),
    sphere((62.0, 48.0, 72.0), 5.0, 250.0),
)
"""Solid, one subsolid (-620 HU) and one calcified (250 HU) nodule, in free lung."""


def chest_shapes() -> list[Shape]:
    """Everything in the chest phantom, nodules last; the patient axes are the body's.

    The left side holds the heart and the stomach bubble, the right side the liver; vertebrae
    lie behind. Any flip of the image is therefore visible.
    """
    body: list[Shape] = [
        Ellipsoid((0, 0, 0), (176, 120, 400), 30),
        Ellipsoid((0, 0, 0), (164, 108, 400), 50),
        Ellipsoid((-84, 0, 10), (66, 84, 132), -860),
        Ellipsoid((84, 0, 10), (66, 84, 132), -860),
        Ellipsoid((22, -30, -46), (56, 46, 58), 45),
        Ellipsoid((-78, -6, -130), (76, 84, 66), 60),
        Ellipsoid((82, -22, -132), (48, 50, 52), 45),
        Ellipsoid((84, -44, -116), (22, 18, 20), -950),
        Tube((0, -6, 200), (0, -6, 60), 9, -990),
        Tube((0, -6, 60), (-34, 0, 30), 7, -980),
        Tube((0, -6, 60), (38, 2, 28), 6, -980),
        Tube((18, 44, -220), (18, 40, 60), 13, 180),
        Tube((18, 40, 60), (-6, -24, 72), 13, 180),
        Tube((-6, -24, 72), (4, -30, 0), 14, 180),
        Tube((-26, -24, 120), (-24, -22, 0), 9, 160),
    ]
    return [*body, *_vessels(), *_bones(), *NODULES]


def _vessels() -> Iterable[Shape]:
    for side, root in ((-1.0, (-30.0, 0.0, 24.0)), (1.0, (34.0, 2.0, 24.0))):
        for y, z in ((-52, 62), (-44, 8), (-30, -44), (46, 66), (52, 10), (44, -52), (4, 96)):
            fork = (root[0] + side * 30.0, y * 0.5, root[2] + (z - root[2]) * 0.55)
            yield Tube(root, fork, 3.6, 60)
            yield Tube(fork, (side * 112.0, float(y), float(z)), 1.8, 50)
            yield Tube(fork, (side * 84.0, y * 1.3, z + 14.0), 1.5, 50)


def _bones() -> Iterable[Shape]:
    for z in range(-180, 200, 28):
        yield Ellipsoid((0, 76, z), (19, 17, 11.5), 320)
        yield Tube((0, 90, z), (0, 108, z - 12), 4, 500)
        yield from _rib_pair(float(z))
    yield Tube((0, 92, -200), (0, 92, 200), 7.5, 25)
    yield Ellipsoid((0, -104, 30), (17, 6, 78), 350)
    for side in (-1.0, 1.0):
        yield Tube((side * 14, -98, 122), (side * 130, -40, 150), 6, 480)


def _rib_pair(z: float) -> Iterable[Shape]:
    angles = np.deg2rad(np.linspace(78, -62, 11))  # from the spine round to the front
    for side in (-1.0, 1.0):
        points = [
            (side * 156.0 * float(np.cos(a)), 99.0 * float(np.sin(a)), z - 26.0 * n / 10.0)
            for n, a in enumerate(angles)
        ]
        for start, end in itertools.pairwise(points):
            yield Tube(start, end, 5.0, 420)


def chest_geometry(spacing_mm: float = 1.5, slice_spacing_mm: float = 2.0) -> VolumeGeometry:
    """Axial grid around the chest, slices from the feet to the head."""
    width, depth, height = 384.0, 270.0, 300.0
    shape = (round(height / slice_spacing_mm), round(depth / spacing_mm), round(width / spacing_mm))
    spacing = np.array([spacing_mm, spacing_mm, slice_spacing_mm])
    origin = -(np.array(shape[::-1]) - 1) * spacing / 2.0
    return VolumeGeometry.from_axes(shape, origin, np.eye(3), spacing)


def chest_phantom(geometry: VolumeGeometry | None = None, *, noise_hu: float = 0.0) -> Volume:
    """Chest CT with body, lungs, airways, vessels, heart, ribs, spine and :data:`NODULES`.

    Parameters
    ----------
    geometry : VolumeGeometry, optional
        Any grid; :func:`chest_geometry` by default.
    noise_hu : float
        Standard deviation of the noise.
    """
    geometry = chest_geometry() if geometry is None else geometry
    return Volume(
        id="phantom",
        voxels=paint(geometry, chest_shapes(), noise=noise_hu),
        geometry=geometry,
        modality="CT",
        unit="HU",
        vois=(VoiWindow(-600, 1500, explanation="Lung"), VoiWindow(40, 400, explanation="Chest")),
    )
