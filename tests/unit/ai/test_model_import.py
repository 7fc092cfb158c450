"""A model is added to the user's own whole or not at all, whatever form it comes in."""

import json
import zipfile

import pytest

from medviewer import cli
from medviewer.ai import registry
from medviewer.ai.device import choose
from medviewer.ai.loaded_model import load_model
from medviewer.ai.model_import import import_model
from medviewer.ai.networks import build_network
from medviewer.ai.registry import scan
from medviewer.ai.user_models import remove_model
from medviewer.app.paths import data_path
from medviewer.core.errors import ModelImportError, ModelRemovalError
from medviewer.core.tasks import TaskCancelled, TaskContext
from tests.unit.ai.planted import SEGMENTER, base_card, write_model
from tests.unit.ai.test_bundle_import import write_bundle


@pytest.fixture(autouse=True)
def one_bundled_model(tmp_path, monkeypatch):
    model_folder(tmp_path / "bundled" / "heart", id="heart", name="Heart")
    monkeypatch.setattr(registry, "bundled_folder", lambda: tmp_path / "bundled")


def model_folder(folder, **changes):
    """A model in the program's own form, with weights nobody trained."""
    network = build_network(SEGMENTER.name, SEGMENTER.parameters)
    write_model(folder, network, base_card(**changes))
    (folder / "LICENSE").write_text("MIT")
    (folder / "notes.exe").write_text("anything")
    return folder


def zipped(folder, path, *, with_top_folder):
    with zipfile.ZipFile(path, "w") as archive:
        for file in folder.rglob("*"):
            if file.is_file():
                root = folder.parent if with_top_folder else folder
                archive.write(file, file.relative_to(root))
        if with_top_folder:
            archive.writestr("__MACOSX/._card.json", b"\0")
    return path


def everything_in(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*")) if folder.exists() else []


@pytest.mark.parametrize("form", ["folder", "folder around it", "zip", "zip of a folder"])
def test_a_model_folder_is_added_with_its_licence_and_nothing_else(tmp_path, form):
    source = model_folder(tmp_path / "download" / "model")
    if form == "folder around it":
        source = source.parent
    elif form.startswith("zip"):
        path = tmp_path / "model.zip"
        source = zipped(source, path, with_top_folder=form == "zip of a folder")
    folder = import_model(source, tmp_path / "models", TaskContext())
    assert folder == tmp_path / "models" / "ellipsoid-mr", "the card's id is its name"
    assert everything_in(tmp_path / "models") == [
        "ellipsoid-mr", "ellipsoid-mr/LICENSE", "ellipsoid-mr/card.json",
        "ellipsoid-mr/weights.safetensors",
    ]  # fmt: skip
    entries = scan([tmp_path / "models"])
    assert [(e.id, e.is_bundled) for e in entries] == [("heart", True), ("ellipsoid-mr", False)]
    assert load_model("ellipsoid-mr", entries, choose("cpu")).card.name == "Ellipsoid"


@pytest.mark.parametrize(
    ("with_top_folder", "expected"), [(True, "spleen-ct"), (False, "download-v0-5")]
)
def test_a_zipped_bundle_is_named_by_its_folder_or_by_the_file(tmp_path, with_top_folder, expected):
    bundle = write_bundle(tmp_path / "Spleen CT")
    path = zipped(bundle, tmp_path / "download_v0.5.zip", with_top_folder=with_top_folder)
    assert import_model(path, tmp_path / "models", TaskContext()).name == expected


def damage_card(folder):
    (folder / "card.json").write_text("{")


def damage_weights(folder):
    with (folder / "weights.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x55")


def remove_weights(folder):
    (folder / "weights.safetensors").unlink()


def name_another_network(folder):
    document = json.loads((folder / "card.json").read_text())
    document["network"]["name"] = "os.system"
    (folder / "card.json").write_text(json.dumps(document))


def take_a_bundled_name(folder):
    document = json.loads((folder / "card.json").read_text())
    document["id"] = "heart"
    (folder / "card.json").write_text(json.dumps(document))


def empty(folder):
    for file in folder.iterdir():
        file.unlink()


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (damage_card, "cannot be read"),
        (damage_weights, "SHA-256"),
        (remove_weights, "cannot be read"),
        (name_another_network, "os.system"),
        (take_a_bundled_name, "ships with the program"),
        (empty, "it is no model"),
    ],
)
def test_a_model_that_cannot_be_used_leaves_everything_as_it_was(tmp_path, spoil, reason):
    own = tmp_path / "models"
    import_model(model_folder(tmp_path / "first", id="first"), own, TaskContext())
    before = everything_in(own)
    source = model_folder(tmp_path / "model")
    spoil(source)
    with pytest.raises(ModelImportError, match=reason) as caught:
        import_model(source, own, TaskContext())
    assert caught.value.hint
    assert everything_in(own) == before


def test_a_model_is_not_added_twice(tmp_path):
    source = model_folder(tmp_path / "model")
    import_model(source, tmp_path / "models", TaskContext())
    with pytest.raises(ModelImportError, match="already a model 'ellipsoid-mr'"):
        import_model(source, tmp_path / "models", TaskContext())


def test_what_is_no_zip_file_is_refused(tmp_path):
    (tmp_path / "model.zip").write_text("not a zip")
    with pytest.raises(ModelImportError, match="neither a folder nor a zip file"):
        import_model(tmp_path / "model.zip", tmp_path / "models", TaskContext())
    (tmp_path / "cut.zip").write_bytes(b"PK\x03\x04" + bytes(40))
    with pytest.raises(ModelImportError, match="damaged archive"):
        import_model(tmp_path / "cut.zip", tmp_path / "models", TaskContext())


def test_a_cancelled_import_adds_nothing(tmp_path):
    context = TaskContext(
        on_progress=lambda p: context.cancel() if p.message == "model.copy" else 0
    )
    with pytest.raises(TaskCancelled):
        import_model(model_folder(tmp_path / "model"), tmp_path / "models", context)
    assert everything_in(tmp_path / "models") == []


def test_an_own_model_is_removed_and_a_bundled_one_is_not(tmp_path):
    import_model(model_folder(tmp_path / "model"), tmp_path / "models", TaskContext())
    (tmp_path / "models" / "broken").mkdir()
    (tmp_path / "models" / "broken" / "card.json").write_text("{")
    bundled, broken, own = scan([tmp_path / "models"])
    with pytest.raises(ModelRemovalError, match="'heart' ships with the program"):
        remove_model(bundled)
    remove_model(own)
    remove_model(broken)
    assert everything_in(tmp_path / "models") == []
    assert [e.id for e in scan([tmp_path / "models"])] == ["heart"]


def test_the_command_takes_a_zip_file(tmp_path, capsys):
    path = zipped(model_folder(tmp_path / "model"), tmp_path / "m.zip", with_top_folder=True)
    assert cli.main(["models", "import", str(path)]) == 0
    assert (data_path("models") / "ellipsoid-mr" / "card.json").is_file()
    assert "Imported as" in capsys.readouterr().out
