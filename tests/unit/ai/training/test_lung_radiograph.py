"""Maps of the lung model are judged by how much of them lies in the lungs."""

import numpy as np
import pytest

from medviewer.ai.training.lung_radiograph import LungRadiographRecipe
from medviewer.ai.training.recipe import Case


def film(number):
    target = np.zeros((2, 8, 8), np.float32)
    target[0, 2:6, 1:3] = 1
    return Case(str(number), str(number), {"image": np.zeros((8, 8)), "target": target})


def test_the_pointing_game_of_lungs_counts_maxima_and_heat_inside_them(tmp_path):
    maps = {0: np.zeros((8, 8)), 1: np.zeros((8, 8)), 2: None, 3: np.zeros((8, 8))}
    maps[0][3, 1], maps[0][0, 7] = 3, 1
    maps[1][7, 7], maps[1][2, 2] = 3, 1
    answers = iter(maps.values())
    recipe = LungRadiographRecipe(tmp_path)
    found = recipe.pointing_game(lambda tensor, number: next(answers), [film(n) for n in maps])
    assert found["pointing_game"] == 0.5
    assert found["pointing_game_films"] == 2
    assert found["pointing_game_control"] == pytest.approx(8 / 64)
    assert found["share_inside"] == pytest.approx((0.75 + 0.25) / 2)
    assert recipe.pointing_game(lambda tensor, number: None, [film(0)]) == {}
