"""A film without a header is told from films of other parts of the body by what it shows."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from medviewer.ai.card_file import CARD_FILE, read_card, write_card
from medviewer.ai.gate_reference import GateReference
from medviewer.ai.input_gate import check, picture_problems
from medviewer.ai.model_card import InputGrid, Normalisation
from medviewer.ai.picture_contrast import edge_directions
from medviewer.ai.preparation import prepare_image
from medviewer.ai.registry import bundled_folder
from medviewer.ai.training import films
from medviewer.ai.training.card_contrast import contrast_gate
from medviewer.ai.training.films import Films, films_by_kind
from medviewer.ai.training.other_pictures import noise, other_pictures
from medviewer.ai.training.radiographs import read_gray
from medviewer.ai.training.recipe import Case
from medviewer.ai.training.splits import VALIDATION, fold_of
from medviewer.core.errors import ModelCardError
from tests.unit.ai.planted import base_card

RULE = Normalisation("percentiles", 1, 99, (-1, 1), (-1.5, 1.5))
SQUASHED = InputGrid(2, RULE, fit="squash", size=(64, 64))
BOXED = InputGrid(2, RULE, fit="letterbox", size=(96, 96), fill=-1.0)
N_FILMS = 30


def chest(rng, shape=(90, 80)):
    """Two dark ovals between bright borders, ribs across them."""
    y, x = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    image = 150 + 30 * np.abs(x) + 8 * np.sin(22 * y + 4 * x**2)
    for side in (-0.45, 0.45):
        column, row = side + rng.normal(0, 0.04), rng.normal(0, 0.05)
        image = image - 100 * np.exp(-(((x - column) / 0.28) ** 2 + ((y - row) / 0.55) ** 2))
    return image + rng.normal(0, 6, shape)


def limb(rng, shape=(90, 70)):
    """Two bright shafts side by side on a dark ground, in any direction."""
    y, x = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    angle = rng.uniform(-0.4, 0.4) + rng.choice([0, np.pi / 2])
    across = x * np.cos(angle) + y * np.sin(angle)
    image = 30 + 60 * np.exp(-((across / 0.6) ** 2))
    for place in (-0.2, 0.2):
        middle = place + rng.normal(0, 0.04)
        image = image + 120 * np.exp(-(((across - middle) / rng.uniform(0.08, 0.12)) ** 4))
    return image + rng.normal(0, 6, shape)


def source(model, kind, draw, seed):
    rng = np.random.default_rng(seed)
    seen = [prepare_image(draw(rng).astype(np.float32), SQUASHED).values for _ in range(N_FILMS)]
    unseen = tuple(draw(rng) for _ in range(N_FILMS))
    return Films(model, kind, np.stack(seen), ("p",) * N_FILMS, unseen, frozenset())


@pytest.fixture(scope="module")
def sources():
    return (
        source("chests", "chest radiograph", chest, 1),
        source("other-chests", "chest radiograph", chest, 2),
        source("limbs", "limb radiograph", limb, 3),
    )


@pytest.fixture(scope="module")
def gates(sources):
    """The gates of a model of chests and of one of limbs, with their grids."""
    return {
        "chests": (contrast_gate(GateReference(), SQUASHED, "chests", sources), SQUASHED),
        "limbs": (contrast_gate(GateReference(), BOXED, "limbs", sources), BOXED),
    }


def refused(gate, picture):
    reference, grid = gate
    found = picture_problems(reference, prepare_image(np.asarray(picture, np.float32), grid))
    return [problem.code for problem in found]


@pytest.mark.parametrize(
    ("model", "own", "other"), [("chests", chest, limb), ("limbs", limb, chest)]
)
def test_films_of_another_kind_are_refused_and_varied_films_of_the_own_are_not(
    gates, model, own, other
):
    rng = np.random.default_rng(8)
    assert sum(refused(gates[model], other(rng)) == ["kind"] for _ in range(20)) >= 19
    ways = {
        "plain": lambda film: film,
        "cropped": lambda film: film[7:-6, 5:-9],
        "mirrored": lambda film: film[:, ::-1],
        "upside down": lambda film: film[::-1],
        "inverted": lambda film: 255 - film,
        "darker": lambda film: film / 3,
    }
    for name, change in ways.items():
        assert sum(bool(refused(gates[model], change(own(rng)))) for _ in range(10)) <= 1, name
    squashed = [own(rng, shape) for shape in ((60, 150), (150, 60), (220, 200))]
    assert [refused(gates[model], film) for film in squashed].count([]) >= 2


def test_the_gate_says_how_often_it_is_right(gates):
    measured = gates["chests"][0].measured
    assert measured["false_refusals"] <= 0.05
    assert measured["false_refusals_varied"] <= 0.05
    assert measured["false_refusals_other_sources"] <= 0.05
    assert measured["caught_other_kinds"] >= 0.95
    assert measured["n_other_kinds"] == N_FILMS


def test_pictures_of_no_model_are_learned_and_counted_by_kind(sources):
    rng = np.random.default_rng(5)
    squashed = np.stack([prepare_image(noise(rng), SQUASHED).values for _ in range(120)])
    unseen = tuple(noise(rng) for _ in range(N_FILMS))
    pictures = Films("", "noise_pictures", squashed, ("",) * 120, unseen, frozenset())
    photographs = Films("", "photographs", squashed[:0], (), unseen[:3], frozenset())
    for model, grid in (("chests", SQUASHED), ("limbs", BOXED)):
        films = (*sources, pictures, photographs)
        gate = contrast_gate(GateReference(), grid, model, films)
        assert gate.measured["caught_noise_pictures"] >= 0.9
        assert gate.measured["n_noise_pictures"] == N_FILMS
        assert gate.measured["n_photographs"] == 3
        assert gate.measured["false_refusals"] <= 0.05
        assert gate.measured["caught_other_kinds"] >= 0.95


def test_the_refusal_says_what_is_wrong_in_words(gates):
    gate, grid = gates["chests"]
    card = base_card(modalities=("DX",), input=grid, gate=gate)
    film = limb(np.random.default_rng(4)).astype(np.float32)
    (problem,) = check(card, prepare_image(film, grid))
    assert "does not look like a chest radiograph" in problem.message
    assert problem.can_be_overridden


def test_without_films_of_another_kind_nothing_is_learned(sources):
    plain = GateReference()
    assert contrast_gate(plain, SQUASHED, "chests", sources[:2]) is plain
    assert contrast_gate(plain, SQUASHED, "brains", sources) is plain


def test_edges_are_the_same_in_the_negative_and_on_a_larger_grid():
    film = prepare_image(chest(np.random.default_rng(2)).astype(np.float32), SQUASHED).values
    assert edge_directions(-film) == pytest.approx(edge_directions(film), abs=1e-4)
    assert np.isfinite(edge_directions(np.zeros((5, 9), np.float32))).all()


def test_a_card_keeps_the_contrast_and_refuses_one_of_another_size(gates, tmp_path):
    card = base_card(input=SQUASHED, gate=gates["chests"][0])
    write_card(card, tmp_path / CARD_FILE)
    assert read_card(tmp_path / CARD_FILE).gate == card.gate
    short = replace(card.gate.contrast, weights=card.gate.contrast.weights[1:])
    with pytest.raises(ModelCardError, match="gate/contrast"):
        write_card(replace(card, gate=replace(card.gate, contrast=short)), tmp_path / CARD_FILE)


class TwoSources:
    """A recipe whose films are named by their patients."""

    def __init__(self, patients):
        self.patients = patients

    def load(self, data):
        return [Case(name, name, {}) for name in self.patients]

    def read_source(self, data, case):
        return np.arange(64.0).reshape(8, 8)

    def fold_of(self, case, n_folds):
        return VALIDATION if case.name in {"a", "ward/c"} else 0


def test_no_film_trains_whose_patient_another_model_keeps_for_validation(tmp_path, monkeypatch):
    recipes = {"one": ["a", "b", "c"], "two": ["ward/a", "ward/c", "ward/d"], "mr": ["e"]}
    for name in recipes:
        (tmp_path / name).mkdir()
        words = "" if name == "mr" else f"gate_kind: {name}\n"
        (tmp_path / name / films.ABOUT_FILE).write_text("version: 1.0.0\n" + words)
    config = type("Config", (), {"n_folds": 3})
    monkeypatch.setattr(films, "open_recipe", lambda f: (config, TwoSources(recipes[f.name])))
    found = films_by_kind(tmp_path, tmp_path)
    assert [(f.model, f.kind, f.patients) for f in found] == [
        ("one", "one", ("b",)),
        ("two", "two", ("d",)),
    ]
    assert [(len(f.seen), len(f.unseen)) for f in found] == [(1, 1), (1, 1)]


CHESTS = {"chest-xray-nih": "patient", "chest-xray-pediatric": "patient"}
LIMBS = {"fracture-xray": "group"}
OTHER = {
    "chest-xray-findings": LIMBS,
    "chest-xray-pneumonia-child": LIMBS,
    "chest-xray-lungs": LIMBS,
    "fracture-xray": CHESTS,
}
OWN = {
    "chest-xray-findings": {"chest-xray-nih": "patient"},
    "chest-xray-pneumonia-child": {"chest-xray-pediatric": "patient"},
    "chest-xray-lungs": {"chest-xray-pediatric": "patient"},
    "fracture-xray": LIMBS,
}
N_READ = 60


def held_out(data, folders):
    """The first films of each source that no model has seen."""
    for folder, key in folders.items():
        rows = np.genfromtxt(
            data / folder / "labels.csv", delimiter=",", names=True, dtype=None, encoding="utf-8"
        )
        chosen = [row for row in rows if fold_of(str(row[key]), 3) == VALIDATION][:N_READ]
        yield from (read_gray(data / folder / "images" / row["image"]) for row in chosen)


@pytest.mark.parametrize("model", OTHER)
def test_held_out_films_of_another_part_of_the_body_are_refused(data_folder, model):
    card = read_card(bundled_folder() / model / CARD_FILE)
    gate = card.gate, card.input
    wrong = [refused(gate, film) for film in held_out(data_folder, OTHER[model])]
    assert np.mean([bool(codes) for codes in wrong]) >= 0.95


@pytest.mark.parametrize("model", OWN)
@pytest.mark.parametrize(
    "change",
    [
        lambda film: film,
        lambda film: film[film.shape[0] // 12 :, film.shape[1] // 10 : -film.shape[1] // 12],
        lambda film: film[:, ::-1],
        lambda film: np.asarray(Image.fromarray(film).resize((300, 180))),
    ],
    ids=["plain", "cropped", "mirrored", "squashed"],
)
def test_held_out_films_of_the_models_kind_pass(data_folder, model, change):
    card = read_card(bundled_folder() / model / CARD_FILE)
    gate = card.gate, card.input
    right = [refused(gate, change(film)) for film in held_out(data_folder, OWN[model])]
    assert sum(bool(codes) for codes in right) <= 1


LEAST_CAUGHT = {
    "chest radiograph": {
        "ct_slices": 0.75, "mr_slices": 0.95, "noise_pictures": 0.9, "patterns": 0.95,
        "photographs": 0.9,
    },
    "limb radiograph": {
        "ct_slices": 0.8, "mr_slices": 0.9, "noise_pictures": 0.7, "patterns": 0.3,
        "photographs": 0.15,
    },
}  # fmt: skip
"""Of pictures that are no radiographs and never trained, by the model's kind."""


@pytest.mark.parametrize("model", OTHER)
def test_pictures_that_are_no_radiographs_are_refused(data_folder, model):
    card = read_card(bundled_folder() / model / CARD_FILE)
    measured = card.gate.measured
    assert measured["false_refusals"] <= 0.005
    assert measured["false_refusals_varied"] <= 0.01
    least = LEAST_CAUGHT[card.gate.contrast.kind]
    for pictures in other_pictures(data_folder):
        step = max(1, len(pictures.unseen) // N_READ)
        codes = [refused((card.gate, card.input), film) for film in pictures.unseen[::step]]
        assert np.mean([bool(found) for found in codes]) >= least[pictures.kind], pictures.kind


def test_no_subject_lies_on_both_sides_and_no_photograph_trains(data_folder):
    found = {films.kind: films for films in other_pictures(data_folder)}
    assert {kind: films.model for kind, films in found.items()} == dict.fromkeys(found, "")
    assert len(found["photographs"].seen) == 0
    # 24 slices of three axes in two windows: of two patients, and of the one kept apart.
    assert len(found["ct_slices"].seen) == 2 * 144
    assert len(found["ct_slices"].unseen) == 144
    assert len(found["mr_slices"].seen) + len(found["mr_slices"].unseen) == 3 * 206
