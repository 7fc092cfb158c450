"""Images that are no DICOM: which reader a file name asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeAlias

from medviewer.core.volume import ImageStack, Volume
from medviewer.io.grid_files import GridFormat
from medviewer.io.metaimage import read_metaimage_header
from medviewer.io.nifti import read_nifti_header
from medviewer.io.nrrd import read_nrrd_header
from medviewer.io.raster import RasterFormat

if TYPE_CHECKING:
    from pathlib import Path

    from medviewer.core.study import SeriesRecord, VolumeRecord

Image: TypeAlias = Volume | ImageStack


class PlainFormat(Protocol):
    """A file format that holds one image (or several times of it) and no patient."""

    def describe(self, path: Path) -> SeriesRecord:
        """Return the record of a file from its header; raises DataError where it is damaged."""

    def load(self, record: VolumeRecord) -> Image:
        """Decode one record of :meth:`describe`; raises DataError."""


_FORMATS: dict[tuple[str, ...], PlainFormat] = {
    (".nii", ".nii.gz"): GridFormat("NIfTI", read_nifti_header),
    (".nrrd", ".nhdr"): GridFormat("NRRD", read_nrrd_header),
    (".mha", ".mhd"): GridFormat("MetaImage", read_metaimage_header),
    (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp"): RasterFormat(),
}


def plain_format(path: Path) -> PlainFormat | None:
    """Return the reader of a file that is no DICOM, by its name; ``None`` for all others."""
    name = path.name.lower()
    return next((found for ends, found in _FORMATS.items() if name.endswith(ends)), None)
