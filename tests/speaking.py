"""The interface in another language, for the length of a test."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale

from medviewer.ui.translation import install_translators

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtCore import QCoreApplication


@contextmanager
def speaking(application: QCoreApplication, language: str) -> Iterator[None]:
    """Speak a language, and the one from before afterwards, locale included."""
    before = QLocale()
    translators = install_translators(application, language)
    try:
        yield
    finally:
        for translator in translators:
            application.removeTranslator(translator)
        QLocale.setDefault(before)
