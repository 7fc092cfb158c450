"""Where an image, a volume or a surface goes: file dialogs, then a job or a picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from medviewer.app.jobs import Lane
from medviewer.core.errors import ExportError
from medviewer.core.volume import Volume
from medviewer.ui.warning_text import warning_text

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from medviewer.app.services import Services
    from medviewer.app.session import Located
    from medviewer.app.settings import SettingsStore
    from medviewer.core.study import SeriesWarning
    from medviewer.core.tasks import TaskContext

_IMAGE_ENDINGS = (".png", ".jpg", ".jpeg")
_VOLUME_ENDINGS = (".nii.gz", ".nii", ".nrrd")
_JPEG_QUALITY = 95


class Exports(QObject):
    """Asks for a name, then writes.

    Parameters
    ----------
    services : Services
    window : QWidget
        Parent of the file dialogs.
    """

    done = Signal(str)
    """Path of what was written, and what was corrected or left empty in it."""
    failed = Signal(Exception)

    def __init__(self, services: Services, window: QWidget) -> None:
        super().__init__(window)
        self._services = services
        self._window = window

    def ask_image(self, picture: QImage) -> None:
        """Save a picture of a view under a name the user chooses."""
        filters = self.tr("PNG image (*.png);;JPEG image (*.jpg)")
        name = self._ask(self.tr("Export image"), "image.png", filters)
        if name:
            self.write_image(picture, Path(name))

    def write_image(self, picture: QImage, path: Path) -> None:
        """Write PNG or JPEG; a name without ending becomes PNG."""
        target = (
            path if path.suffix.lower() in _IMAGE_ENDINGS else path.with_name(f"{path.name}.png")
        )
        quality = -1 if target.suffix.lower() == ".png" else _JPEG_QUALITY
        if picture.save(str(target), quality=quality):
            self.done.emit(str(target))
        else:
            self.failed.emit(ExportError(f"{target} cannot be written.", hint="Check the folder."))

    def ask_volume(self, located: Located) -> None:
        """Save the modality values of a volume under a name the user chooses."""
        filters = self.tr("NIfTI (*.nii.gz);;NRRD (*.nrrd)")
        name = self._ask(self.tr("Export volume"), "volume.nii.gz", filters)
        if name:
            self.write_volume(located, Path(name))

    def write_volume(self, located: Located, path: Path) -> None:
        """Write NIfTI or NRRD in the background; decodes the image first where necessary."""
        ends = path.name.lower().endswith(_VOLUME_ENDINGS)
        target = path if ends else path.with_name(f"{path.name}.nii.gz")
        loaded = self._services.session.image(located.volume.id)
        is_whole = isinstance(loaded, Volume) and bool(loaded.is_loaded.all())

        def task(context: TaskContext) -> tuple[SeriesWarning, ...]:
            from medviewer.io.series_loader import load_image  # start-up weight
            from medviewer.io.volume_export import write_volume  # start-up weight

            image = (
                loaded
                if is_whole
                else load_image(located.volume, located.series, located.study, context)
            )
            if not isinstance(image, Volume):
                message = f"{located.volume.id} is a stack of single images, not a volume."
                raise ExportError(message, hint="Export single images instead.")
            context.checkpoint(None, "export.write")
            write_volume(image, target)
            return image.warnings

        def say(warnings: tuple[SeriesWarning, ...]) -> None:
            self.done.emit("   ".join([str(target), *map(warning_text, warnings)]))

        job = self._services.runner.submit(Lane.IO, f"export:{target.name}", task)
        job.succeeded.connect(say)
        job.failed.connect(self.failed)

    def ask_surface(self, volume: Volume, threshold: float) -> None:
        """Save the surface at a threshold under a name the user chooses."""
        name = self._ask(self.tr("Export surface"), "surface.stl", self.tr("STL (*.stl)"))
        if name:
            self.write_surface(volume, threshold, Path(name))

    def write_surface(self, volume: Volume, threshold: float, path: Path) -> None:
        """Write binary STL in patient LPS mm, in the background."""
        target = path if path.suffix.lower() == ".stl" else path.with_name(f"{path.name}.stl")

        def task(context: TaskContext) -> int:
            from medviewer.rendering.isosurface import export_stl  # start-up weight

            context.checkpoint(None, "export.write")
            return export_stl(volume, threshold, target)

        job = self._services.runner.submit(Lane.COMPUTE, f"export:{target.name}", task)
        job.succeeded.connect(lambda _n_triangles: self.done.emit(str(target)))
        job.failed.connect(self.failed)

    def _ask(self, title: str, name: str, filters: str) -> str:
        settings = self._services.settings
        proposed = str(proposed_folder(settings) / name)
        chosen, _ = QFileDialog.getSaveFileName(self._window, title, proposed, filters)
        if chosen:
            settings.update(export_folder=str(Path(chosen).parent))
        return chosen


def ask_folder(settings: SettingsStore, window: QWidget, title: str) -> Path | None:
    """Let the user choose a folder to write into; ``None`` when they think better of it."""
    name = QFileDialog.getExistingDirectory(window, title, str(proposed_folder(settings)))
    if not name:
        return None
    settings.update(export_folder=name)
    return Path(name)


def proposed_folder(settings: SettingsStore) -> Path:
    """Folder written into last, else the documents; never a study's own, which stays as it is."""
    documents = QStandardPaths.StandardLocation.DocumentsLocation
    for name in (settings.settings.export_folder, QStandardPaths.writableLocation(documents)):
        if name and Path(name).is_dir():  # one that is gone: the dialog would choose by itself
            return Path(name)
    return Path.home()
