"""The nodule recipe from generated scans to a card, its reports and findings at the desk."""

import csv
import json
import shutil
from functools import partial

import numpy as np
import pytest
import SimpleITK
import torch
import yaml

from medviewer.ai.device import choose
from medviewer.ai.loaded_model import load_model
from medviewer.ai.model_result import RunOptions
from medviewer.ai.precision import VARIABLE
from medviewer.ai.registry import bundled_folder, scan
from medviewer.ai.runner import run_model
from medviewer.ai.training import lung_nodule, nodule_data, nodule_scores
from medviewer.ai.training.bootstrap import interval
from medviewer.ai.training.card_writer import install_run
from medviewer.ai.training.chest_ct import Scan
from medviewer.ai.training.evaluation import evaluate, open_subject
from medviewer.ai.training.program import train_from_config
from medviewer.ai.training.splits import VALIDATION, fold_of
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.tasks import TaskContext
from medviewer.core.volume import Volume

MODEL = "lung-nodule-ct"
SIDE = 31
N_CUBES = 24
N_FOLDS = 3
SCAN_SHAPE = (44, 60, 52)
ORIGIN_LPS_MM = (-110.0, -225.0, -215.0)  # the lesion that nobody marked lies inside


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
    torch.use_deterministic_algorithms(False)


def ball(shape, centre, radius):
    grids = np.indices(shape)
    return sum((g - c) ** 2 for g, c in zip(grids, centre, strict=True)) <= radius**2


def lung_around(mask, rng):
    hu = rng.normal(-870, 20, mask.shape)
    hu[mask] += 900
    return np.rint(hu).astype(np.int16)


def write_cubes(folder, rng):
    """Write cubes with one ball each, of 6 to 14 mm, a little off their middle."""
    masks, rows = [], []
    for number in range(N_CUBES):
        centre = SIDE // 2 + rng.integers(-3, 4, 3)
        masks.append(ball((SIDE,) * 3, centre, rng.uniform(3, 7)))
        ratings = {"texture": (1.5, 5)[number % 2], "malignancy": 1 + number % 5}
        rows.append({"patient": f"p{number}", "mean_malignancy_all_readers": ""} | ratings)
    with (folder / "nodule_patches.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    np.savez(
        folder / "nodule_patches_1mm.npz",
        hu=np.stack([lung_around(mask, rng) for mask in masks]),
        mask=np.packbits(np.stack(masks).reshape(N_CUBES, -1), axis=1),
        shape=(N_CUBES, SIDE, SIDE, SIDE),
    )


def write_shapes(folder):
    shapes = [ball((n, n, n), ((n - 1) / 2,) * 3, n / 2) for n in (5, 8, 11)]
    packed = [np.packbits(shape) for shape in shapes]
    np.savez(
        folder / "lidc_nodule_shapes_1mm.npz",
        bits=np.concatenate(packed),
        offset=np.cumsum([0, *map(len, packed)]),
        shape=[shape.shape for shape in shapes],
    )


def image_of(values):
    image = SimpleITK.GetImageFromArray(values)
    image.SetOrigin(ORIGIN_LPS_MM)
    return image


def write_scans(folder, rng):
    """Return three scans too small to tell lungs in; two have a marked lesion."""
    (folder / "scans").mkdir()
    scans = []
    for number, name in enumerate(("LIDC-IDRI-0001", "C3N-00247", "R01-001")):
        lesion = ball(SCAN_SHAPE, (20 + number, 28, 30 - number), 6)
        scans.append(Scan(name, image_of(lung_around(lesion, rng))))
        if name in nodule_data._LESIONS:
            mask = image_of(lesion.astype(np.uint8))
            SimpleITK.WriteImage(mask, str(folder / nodule_data._LESIONS[name]))
    return scans


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A model's folder, its data and its run, made by the ordinary path from start to card."""
    place = tmp_path_factory.mktemp("nodules")
    data, folder, run = place / "data", place / "models" / MODEL, place / "run"
    lungs = data / "lung-ct"
    for path in (lungs, folder):
        path.mkdir(parents=True)
    rng = np.random.default_rng(4)
    write_cubes(lungs, rng)
    write_shapes(lungs)
    scans = write_scans(lungs, rng)
    config = {
        "model": MODEL, "recipe": "lung_nodule", "n_folds": N_FOLDS, "steps": 30, "batch_size": 4,
        "learning_rate": 0.006, "options": {"filters": [8, 12, 16], "patch": 32},
    }  # fmt: skip
    (folder / "train.yaml").write_text(yaml.safe_dump(config))
    shutil.copyfile(bundled_folder() / MODEL / "about.yaml", folder / "about.yaml")
    with pytest.MonkeyPatch.context() as patch:
        for module in (lung_nodule, nodule_data):
            patch.setattr(module, "read_scans", lambda _data: scans)
        patch.setattr(nodule_scores, "interval", partial(interval, draws=12))
        scores = train_from_config(folder / "train.yaml", data, run, TaskContext())
        card = install_run(run, folder, data, TaskContext())
        yield {"folder": folder, "data": data, "run": run, "scores": scores, "card": card}


