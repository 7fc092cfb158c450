"""A network that does not answer what its card's task needs is refused in words."""

import numpy as np
import pytest
import torch
from torch import nn

from medviewer.ai import classification, detection
from medviewer.ai.device import choose
from medviewer.ai.loaded_model import LoadedModel
from medviewer.ai.preparation import PreparedImage
from medviewer.core.errors import InferenceError
from medviewer.core.tasks import TaskContext
from tests.unit.ai.planted import disc_card


class Parrot(nn.Module):
    """Answers the same whatever it is asked."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer

    def forward(self, values):
        return self.answer


def asked(predict, answer):
    model = LoadedModel(disc_card(), Parrot(answer), choose("cpu"))
    image = PreparedImage(np.zeros((8, 8), np.float32), (8, 8), (0, 0, 8, 8), (8, 8))
    return predict(model, image, TaskContext())


MAPS = {"heatmap": torch.zeros(1, 1, 2, 2), "boxes": torch.zeros(1, 4, 2, 2)}


@pytest.mark.parametrize(
    ("predict", "answer", "problem"),
    [
        (detection.predict, torch.zeros(1, 2), "answers no 'heatmap', 'boxes', 'image'"),
        (detection.predict, MAPS, "answers no 'image'"),
        (classification.predict, MAPS, "answers 'heatmap', 'boxes', not one tensor alone"),
    ],
    ids=["a tensor", "no class", "several"],
)
def test_an_answer_that_does_not_fit_the_task_is_refused(predict, answer, problem):
    with pytest.raises(InferenceError, match=problem) as caught:
        asked(predict, answer)
    assert caught.value.hint == "Its card names the wrong task."


def test_an_answer_with_more_than_is_needed_is_read():
    answer = asked(detection.predict, MAPS | {"image": torch.ones(1, 1), "depth": torch.ones(1)})
    assert answer.classes[0].probability == pytest.approx(0.731, abs=1e-3)
