"""Translated names of what ships as data: windows, colour tables, 3-D presets."""

from __future__ import annotations

import json

from PySide6.QtCore import QCoreApplication

from medviewer.core.resources import bundled_path


def preset_name(name: str) -> str:
    """Translate the name of a shipped window preset; the user's own stay as they are."""
    translate = QCoreApplication.translate
    return {
        "Abdomen": translate("PresetName", "Abdomen"),
        "Angio": translate("PresetName", "Angio"),
        "Bone": translate("PresetName", "Bone"),
        "Brain": translate("PresetName", "Brain"),
        "Mediastinum": translate("PresetName", "Mediastinum"),
        "Lung": translate("PresetName", "Lung"),
        "Liver": translate("PresetName", "Liver"),
        "Stroke": translate("PresetName", "Stroke"),
    }.get(name, name)


def color_table_names() -> list[tuple[str, str]]:
    """(name, title) of every colour table in ``resources/presets/color_tables.json``."""
    translate = QCoreApplication.translate
    titles = {
        "gray": translate("PresetName", "Gray"),
        "inverted": translate("PresetName", "Inverted gray"),
        "hot_iron": translate("PresetName", "Hot iron"),
        "pet": translate("PresetName", "PET"),
        "hot_metal_blue": translate("PresetName", "Hot metal blue"),
        "rainbow": translate("PresetName", "Rainbow (uniform)"),
    }
    path = bundled_path("resources", "presets", "color_tables.json")
    rows = json.loads(path.read_text("utf-8"))
    return [(row["name"], titles.get(row["name"], row["label"])) for row in rows]
