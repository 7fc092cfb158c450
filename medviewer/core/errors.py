"""The error family: every error names the thing, the value, the rule and the remedy."""

from __future__ import annotations

from typing import ClassVar

from medviewer.core.messages import joined


class MedviewerError(Exception):
    """Base of every error the program raises on purpose.

    Parameters
    ----------
    message : str
        English, for the log: thing, value, rule. A :class:`~medviewer.core.messages.Message` can
        be said in the reader's language.
    hint : str
        The remedy, one sentence.
    **facts : object
        Values the translated sentence of this code is filled with.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, *, hint: str = "", **facts: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()

    @property
    def text(self) -> str:
        """Message and hint, which the window can translate."""
        return joined((self.message, self.hint))


class DataError(MedviewerError):
    """A file or series cannot be used as asked."""

    code = "data"


class FileUnavailableError(DataError):
    """A file is gone, or the system does not let it be read."""

    code = "data.file"


class NotDicomError(DataError):
    """The file is not a DICOM object."""

    code = "data.not_dicom"


class UnsupportedTransferSyntaxError(DataError):
    """No decoder here can read the file's compression."""

    code = "data.transfer_syntax"


class PixelDataError(DataError):
    """The pixel data are missing, truncated or damaged."""

    code = "data.pixels"


class ArchiveError(DataError):
    """An archive is unsafe or too large to expand."""

    code = "data.archive"


class SeriesGeometryError(DataError):
    """The slices of a series do not form a volume."""

    code = "series.geometry"


class WindowError(DataError):
    """A VOI window violates the rule of its function."""

    code = "data.window"


class DocumentError(DataError):
    """A stored document is damaged or from an unknown version."""

    code = "data.document"


class MemoryBudgetError(DataError):
    """Decoding would exceed the memory budget."""

    code = "data.memory"


class GeometryError(MedviewerError):
    """A geometry is singular or two geometries do not belong together."""

    code = "geometry"


class FrameOfReferenceError(GeometryError):
    """Two objects do not share a FrameOfReferenceUID."""

    code = "geometry.frame_of_reference"


class ModelError(MedviewerError):
    """A model cannot be used."""

    code = "model"


class ModelCardError(ModelError):
    """A model card is missing or invalid."""

    code = "model.card"


class ModelImportError(ModelError):
    """A model cannot be added to the user's own."""

    code = "model.import"


class ModelRemovalError(ModelError):
    """A model cannot be removed."""

    code = "model.removal"


class WeightsError(ModelError):
    """A weights file is missing, has the wrong hash or format."""

    code = "model.weights"


class InputMismatchError(ModelError):
    """The image is not what the model was trained for."""

    code = "model.input"


class DeviceMemoryError(ModelError):
    """The device ran out of memory."""

    code = "device.memory"


class InferenceError(ModelError):
    """The model failed while running."""

    code = "model.failed"


class TrainingError(MedviewerError):
    """Training cannot start or diverged."""

    code = "training"


class ExportError(MedviewerError):
    """A result cannot be written as asked."""

    code = "export"


class StorageError(MedviewerError):
    """What the program keeps cannot be written."""

    code = "storage"


class DisplayUnavailableError(MedviewerError):
    """There is no display to open a window on."""

    code = "display.unavailable"
