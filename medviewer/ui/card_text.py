"""Model cards in the language of the interface."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale

from medviewer.ai.card_words import in_words, read_words

if TYPE_CHECKING:
    from pathlib import Path

    from medviewer.ai.model_card import ModelCard
    from medviewer.ai.registry import ModelEntry


def shown_card(entry: ModelEntry) -> ModelCard | None:
    """Return the card with its words in the language in force, for showing alone."""
    if entry.card is None:
        return None
    words = _words(entry.folder, QLocale().name())
    return in_words(entry.card, words) if words else entry.card


def model_name(entry: ModelEntry) -> str:
    """Return what a reader calls a model; its id where there is no valid card."""
    card = shown_card(entry)
    return card.name if card else entry.id


@lru_cache(maxsize=64)
def _words(folder: Path, language: str) -> dict[str, str]:
    return read_words(folder, language)
