"""Label maps and saliency maps as files on the grid of the image they belong to."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING

import nibabel
import numpy as np
from PIL import Image

from medviewer.core.errors import ExportError
from medviewer.io.atomic_file import replacing

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from medviewer.core.geometry import VolumeGeometry

SALIENCY_UNIT = 16383
"""Value of a 16-bit saliency picture that stands for the model's reference (1.0)."""

_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def write_volume_map(
    path: Path,
    values: npt.NDArray[np.generic],
    geometry: VolumeGeometry,
    source: Path | None = None,
) -> None:
    """Write a map on a volume's grid as NIfTI.

    Parameters
    ----------
    path : Path
        Ends in ``.nii.gz``.
    values : array, shape (slices, rows, columns)
        uint8 labels or float32 values.
    geometry : VolumeGeometry
        Where they lie.
    source : Path, optional
        The NIfTI file the volume was read from: its affine is written as it stands there, and
        the array has that file's shape; without its times where it holds several.

    Raises
    ------
    ExportError
        The map does not fit the source file.
    """
    array = np.ascontiguousarray(values).transpose(2, 1, 0)
    affine = _LPS_TO_RAS @ geometry.affine_ijk_to_lps
    header = None
    if source is not None:
        array, affine, header = _like_source(array, affine, source)
    image = nibabel.Nifti1Image(array, affine, header=header, dtype=array.dtype)
    image.header.set_slope_inter(1.0, 0.0)
    image.header["cal_min"] = image.header["cal_max"] = 0
    if source is None:
        image.header.set_xyzt_units("mm")
    with replacing(path) as temporary:
        nibabel.save(image, temporary)


def write_image_labels(path: Path, labels: npt.NDArray[np.uint8]) -> None:
    """Write the labels of a 2-D image, shape (rows, columns), as a gray PNG of its size."""
    _write_png(path, Image.fromarray(np.ascontiguousarray(labels, np.uint8)))


def write_image_saliency(path: Path, values: npt.NDArray[np.float32]) -> None:
    """Write a 2-D saliency map as a 16-bit PNG; :data:`SALIENCY_UNIT` is 1.0."""
    scaled = np.clip(np.rint(values * SALIENCY_UNIT), 0, 65535).astype(np.uint16)
    _write_png(path, Image.fromarray(scaled))


def _write_png(path: Path, picture: Image.Image) -> None:
    with replacing(path) as temporary:
        picture.save(temporary, format="PNG")


def _like_source(
    array: npt.NDArray[np.generic], affine: npt.NDArray[np.float64], source: Path
) -> tuple[npt.NDArray[np.generic], npt.NDArray[np.float64], nibabel.Nifti1Header]:
    """Turn an array to the axes of a NIfTI file; its own affine and header."""
    original = nibabel.load(source)
    shape = original.shape
    to_source = np.linalg.inv(original.affine) @ affine  # index of ours -> index of the file
    order = [int(np.argmax(np.abs(to_source[axis, :3]))) for axis in range(3)]
    turned = np.transpose(array, order)
    flips = [to_source[axis, order[axis]] < 0 for axis in range(3)]
    turned = turned[tuple(slice(None, None, -1 if f else 1) for f in flips)]
    if sorted(order) != [0, 1, 2] or turned.shape != tuple([*shape, 1, 1][:3]):
        message = f"Labels of shape {turned.shape} do not fit {source.name} of shape {shape}."
        raise ExportError(message, hint="Write them without the source file.")
    header = nibabel.Nifti1Header.from_header(original.header)
    header.set_data_dtype(array.dtype)
    is_one_time = prod(shape) == turned.size
    return turned.reshape(shape) if is_one_time else turned, original.affine, header
