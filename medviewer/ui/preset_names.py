"""Translated names of what ships as data: windows, colour tables, 3-D presets."""

from __future__ import annotations

import json
from functools import cache

from PySide6.QtCore import QCoreApplication

from medviewer.core.resources import bundled_path


def preset_name(name: str) -> str:
    """Translate the name of a window the program made; the user's and a header's stay."""
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
        "auto": translate("PresetName", "auto"),
        "as stored": translate("PresetName", "as stored"),
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


def volume_preset_title(name: str) -> str:
    """Translate the name of a 3-D preset."""
    translate = QCoreApplication.translate
    return {
        "CT bone": translate("PresetName", "CT bone"),
        "CT soft tissue": translate("PresetName", "CT soft tissue"),
        "CT angio": translate("PresetName", "CT angio"),
        "CT lung": translate("PresetName", "CT lung"),
        "CT airways": translate("PresetName", "CT airways"),
        "CT lung vessels": translate("PresetName", "CT lung vessels"),
        "CT skin": translate("PresetName", "CT skin"),
        "CT implants": translate("PresetName", "CT implants"),
        "CT MIP": translate("PresetName", "CT MIP"),
        "CT lung MIP": translate("PresetName", "CT lung MIP"),
        "MR default": translate("PresetName", "MR default"),
        "MR angio": translate("PresetName", "MR angio"),
        "MR MIP": translate("PresetName", "MR MIP"),
        "PET MIP": translate("PresetName", "PET MIP"),
    }.get(name, name)


def volume_preset_names(modality: str) -> list[tuple[str, str]]:
    """(name, title) of the 3-D presets for a modality; all of them where it has none."""
    every = _volume_presets()
    fitting = [name for name, its in every if its == modality] or [name for name, _ in every]
    return [(name, volume_preset_title(name)) for name in fitting]


@cache
def _volume_presets() -> tuple[tuple[str, str], ...]:
    """(name, modality) of every row of ``resources/presets/volume_presets.json``."""
    path = bundled_path("resources", "presets", "volume_presets.json")
    return tuple((row["name"], row["modality"]) for row in json.loads(path.read_text("utf-8")))
