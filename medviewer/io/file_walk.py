"""Which files an opened path stands for: folders, archives, DICOMDIR."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from medviewer.core.errors import MedviewerError
from medviewer.core.messages import Message
from medviewer.core.study import UnreadableFile
from medviewer.io.archive import extract_archive, is_archive
from medviewer.io.dicom_header import tag_of
from medviewer.io.dicom_read import read_index_header

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medviewer.core.tasks import TaskContext

_IGNORED = frozenset(("Thumbs.db", "desktop.ini", "autorun.inf"))


@dataclass(slots=True)
class FoundFiles:
    """Files to read, in order, and those that cannot be."""

    files: list[Path] = field(default_factory=list)
    unreadable: list[UnreadableFile] = field(default_factory=list)

    def refuse(self, path: Path, reason: str) -> None:
        """Note a file that cannot be shown."""
        self.unreadable.append(UnreadableFile(path, reason))


def find_files(paths: Sequence[Path], context: TaskContext) -> FoundFiles:
    """Expand paths to files: folders recursively, archives extracted, a DICOMDIR followed.

    Hidden files, devices and links to folders are left out.
    """
    found = FoundFiles()
    for path in paths:
        if path.is_dir():
            _walk(path, found, context)
        elif not path.exists():
            found.refuse(path, Message("There is no such file or folder."))
        elif is_archive(path):
            _open_archive(path, found, context)
        elif path.name.upper().startswith("DICOMDIR"):
            _follow_dicomdir(path, found)
        else:
            found.files.append(path)
    found.files = list(dict.fromkeys(found.files))
    return found


def _walk(folder: Path, found: FoundFiles, context: TaskContext) -> None:
    def on_error(error: OSError) -> None:
        reason = Message("The folder cannot be read: {reason}.", reason=str(error.strerror))
        found.refuse(Path(str(error.filename)), reason)

    for top, folders, names in os.walk(folder, onerror=on_error):
        context.checkpoint(None, "index.walk")
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        here = Path(top)
        for name in sorted(names):
            if name.startswith(".") or name in _IGNORED:
                continue
            _add_file(here / name, found, context)


def _add_file(path: Path, found: FoundFiles, context: TaskContext) -> None:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        reason = Message("The file cannot be read: {reason}.", reason=str(error.strerror))
        found.refuse(path, reason)
        return
    if not stat.S_ISREG(mode):
        return
    if path.suffix.lower() == ".zip" and is_archive(path):
        _open_archive(path, found, context)
    else:
        found.files.append(path)


def _open_archive(path: Path, found: FoundFiles, context: TaskContext) -> None:
    try:
        folder = extract_archive(path, context)
    except MedviewerError as error:
        found.refuse(path, error.text)
        return
    for top, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            found.files.append(Path(top) / name)


def _follow_dicomdir(path: Path, found: FoundFiles) -> None:
    """Add the files a DICOMDIR refers to (PS3.10 8.6); they must lie below its folder."""
    try:
        records = read_index_header(path).items(tag_of("DirectoryRecordSequence"))
    except MedviewerError as error:
        found.refuse(path, error.text)
        return
    root = path.parent.resolve()
    n_before = len(found.files)
    for record in records:
        parts = [part for part in record.text("ReferencedFileID").split("\\") if part]
        if not parts:
            continue
        target = (root / "/".join(parts)).resolve()
        if not target.is_relative_to(root):
            reason = Message("The DICOMDIR refers to a file outside of its own folder.")
            found.refuse(target, reason)
        elif not target.is_file():
            reason = Message("The DICOMDIR names this file, but it is not there.")
            found.refuse(target, reason)
        else:
            found.files.append(target)
    if len(found.files) == n_before:
        reason = Message("The DICOMDIR names no file that is there; open the folder instead.")
        found.refuse(path, reason)
