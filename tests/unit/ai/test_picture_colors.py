"""A picture in colours is no radiograph; a tint, a mark or lossy compression changes nothing."""

import io

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_sample_images

from medviewer.ai.device import choose
from medviewer.ai.input_gate import color_problems
from medviewer.ai.loaded_model import load_model
from medviewer.ai.model_result import RunOptions, RunStatus
from medviewer.ai.picture_colors import colored_share
from medviewer.ai.registry import scan
from medviewer.ai.runner import run_model
from medviewer.core.tasks import TaskContext
from medviewer.core.volume import Frame, ImageStack
from tests.unit.ai.test_picture_contrast import chest


def film(shape=(300, 260)):
    gray = np.clip(chest(np.random.default_rng(6), shape), 0, 255).astype(np.uint8)
    return np.repeat(gray[..., None], 3, axis=2)


def compressed(picture):
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=40)
    return np.asarray(Image.open(stream))


def tinted(picture):
    """Blue shadows and yellow lights, as a photograph of a light box has them."""
    gray = picture[..., :1] / 255.0
    shade = (1 - gray) * [10, 30, 90] + gray * [255, 240, 200]
    return shade.astype(np.uint8)


def marked(picture):
    result = picture.copy()
    result[10:40, 20:50] = (255, 30, 30)
    return result


@pytest.mark.parametrize("change", [lambda p: p, compressed, tinted, marked])
def test_gray_tinted_compressed_and_marked_films_pass(change):
    assert color_problems(Frame(change(film()))) == []
    assert color_problems(Frame(film()[..., 0])) == []


@pytest.mark.parametrize("number", [0, 1])
def test_a_photograph_is_refused_with_the_share_that_is_coloured(number):
    photograph = load_sample_images().images[number]
    (problem,) = color_problems(Frame(photograph))
    assert problem.code == "color"
    assert problem.can_be_overridden
    assert "has colours of its own; a radiograph is gray: at most 5% is accepted" in problem.message
    assert colored_share(photograph) == pytest.approx(colored_share(photograph[:, ::-1]), abs=0.02)


def test_a_run_on_a_picture_in_colours_is_refused_unless_it_is_run_anyway():
    image = ImageStack("picture", [Frame(load_sample_images().images[0])])
    model = load_model("chest-xray-lungs", scan([]), choose("cpu"))
    refused = run_model(model, image, TaskContext(), RunOptions())
    assert refused.status is RunStatus.REFUSED
    assert "colours of its own" in refused.reason
    assert run_model(model, image, TaskContext(), RunOptions(True)).status is RunStatus.OK
