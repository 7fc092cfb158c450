"""Names, dates and sizes as a person reads them. Pure functions, no translation."""

from __future__ import annotations


def person_name(value: str) -> str:
    """``"Doe^John^^Dr"`` as ``"Doe, John"``; the first of several representations."""
    groups = [group for group in value.split("=") if group.strip("^ ")]
    if not groups:
        return ""
    parts = [part.strip() for part in groups[0].split("^")]
    return ", ".join(part for part in parts[:2] if part)


def iso_date(value: str) -> str:
    """``"20200131"`` as ``"2020-01-31"``; anything else unchanged."""
    if len(value) == 8 and value.isdigit():
        return f"{value[:4]}-{value[4:6]}-{value[6:]}"
    return value


def clock_time(value: str) -> str:
    """``"143015.20"`` as ``"14:30"``; anything else unchanged."""
    if len(value) >= 4 and value[:4].isdigit():
        return f"{value[:2]}:{value[2:4]}"
    return value


def gigabytes(n_bytes: int) -> str:
    """Size with one decimal: ``"1.4 GB"``, below 1 GB ``"230 MB"``."""
    if n_bytes >= 2**30:
        return f"{n_bytes / 2**30:.1f} GB"
    return f"{n_bytes / 2**20:.0f} MB"
