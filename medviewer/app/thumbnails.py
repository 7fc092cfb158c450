"""Small pictures of series, made in the background, one at a time, and kept on disk."""

from __future__ import annotations

import hashlib
import io
import logging
from collections import OrderedDict
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal

from medviewer.app.jobs import JobRunner, Lane
from medviewer.io.atomic_file import write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from medviewer.core.study import VolumeRecord
    from medviewer.core.tasks import TaskContext

logger = logging.getLogger(__name__)

Picture: TypeAlias = npt.NDArray[np.uint8]
SIZE_PX = 192
_MAX_IN_MEMORY = 600


class Thumbnails(QObject):
    """Pictures by volume id; what is asked for last is made first.

    Parameters
    ----------
    folder : Path or None
        Where pictures are kept between sessions; ``None`` keeps none.
    """

    ready = Signal(str)

    def __init__(
        self, runner: JobRunner, folder: Path | None, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._runner = runner
        self.folder = folder
        self.is_growing = False
        """While series are still read, what is made of their first files will do."""
        self._pictures: OrderedDict[str, tuple[int, Picture | None]] = OrderedDict()
        self._waiting: OrderedDict[str, VolumeRecord] = OrderedDict()
        self._is_busy = False

    def picture(self, key: str, n_images: int = 0) -> Picture | None:
        """Return the picture, uint8 ``(rows, columns[, 3])``, if it is there.

        Parameters
        ----------
        key : str
            A volume id, or what :meth:`keep` was told.
        n_images : int
            How many the volume has; a picture made of fewer is returned until it is made anew.
        """
        made = self._pictures.get(key)
        return made[1] if made is not None else self._stored(key, n_images)

    def is_made(self, record: VolumeRecord) -> bool:
        """Whether there is a picture of all the record's images, or none can be made."""
        n_images = len(record.frames)
        if record.id not in self._pictures:
            return self._stored(record.id, n_images) is not None
        return self.is_growing or self._pictures[record.id][0] == n_images

    def request(self, record: VolumeRecord) -> None:
        """Make a picture soon; ``ready`` tells. Asking again moves it to the front."""
        if self.is_made(record):
            return
        self._waiting[record.id] = record
        self._waiting.move_to_end(record.id)
        self._next()

    def clear(self) -> None:
        """Forget every picture, on disk too."""
        self._pictures.clear()
        self._waiting.clear()
        if self.folder is not None and self.folder.is_dir():
            for path in self.folder.glob("*.npy"):
                path.unlink(missing_ok=True)

    def _next(self) -> None:
        if self._is_busy or not self._waiting:
            return
        volume_id, record = self._waiting.popitem()
        n_images = len(record.frames)
        self._is_busy = True

        def task(_context: TaskContext) -> Picture:
            from medviewer.io.thumbnails import thumbnail  # start-up weight

            return thumbnail(record, SIZE_PX)

        job = self._runner.submit(Lane.IO, "thumbnail", task)
        job.succeeded.connect(lambda picture: self._keep(volume_id, n_images, picture))
        # A series without a picture shows its modality; why is told when it is opened.
        job.failed.connect(lambda _error: self._keep(volume_id, n_images, None))
        job.finished.connect(self._on_finished)

    def _on_finished(self) -> None:
        self._is_busy = False
        self._next()

    def keep(self, key: str, picture: Picture) -> None:
        """Keep a picture under another key too."""
        self._keep(key, 0, picture)

    def _keep(self, volume_id: str, n_images: int, picture: Picture | None) -> None:
        self._pictures[volume_id] = n_images, picture
        if len(self._pictures) > _MAX_IN_MEMORY:
            self._pictures.popitem(last=False)
        if picture is None:
            return
        if self.folder is not None and not (self.is_growing and n_images):
            buffer = io.BytesIO()
            np.save(buffer, picture, allow_pickle=False)
            try:
                write_atomically(self._file(self.folder, volume_id, n_images), buffer.getvalue())
            except OSError as error:
                logger.warning("thumbnails are not kept: %s", error)
                self.folder = None
        self.ready.emit(volume_id)

    def _stored(self, volume_id: str, n_images: int) -> Picture | None:
        if self.folder is None:
            return None
        path = self._file(self.folder, volume_id, n_images)
        try:
            picture: Picture = np.load(path, allow_pickle=False)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, EOFError):
            path.unlink(missing_ok=True)
            return None
        if picture.dtype != np.uint8 or picture.ndim not in (2, 3):
            path.unlink(missing_ok=True)
            return None
        self._pictures[volume_id] = n_images, picture
        return picture

    @staticmethod
    def _file(folder: Path, volume_id: str, n_images: int) -> Path:
        made_of = f"{volume_id}\n{n_images}"
        return folder / f"{hashlib.sha256(made_of.encode()).hexdigest()[:32]}.npy"
