"""How a finding's solidity, its rating of suspicion and its lack of a place are put into words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale

from medviewer.core.findings import Unplaced

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


def unplaced_text(finding: Finding) -> str:
    """Return why a finding is listed but not drawn; empty where it has a place."""
    words = {
        Unplaced.NO_IMAGE: translate("Findings", "drawn on an image that is not open"),
        Unplaced.NO_FRAME_OF_REFERENCE: translate(
            "Findings", "drawn on a volume without frame of reference"
        ),
        Unplaced.ELSEWHERE: translate("Findings", "lies on another image or frame of reference"),
        Unplaced.NO_SEGMENTATION: translate("Findings", "in a segmentation that is not open"),
        Unplaced.NO_SEGMENT: translate("Findings", "its segment is empty or missing"),
        Unplaced.UNKNOWN_REGION: translate("Findings", "its region is damaged or of unknown kind"),
    }
    return "" if finding.unplaced is None else words[finding.unplaced]
