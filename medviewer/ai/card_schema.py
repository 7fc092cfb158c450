"""Frozen dataclasses as the one definition of a JSON document: its schema and its reader.

The schema is derived from the type hints, so a field is declared once. Nothing here imports
torch.
"""

from __future__ import annotations

import types
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

T = TypeVar("T")

_SIMPLE = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    Any: {},
}


def schema_of(kind: Any) -> dict[str, Any]:
    """Derive the JSON schema of a type hint.

    Parameters
    ----------
    kind : type or type hint
        A dataclass, ``str``, ``bool``, ``int``, ``float``, ``Any``, ``Literal``, ``tuple``,
        ``dict[str, X]`` or ``X | None``. A dataclass field's ``metadata`` is added to its
        schema (``minimum``, ``pattern``, ...).

    Returns
    -------
    dict
        JSON schema (draft 2020-12).

    Raises
    ------
    TypeError
        A type hint is of another kind.
    """
    if kind in _SIMPLE:
        return dict(_SIMPLE[kind])
    if is_dataclass(kind):
        return _object_schema(kind)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"enum": list(arguments)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [schema_of(a) for a in arguments]}
    if kind is type(None):
        return {"type": "null"}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema_of(arguments[1])}
    if origin is tuple and arguments[-1] is Ellipsis:
        return {"type": "array", "items": schema_of(arguments[0])}
    if origin is tuple:
        items = [schema_of(a) for a in arguments]
        n = len(items)
        return {"type": "array", "prefixItems": items, "minItems": n, "maxItems": n}
    message = f"No JSON schema for the type hint {kind!r}."
    raise TypeError(message)


def parse(kind: Any, value: Any) -> Any:
    """Build a value of a type hint from JSON that fits :func:`schema_of` of it."""
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return kind(**{name: parse(hints[name], item) for name, item in value.items()})
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        chosen = [a for a in arguments if a is not type(None)]
        return None if value is None else parse(chosen[0], value)
    if origin is dict:
        return {key: parse(arguments[1], item) for key, item in value.items()}
    if origin is tuple and arguments[-1] is Ellipsis:
        if arguments[0] is float:  # a card's reference figures are ten thousands of numbers
            return tuple(map(float, value))
        return tuple(parse(arguments[0], item) for item in value)
    if origin is tuple:
        return tuple(parse(a, item) for a, item in zip(arguments, value, strict=True))
    return float(value) if kind is float else value


def _object_schema(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    required = [
        f.name for f in fields(kind) if f.default is MISSING and f.default_factory is MISSING
    ]
    properties = {f.name: schema_of(hints[f.name]) | dict(f.metadata) for f in fields(kind)}
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
