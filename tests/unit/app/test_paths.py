"""The user's files lie where the operating system keeps such files, or below one folder."""

from pathlib import Path

import platformdirs
import pytest

from medviewer.app.paths import cache_path, config_path, data_path, log_path

PLACES = {
    "config": (config_path, platformdirs.user_config_path),
    "data": (data_path, platformdirs.user_data_path),
    "cache": (cache_path, platformdirs.user_cache_path),
    "log": (log_path, platformdirs.user_log_path),
}


@pytest.mark.parametrize("kind", PLACES)
def test_the_system_says_where_files_are_kept(monkeypatch, kind):
    monkeypatch.delenv("MEDVIEWER_HOME")
    ours, systems = PLACES[kind]
    assert ours("a", "b") == systems("medviewer", appauthor=False) / "a" / "b"


@pytest.mark.parametrize("kind", PLACES)
def test_one_folder_can_hold_them_all(monkeypatch, kind):
    monkeypatch.setenv("MEDVIEWER_HOME", "~/elsewhere")
    assert PLACES[kind][0]("a") == Path.home() / "elsewhere" / kind / "a"