def test_the_recipe_learns_balls_in_lung(trained):
    metrics = trained["scores"]["cv"]["metrics"]
    n_held = sum(fold_of(f"p{n}", N_FOLDS) == VALIDATION for n in range(N_CUBES))
    assert 0 < n_held < N_CUBES / 2
    assert metrics["sensitivity"]["value"] > 0.7
    # Two of the three scans have a lesion.
    assert metrics["sensitivity"]["n"] == N_CUBES - n_held + 2
    assert metrics["lesions_found_in_scans"]["n"] == 2
    assert trained["scores"]["validation"]["metrics"]["sensitivity"]["n"] == n_held


def test_the_card_has_the_figures_the_points_and_the_ranges(trained):
    card = trained["card"]
    assert card.headline.is_headline
    assert card.headline.split == "cv"
    assert 0 < card.headline.value <= 1
    assert {m.split for m in card.metrics} == {"cv", "validation"}
    assert {"solid", "non-solid"} <= {m.subgroup.split("_")[-1] for m in card.metrics}
    rates = {p.false_positives_per_image: p.threshold for p in card.operating_points}
    thresholds = [rates[rate] for rate in sorted(rates)]
    assert thresholds == sorted(thresholds, reverse=True)
    assert card.threshold("nodule", "finding") == rates[4.0]
    assert card.postprocessing.candidate_floor <= thresholds[-1]
    assert card.postprocessing.stride == 2
    assert card.gate.ranges["largest_spacing_mm"] == (0.3, 6.0)
    assert card.gate.distance_threshold == 0
    assert card.saliency.method == "hirescam"
    assert card.saliency.reference["nodule"] > 0
    n_seen = trained["scores"]["cv"]["metrics"]["sensitivity"]["n"] + 1
    assert len(card.training.case_hashes) == n_seen


@pytest.mark.parametrize("split", ["cv", "validation"])
def test_the_evaluation_gives_the_card_back_with_pictures(trained, tmp_path, split):
    models = trained["folder"].parent
    report = evaluate(MODEL, trained["data"], split, tmp_path, TaskContext(), models=models)
    stored = json.loads((trained["folder"] / f"report-{split}.json").read_text())
    for name, entry in report["metrics"].items():
        assert stored["metrics"][name] == pytest.approx(entry, nan_ok=True), name
    assert (tmp_path / "grid.png").stat().st_size > 1000
    assert (tmp_path / "report.html").stat().st_size > 1000


def test_the_shipped_model_finds_at_the_desk_what_the_recipe_predicts(trained, monkeypatch):
    monkeypatch.setenv(VARIABLE, "fp32")  # as the recipe; bf16 has its own test of parity
    subject = open_subject(trained["folder"], trained["data"])
    loaded = load_model(MODEL, scan(bundled=trained["folder"].parent), choose("cpu"))
    case = next(c for c in subject.cases if c.name == "R01-001")
    (expected,) = subject.recipe.predict(loaded.network, [case])
    affine = np.eye(4)
    affine[:3, 3] = ORIGIN_LPS_MM
    hu = subject.recipe.read_source(trained["data"], case)
    volume = Volume("scan", hu, VolumeGeometry(hu.shape, affine))
    result = run_model(loaded, volume, TaskContext(), RunOptions())
    assert any("training cases" in text for text in result.warnings)
    found = result.findings.findings
    assert len(found) >= 1
    # the desk shows none outside the image, in the margin that fills the network's grid
    within = [volume.geometry.contains(centre) for centre in expected["centres"]]
    centres, logits = expected["centres"][within], expected["logits"][within]
    for finding, centre, logit in zip(found, centres, logits, strict=False):
        assert finding.centre_lps_mm == pytest.approx(centre, abs=1e-2)
        score = loaded.card.calibrate(float(logit), "nodule", "finding")
        assert finding.score == pytest.approx(score, abs=1e-4)
