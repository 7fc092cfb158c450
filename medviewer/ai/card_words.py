"""A model card's words in another language: ``words.<language>.json`` beside the card. No torch.

The file maps every English text to its translation. A text that was changed since is no longer
found, and is shown in English rather than as a claim that no longer holds.
"""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from medviewer.ai.model_card import ModelCard

WORDS_FILES = "words.*.json"
logger = logging.getLogger(__name__)


def read_words(folder: Path, language: str) -> dict[str, str]:
    """Read the translations of a model's words.

    Parameters
    ----------
    folder : Path
        The model's folder.
    language : str
        As in ``zh_CN``.

    Returns
    -------
    dict of str to str
        English text to its translation; empty where there is no file, or a damaged one.
    """
    path = folder / WORDS_FILES.replace("*", language)
    if not path.is_file():
        return {}
    try:
        stored = json.loads(path.read_text(encoding="utf-8"))
        return {str(text): str(said) for text, said in stored.items() if said}
    except (OSError, ValueError, AttributeError) as error:
        logger.warning("the words of a model card in %s cannot be read: %s", path, error)
        return {}


def texts_of(card: ModelCard) -> list[str]:
    """List what a reader sees of a card in words, without what names a work or a data set."""
    texts = [card.name, card.summary, card.intended_use, *card.out_of_scope, *card.limitations]
    texts += [*card.observations, card.training.description]
    texts += [label.display_name for label in card.labels]
    texts += [text for metric in card.metrics for text in (metric.label, metric.subgroup)]
    return [text for text in dict.fromkeys(texts) if text]


def in_words(card: ModelCard, words: dict[str, str]) -> ModelCard:
    """Return a card for showing, with its texts translated as far as there are words."""

    def say(text: str) -> str:
        return words.get(text, text)

    return replace(
        card,
        name=say(card.name),
        summary=say(card.summary),
        intended_use=say(card.intended_use),
        out_of_scope=tuple(map(say, card.out_of_scope)),
        limitations=tuple(map(say, card.limitations)),
        observations=tuple(map(say, card.observations)),
        labels=tuple(replace(x, display_name=say(x.display_name)) for x in card.labels),
        metrics=tuple(
            replace(m, label=say(m.label), subgroup=say(m.subgroup)) for m in card.metrics
        ),
        training=replace(card.training, description=say(card.training.description)),
    )
