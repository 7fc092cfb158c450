"""Sentences from below the interface, in the reader's language."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from medviewer.core.messages import Message


def message_text(text: str) -> str:
    """Translate a message and what fills it, or a hint; any other text is shown as it is."""
    template = text.template if isinstance(text, Message) else text
    said = QCoreApplication.translate("Message", template) if template else ""
    if not isinstance(text, Message):
        return said
    values = {
        name: message_text(value) if isinstance(value, str) else value
        for name, value in text.values.items()
    }
    return said.format_map(values)
