"""How a finding's solidity and its rating of suspicion are put into words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale

if TYPE_CHECKING:
    from medviewer.core.findings import Finding

translate = QCoreApplication.translate


def solidity_text(finding: Finding) -> str:
    """Return the reader's word for the solidity; empty where nothing says so."""
    words = {
        "solid": translate("Findings", "solid"),
        "part-solid": translate("Findings", "part-solid"),
        "non-solid": translate("Findings", "non-solid"),
    }
    return words.get(finding.solidity, "")


def ratings_text(finding: Finding) -> str:
    """Return solidity and rating of suspicion, a line each; empty where there is none."""
    lines = [solidity_text(finding)]
    if finding.suspicion_rating is not None:
        text = translate(
            "Findings", "Suspicion as rated by radiologists: {rating} of 5, not a diagnosis"
        )
        rating = QLocale().toString(finding.suspicion_rating, "f", 1)
        lines.append(text.format(rating=rating))
    return "\n".join(line for line in lines if line)
