"""Where the user's files are: settings, data, cache, log. Shipped files: ``core.resources``."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

_NAME = "medviewer"


def config_path(*parts: str) -> Path:
    """Path below the settings folder (``$MEDVIEWER_HOME/config`` where that is set)."""
    return _below("config", platformdirs.user_config_path(_NAME, appauthor=False), parts)


def data_path(*parts: str) -> Path:
    """Path below the data folder: the library and the user's own models."""
    return _below("data", platformdirs.user_data_path(_NAME, appauthor=False), parts)


def cache_path(*parts: str) -> Path:
    """Path below the cache: thumbnails and the demo study, safe to delete."""
    return _below("cache", platformdirs.user_cache_path(_NAME, appauthor=False), parts)


def log_path(*parts: str) -> Path:
    """Path below the log folder."""
    return _below("log", platformdirs.user_log_path(_NAME, appauthor=False), parts)


def _below(kind: str, default: Path, parts: tuple[str, ...]) -> Path:
    home = os.environ.get("MEDVIEWER_HOME")
    root = Path(home).expanduser() / kind if home else default
    return root.joinpath(*parts)
