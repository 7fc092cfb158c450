"""Errors as a reader sees them: a translated sentence for every code, and the remedy."""

from __future__ import annotations

import errno
from dataclasses import dataclass
from string import Formatter

from PySide6.QtCore import QCoreApplication

from medviewer.core.errors import MedviewerError
from medviewer.ui.message_text import message_text

_FULL = (errno.ENOSPC, errno.EDQUOT)
_FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


@dataclass(frozen=True, slots=True)
class ErrorText:
    """What to show.

    Attributes
    ----------
    title : str
        What went wrong, one translated sentence.
    remedy : str
        What to do: of the code, else the error's own hint; may be empty.
    detail : str
        The message of the log with all values, in the reader's language where it has one.
    """

    title: str
    remedy: str
    detail: str


def error_text(error: BaseException) -> ErrorText:
    """Sentence, remedy and detail of any exception."""
    if isinstance(error, OSError):
        return ErrorText(*_system_sentences(error), str(error))
    if not isinstance(error, MedviewerError):
        title = QCoreApplication.translate("ErrorText", "Something went wrong in the program.")
        remedy = QCoreApplication.translate(
            "ErrorText", "Your files are untouched. Please report the details below."
        )
        return ErrorText(title, remedy, f"{type(error).__name__}: {error}")
    code = error.code
    while code not in sentences() and "." in code:
        code = code.rpartition(".")[0]
    title, remedy = sentences().get(code, sentences()["error"])
    remedy = _fill(remedy, error.facts) or message_text(error.hint)
    return ErrorText(_fill(title, error.facts), remedy, message_text(error.text))


def sentences() -> dict[str, tuple[str, str]]:
    """Sentence and remedy of every error code, in the present language."""
    translate = QCoreApplication.translate
    return {
        "error": (
            translate("ErrorText", "The step could not be completed."),
            "",
        ),
        "data": (
            translate("ErrorText", "The data cannot be used as asked."),
            translate("ErrorText", "The details below name the file and the reason."),
        ),
        "data.file": (
            translate("ErrorText", "A file is no longer there, or cannot be read."),
            translate("ErrorText", "Check its drive and its permissions, then open it again."),
        ),
        "data.not_dicom": (
            translate("ErrorText", "This file is not a DICOM image."),
            translate("ErrorText", "Open the folder that holds the DICOM files."),
        ),
        "data.transfer_syntax": (
            translate("ErrorText", "The compression of this image cannot be read here."),
            translate("ErrorText", "Export the images uncompressed from their source."),
        ),
        "data.pixels": (
            translate("ErrorText", "The image data are missing, cut off or damaged."),
            translate("ErrorText", "Copy the file again from its source."),
        ),
        "data.archive": (
            translate("ErrorText", "The archive was not opened because it is unsafe or too large."),
            translate("ErrorText", "Unpack it yourself and open the folder."),
        ),
        "series.geometry": (
            translate("ErrorText", "The images of this series do not form a volume."),
            translate("ErrorText", "It can be read as a stack, one image after another."),
        ),
        "data.window": (
            translate("ErrorText", "This window cannot be applied."),
            translate("ErrorText", "The width must be at least 1."),
        ),
        "data.document": (
            translate(
                "ErrorText", "A stored document is damaged or was written by another version."
            ),
            translate("ErrorText", "It was left as it is; the program goes on without it."),
        ),
        "data.memory": (
            translate("ErrorText", "The image does not fit into the memory budget."),
            translate(
                "ErrorText", "Close other views, or raise the budget in Preferences, Memory."
            ),
        ),
        "geometry": (
            translate("ErrorText", "The position of the images in the patient is not usable."),
            "",
        ),
        "geometry.frame_of_reference": (
            translate("ErrorText", "These images do not share a coordinate system."),
            translate("ErrorText", "They can be shown side by side, but not on top of each other."),
        ),
        "model": (translate("ErrorText", "The model cannot be used."), ""),
        "model.card": (
            translate("ErrorText", "The description of the model is missing or invalid."),
            translate("ErrorText", "Install the model again."),
        ),
        "model.import": (
            translate("ErrorText", "The model was not added."),
            translate("ErrorText", "Your models are as they were; the details below say why."),
        ),
        "model.removal": (
            translate("ErrorText", "The model was not removed."),
            translate("ErrorText", "The details below say why."),
        ),
        "model.weights": (
            translate("ErrorText", "The weights of the model are missing or were changed."),
            translate("ErrorText", "Install the model again; it will not run with other weights."),
        ),
        "model.input": (
            translate("ErrorText", "The model was not made for this kind of image."),
            translate("ErrorText", "Its card says what it accepts."),
        ),
        "device.memory": (
            translate("ErrorText", "The device ran out of memory."),
            translate("ErrorText", "Close other programs, or run the model on the CPU."),
        ),
        "model.failed": (translate("ErrorText", "The model failed while running."), ""),
        "training": (translate("ErrorText", "Training cannot start or was stopped."), ""),
        "export": (translate("ErrorText", "The result could not be written as asked."), ""),
        "storage": (
            translate("ErrorText", "The AI results could not be kept on disk."),
            translate(
                "ErrorText",
                "They stay in this window until it closes: make room there, then change or run "
                "anything; all that is missing is written then.",
            ),
        ),
        "display.unavailable": (
            translate("ErrorText", "There is no display to open a window on."),
            translate("ErrorText", "Use medviewer snapshot to make pictures without a display."),
        ),
    }


def _system_sentences(error: OSError) -> tuple[str, str]:
    """Sentence and remedy of what the operating system refused."""
    translate = QCoreApplication.translate
    number = error.errno
    while number is None and isinstance(error.__cause__, OSError):  # pydicom wraps what it meets
        error = error.__cause__
        number = error.errno
    if number in _FULL:
        return (
            translate("ErrorText", "The disk is full."),
            translate("ErrorText", "Make room on it, then try again."),
        )
    if number in _FORBIDDEN:
        return (
            translate("ErrorText", "A file or folder may not be used by you."),
            translate("ErrorText", "Change its permissions; the details below name it."),
        )
    return (
        translate("ErrorText", "A file or folder could not be used."),
        translate("ErrorText", "The details below name it and the reason."),
    )


def _fill(sentence: str, facts: dict[str, object]) -> str:
    """Put facts into a sentence; one that lacks a fact is shown without filling."""
    names = {name for _, name, _, _ in Formatter().parse(sentence) if name}
    return sentence.format(**facts) if names <= facts.keys() else sentence
