"""Warnings of a series as translated sentences with their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from medviewer.core.study import SeriesWarning


def warning_text(warning: SeriesWarning) -> str:
    """Sentence for a reader."""
    return f"⚠ {warning.message}"
