"""Lung nodules for training: cubes around real nodules, and whole scans with their lesions."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import SimpleITK

from medviewer.ai.model_card import InputGrid, Normalisation, SlidingWindow
from medviewer.ai.preparation import PreparedVolume, prepare_volume
from medviewer.ai.training.chest_ct import HIGH_HU, LOW_HU, read_scans
from medviewer.ai.training.recipe import Case
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.volume import Volume

if TYPE_CHECKING:
    from pathlib import Path

CUBE_MM = 51
GRID = InputGrid(
    3,
    Normalisation("window", LOW_HU, HIGH_HU, (-1.0, 1.0), (-1.0, 1.0)),
    orientation="SPL",
    spacing_mm=(1.0, 1.0, 1.0),
    multiple=16,
    fill=-1.0,
    window=SlidingWindow((160, 160, 160), 0.15),
    region="lungs",
)
"""The network's grid, as `about.yaml` gives it to the card."""

_MASK_GRID = InputGrid(
    3, Normalisation("none"), orientation="SPL", spacing_mm=(1.0, 1.0, 1.0), multiple=16
)
_LESIONS = {
    "LIDC-IDRI-0001": "LIDC-IDRI-0001_nodules.nii.gz",
    "R01-001": "scans/R01-001_tumour.nii.gz",
}
_RATINGS = {"LIDC-IDRI-0001": (4.75, 4.75)}
"""Texture and suspicion of the lesion, mean of its readers."""

_UNMARKED: dict[str, list[tuple[float, float, float, float]]] = {
    "C3N-00247": [(-82.7, -190.7, -193.0, 24.0)]
}
"""Probable lesions that nobody marked (patient LPS mm and diameter): neither right nor wrong."""


@dataclass(frozen=True)
class Nodule:
    """One lesion on a grid of 1 mm.

    Attributes
    ----------
    centre : array, shape (3,)
        Voxel index (slice, row, column); voxel centres at whole numbers.
    diameter_mm : float
        Of the sphere of equal volume.
    solidity, suspicion : float
        The ratings' means, 0 ... 1 for 1 ... 5; NaN where nobody rated.
    is_counted : bool
        ``False``: too small or too uncertain to be right or wrong.
    """

    centre: np.ndarray
    diameter_mm: float
    solidity: float = float("nan")
    suspicion: float = float("nan")
    is_counted: bool = True


