"""NIfTI: its header read, and RAS turned into LPS (here and nowhere else)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import nibabel
import numpy as np
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError

from medviewer.io.grid_files import GridHeader

if TYPE_CHECKING:
    from pathlib import Path

    from medviewer.core.arrays import Affine, VoxelArray

_FLIP = np.diag([-1.0, -1.0, 1.0, 1.0])


def ras_to_lps(affine: Affine) -> Affine:
    """Turn an affine to RAS millimetres (NIfTI) into one to LPS (DICOM), or back."""
    return np.asarray(_FLIP @ affine, dtype=np.float64)


def read_nifti_header(path: Path) -> GridHeader:
    """Read the header of a NIfTI-1 or -2 file.

    Raises
    ------
    ValueError, OSError
        It is damaged or of a type that is no image of numbers.
    """
    try:
        image = nibabel.load(path)
        header = image.header
        shape = tuple(int(n) for n in image.shape)
        stored_type = header.get_data_dtype()
        offset = int(image.dataobj.offset)
        # nibabel keeps the scaling with the data, not in the header of a loaded image
        slope, intercept = float(image.dataobj.slope), float(image.dataobj.inter)
        affine = np.array(image.affine, dtype=np.float64)
        has_place = bool(np.isfinite(affine).all()) and _has_spacing(image)
    except (ImageFileError, HeaderDataError) as error:
        raise ValueError(str(error)) from error
    except (TypeError, OverflowError, AttributeError) as error:
        raise ValueError(f"damaged header ({error})") from error
    if stored_type.kind not in "biuf":
        raise ValueError(f"values of type {stored_type} are not numbers of an image")
    shape = (*shape, 1, 1, 1, 1)[: max(4, len(shape))]
    return GridHeader(
        shape_ijkt=(shape[0], shape[1], shape[2], math.prod(shape[3:])),
        stored_type=stored_type,
        affine_ijk_to_lps=ras_to_lps(affine) if has_place else None,
        data_path=path,
        offset=offset,
        encoding="gzip" if path.name.lower().endswith(".gz") else "raw",
        is_offset_inflated=True,
        slope=slope if slope and math.isfinite(slope) else 1.0,
        intercept=intercept if math.isfinite(intercept) else 0.0,
    )


def _has_spacing(image: nibabel.Nifti1Image) -> bool:
    """Whether the affine rests on something: nibabel takes a spacing of 0 for 1 mm."""
    with image.file_map["image"].get_prepare_fileobj("rb") as file:
        stored = type(image.header).from_fileobj(file, check=False)
    return int(stored["sform_code"]) > 0 or bool((stored["pixdim"][1:4] != 0).all())


def write_nifti(voxels: VoxelArray, affine_ijk_to_lps: Affine, path: Path) -> None:
    """Write values, shape (slices, rows, columns), with their place in the patient."""
    image = nibabel.Nifti1Image(voxels.T, ras_to_lps(affine_ijk_to_lps))
    image.header.set_xyzt_units("mm", "sec")
    image.set_sform(image.affine, code=1)
    image.set_qform(image.affine, code=1)
    nibabel.save(image, path)
