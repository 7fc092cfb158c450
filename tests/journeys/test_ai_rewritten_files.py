"""A picture that another one was saved over: nothing said of the first lies on the second."""

import numpy as np
import pytest
from PIL import Image

from tests.ai_page import WAIT_MS, image_id, open_study, run_model
from tests.shell_window import drop_paths, is_read, shown_window
from tests.unit.ai.planted import planted_radiograph

pytestmark = pytest.mark.usefixtures("trained_models")


def shown_pixels(window):
    return window.services.session.image(image_id(window)).frames[0].pixels


def test_a_picture_that_was_saved_over_is_shown_anew_without_the_other_ones_results(
    qapp, qtbot, tmp_path
):
    first, second = (planted_radiograph(np.random.default_rng(n))[0] for n in (1, 2))
    path = tmp_path / "film.png"
    Image.fromarray(first).save(path)
    with shown_window() as window:
        block = open_study(window, qtbot, path)
        run_model(window, qtbot, block)
        Image.fromarray(second).save(path)
        assert drop_paths(window, path)
        qtbot.waitUntil(
            lambda: is_read(window) and np.array_equal(shown_pixels(window), second),
            timeout=WAIT_MS,
        )
        assert not window.services.results.of_image(image_id(window))
        assert not window.services.results.overlays()
        (study,) = window.services.session.studies
        assert len(study.series) == 1
    with shown_window() as window:
        open_study(window, qtbot, path)
        assert not window.services.results.of_image(image_id(window))
