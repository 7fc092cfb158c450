"""Readers of the files of one image, shared by the threads that decode it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from medviewer.io.pixel_values import ImageReader

if TYPE_CHECKING:
    from pathlib import Path

_KEPT_SINGLES = 16


class OpenFiles:
    """Keeps the readers of multi-frame files, and the latest of the others."""

    def __init__(self) -> None:
        self._many: dict[Path, ImageReader] = {}
        self._latest: dict[Path, ImageReader] = {}
        self._lock = threading.Lock()

    def reader(self, path: Path) -> ImageReader:
        """Return the reader of a file; its header is parsed once while it is in use.

        Raises
        ------
        DataError
            The file is no DICOM image.
        """
        with self._lock:
            found = self._many.get(path) or self._latest.get(path)
        if found is not None:
            return found
        reader = ImageReader(path)
        with self._lock:
            if reader.n_frames > 1:
                return self._many.setdefault(path, reader)
            self._latest[path] = reader
            if len(self._latest) > _KEPT_SINGLES:
                del self._latest[next(iter(self._latest))]
        return reader
