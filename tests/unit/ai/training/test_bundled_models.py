"""Card, weights, figures and licence of every bundled model agree."""

import hashlib
import json
import shutil

import pytest
import torch
from safetensors.torch import load_file

from medviewer.ai.card_file import CARD_FILE, read_card
from medviewer.ai.registry import bundled_folder
from medviewer.ai.training.evaluation import evaluate, open_recipe
from medviewer.ai.training.model_table import write_model_readme, write_table
from medviewer.ai.training.nodule_data import GRID
from medviewer.ai.training.program import shipped_network
from medviewer.ai.weights import load_network
from medviewer.core.tasks import TaskContext

FOLDERS = sorted(path.parent for path in bundled_folder().glob(f"*/{CARD_FILE}"))
LARGEST_BYTES = 16 << 20
LABELS = {
    "hippocampus-mr": {"anterior": 1, "posterior": 2},
    "lung-ct": {"left": 1, "right": 2},
    "lung-nodule-ct": {"nodule": 1},
    "chest-xray-lungs": {"lungs": 1},
    "chest-xray-pneumonia-child": {"pneumonia": 1},
    "fracture-xray": {"fracture": 1},
}


def figures(card, split):
    return {
        "_".join(filter(None, (m.name, m.label or m.subgroup))): m
        for m in card.metrics
        if m.split == split
    }


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_a_bundled_model_is_whole(folder):
    card = read_card(folder / CARD_FILE)
    assert card.id == folder.name
    content = (folder / card.weights.file).read_bytes()
    assert len(content) <= LARGEST_BYTES
    assert hashlib.sha256(content).hexdigest() == card.weights.sha256
    network = load_network(card, folder)
    assert sum(p.numel() for p in network.parameters()) == card.weights.n_parameters
    for name in ("LICENSE", "README.md", "train.yaml", "about.yaml", "cv.npz"):
        assert (folder / name).stat().st_size > 0, name
    assert card.headline.is_headline
    if folder.name in LABELS:
        assert {label.name: label.number for label in card.labels} == LABELS[folder.name]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_every_weight_is_a_number(folder):
    tensors = load_file(folder / "weights.safetensors")
    bad = [name for name, values in tensors.items() if not torch.isfinite(values).all()]
    assert not bad


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_what_is_shipped_is_what_was_measured(folder):
    """Members, mirrored and shifted passes of the card are those of the recipe's figures."""
    card = read_card(folder / CARD_FILE)
    config, recipe = open_recipe(folder)
    name, parameters = shipped_network(recipe, config.n_folds)
    assert (card.network.name, dict(card.network.parameters)) == (name, parameters)
    if folder.name == "lung-nodule-ct":
        assert card.input == GRID
    if folder.name == "lung-ct":
        assert card.postprocessing.refinement == "lungs"
        assert card.input.spacing_mm == (recipe.spacing_mm,) * 3


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_the_card_says_what_the_reports_measured(folder):
    card = read_card(folder / CARD_FILE)
    reports = sorted(folder.glob("report-*.json"))
    assert reports
    for path in reports:
        report = json.loads(path.read_text(encoding="utf-8"))
        assert report["weights_sha256"] == card.weights.sha256
        assert report["split_sha256"] == card.training.split_sha256
        shown = figures(card, report["split"])
        for name, entry in report["metrics"].items():
            if entry["value"] == entry["value"]:
                assert shown[name].value == pytest.approx(entry["value"], abs=1e-4), name


def test_what_influenced_the_outline_of_the_lungs_lies_in_them():
    card = read_card(bundled_folder() / "chest-xray-lungs" / CARD_FILE)
    checks = card.saliency.checks
    assert checks["pointing_game"] >= max(0.8, checks["pointing_game_control"] + 0.5)
    assert checks["share_inside"] >= 0.8
    assert checks["randomised_rank_correlation"] <= 0.3


def test_the_tables_are_those_of_the_cards(tmp_path):
    for folder in FOLDERS:
        (tmp_path / folder.name).mkdir()
        shutil.copyfile(folder / CARD_FILE, tmp_path / folder.name / CARD_FILE)
        write_model_readme(read_card(folder / CARD_FILE), tmp_path / folder.name)
    write_table(tmp_path)
    for name in ("README.md", *(f"{folder.name}/README.md" for folder in FOLDERS)):
        assert (bundled_folder() / name).read_text("utf-8") == (tmp_path / name).read_text("utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: path.name)
def test_the_kept_predictions_give_the_card_back(folder, tmp_path, data_folder):
    card = read_card(folder / CARD_FILE)
    report = evaluate(folder.name, data_folder, "cv", tmp_path, TaskContext())
    for name, metric in figures(card, "cv").items():
        assert metric.value == pytest.approx(report["metrics"][name]["value"], abs=1e-4), name
