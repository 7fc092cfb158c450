"""A structure's volume against healthy people of the patient's age, in words."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from medviewer.ai.norm_comparison import compare_with_norms
from medviewer.ai.volume_norms import volume_norms
from medviewer.ui.message_text import message_text
from medviewer.ui.panels.panel_parts import hint

if TYPE_CHECKING:
    from PySide6.QtWidgets import QLabel, QWidget

    from medviewer.ai.model_card import ModelCard
    from medviewer.ai.volume_norms import VolumeNorm
    from medviewer.core.segmentation import Segmentation


def norm_note(segmentation: Segmentation, card: ModelCard | None, parent: QWidget) -> QLabel | None:
    """Make the note, its tooltip citing the literature; ``None`` where the card names no norms."""
    norms = volume_norms(card.volume_norm) if card else ()
    comparison = compare_with_norms(segmentation, norms)
    if comparison is None:
        return None
    note = hint("\n".join(message_text(said) for said in comparison.notes), parent)
    note.setObjectName("norm")
    note.setToolTip("".join(f"<p>{escape(citation(norm))}</p>" for norm in norms))
    return note


def citation(norm: VolumeNorm) -> str:
    """Return where a norm stands, and how it was measured."""
    return f"{norm.citation} {norm.method} {norm.url}"
