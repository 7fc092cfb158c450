"""Languages of the interface."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from medviewer.core.resources import bundled_path

LANGUAGES = {"en": "English", "zh_CN": "简体中文"}
"""Code to name, in its own language."""


def chosen_language(setting: str) -> str:
    """Language in force: the setting, else the system's where there is a translation."""
    if setting in LANGUAGES:
        return setting
    system = QLocale.system().name()
    return system if system in LANGUAGES else "en"


def install_translators(application: QCoreApplication, language: str) -> list[QTranslator]:
    """Load our texts and Qt's own for a language.

    Returns
    -------
    list of QTranslator
        Those installed, to be removed when the language changes. English plurals need one too.
    """
    ours = str(bundled_path("resources", "translations"))
    qt = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    translators = []
    for name, folder in ((f"medviewer_{language}", ours), (f"qtbase_{language}", qt)):
        translator = QTranslator(application)
        if translator.load(name, folder):
            application.installTranslator(translator)
            translators.append(translator)
    QLocale.setDefault(QLocale(language))
    return translators
