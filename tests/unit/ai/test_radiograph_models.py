"""The architectures of the radiograph models, through the command line, with untrained weights."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from medviewer import cli
from medviewer.ai import registry
from medviewer.ai.device import choose
from medviewer.ai.loaded_model import load_model
from medviewer.ai.model_card import (
    Calibration,
    CardLabel,
    InputGrid,
    NetworkSpec,
    Normalisation,
    OperatingPoint,
    Postprocessing,
    SaliencySpec,
)
from medviewer.ai.model_result import RunOptions, RunStatus
from medviewer.ai.networks import build_network
from medviewer.ai.runner import run_model
from medviewer.core.tasks import TaskContext
from medviewer.core.volume import Frame, ImageStack
from tests.unit.ai.planted import base_card, planted_radiograph, write_model

RULE = Normalisation("percentiles", 1, 99, (-1, 1), (-1.5, 1.5))
CLASSIFIER = {"classes": 3, "stages": 4}
ENSEMBLE = {"members": 2, "activation": "sigmoid", "mirror": True}


def spec(network, parameters):
    inner = {**ENSEMBLE, "network": network, "parameters": parameters}
    return NetworkSpec("ensemble", inner)


CARDS = {
    "findings": base_card(
        id="findings",
        task="classification",
        modalities=("DX",),
        network=spec("efficientnet_classifier", CLASSIFIER),
        input=InputGrid(2, RULE, fit="squash", size=(96, 96)),
        labels=(CardLabel("Mass", 3, "Mass"), CardLabel("Effusion", 1, "Effusion")),
        calibration=(Calibration("Mass", slope=0.5, intercept=-1.0, method="platt"),),
        operating_points=(OperatingPoint("Effusion", 0.1, is_default=True),),
        saliency=SaliencySpec("features", reference={"Mass": 1e-3, "Effusion": 1e-3}),
    ),
    "fracture": base_card(
        id="fracture",
        task="detection",
        modalities=("DX",),
        network=spec("efficientnet_detector", {"width": 16, "stages": 6}),
        input=InputGrid(2, RULE, fit="letterbox", size=(128, 128), fill=-1.0),
        labels=(CardLabel("fracture", 1, "Fracture"),),
        operating_points=(OperatingPoint("fracture", 0.9, scope="finding", is_default=True),),
        postprocessing=Postprocessing(activation="sigmoid", candidate_floor=0.001),
    ),
}


@pytest.fixture(scope="module")
def networks():
    """Networks with weights that answer something, the same in every test."""
    torch.manual_seed(11)
    built = {}
    for name, card in CARDS.items():
        network = build_network(card.network.name, card.network.parameters)
        for module in network.modules():
            if isinstance(module, torch.nn.Conv2d | torch.nn.Linear):
                torch.nn.init.kaiming_normal_(module.weight)
        built[name] = network.eval()
    return built


@pytest.fixture
def analyze(networks, tmp_path, monkeypatch):
    for name, card in CARDS.items():
        write_model(tmp_path / "models" / name, networks[name], card)
    monkeypatch.setattr(registry, "bundled_folder", lambda: tmp_path / "models")

    def run(model, picture, *options, exif=None):
        path = tmp_path / "film.png"
        Image.fromarray(picture).save(path, exif=exif or Image.Exif())
        out = tmp_path / "out"
        status = cli.main(["analyze", str(path), "--model", model, "-o", str(out), *options])
        assert status == 0
        folder = sorted(out.iterdir())[-1]
        return json.loads((folder / "result.json").read_text()), folder

    return run


@pytest.fixture
def picture():
    return planted_radiograph(np.random.default_rng(5), (150, 110))[0]


def test_every_class_is_listed_with_its_own_output_calibration_and_threshold(
    analyze, picture, networks
):
    document, _ = analyze("findings", picture)
    rows = {row["label"]: row for row in document["classifications"]}
    assert list(rows) == ["Mass", "Effusion"]
    from medviewer.ai.preparation import prepare_image

    grid = CARDS["findings"].input
    values = prepare_image(picture.astype(np.float32), grid).values
    with torch.inference_mode():
        logits = networks["findings"](torch.from_numpy(values)[None, None])[0].double()
    assert rows["Mass"]["probability"] == pytest.approx(
        float(torch.sigmoid(0.5 * logits[2] - 1.0)), abs=1e-6
    )
    assert rows["Effusion"]["probability"] == pytest.approx(
        float(torch.sigmoid(logits[0])), abs=1e-6
    )
    for row in rows.values():
        assert row["above_threshold"] == (row["probability"] >= row["threshold"])
    assert rows["Effusion"]["threshold"] == 0.1


def test_every_class_is_explained_on_the_pictures_pixels(analyze, picture):
    document, folder = analyze("findings", picture, "--saliency")
    assert [entry["label"] for entry in document["saliency"]] == ["Mass", "Effusion"]
    for entry in document["saliency"]:
        with Image.open(folder / entry["file"]) as stored:
            assert np.asarray(stored).shape == picture.shape
            assert np.asarray(stored).dtype == np.uint16


def test_candidates_lie_in_the_picture_and_do_not_overlap(analyze, picture):
    document, _ = analyze("fracture", picture, "--all-candidates")
    boxes = np.array([d["box_px"] for d in document["detections"]])
    scores = [d["score"] for d in document["detections"]]
    assert 8 <= len(boxes) <= 100
    assert scores == sorted(scores, reverse=True)
    assert (boxes[:, :2] >= 0).all()
    assert (boxes[:, 2] <= picture.shape[1]).all()
    assert (boxes[:, 3] <= picture.shape[0]).all()
    assert (boxes[:, 2:] > boxes[:, :2]).all()
    few, _ = analyze("fracture", picture)
    assert [d["score"] for d in few["detections"]] == [s for s in scores if s >= 0.9]
    assert [row["label"] for row in few["classifications"]] == ["fracture"]


def test_boxes_are_in_pixels_as_stored_before_the_exif_rotation(analyze, picture):
    upright, _ = analyze("fracture", picture, "--all-candidates")
    exif = Image.Exif()
    exif[0x0112] = 6  # shown turned by 90 degrees clockwise
    stored, _ = analyze("fracture", np.rot90(picture), "--all-candidates", exif=exif)
    width = picture.shape[1]
    for up, turned in zip(upright["detections"][:5], stored["detections"][:5], strict=True):
        x0, y0, x1, y1 = up["box_px"]
        assert turned["box_px"] == pytest.approx((y0, width - x1, y1, width - x0), abs=1e-3)


@pytest.mark.parametrize("name", sorted(CARDS))
@pytest.mark.parametrize("level", [0.0, 128.0, 0.1])
def test_a_blank_image_has_nothing_to_explain(tmp_path, name, level):
    torch.manual_seed(1)
    card = CARDS[name]
    reference = {label.name: 1e-9 for label in card.labels}
    card = replace(card, saliency=SaliencySpec("features", reference=reference))
    write_model(tmp_path / name, build_network(card.network.name, card.network.parameters), card)
    model = load_model(name, registry.scan(bundled=tmp_path), choose("cpu"))
    options = RunOptions(runs_anyway=True, wants_saliency=True)
    for pixels in (np.full((90, 70), level, np.float32), picture_with_content()):
        stack = ImageStack("film", [Frame(pixels)], modality="DX")
        result = run_model(model, stack, TaskContext(), options)
        assert result.status is RunStatus.OK
        is_blank = np.ptp(pixels) == 0
        assert (result.saliency == ()) == is_blank
        assert any("nothing to explain" in w for w in result.warnings) == is_blank


def picture_with_content():
    return planted_radiograph(np.random.default_rng(3), (90, 70))[0]
