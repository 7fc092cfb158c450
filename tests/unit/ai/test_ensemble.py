"""Networks that answer as one: their mean, also over mirrored and moved images."""

import torch

from medviewer.ai.networks.ensemble import Ensemble


def test_an_ensemble_answers_with_the_mean_probability():
    members = [torch.nn.Conv2d(1, 3, 1), torch.nn.Conv2d(1, 3, 1)]
    values = torch.randn(2, 1, 4, 6)
    answer = Ensemble(members, "softmax")(values).softmax(1)
    assert torch.allclose(answer, sum(m(values).softmax(1) for m in members) / 2, atol=1e-4)
    mirrored = Ensemble(members[:1], "softmax", mirror=True)
    both = mirrored(values).softmax(1), mirrored(values.flip(-1)).softmax(1).flip(-1)
    assert torch.allclose(*both, atol=1e-5)


def test_the_shifted_passes_are_moved_back_along_every_axis():
    """A network that looks at single voxels answers the same wherever the image lies."""

    class Pointwise(torch.nn.Module):
        def forward(self, values):
            return torch.cat([values, values**2], 1)

    values = torch.randn(1, 1, 4, 6, 8)
    alone = Ensemble([Pointwise()], "softmax")(values).softmax(1)
    moved = Ensemble([Pointwise()], "softmax", mirror=True, shift=True)(values).softmax(1)
    assert torch.allclose(moved, alone, atol=1e-5)


def test_the_shifted_passes_see_another_grid():
    class Blocks(torch.nn.Module):
        def forward(self, values):
            mean = torch.nn.functional.avg_pool2d(values, 2).repeat_interleave(2, 2)
            return torch.cat([mean.repeat_interleave(2, 3), values], 1)

    values = torch.randn(1, 1, 8, 8)
    plain = Ensemble([Blocks()], "sigmoid", mirror=True)(values)
    moved = Ensemble([Blocks()], "sigmoid", mirror=True, shift=True)(values)
    assert not torch.allclose(plain[:, 0], moved[:, 0], atol=0.05)
    assert torch.allclose(plain[:, 1], moved[:, 1], atol=1e-4)
    by_hand = [
        Blocks()(values.flip(axis).roll(way, (2, 3))).roll((-way[0],) * 2, (2, 3)).flip(axis)
        for axis in ((), (-1,))
        for way in ((0, 0), (1, 1))
    ]
    mean = torch.stack(by_hand).sigmoid().mean(0)
    assert torch.allclose(moved.sigmoid(), mean, atol=1e-4)
