"""Zip archives: expanded into a private folder, within bounds, never outside of it."""

from __future__ import annotations

import atexit
import shutil
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from medviewer.core.errors import ArchiveError
from medviewer.core.messages import Message

if TYPE_CHECKING:
    from medviewer.core.tasks import TaskContext

MAX_FILES = 100_000
MAX_BYTES = 32 * 1024**3
MAX_RATIO = 200
"""Zip bombs expand a thousandfold; images at most some dozen times."""
SMALL_BYTES = 64 * 1024**2
"""Below this the ratio does not matter: an empty image compresses very well."""
_CHUNK = 1024 * 1024
_extracted: dict[tuple[Path, int, int], Path] = {}


def is_archive(path: Path) -> bool:
    """Whether a file is a zip archive, by its first bytes."""
    try:
        with path.open("rb") as file:
            return file.read(4) == b"PK\x03\x04"
    except OSError:
        return False


def extract_archive(path: Path, context: TaskContext) -> Path:
    """Extract an archive and return the folder; removed when the program ends.

    An archive that was extracted before and has not changed is not extracted again.

    Raises
    ------
    ArchiveError
        It is damaged, encrypted, too large, or expands beyond :data:`MAX_RATIO`.
    """
    try:
        status = path.stat()
        key = (path.resolve(), status.st_mtime_ns, status.st_size)
        if key not in _extracted:
            _extracted[key] = _extract(path, context)
        return _extracted[key]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        msg = Message("{file} is a damaged archive: {error}.", file=path.name, error=str(error))
        raise ArchiveError(msg, hint="Copy it again from its source.") from error
    except OSError as error:
        reason = str(error.strerror or error)
        msg = Message("{file} cannot be extracted: {reason}.", file=path.name, reason=reason)
        raise ArchiveError(msg, hint="Check the free space of the disk.") from error


def _extract(path: Path, context: TaskContext) -> Path:
    with zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if not m.is_dir()]
        _require_bounded(path, members)
        folder = Path(tempfile.mkdtemp(prefix="medviewer-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        n_left = sum(m.file_size for m in members)
        for number, member in enumerate(members):
            context.checkpoint(number / len(members), "index.extract")
            target = folder / safe_name(member.filename, number)
            target.parent.mkdir(parents=True, exist_ok=True)
            n_left -= _copy(archive, member, target, n_left)
    return folder


def _require_bounded(path: Path, members: list[zipfile.ZipInfo]) -> None:
    n_bytes = sum(m.file_size for m in members)
    packed = max(1, sum(m.compress_size for m in members))
    if any(m.flag_bits & 1 for m in members):
        msg = Message("{file} is encrypted.", file=path.name)
        raise ArchiveError(msg, hint="Extract it with its password and open the folder.")
    if len(members) > MAX_FILES or n_bytes > MAX_BYTES:
        msg = Message(
            "{file} would expand to {n_files:,} files and {size_gb:.1f} GB, more than "
            "{most_files:,} files or {most_gb:.0f} GB.",
            file=path.name,
            n_files=len(members),
            size_gb=n_bytes / 1e9,
            most_files=MAX_FILES,
            most_gb=MAX_BYTES / 1e9,
        )
        raise ArchiveError(msg, hint="Extract it yourself and open the folder.")
    if n_bytes > SMALL_BYTES and n_bytes / packed > MAX_RATIO:
        msg = Message(
            "{file} expands {ratio}-fold: it is no archive of images.",
            file=path.name,
            ratio=n_bytes // packed,
        )
        raise ArchiveError(msg, hint="It may be hostile; do not open it.")
    if n_bytes > shutil.disk_usage(tempfile.gettempdir()).free * 0.9:
        msg = Message(
            "{file} needs {size_gb:.1f} GB, more than the disk has free.",
            file=path.name,
            size_gb=n_bytes / 1e9,
        )
        raise ArchiveError(msg, hint="Free some space or extract it elsewhere.")


def safe_name(name: str, number: int) -> PurePosixPath:
    """Path of a member below the target folder, whatever the archive says."""
    parts = [
        "".join(c if c.isprintable() and c not in ':*?"<>|' else "_" for c in part)[:120]
        for part in name.replace("\\", "/").split("/")
        if part not in ("", ".", "..")
    ]
    return PurePosixPath(*parts[-8:]) if parts else PurePosixPath(f"{number:06d}")


def _copy(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, n_left: int) -> int:
    """Write one member and return its size; the sizes in the archive's directory may lie."""
    n_written = 0
    if target.exists():
        target = target.with_name(f"{target.name}-{member.header_offset}")
    with archive.open(member) as source, target.open("wb") as file:
        while chunk := source.read(_CHUNK):
            n_written += len(chunk)
            if n_written > n_left:
                msg = Message("{file} is larger than the archive says.", file=member.filename)
                raise ArchiveError(msg, hint="It may be hostile; do not open it.")
            file.write(chunk)
    return n_written
