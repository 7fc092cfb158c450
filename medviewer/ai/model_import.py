"""Add a model to the user's own: a bundle of the MONAI Model Zoo, or a model folder."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from medviewer.ai.bundle_import import import_bundle
from medviewer.ai.card_file import CARD_FILE, read_card
from medviewer.ai.card_words import WORDS_FILES
from medviewer.ai.user_models import new_model
from medviewer.ai.weights import load_network
from medviewer.core.errors import ArchiveError, ModelCardError, ModelImportError, WeightsError
from medviewer.core.messages import Message
from medviewer.io.archive import extract_archive, is_archive

if TYPE_CHECKING:
    from pathlib import Path

    from medviewer.core.tasks import TaskContext

_BUNDLE_FILE = "configs/metadata.json"
_DOCUMENTS = ("LICENSE", "README.md")
_NOT_THE_MODEL = "__MACOSX"


def import_model(source: Path, models: Path, context: TaskContext) -> Path:
    """Check a model and copy it to the user's models.

    Parameters
    ----------
    source : Path
        Folder or zip file; in it, or in the only folder in it, a bundle of the MONAI Model Zoo or
        a model in this program's form (``card.json`` with its weights).
    models : Path
        Folder of the user's models; made if needed.
    context : TaskContext

    Returns
    -------
    Path
        The new model's folder.

    Raises
    ------
    ModelImportError
        The model cannot be used here, or one of its id is there; nothing was added.
    TaskCancelled
        Nothing was added.
    """
    try:
        return _import(source, models, context)
    except (ModelCardError, WeightsError, ArchiveError) as error:
        raise ModelImportError(error.message, hint=error.hint) from error
    except OSError as error:
        message = f"{error.filename or source}: {error.strerror or error}."
        raise ModelImportError(message, hint="Check the folder and the free space.") from error


def _import(source: Path, models: Path, context: TaskContext) -> Path:
    context.checkpoint(None, "model.read")
    folder = extract_archive(source, context) if is_archive(source) else source
    if not folder.is_dir():
        message = Message("{path} is neither a folder nor a zip file.", path=str(source))
        raise ModelCardError(message, hint="Choose the model's folder, or its zip file.")
    root = _model_folder(folder)
    if root is None:
        message = Message(
            "{path} holds neither {card} nor {bundle}: it is no model.",
            path=source.name,
            card=CARD_FILE,
            bundle=_BUNDLE_FILE,
        )
        hint = "Choose a bundle of the MONAI Model Zoo, or a model folder with its card."
        raise ModelCardError(message, hint=hint)
    if (root / CARD_FILE).is_file():
        return _copy(root, models, context)
    return import_bundle(root, models, source.stem if root == folder != source else root.name)


def _model_folder(folder: Path) -> Path | None:
    """Return the folder itself, or the only one in it and so on, that holds a model."""
    while not any((folder / name).is_file() for name in (CARD_FILE, _BUNDLE_FILE)):
        inside = [p for p in folder.iterdir() if p.is_dir() and p.name != _NOT_THE_MODEL]
        if len(inside) != 1:
            return None
        folder = inside[0]
    return folder


def _copy(source: Path, models: Path, context: TaskContext) -> Path:
    """Copy a model in this program's form once its weights were found to fit its card."""
    card = read_card(source / CARD_FILE)
    with new_model(card.id, models) as folder:
        load_network(card, source)
        words = [path.name for path in source.glob(WORDS_FILES)]
        for name in (CARD_FILE, card.weights.file, *_DOCUMENTS, *words):
            context.checkpoint(None, "model.copy")
            if (source / name).is_file():
                shutil.copyfile(source / name, folder / name)
    return models / card.id