def read_cubes(data: Path) -> list[Case]:
    """Read the cubes of 51 mm around real nodules.

    Parameters
    ----------
    data : Path
        The data folder.

    Returns
    -------
    list of Case
        ``hu`` int16 and ``mask`` bool of 51 x 51 x 51, axes to superior, posterior and left;
        the ratings and the diameter among the facts.
    """
    folder = data / "lung-ct"
    with (folder / "nodule_patches.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    with np.load(folder / "nodule_patches_1mm.npz") as stored:
        hu, packed, shape = stored["hu"], stored["mask"], tuple(stored["shape"])
    bits = np.unpackbits(packed, axis=1)[:, : int(np.prod(shape[1:]))].reshape(shape)
    cases = []
    for number, row in enumerate(rows):
        facts = {
            "kind": "cube",
            "diameter_mm": equivalent_diameter(bits[number]),
            "solidity": _share(row["texture"]),
            "suspicion": _share(row["mean_malignancy_all_readers"] or row["malignancy"]),
        }
        mask = bits[number].astype(bool)
        arrays = {"hu": hu[number], "mask": mask, "lesions": _lesions(mask, facts)}
        patient = row["patient"] or f"unknown-{number}"
        cases.append(Case(f"cube-{number:03d}", patient, arrays, facts))
    return cases


def read_whole_scans(data: Path) -> list[Case]:
    """Read the whole scans at 1 mm with their marked lesions.

    Returns
    -------
    list of Case
        ``hu`` int16 on the network's grid, ``mask`` bool of the lesions, ``to_lps`` (4, 4) from
        voxel index (slice, row, column) to patient LPS mm.
    """
    cases = []
    for number, scan in enumerate(read_scans(data)):
        prepared = prepare_volume(_volume(scan.image), GRID)
        mask = np.zeros(prepared.values.shape, bool)
        if scan.name in _LESIONS:
            stored = SimpleITK.ReadImage(str(data / "lung-ct" / _LESIONS[scan.name]))
            stored = SimpleITK.Resample(stored, scan.image, SimpleITK.Transform(),
                                        SimpleITK.sitkNearestNeighbor)  # fmt: skip
            mask = prepare_volume(_volume(stored), _MASK_GRID).values > 0.5
        texture, suspicion = _RATINGS.get(scan.name, (float("nan"), float("nan")))
        to_lps = np.eye(4)
        to_lps[:3, 3] = prepared.to_lps((0, 0, 0))
        to_lps[:3, :3] = np.stack([prepared.to_lps(row) - to_lps[:3, 3] for row in np.eye(3)], 1)
        facts = {
            "kind": "scan",
            "scan": number,
            "diameter_mm": equivalent_diameter(mask),
            "solidity": (texture - 1) / 4,
            "suspicion": (suspicion - 1) / 4,
        }
        arrays = {
            "hu": to_hu(prepared.values),
            "mask": mask,
            "to_lps": to_lps,
            "lesions": np.concatenate([_lesions(mask, facts), _unmarked(scan.name, to_lps)]),
        }
        cases.append(Case(scan.name, scan.name, arrays, facts))
    return cases


def nodules_of(case: Case) -> list[Nodule]:
    """Return a case's lesions; what is probable but unmarked is not counted."""
    return [
        Nodule(row[:3], float(row[3]), float(row[4]), float(row[5]), bool(row[6]))
        for row in case.arrays["lesions"]
    ]


def _lesions(mask: np.ndarray, facts: dict[str, Any]) -> np.ndarray:
    """Return centre, diameter, ratings and 1 (counted) of a case's marked lesion, as one row."""
    if not mask.any():
        return np.zeros((0, 7))
    row = [*centroid(mask), facts["diameter_mm"], facts["solidity"], facts["suspicion"], 1.0]
    return np.asarray([row])


def _unmarked(name: str, to_lps: np.ndarray) -> np.ndarray:
    """Return the probable lesions that nobody marked, as rows that do not count."""
    rows = np.asarray(_UNMARKED.get(name, []), float).reshape(-1, 4)
    from_lps = np.linalg.inv(to_lps)
    result = np.zeros((len(rows), 7))
    result[:, :3] = rows[:, :3] @ from_lps[:3, :3].T + from_lps[:3, 3]
    result[:, 3] = rows[:, 3]
    result[:, 4:6] = np.nan
    return result


def prepared_cube(hu: np.ndarray) -> PreparedVolume:
    """Put a cube of Hounsfield units at 1 mm on the network's grid."""
    geometry = VolumeGeometry(hu.shape, np.eye(4))
    return prepare_volume(Volume("cube", hu, geometry), GRID)


def to_hu(values: np.ndarray) -> np.ndarray:
    """Return network values as Hounsfield units, int16."""
    return np.rint((values + 1) * ((HIGH_HU - LOW_HU) / 2) + LOW_HU).astype(np.int16)


def centroid(mask: np.ndarray) -> np.ndarray:
    """Return the mean index of a mask's voxels."""
    return np.stack(np.nonzero(mask)).mean(1)


def equivalent_diameter(mask: np.ndarray) -> float:
    """Return the diameter, in voxels, of the sphere of a mask's volume."""
    return float((6 * np.count_nonzero(mask) / np.pi) ** (1 / 3))


def _share(rating: str) -> float:
    """Turn a rating 1 ... 5 into 0 ... 1."""
    return (float(rating) - 1) / 4 if rating else float("nan")


def _volume(image: SimpleITK.Image) -> Volume:
    """Return a SimpleITK image as a volume; SimpleITK's world is LPS too."""
    voxels = np.ascontiguousarray(SimpleITK.GetArrayFromImage(image))
    affine = np.eye(4)
    direction = np.asarray(image.GetDirection()).reshape(3, 3)
    affine[:3, :3] = direction * np.asarray(image.GetSpacing())
    affine[:3, 3] = image.GetOrigin()
    return Volume("scan", voxels, VolumeGeometry(voxels.shape, affine))
