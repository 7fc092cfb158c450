"""What tells a file that is no DICOM from another one, and from its own earlier content."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medviewer.io.dicom_write import derived_uid

if TYPE_CHECKING:
    from pathlib import Path


def file_uid(path: Path, *others: Path) -> str:
    """Return a UID of a file as it is now; one that is written anew becomes another image.

    Results, looks and thumbnails are kept by it: those of the patient who was here before must
    never lie on the next one's image.

    Parameters
    ----------
    path : Path
        The file.
    others : Path
        Files that hold part of it, such as the values that a header of its own names.
    """
    parts: list[object] = [path.resolve()]
    for each in dict.fromkeys((path, *others)):
        try:
            status = each.stat()
        except OSError:
            continue  # gone since its header was read: loading it says so
        parts += [status.st_size, status.st_mtime_ns]
    return str(derived_uid("file", *parts))
