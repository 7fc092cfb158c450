"""Which models there are: the folders of cards, bundled ones first. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from medviewer.ai.card_file import CARD_FILE, read_card
from medviewer.core.errors import ModelCardError
from medviewer.core.messages import Message
from medviewer.core.resources import bundled_path

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from medviewer.ai.model_card import ModelCard


@dataclass(frozen=True)
class ModelEntry:
    """A model folder: its card, or the reason why it cannot be used.

    Attributes
    ----------
    id : str
        Card id; the folder's name where there is no valid card.
    folder : Path
    card : ModelCard or None
    reason : str
        Why the model is refused; empty where ``card`` is set.
    is_bundled : bool
        Shipped with the program, never overwritten.
    """

    id: str
    folder: Path
    card: ModelCard | None
    reason: str = ""
    is_bundled: bool = False

    @property
    def weights_path(self) -> Path | None:
        """The weights file; ``None`` without a valid card."""
        return self.folder / self.card.weights.file if self.card else None


def bundled_folder() -> Path:
    """Return the folder of the bundled models."""
    return bundled_path("models")


def scan(user_folders: Sequence[Path] = (), bundled: Path | None = None) -> list[ModelEntry]:
    """List the models of the bundled folder and of the user's folders.

    Parameters
    ----------
    user_folders : sequence of Path
        Folders of model folders; missing ones are skipped.
    bundled : Path, optional
        Instead of :func:`bundled_folder`.

    Returns
    -------
    list of ModelEntry
        Sorted by id within each folder. A second model of the same id is a row with a reason.
    """
    roots = [(bundled or bundled_folder(), True), *((folder, False) for folder in user_folders)]
    entries: list[ModelEntry] = []
    taken: set[str] = set()
    for root, is_bundled in roots:
        for folder in sorted(p for p in root.glob("[!.]*") if p.is_dir()):
            if not (folder / CARD_FILE).exists() and not any(folder.glob("*.safetensors")):
                continue
            entry = _entry(folder, is_bundled)
            if entry.card and entry.id in taken:
                reason = Message(
                    "There is already a model '{model}'; give this one another id.", model=entry.id
                )
                entry = ModelEntry(folder.name, folder, None, reason, is_bundled)
            taken.add(entry.id)
            entries.append(entry)
    return entries


def find(model_id: str, entries: Sequence[ModelEntry]) -> ModelEntry:
    """Return a usable model by id.

    Raises
    ------
    ModelCardError
        There is no such model, or its card was refused.
    """
    chosen = next((e for e in entries if e.id == model_id), None)
    if chosen is None:
        names = ", ".join(e.id for e in entries) or "none"
        message = f"Model '{model_id}' is not installed; installed: {names}."
        raise ModelCardError(message, hint="List the models with 'medviewer models'.")
    if chosen.card is None:
        raise ModelCardError(chosen.reason, hint="List the models with 'medviewer models'.")
    return chosen


def _entry(folder: Path, is_bundled: bool) -> ModelEntry:
    try:
        card = read_card(folder / CARD_FILE)
    except ModelCardError as error:
        return ModelEntry(folder.name, folder, None, error.text, is_bundled)
    if not (folder / card.weights.file).is_file():
        reason = Message(
            "Model '{model}': weights file {file} is missing.",
            model=card.id,
            file=card.weights.file,
        )
        return ModelEntry(folder.name, folder, None, reason, is_bundled)
    return ModelEntry(card.id, folder, card, "", is_bundled)
