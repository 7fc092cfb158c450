"""The user's own models: added whole or not at all, and removed again. No torch."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from medviewer.ai.registry import scan
from medviewer.core.errors import ModelCardError, ModelRemovalError
from medviewer.core.messages import Message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from medviewer.ai.registry import ModelEntry


@contextmanager
def new_model(model_id: str, models: Path) -> Iterator[Path]:
    """Give an empty folder for a new model; it takes the model's name when the block succeeds.

    Parameters
    ----------
    model_id : str
        Of the new model; its folder's name.
    models : Path
        Folder of the user's models; made if needed.

    Yields
    ------
    Path
        Hidden beside the models; removed when the block fails.

    Raises
    ------
    ModelCardError
        There is a model of this id, the user's own or one that ships with the program.
    """
    known = next((e for e in scan([models]) if e.id == model_id), None)
    if known is not None and known.is_bundled:
        message = Message(
            "There is already a model '{model}', which ships with the program.", model=model_id
        )
        raise ModelCardError(message, hint="Give the new one another id.")
    if known is not None or (models / model_id).exists():
        message = Message(
            "There is already a model '{model}' in {folder}.", model=model_id, folder=str(models)
        )
        raise ModelCardError(message, hint="Remove it first, or give the new one another id.")
    models.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=models, prefix=".part-", ignore_cleanup_errors=True) as hidden:
        folder = Path(hidden, model_id)
        folder.mkdir()
        yield folder
        folder.replace(models / model_id)


def remove_model(entry: ModelEntry) -> None:
    """Delete one of the user's own models.

    Parameters
    ----------
    entry : ModelEntry
        Usable or refused.

    Raises
    ------
    ModelRemovalError
        It ships with the program, or its folder cannot be deleted.
    """
    if entry.is_bundled:
        message = Message(
            "Model '{model}' ships with the program and cannot be removed.", model=entry.id
        )
        raise ModelRemovalError(message, hint="It runs only where you ask for it.")
    try:
        with TemporaryDirectory(
            dir=entry.folder.parent, prefix=".part-", ignore_cleanup_errors=True
        ) as hidden:
            entry.folder.replace(Path(hidden, entry.folder.name))  # all at once, then file by file
    except OSError as error:
        message = Message(
            "Model '{model}' in {folder} was not removed: {reason}.",
            model=entry.id,
            folder=str(entry.folder),
            reason=str(error.strerror or error),
        )
        raise ModelRemovalError(
            message, hint="Close what uses it and check the rights of the folder."
        ) from error
