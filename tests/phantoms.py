"""Ground truth for tests: known spheres on grids of every orientation, as values and as DICOM."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from medviewer.core.geometry import VolumeGeometry
from medviewer.core.volume import Volume
from medviewer.core.windowing import VoiWindow
from medviewer.io.dicom_write import SeriesHeader, write_series
from medviewer.processing.phantom import Ellipsoid, chest_geometry, chest_phantom, paint, sphere

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

CENTRE_LPS_MM = np.array([12.5, -31.0, 240.0])
"""Where sphere phantoms lie: away from the origin, so that a lost offset shows."""

SPHERES: tuple[Ellipsoid, ...] = (
    sphere((24.3, -38.8, 246.1), 12.0, 900.0),
    sphere((4.7, -18.2, 233.4), 9.0, 600.0),
    sphere((6.1, -42.9, 251.7), 8.0, 300.0),
)
"""No two share a coordinate, a size or a value: a flip, a swap or a mix-up shows."""

BACKGROUND = -100


def axis_directions() -> dict[str, npt.NDArray[np.float64]]:
    """All 48 grids along the patient axes, right- and left-handed.

    Returns
    -------
    dict
        Name such as ``"LPH"`` (the patient directions of i, j, k) to a ``(3, 3)`` matrix with
        the i, j, k axes in its columns.
    """
    letters = (("L", "R"), ("P", "A"), ("H", "F"))
    directions = {}
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((0, 1), repeat=3):
            matrix = np.zeros((3, 3))
            for column, (axis, sign) in enumerate(zip(order, signs, strict=True)):
                matrix[axis, column] = 1.0 - 2.0 * sign
            name = "".join(letters[a][s] for a, s in zip(order, signs, strict=True))
            directions[name] = matrix
    return directions


def rotation(axis: Sequence[float], angle_deg: float) -> npt.NDArray[np.float64]:
    """``(3, 3)`` rotation about an axis (Rodrigues)."""
    x, y, z = np.asarray(axis, float) / np.linalg.norm(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    angle = np.deg2rad(angle_deg)
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def oblique_directions() -> dict[str, npt.NDArray[np.float64]]:
    """A few grids at an angle to the patient, single and double oblique, both hands."""
    axes = axis_directions()
    return {
        "axial tilted 20": rotation((1, 0, 0), 20) @ axes["LPH"],
        "coronal turned 30": rotation((0, 0, 1), 30) @ axes["LFP"],
        "sagittal double oblique": rotation((1, 2, 3), 35) @ axes["PFR"],
        "left-handed double oblique": rotation((2, -1, 1), 50) @ axes["LPF"],
    }


def sphere_geometry(
    direction: npt.ArrayLike = ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    shape: tuple[int, int, int] = (26, 44, 52),
    spacing_ijk_mm: tuple[float, float, float] = (1.2, 1.4, 2.2),
) -> VolumeGeometry:
    """Anisotropic grid with unequal sides, centred on :data:`CENTRE_LPS_MM`."""
    direction = np.asarray(direction, float)
    half = (np.array(shape[::-1]) - 1) * np.array(spacing_ijk_mm) / 2.0
    return VolumeGeometry.from_axes(
        shape, CENTRE_LPS_MM - direction @ half, direction, spacing_ijk_mm
    )


def sphere_volume(geometry: VolumeGeometry | None = None, modality: str = "CT") -> Volume:
    """Spheres of :data:`SPHERES` on any grid."""
    geometry = sphere_geometry() if geometry is None else geometry
    return Volume(
        id="spheres",
        voxels=paint(geometry, SPHERES, background=BACKGROUND),
        geometry=geometry,
        modality=modality,
        unit="HU" if modality == "CT" else "",
        vois=(VoiWindow(400, 1000),),
    )


def measured_centre(volume: Volume, ball: Ellipsoid) -> npt.NDArray[np.float64]:
    """Centre of mass (patient LPS mm) of what lies above background around a sphere."""
    inside = Ellipsoid(ball.centre_lps_mm, tuple(r + 4.0 for r in ball.radii_mm), 1)  # type: ignore[arg-type]
    k, j, i = np.indices(volume.voxels.shape)
    points = volume.geometry.ijk_to_lps(np.stack([i, j, k], axis=-1))
    near = inside.distance_mm(points) < 0
    weights = np.clip(volume.voxels[near].astype(float) - BACKGROUND, 0, None)
    return np.average(points[near], axis=0, weights=weights)


def write_spheres(folder: Path, direction: npt.ArrayLike | None = None, **geometry: object) -> Path:
    """Write the sphere phantom as a CT series into ``folder`` and return the folder."""
    axes = np.eye(3) if direction is None else direction
    volume = sphere_volume(sphere_geometry(axes, **geometry))  # type: ignore[arg-type]
    write_series(volume, folder, SeriesHeader("spheres", "Sphere^Phantom", "SPHERES"))
    return folder


def write_chest(folder: Path, spacing_mm: float = 3.0, slice_spacing_mm: float = 4.0) -> Path:
    """Write a small chest phantom as a CT series into ``folder`` and return the folder."""
    volume = chest_phantom(chest_geometry(spacing_mm, slice_spacing_mm))
    write_series(volume, folder, SeriesHeader("chest"), rescale_intercept=-1024)
    return folder
