"""Header elements in the forms the index asks for; what is missing or damaged is ``None``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from medviewer.io.dicom_header import tag_of

if TYPE_CHECKING:
    from medviewer.io.dicom_header import Header


def sequence(header: Header, keyword: str) -> list[Header]:
    """Items of a sequence; empty where there is none."""
    return header.items(tag_of(keyword))


def vector(header: Header, keyword: str, n: int) -> tuple[float, ...] | None:
    """Return ``n`` finite numbers of an element, or ``None``."""
    numbers = header.floats(keyword)
    return tuple(numbers) if len(numbers) == n and all(map(math.isfinite, numbers)) else None


def rounded(number: float | None, digits: int) -> float | None:
    """Round a number that may be missing."""
    return None if number is None else round(number, digits)


def seconds(time: str) -> float | None:
    """Seconds since midnight of a TM, or of the time in a DT (PS3.5 6.2)."""
    digits, _, fraction = time.strip().replace(":", "").partition(".")
    if len(digits) >= 14:  # a DT: YYYYMMDDHHMMSS
        digits = digits[8:14]
    if not digits.isdigit() or len(digits) < 2:
        return None
    digits = digits.ljust(6, "0")
    part = "".join(c for c in fraction[:6] if c.isdigit())
    whole = int(digits[:2]) * 3600 + int(digits[2:4]) * 60 + int(digits[4:6])
    return whole + (float(f"0.{part}") if part else 0.0)


def private_numbers(header: Header, tag: int) -> tuple[float, ...]:
    """Numbers of a private element, whatever VR the file gives it; empty where unreadable."""
    value = header.value(tag)
    if isinstance(value, bytes):
        value = _numbers_in(value)
    if isinstance(value, str):
        value = _numbers_in(value.encode())
    if isinstance(value, (int, float)):
        return (float(value),)
    if isinstance(value, (list, tuple)) and all(isinstance(v, (int, float)) for v in value):
        return tuple(float(v) for v in value)
    return ()


def _numbers_in(raw: bytes) -> tuple[float, ...]:
    """Decimal text, else binary doubles or floats (an element of VR UN)."""
    try:
        return tuple(float(part) for part in raw.decode("ascii").strip(" \0").split("\\"))
    except ValueError:
        size = 8 if len(raw) % 8 == 0 else 4
        if not raw or len(raw) % size:
            return ()
        numbers = np.frombuffer(raw, f"<f{size}")
        return tuple(numbers.tolist()) if np.isfinite(numbers).all() else ()
