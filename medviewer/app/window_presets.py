"""Window presets of the number keys, and windows by name for the command line."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache

from medviewer.core.resources import bundled_path
from medviewer.core.windowing import VoiWindow


@dataclass(frozen=True, slots=True)
class WindowPreset:
    """A named window in Hounsfield units.

    Attributes
    ----------
    name : str
    width, center : float
    key : int or None
        Number key 2 to 9 (0 is the DICOM window, 1 automatic).
    """

    name: str
    width: float
    center: float
    key: int | None = None

    @property
    def voi(self) -> VoiWindow:
        """The window itself."""
        return VoiWindow(self.center, self.width, explanation=self.name)


@cache
def shipped_presets() -> tuple[WindowPreset, ...]:
    """CT presets of ``resources/presets/ct_windows.json``."""
    rows = json.loads(bundled_path("resources", "presets", "ct_windows.json").read_text("utf-8"))
    return tuple(
        WindowPreset(row["name"], float(row["width"]), float(row["center"]), row.get("key"))
        for row in rows
    )
