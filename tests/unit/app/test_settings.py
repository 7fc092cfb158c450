"""Settings survive restarts, newer versions and damaged files."""

import json

import pytest

from medviewer.app.settings import Settings, SettingsStore, from_json, to_json
from medviewer.app.window_presets import WindowPreset, shipped_presets


@pytest.fixture
def path(tmp_path):
    return tmp_path / "config" / "settings.json"


def test_what_is_written_is_read_again(path):
    preset = WindowPreset("Wide", 2000.0, 100.0, 2)
    store = SettingsStore(path)
    store.update(language="zh_CN", window_presets=(preset,), shortcuts={"image.fit": ("Ctrl+F",)})
    again = SettingsStore(path).settings
    assert again.language == "zh_CN"
    assert again.window_presets == (preset,)
    assert again.shortcuts == {"image.fit": ("Ctrl+F",)}


def test_a_damaged_file_is_set_aside_and_named_and_defaults_are_used(path):
    path.parent.mkdir(parents=True)
    path.write_text('{"language": "zh_CN", "theme":', encoding="utf-8")
    store = SettingsStore(path)
    assert store.settings == Settings()
    assert store.damaged_file is not None
    assert store.damaged_file.read_text(encoding="utf-8").startswith('{"language"')
    assert not path.exists()
    store.update(theme="light")
    assert SettingsStore(path).settings.theme == "light"


def test_a_second_damaged_file_does_not_overwrite_the_first(path):
    path.parent.mkdir(parents=True)
    names = set()
    for content in ("one", "two"):
        path.write_text(content, encoding="utf-8")
        names.add(SettingsStore(path).damaged_file)
    assert {name.read_text(encoding="utf-8") for name in names} == {"one", "two"}


@pytest.mark.parametrize(
    "content",
    [
        "[]",
        '{"memory_budget_mb": "many"}',
        '{"is_library_enabled": 1}',
        '{"window_presets": [{"colour": 1}]}',
        '{"shortcuts": 7}',
        "\xff\xfe",
    ],
)
def test_a_value_of_the_wrong_type_counts_as_damage(path, content):
    path.parent.mkdir(parents=True)
    path.write_bytes(content.encode("latin-1"))
    store = SettingsStore(path)
    assert store.settings == Settings()
    assert store.damaged_file is not None


def test_keys_of_a_newer_version_survive(path):
    path.parent.mkdir(parents=True)
    path.write_text('{"schema_version": 9, "theme": "light", "voice": {"on": true}}', "utf-8")
    store = SettingsStore(path)
    assert store.settings.theme == "light"
    store.update(theme="dark")
    assert json.loads(path.read_text("utf-8"))["voice"] == {"on": True}


def test_a_change_is_announced_once_with_old_and_new_and_silence_follows_no_change(path, qtbot):
    store = SettingsStore(path)
    seen = []
    store.changed.connect(lambda old, new: seen.append((old.theme, new.theme)))
    store.update(theme="light")
    store.update(theme="light")
    assert seen == [("dark", "light")]


def test_a_folder_that_cannot_be_written_is_reported_and_the_choice_still_holds(tmp_path, qtbot):
    blocked = tmp_path / "a file"
    blocked.write_text("x")
    store = SettingsStore(blocked / "settings.json")
    with qtbot.waitSignal(store.write_failed):
        store.update(theme="light")
    assert store.settings.theme == "light"


def test_json_round_trip_of_the_defaults():
    assert from_json(to_json(Settings())) == Settings()


def test_the_shipped_presets_fill_the_keys_two_to_nine():
    assert sorted(p.key for p in shipped_presets()) == list(range(2, 10))
    lung = next(p for p in shipped_presets() if p.name == "Lung")
    assert (lung.key, lung.width, lung.center) == (7, 1500.0, -400.0)
