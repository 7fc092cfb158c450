"""Chest CT for training: scans on one grid, lungs by classical means, simulated disease."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import SimpleITK
from scipy import ndimage

from medviewer.ai.lung_region import LUNG_BELOW_HU

if TYPE_CHECKING:
    from pathlib import Path

LEFT, RIGHT = 1, 2
LOW_HU, HIGH_HU = -1000.0, 400.0
_AIR_HU = -1024.0
_AIR_SHARE = 0.3
_GAS_SHARE = 0.5
_GAS_HU = -950.0
_BODY_ABOVE_HU = -350.0
_LEAST_LUNG_ML = 150.0
_CLOSING_MM = 6.0
_FIRST_RIGHT_LOBE = 3


@dataclass(frozen=True)
class Scan:
    """One chest CT.

    Attributes
    ----------
    name : str
        Of the scan.
    image : SimpleITK.Image
        Hounsfield units, axes to left, posterior and superior.
    lungs : SimpleITK.Image or None
        Reference on the same grid: 1 left, 2 right.
    """

    name: str
    image: SimpleITK.Image
    lungs: SimpleITK.Image | None = None


def read_scans(data: Path) -> list[Scan]:
    """Read the three whole scans; one comes with a map of its lobes.

    Parameters
    ----------
    data : Path
        The data folder.

    Returns
    -------
    list of Scan
        LIDC-IDRI-0001 first.
    """
    folder = data / "lung-ct"
    reader = SimpleITK.ImageSeriesReader()
    series = folder / "LIDC-IDRI-0001"
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(series)))
    first = SimpleITK.DICOMOrient(reader.Execute(), "LPS")
    lobes = SimpleITK.ReadImage(str(folder / "LIDC-IDRI-0001_lobes.nii.gz"))
    lobes = SimpleITK.DICOMOrient(lobes, "LPS")
    lobes = SimpleITK.Resample(lobes, first, SimpleITK.Transform(), SimpleITK.sitkNearestNeighbor)
    numbers = SimpleITK.GetArrayFromImage(lobes)
    sides = np.where(numbers >= _FIRST_RIGHT_LOBE, RIGHT, LEFT) * (numbers > 0)
    lungs = SimpleITK.GetImageFromArray(sides.astype(np.uint8))
    lungs.CopyInformation(first)
    scans = [Scan("LIDC-IDRI-0001", first, lungs)]
    for path in sorted((folder / "scans").glob("*.nii.gz")):
        name = path.name.removesuffix(".nii.gz")
        if not name.endswith("_tumour"):
            image = SimpleITK.DICOMOrient(SimpleITK.ReadImage(str(path)), "LPS")
            scans.append(Scan(name, image))
    return scans


def on_grid(image: SimpleITK.Image, spacing_mm: float, *, is_label: bool = False) -> np.ndarray:
    """Resample to cubic voxels.

    Parameters
    ----------
    image : SimpleITK.Image
        Axes to left, posterior and superior.
    spacing_mm : float
        Side of the new voxels.
    is_label : bool
        Nearest neighbour instead of linear.

    Returns
    -------
    array, shape (slices, rows, columns)
        Values; air outside.
    """
    old = np.asarray(image.GetSpacing())
    size = np.maximum(1, np.rint(np.asarray(image.GetSize()) * old / spacing_mm)).astype(int)
    offset = 0.5 * (np.asarray(image.GetSize()) * old - size * spacing_mm)
    direction = np.asarray(image.GetDirection()).reshape(3, 3)
    origin = np.asarray(image.GetOrigin()) + direction @ (offset + 0.5 * (spacing_mm - old))
    if not is_label:
        sigma = [max(spacing_mm - side, 0) * 0.4 for side in old]
        if max(sigma) > 0:
            image = SimpleITK.SmoothingRecursiveGaussian(
                SimpleITK.Cast(image, SimpleITK.sitkFloat32), [max(s, 0.05) for s in sigma]
            )
    output = SimpleITK.Resample(
        image, [int(n) for n in size], SimpleITK.Transform(),
        SimpleITK.sitkNearestNeighbor if is_label else SimpleITK.sitkLinear,
        [float(v) for v in origin], [spacing_mm] * 3, image.GetDirection(),
        0.0 if is_label else _AIR_HU, image.GetPixelID(),
    )  # fmt: skip
    return np.asarray(SimpleITK.GetArrayFromImage(output))


def classical_lungs(hu: np.ndarray, spacing_mm: float) -> np.ndarray:
    """Return left (1) and right (2) lung by thresholds and components.

    Parameters
    ----------
    hu : array, shape (slices, rows, columns)
        Axes to superior, posterior and left; cubic voxels.
    spacing_mm : float
        Side of a voxel.

    Returns
    -------
    uint8 array
        Label map. Opaque lung is missed; trachea is left out where it can be told apart.
    """
    smooth = ndimage.gaussian_filter(hu.astype(np.float32), 0.5)
    body = _body(smooth)
    inside = body & (smooth < LUNG_BELOW_HU)
    parts, count = ndimage.label(inside)
    if count == 0:
        return np.zeros(hu.shape, np.uint8)
    volumes = np.bincount(parts.ravel(), minlength=count + 1)
    volumes[0] = 0
    least = _LEAST_LUNG_ML * 1000 / spacing_mm**3
    lungs = np.isin(parts, np.flatnonzero(volumes >= least))
    reach = max(1, round(_CLOSING_MM / spacing_mm))
    ball = ndimage.iterate_structure(ndimage.generate_binary_structure(3, 1), reach)
    sides = _two_sides(lungs)
    result = np.zeros(hu.shape, np.uint8)
    for number in (LEFT, RIGHT):
        closed = ndimage.binary_closing(np.pad(sides == number, reach), ball)
        whole = ndimage.binary_fill_holes(closed)[(slice(reach, -reach),) * 3]
        result[whole & (result == 0)] = number
    return result


def _body(hu: np.ndarray) -> np.ndarray:
    """Return the patient with the lungs filled in, slice by slice."""
    tissue = hu > _BODY_ABOVE_HU
    parts, count = ndimage.label(tissue)
    if count:
        volumes = np.bincount(parts.ravel())
        volumes[0] = 0
        tissue = parts == int(volumes.argmax())
    result = np.zeros_like(tissue)
    for index, plane in enumerate(tissue):
        outside = ~plane
        marked, _ = ndimage.label(np.pad(outside, 1, constant_values=True))
        result[index] = (marked != marked[0, 0])[1:-1, 1:-1]
    return result


def _two_sides(lungs: np.ndarray) -> np.ndarray:
    """Divide the lungs into left and right, also where they touch."""
    parts, _ = ndimage.label(lungs)
    volumes = np.bincount(parts.ravel())
    volumes[0] = 0
    largest = np.argsort(-volumes)[:2]
    middle = float(np.argwhere(lungs)[:, 2].mean())
    if len(volumes) > 2 and volumes[largest[1]] > 0.25 * volumes[largest[0]]:
        seeds = [(parts == number) for number in largest]
        places = [float(np.argwhere(seed)[:, 2].mean()) for seed in seeds]
        left, right = seeds if places[0] > places[1] else seeds[::-1]
    else:
        core = ndimage.binary_erosion(lungs, iterations=3)
        columns = np.arange(lungs.shape[2])
        left = core & (columns > middle + 3)
        right = core & (columns < middle - 3)
    to_left, to_right = (ndimage.distance_transform_edt(~side) for side in (left, right))
    return np.where(lungs, np.where(to_left <= to_right, LEFT, RIGHT), 0).astype(np.uint8)


def normalise_hu(hu: np.ndarray) -> np.ndarray:
    """Map -1000 ... 400 HU to -1 ... 1, clipped."""
    scaled = (hu.astype(np.float32) - LOW_HU) / (HIGH_HU - LOW_HU) * 2 - 1
    return np.clip(scaled, -1, 1)


def add_consolidation(hu: np.ndarray, lungs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Make part of the lung opaque, with ragged borders and some air left.

    Parameters
    ----------
    hu : array, shape (slices, rows, columns)
        Hounsfield units.
    lungs : array
        Non-zero in the lungs.
    rng : numpy.random.Generator
        Source of the random numbers.

    Returns
    -------
    float32 array
        Hounsfield units; the lungs' extent is unchanged.
    """
    places = np.argwhere(lungs > 0)
    result = hu.astype(np.float32).copy()
    if not len(places):
        return result
    grid = np.ogrid[tuple(slice(n) for n in hu.shape)]
    rough = ndimage.zoom(
        rng.normal(size=[n // 6 + 2 for n in hu.shape]).astype(np.float32), 6, order=1
    )[tuple(slice(n) for n in hu.shape)]
    for _ in range(int(rng.integers(1, 4))):
        centre = places[int(rng.integers(len(places)))]
        radii = rng.uniform(4, 18) * rng.uniform(0.6, 1.5, 3)
        terms = [((g - c) / r) ** 2 for g, c, r in zip(grid, centre, radii, strict=True)]
        dense = (terms[0] + terms[1] + terms[2] + 0.5 * rough < 1) & (lungs > 0)
        target = rng.uniform(-100, 80) + rng.normal(0, 25, hu.shape) - 350 * (rough > 1.4)
        share = np.clip(ndimage.gaussian_filter(dense.astype(np.float32), 0.7), 0, 1)
        result = np.where(lungs > 0, result * (1 - share) + target * share, result)
    return result.astype(np.float32)


def add_effusion(hu: np.ndarray, lungs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Fill the lowest, most posterior part of one or both lungs with fluid.

    Parameters
    ----------
    hu : array, shape (slices, rows, columns)
        Axes to superior, posterior and left.
    lungs : array
        1 left, 2 right.
    rng : numpy.random.Generator
        Source of the random numbers.

    Returns
    -------
    float32 array
        Hounsfield units; the lungs' extent, fluid included, is unchanged.
    """
    result = hu.astype(np.float32).copy()
    chosen = [(LEFT,), (RIGHT,), (LEFT, RIGHT)][int(rng.integers(3))]
    for number in chosen:
        places = np.argwhere(lungs == number)
        if len(places) < 100:
            continue
        slope = rng.uniform(0.2, 1.2)
        depth = places[:, 1] - slope * places[:, 0]
        level = np.quantile(depth, 1 - rng.uniform(0.08, 0.45))
        k, j, _ = np.ogrid[tuple(slice(n) for n in hu.shape)]
        fluid = (lungs == number) & (j - slope * k > level)
        result[fluid] = rng.uniform(0, 35) + rng.normal(0, 15, int(fluid.sum()))
    return result


def add_surroundings(hu: np.ndarray, known: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Fill what lies outside a scan with air or with organs in fat, so that a cut says nothing.

    A scan that ends at the lungs shows no abdomen and no chest wall; a network that learned from
    it alone takes them for opaque lung.

    Parameters
    ----------
    hu : array, shape (slices, rows, columns)
        Hounsfield units where `known`.
    known : bool array, same shape
        Inside the scan.
    rng : numpy.random.Generator
        Source of the random numbers.

    Returns
    -------
    float32 array
        Hounsfield units everywhere.
    """
    if rng.random() < _AIR_SHARE:
        return np.where(known, hu, _AIR_HU).astype(np.float32)
    size = int(rng.integers(4, 11))
    coarse = rng.normal(size=[n // size + 2 for n in hu.shape]).astype(np.float32)
    rough = ndimage.zoom(coarse, size, order=1)[tuple(slice(n) for n in hu.shape)]
    organs, fat = rng.uniform(20, 130), rng.uniform(-125, -85)
    is_organ = rough > rng.uniform(-0.9, 0.9)
    tissue = np.where(is_organ, organs + 12 * rough, fat) + rng.normal(0, 12, hu.shape)
    return np.where(known, hu, tissue).astype(np.float32)


def continue_below(
    hu: np.ndarray, lungs: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Continue a scan below its last slice: mirrored slices with organs in place of the lungs.

    A scan that ends at the lungs shows no liver inside the ribs; a network that learned from it
    alone takes the liver for opaque lung.

    Parameters
    ----------
    hu : array, shape (slices, rows, columns)
        Hounsfield units, axes to superior, posterior and left.
    lungs : array, same shape
        Label map.
    rng : numpy.random.Generator
        Source of the random numbers.

    Returns
    -------
    tuple of arrays
        Hounsfield units and label map, both with more slices before the first.
    """
    n_more = int(rng.integers(len(hu) // 4, len(hu) // 2 + 1))
    below = hu[:n_more][::-1].astype(np.float32)
    filled = ndimage.binary_dilation(lungs[:n_more][::-1] > 0)
    below[filled] = rng.uniform(20, 130) + rng.normal(0, 15, int(filled.sum()))
    places = np.argwhere(filled)
    if len(places) and rng.random() < _GAS_SHARE:
        centre, radii = places[int(rng.integers(len(places)))], rng.uniform(2, 8, 3)
        distance = np.square((places - centre) / radii).sum(1)
        below[tuple(places[distance < 1].T)] = _GAS_HU
    labels = np.concatenate([np.zeros(below.shape, lungs.dtype), lungs])
    return np.concatenate([below, hu.astype(np.float32)]), labels
