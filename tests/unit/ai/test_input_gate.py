from dataclasses import replace

import numpy as np
import pytest

from medviewer.ai.gate_reference import GateReference
from medviewer.ai.input_gate import check, fit_gate, header_problems
from medviewer.ai.model_card import InputGrid, Normalisation
from medviewer.ai.preparation import prepare_image
from tests.unit.ai.planted import base_card

RULE = Normalisation("percentiles", 1, 99, (-1, 1), (-1.5, 1.5))
GRID = InputGrid(2, RULE, fit="squash", size=(64, 64))


def film(rng, shape=(90, 80)):
    """Something like a chest: two dark ovals between bright borders."""
    rows, columns = np.mgrid[-1 : 1 : shape[0] * 1j, -1 : 1 : shape[1] * 1j]
    image = 150 + 30 * np.abs(columns)
    for side in (-0.45, 0.45):
        x, y = side + rng.normal(0, 0.04), rng.normal(0, 0.05)
        image = image - 100 * np.exp(-(((columns - x) / 0.28) ** 2 + ((rows - y) / 0.55) ** 2))
    return (image + rng.normal(0, 6, shape)).astype(np.float32)


def varied(rng):
    """A film as it may come: of any size and shape, or a crop."""
    image = film(rng, tuple(int(n) for n in rng.integers(40, 200, 2)))
    r0, r1, c0, c1 = rng.integers(0, 4, 4)
    return image[r0 : image.shape[0] - r1, c0 : image.shape[1] - c1]


@pytest.fixture(scope="module")
def card():
    rng = np.random.default_rng(0)
    prepared = [prepare_image(varied(rng), GRID).values for _ in range(300)]
    gate = fit_gate(prepared[:200], prepared[200:], {"aspect_ratio": (1.0, 4.0)})
    return base_card(modalities=("DX",), body_parts=("CHEST",), input=GRID, gate=gate)


def problems(card, image, **facts):
    return [p.code for p in check(card, prepare_image(image, GRID), **facts)]


def test_unseen_images_of_the_kind_pass(card):
    rng = np.random.default_rng(9)
    assert sum(bool(problems(card, film(rng))) for _ in range(60)) <= 2


def test_crops_and_squashed_copies_pass(card):
    rng = np.random.default_rng(10)
    squashed = [film(rng, shape) for shape in ((90, 40), (50, 120), (300, 260))]
    cropped = [film(rng)[3:-4, 2:-3] for _ in range(10)]
    assert [problems(card, image) for image in (*squashed, *cropped)].count([]) >= 12


@pytest.mark.parametrize(
    "wrong",
    [
        lambda rng: rng.normal(0, 1, (90, 80)),
        lambda rng: -film(rng),
        lambda rng: np.rot90(film(rng)),
        lambda rng: np.cumsum(rng.normal(0, 1, (90, 80)), axis=0),
    ],
    ids=["noise", "inverted", "sideways", "something else"],
)
def test_pictures_of_another_kind_are_caught(card, wrong):
    rng = np.random.default_rng(11)
    caught = [problems(card, wrong(rng).astype(np.float32)) for _ in range(20)]
    assert sum(c == ["distance"] for c in caught) >= 18


def test_a_range_names_value_and_limits(card):
    strict = replace(card, gate=GateReference(ranges={"aspect_ratio": (1.0, 1.05)}))
    found = check(strict, prepare_image(film(np.random.default_rng(1), (90, 45)), GRID))
    assert [p.code for p in found] == ["range"]
    assert "2" in found[0].message
    assert "1.05" in found[0].message


@pytest.mark.parametrize(
    ("modality", "body_part", "codes"),
    [
        ("", "", []),
        ("DX", "CHEST", []),
        ("CR", "", []),
        ("", "chest pa", []),
        ("CT", "", ["modality"]),
        ("DX", "HAND", ["body_part"]),
        ("MR", "KNEE", ["modality", "body_part"]),
    ],
)
def test_what_a_header_states_is_tested_and_what_it_leaves_out_is_not(
    card, modality, body_part, codes
):
    assert [p.code for p in header_problems(card, modality, body_part)] == codes
