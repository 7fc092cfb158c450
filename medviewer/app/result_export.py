"""Results of models as DICOM objects for other programs: SEG, SR, key images; unverified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medviewer.core.errors import ExportError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from medviewer.ai.model_card import ModelCard
    from medviewer.ai.model_result import ModelResult
    from medviewer.core.tasks import TaskContext


def export_dicom(
    results: Sequence[tuple[ModelResult, ModelCard]],
    source_files: Sequence[Path],
    folder: Path,
    context: TaskContext,
) -> list[Path]:
    """Write label maps, findings and their images as SEG, SR and KOS, a folder for each model.

    Parameters
    ----------
    results : sequence of (ModelResult, ModelCard)
        Rejected findings and those below the operating point are left out.
    source_files : sequence of Path
        The DICOM series they were made from.
    folder : Path
        Destination.
    context : TaskContext
        Cancellation between models.

    Returns
    -------
    list of Path
        What was written.

    Raises
    ------
    ExportError
        There is nothing to write, the series is no DICOM, or the folder cannot be written.
    """
    written: list[Path] = []
    for number, (result, card) in enumerate(results):
        context.checkpoint(number / len(results), "export.dicom")
        try:
            written += _export_result(result, card, source_files, folder / card.id)
        except OSError as error:
            message = f"{folder} cannot be written: {error.strerror or error}."
            raise ExportError(message, hint="Check the folder and its free space.") from error
    if not written:
        message = "No result of this image can be written as DICOM."
        raise ExportError(message, hint="Label maps and findings in a patient's volume can.")
    return written


def _export_result(
    result: ModelResult, card: ModelCard, source_files: Sequence[Path], folder: Path
) -> list[Path]:
    from medviewer.ai.result_document import write_dicom  # lazy: start-up weight, highdicom

    folder.mkdir(parents=True, exist_ok=True)
    entries = write_dicom(result, card, folder, ("seg", "sr", "kos"), source_files)
    return [folder / entry["file"] for entry in entries]
