"""What must be there for an action to make sense, as sentences for its tool tip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject

from medviewer.app.view_store import PaneMode
from medviewer.core.volume import ImageStack, Volume

if TYPE_CHECKING:
    from medviewer.app.services import Services
    from medviewer.core.study import VolumeRecord
    from medviewer.ui.view_commands import ViewCommands

_MIN_SLICES = 3


class Conditions(QObject):
    """Each method returns a translated sentence on what is missing, or "".

    Parameters
    ----------
    services : Services
    commands : ViewCommands
    """

    def __init__(self, services: Services, commands: ViewCommands, parent: QObject) -> None:
        super().__init__(parent)
        self._services = services
        self._commands = commands

    def study(self) -> str:
        """Ask whether anything is open."""
        return "" if self._services.session.studies else self.tr("No study is open.")

    def unreadable(self) -> str:
        """Ask for files that could not be read."""
        return "" if self._services.session.unreadable else self.tr("Every file could be read.")

    def record(self) -> str:
        """Ask for a series in the active pane, decoded or not."""
        if self._commands.located is not None:
            return ""
        return self.tr("Open a series first: the active view is empty.")

    def dicom(self) -> str:
        """Ask for a DICOM series in the active pane."""
        located = self._commands.located
        return self.record() if located is None else not_dicom(located.volume)

    def image(self) -> str:
        """Ask for a decoded image in the active pane."""
        missing = self.record()
        if not missing and self._commands.image is None:
            return not_decoded(self._services, self._commands.pane.volume_id)
        return missing

    def slice(self) -> str:
        """Ask for a decoded image in a 2-D view."""
        missing = self.image()
        if not missing and self._commands.pane.mode is PaneMode.VOLUME:
            return self.tr("This works in 2-D views; the active view is 3-D.")
        return missing

    def overlay_planes(self) -> str:
        """Ask for a 2-D view of an image that came with drawings over it."""
        missing = self.slice()
        image = self._commands.image
        if not missing and image is not None and not image.all_overlay_planes:
            return self.tr("This image has no overlay planes.")
        return missing

    def gray(self) -> str:
        """Ask for a gray image in a 2-D view."""
        missing = self.slice()
        if not missing and self._commands.is_color:
            return self.tr("A colour image has no window.")
        return missing

    def hounsfield(self) -> str:
        """Ask for CT values, which organ windows are made for."""
        missing = self.gray()
        image = self._commands.image
        if not missing and image is not None and image.preset_modality != "CT":
            text = self.tr("Organ windows are in Hounsfield units; this image is {modality}.")
            return text.format(modality=image.modality or self.tr("not CT"))
        return missing

    def cine(self) -> str:
        """Ask for more than one image to play; what plays can always be stopped."""
        if self._commands.is_playing() or self._commands.n_cine_images > 1:
            return ""
        return self.slice() or self.tr("There is only one image to play.")

    def playing(self) -> str:
        """Ask for a film that plays."""
        return "" if self._commands.is_playing() else self.tr("Nothing is playing.")

    def volume(self) -> str:
        """Ask for images that form a volume."""
        missing = self.image()
        image = self._commands.image
        if not missing and isinstance(image, ImageStack):
            return self.tr("This series is a stack of single images; they form no volume.")
        if not missing and isinstance(image, Volume) and image.voxels.shape[0] < _MIN_SLICES:
            return self.tr("This needs a volume of at least three slices.")
        return missing

    def reading_box(self) -> str:
        """Ask for a volume that a model reads in parts."""
        missing = self.volume()
        if missing:
            return missing
        models = self._services.inference.fitting(self._commands.pane.volume_id)
        if any(model.card is not None and model.card.is_localised for model in models):
            return ""
        return self.tr("No model reads only a part of such an image.")

    def surface(self) -> str:
        """Ask for a 3-D view that shows a surface by threshold."""
        missing = self.volume()
        pane = self._commands.pane
        is_shown = pane.mode is PaneMode.VOLUME and pane.volume.surface_threshold is not None
        if not missing and not is_shown:
            return self.tr("Switch on Surface in a 3-D view first.")
        return missing


def not_dicom(volume: VolumeRecord) -> str:
    """Say that an image comes from another kind of file; "" for DICOM."""
    from medviewer.io.file_formats import plain_format  # start-up weight

    path = volume.frames[0].path
    if plain_format(path) is None:
        return ""
    text = QCoreApplication.translate("Conditions", "{file} is not DICOM: it has no such header.")
    return text.format(file=path.name)


def not_decoded(services: Services, volume_id: str) -> str:
    """Say why an image of the study has no pixels yet."""
    translate = QCoreApplication.translate
    if services.loading.is_loading(volume_id) or services.loading.is_opening:
        return translate("Conditions", "The image is still loading.")
    return translate("Conditions", "The image was not read: that failed, or was stopped.")
