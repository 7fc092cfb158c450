"""The user's preferences: one frozen value, one JSON file, one store that announces changes."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from medviewer.app.window_presets import WindowPreset
from medviewer.io.atomic_file import set_aside, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

logger = logging.getLogger(__name__)

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True)
class Settings:
    """What the user chose. Window geometry is kept elsewhere.

    Attributes
    ----------
    language : str
        ``"en"``, ``"zh_CN"``, or "" for the system's.
    theme : str
        ``"dark"`` or ``"light"``; views are black in both.
    memory_budget_mb : int
        For decoded images; 0 means half of the machine's memory.
    window_presets : tuple of WindowPreset
        Empty means those shipped with the program.
    shortcuts : mapping
        Action id to key sequences, only where they differ from the default.
    is_window_drag_inverted : bool
        A drag upwards makes the image darker, not brighter.
    auto_run_models : tuple of str
        Ids of models that run by themselves on an image they fit.
    export_folder : str
        Where the reader last wrote something; empty for the documents folder.
    is_browser_shown, is_inspector_shown : bool
        Side panels.
    unknown : mapping
        Keys written by a newer version; kept.
    """

    language: str = ""
    theme: str = "dark"
    memory_budget_mb: int = 0
    is_library_enabled: bool = True
    window_presets: tuple[WindowPreset, ...] = ()
    shortcuts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    is_browser_shown: bool = True
    is_inspector_shown: bool = True
    browser_width_px: int = 236
    inspector_width_px: int = 300
    inspector_page: str = ""
    is_window_drag_inverted: bool = False
    last_folder: str = ""
    export_folder: str = ""
    auto_run_models: tuple[str, ...] = ()
    unknown: dict[str, Any] = field(default_factory=dict)


def to_json(settings: Settings) -> str:
    """Serialise settings, unknown keys included."""
    known = {key: value for key, value in asdict(settings).items() if key != "unknown"}
    document = {**settings.unknown, **known, "schema_version": SCHEMA_VERSION}
    return json.dumps(document, indent=2, ensure_ascii=False)


def from_json(text: str) -> Settings:
    """Read settings written by this or an older version.

    Raises
    ------
    ValueError
        Not JSON, or a value of the wrong type.
    """
    document = json.loads(text)
    if not isinstance(document, dict):
        msg = f"Settings must be a JSON object, not {type(document).__name__}."
        raise ValueError(msg)
    document.pop("schema_version", None)
    names = {item.name for item in fields(Settings)} - {"unknown"}
    known = {name: document.pop(name) for name in names & document.keys()}
    try:
        presets = tuple(WindowPreset(**preset) for preset in known.pop("window_presets", ()))
        keys = {str(k): tuple(map(str, v)) for k, v in known.pop("shortcuts", {}).items()}
        models = tuple(map(str, known.pop("auto_run_models", ())))
    except (TypeError, AttributeError) as error:
        raise ValueError(str(error)) from error
    for name, value in known.items():
        expected = type(getattr(Settings(), name))
        if type(value) is not expected:
            msg = f"Setting {name} is {value!r}; it must be of type {expected.__name__}."
            raise ValueError(msg)
    return Settings(
        **known,
        window_presets=presets,
        shortcuts=keys,
        auto_run_models=models,
        unknown=document,
    )


class SettingsStore(QObject):
    """Holds the settings, writes every change, and tells listeners.

    Parameters
    ----------
    path : Path
        The JSON file; read at once. A damaged one is renamed aside.

    Attributes
    ----------
    damaged_file : Path or None
        Where an unreadable settings file was put, to be named to the user.
    """

    changed = Signal(object, object)
    """(old Settings, new Settings)"""
    write_failed = Signal(str)

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path = path
        self.damaged_file: Path | None = None
        self._settings = self._read()

    @property
    def settings(self) -> Settings:
        """The current settings."""
        return self._settings

    def update(self, **values: Any) -> None:
        """Change fields, write the file, announce; silent when nothing differs."""
        old, new = self._settings, replace(self._settings, **values)
        if new == old:
            return
        self._settings = new
        try:
            write_atomically(self._path, to_json(new).encode())
        except OSError as error:
            logger.warning("settings could not be written to %s: %s", self._path, error)
            self.write_failed.emit(str(self._path))
        self.changed.emit(old, new)

    def _read(self) -> Settings:
        try:
            return from_json(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return Settings()
        except OSError as error:
            logger.warning("settings could not be read from %s: %s", self._path, error)
            return Settings()
        except ValueError as error:  # bad JSON, bad UTF-8 and wrong types alike
            self.damaged_file = set_aside(self._path)
            logger.warning("damaged settings set aside as %s: %s", self.damaged_file, error)
            return Settings()
