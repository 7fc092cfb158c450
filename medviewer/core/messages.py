"""Sentences that reach a reader from below the interface: a template and what fills it.

Everything below ``ui`` speaks English: logs, ``result.json``, the command line. A
:class:`Message` is that English text and remembers how it was made, so that the window can say
it in another language.
"""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Iterable


class Message(str):
    """An English sentence with the template and the values it was made of.

    Parameters
    ----------
    template : str
        A plain literal, for the extraction of texts; places as in :meth:`str.format`, with their
        format: ``"{value:.1f} mm"``.
    **values : object
        What fills the places; a text that is itself to be translated is a :class:`Message`.
    """

    template: str
    values: dict[str, Any]

    def __new__(cls, template: str, /, **values: object) -> Self:
        """Fill the template."""
        message = super().__new__(cls, template.format_map(values))
        message.template, message.values = template, values
        return message

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        """Return what a copy, or the same message in another process, is made of."""
        return (self.template,), self.values


def joined(sentences: Iterable[str]) -> str:
    """Return sentences one after the other; empty ones are left out."""
    said = [sentence for sentence in sentences if sentence]
    return reduce(lambda a, b: Message("{first} {second}", first=a, second=b), said) if said else ""


def message_to_json(text: str) -> Any:
    """Return what JSON can hold of a text: a plain string, or template and values."""
    if not isinstance(text, Message):
        return text
    values = {
        name: message_to_json(value) if isinstance(value, str) else value
        for name, value in text.values.items()
    }
    return {"template": text.template, "values": values}


def message_from_json(stored: Any) -> str:
    """Undo :func:`message_to_json`.

    Raises
    ------
    KeyError, TypeError, ValueError
        The stored value is no text, or its values do not fill its template.
    """
    if isinstance(stored, str):
        return stored
    values = {
        name: message_from_json(value) if isinstance(value, str | dict) else value
        for name, value in stored["values"].items()
    }
    return Message(str(stored["template"]), **values)
