"""``card.json``: a model card is validated, read and written without torch."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Any

from medviewer.ai.card_rules import contradiction
from medviewer.ai.card_schema import parse, schema_of
from medviewer.ai.model_card import ModelCard
from medviewer.core.errors import ModelCardError
from medviewer.io.atomic_file import replacing

if TYPE_CHECKING:
    from pathlib import Path

CARD_FILE = "card.json"


@cache
def card_schema() -> dict[str, Any]:
    """Return the JSON schema of ``card.json``."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema"} | schema_of(ModelCard)


@cache
def _validator() -> Any:
    """Return jsonschema's validator; long rows of numbers are looked over at once.

    It takes 10 us for each item of a list otherwise, half a second for the bundled cards.
    """
    from jsonschema import Draft202012Validator, validators  # lazy: start-up weight of the window

    usual = Draft202012Validator.VALIDATORS["items"]

    def items(validator: Any, schema: Any, values: Any, parent: Any) -> Any:
        is_row = schema == {"type": "number"} and isinstance(values, list)
        if not (is_row and all(type(value) in (float, int) for value in values)):
            yield from usual(validator, schema, values, parent)

    return validators.extend(Draft202012Validator, {"items": items})


def parse_card(document: Any, origin: str = CARD_FILE) -> ModelCard:
    """Validate a card and build it.

    Parameters
    ----------
    document : object
        Decoded JSON.
    origin : str
        What to call it in an error.

    Returns
    -------
    ModelCard
        The card.

    Raises
    ------
    ModelCardError
        The document does not fit the schema, or contradicts itself.
    """
    from jsonschema.exceptions import best_match  # lazy: start-up weight of the window

    error = best_match(_validator()(card_schema()).iter_errors(document))
    if error is not None:
        place = "/".join(str(part) for part in error.absolute_path) or "card"
        raise _refusal(origin, f"{place}: {error.message[:200]}")
    card: ModelCard = parse(ModelCard, document)
    problem = contradiction(card)
    if problem:
        raise _refusal(origin, problem)
    return card


def read_card(path: Path) -> ModelCard:
    """Read and validate ``card.json``.

    Raises
    ------
    ModelCardError
        The file is missing, not JSON, or not a valid card.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _refusal(str(path), f"cannot be read: {error}") from error
    return parse_card(document, str(path))


def write_card(card: ModelCard, path: Path) -> None:
    """Validate a card and write it atomically as JSON.

    Raises
    ------
    ModelCardError
        The card does not fit the schema.
    """
    text = json.dumps(asdict(card), indent=1, ensure_ascii=False)
    # Plain lists on one line: a card with its reference statistics stays readable.
    text = re.sub(r"\[([^\[\]{}]*)\]", lambda m: f"[{' '.join(m[1].split())}]", text)
    parse_card(json.loads(text), str(path))
    with replacing(path) as temporary:
        temporary.write_text(text + "\n", encoding="utf-8")


def _refusal(origin: str, problem: str) -> ModelCardError:
    message = f"Model card {origin}: {problem}."
    hint = "Write the card with the program that made the model, or correct this entry."
    return ModelCardError(message, hint=hint, origin=origin, problem=problem)
