import json
import subprocess
import sys
from dataclasses import asdict

import pytest

from medviewer.ai.card_file import card_schema, parse_card, read_card, write_card
from medviewer.ai.model_card import (
    CardLabel,
    DataSource,
    InputGrid,
    Licences,
    Metric,
    ModelCard,
    NetworkSpec,
    Normalisation,
    OperatingPoint,
    TrainingFacts,
    WeightsFile,
)
from medviewer.ai.registry import find, scan
from medviewer.core.errors import ModelCardError


def make_card(**changes):
    fields = {
        "id": "blob-mr",
        "version": "1.0.0",
        "name": "Blob",
        "task": "segmentation",
        "modalities": ("MR",),
        "network": NetworkSpec("subpixel_unet", {"dimensions": 3}),
        "weights": WeightsFile("0" * 64),
        "input": InputGrid(3, Normalisation("zscore"), "SPL", (1.0, 1.0, 1.0), multiple=16),
        "labels": (CardLabel("blob", 1, "Blob"),),
        "training": TrainingFacts((DataSource("Phantom", "CC0"),)),
        "metrics": (Metric("dice", 0.9, "cv", 0.88, 0.92, 40, is_headline=True),),
        "licences": Licences("MIT", "CC0"),
        "intended_use": "Tests.",
        "out_of_scope": ("Patients.",),
    }
    return ModelCard(**(fields | changes))


def test_a_card_survives_writing_and_reading(tmp_path):
    card = make_card(
        operating_points=(OperatingPoint("blob", 0.4, sensitivity=0.9, is_default=True),)
    )
    write_card(card, tmp_path / "card.json")
    again = read_card(tmp_path / "card.json")
    assert again == card
    assert again.threshold("blob") == 0.4
    assert again.headline.value == 0.9


def test_the_schema_names_every_required_field():
    schema = card_schema()
    assert {"id", "task", "weights", "intended_use"} <= set(schema["required"])
    assert schema["properties"]["labels"]["items"]["properties"]["number"]["minimum"] == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"task": "oracle"}, "task"),
        ({"surprise": 1}, "surprise"),
        ({"weights": {"sha256": "abc"}}, "sha256"),
        ({"weights": {"sha256": "0" * 64, "file": "../../x"}}, "file"),
        ({"labels": []}, "labels"),
        ({"operating_points": [{"label": "ghost", "threshold": 0.1}]}, "ghost"),
    ],
)
def test_a_bad_card_is_refused_with_the_place_of_the_mistake(tmp_path, change, said):
    write_card(make_card(), tmp_path / "card.json")
    document = json.loads((tmp_path / "card.json").read_text()) | change
    with pytest.raises(ModelCardError, match=said):
        parse_card(document)


@pytest.mark.parametrize("wrong", ["wide", True, None])
def test_what_is_no_number_in_a_row_of_numbers_is_refused_with_its_place(wrong):
    document = json.loads(json.dumps(asdict(make_card())))
    document["input"]["spacing_mm"][1] = wrong
    with pytest.raises(ModelCardError, match="input/spacing_mm/1"):
        parse_card(document)


@pytest.mark.parametrize("orientation", ["", "LLP", "XYZ", "SP"])
def test_a_3d_card_must_name_three_patient_axes(tmp_path, orientation):
    grid = InputGrid(3, Normalisation("zscore"), orientation)
    card = make_card(input=grid)
    with pytest.raises(ModelCardError, match="orientation"):
        write_card(card, tmp_path / "card.json")


def test_a_bad_folder_is_a_row_with_a_reason_and_the_others_stay_usable(tmp_path):
    for name in ("blob-mr", "broken", "no-weights", "twin"):
        (tmp_path / name).mkdir()
    write_card(make_card(), tmp_path / "blob-mr" / "card.json")
    (tmp_path / "blob-mr" / "weights.safetensors").write_bytes(b"")
    (tmp_path / "broken" / "card.json").write_text("{")
    write_card(make_card(id="no-weights"), tmp_path / "no-weights" / "card.json")
    write_card(make_card(), tmp_path / "twin" / "card.json")
    (tmp_path / "twin" / "weights.safetensors").write_bytes(b"")
    rows = {entry.folder.name: entry for entry in scan(bundled=tmp_path)}
    assert rows["blob-mr"].card is not None
    assert "cannot be read" in rows["broken"].reason
    assert "missing" in rows["no-weights"].reason
    assert "another id" in rows["twin"].reason
    assert find("blob-mr", list(rows.values())).folder.name == "blob-mr"
    with pytest.raises(ModelCardError, match="blob-mr"):
        find("absent", list(rows.values()))


def test_the_registry_is_read_without_torch():
    program = (
        "import sys; sys.modules['torch'] = None\n"
        "import medviewer.ai.registry as r; r.scan(); print('read')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout == "read\n"
