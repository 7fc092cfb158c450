"""Warnings of a series as translated sentences with their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from medviewer.core.study import UNREAD_WARNING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medviewer.core.study import SeriesWarning


def warning_text(warning: SeriesWarning) -> str:
    """Sentence for a reader; a code without a sentence shows the message as it is."""
    sentence = _sentence(warning.code, is_stack=bool(warning.facts.get("is_stack")))
    return f"⚠ {_filled(sentence, warning.facts) or warning.message}"


def _sentence(code: str, *, is_stack: bool) -> str:
    translate = QCoreApplication.translate
    stack = translate("SeriesWarning", "shown one by one, not as a volume")
    sentences = {
        "geometry.gap": (
            translate(
                "SeriesWarning",
                "Missing slices: {n_missing}; gap of {gap_mm} mm after slice {slice}, "
                "spacing {spacing_mm} mm",
            ),
            translate("SeriesWarning", "filled by interpolation"),
        ),
        UNREAD_WARNING: (
            translate(
                "SeriesWarning", "Only {n_read} slices are read so far, others may lie between them"
            ),
            translate("SeriesWarning", "filled by interpolation"),
        ),
        "geometry.unequal_spacing": (
            translate("SeriesWarning", "Slice distance varies: {smallest_mm} to {largest_mm} mm"),
            translate("SeriesWarning", "resampled to equal spacing"),
        ),
        "geometry.tilt": (
            translate("SeriesWarning", "Gantry tilt {angle_deg}°, {shift_mm} mm over the series"),
            translate("SeriesWarning", "sheared upright"),
        ),
        "geometry.offset": (
            translate("SeriesWarning", "Slices shifted sideways by up to {shift_mm} mm"),
            translate("SeriesWarning", "each moved to its place"),
        ),
        "geometry.duplicate": (
            translate("SeriesWarning", "Several images at one place ({n_positions} places)"),
            translate("SeriesWarning", "the first of each is shown, the others beside it"),
        ),
        "geometry.orientation": (
            translate("SeriesWarning", "Image orientation is not valid: {orientation}"),
            translate("SeriesWarning", "no place in the patient"),
        ),
        "pixels.unreadable": (
            translate("SeriesWarning", "Cannot be decoded: image {slices}"),
            translate("SeriesWarning", "left empty"),
        ),
        "pixels.overlay": (
            translate("SeriesWarning", "Overlay planes that cannot be read: {groups}"),
            translate("SeriesWarning", "the image is shown without them"),
        ),
        "pixels.unscaled_dose": (
            translate("SeriesWarning", "DoseGridScaling is missing or invalid"),
            translate("SeriesWarning", "stored numbers are shown, not doses"),
        ),
    }
    if code not in sentences:
        return ""
    finding, remedy = sentences[code]
    return f"{finding}; {stack if is_stack else remedy}"


def _filled(sentence: str, facts: Mapping[str, object]) -> str:
    try:
        return sentence.format_map(facts)
    except KeyError:
        return ""  # a fact is missing: the message has them all
