"""Write a file so that it is whole or untouched, never half."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary file's path; what is written there takes the place of ``path``.

    Parameters
    ----------
    path : Path
        Destination, in a folder that exists.

    Yields
    ------
    Path
        Of the same name in lower case (nibabel stumbles over ``.Nii``), in a hidden folder beside
        the destination. Flushed to disk and renamed when the block ends; removed when it fails.
    """
    with TemporaryDirectory(dir=path.parent, prefix=".part-", ignore_cleanup_errors=True) as folder:
        temporary = Path(folder, path.name.lower())
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)


def write_atomically(path: Path, content: bytes) -> None:
    """Replace ``path`` by ``content``, readable for nobody but the user.

    Raises
    ------
    OSError
        The folder cannot be made or written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary:
        temporary.touch(mode=0o600)
        temporary.write_bytes(content)


def set_aside(path: Path) -> Path:
    """Rename a damaged file next to itself and return its new path."""
    number = 1
    while (aside := path.with_name(f"{path.stem}.damaged-{number}{path.suffix}")).exists():
        number += 1
    path.replace(aside)
    return aside
