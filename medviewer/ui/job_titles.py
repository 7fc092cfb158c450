"""Names of jobs as a person reads them."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

SILENT = ("thumbnail", "library", "device", "models", "warm_up")
"""Jobs too small or too frequent to be listed."""


def job_title(name: str) -> str:
    """Translate ``"load:Chest 5 mm"`` into ``"Loading Chest 5 mm"``; unknown names as they are."""
    kind, _, subject = name.partition(":")
    titles = {
        "open": QCoreApplication.translate("JobTitle", "Reading headers"),
        "demo": QCoreApplication.translate("JobTitle", "Preparing the demo study"),
        "load": QCoreApplication.translate("JobTitle", "Loading"),
        "read": QCoreApplication.translate("JobTitle", "Reading"),
        "export": QCoreApplication.translate("JobTitle", "Exporting"),
        "header": QCoreApplication.translate("JobTitle", "Reading header"),
        "surface": QCoreApplication.translate("JobTitle", "Computing surface"),
        "infer": QCoreApplication.translate("JobTitle", "Running model"),
        "saliency": QCoreApplication.translate("JobTitle", "Explaining result"),
        "add_model": QCoreApplication.translate("JobTitle", "Adding model"),
        "remove_model": QCoreApplication.translate("JobTitle", "Removing model"),
        "train": QCoreApplication.translate("JobTitle", "Training"),
    }
    return f"{titles.get(kind, kind)} {subject}".strip()
