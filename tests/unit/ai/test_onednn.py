"""3-D convolutions through oneDNN: the same answer, and only where it may be used."""

import pytest
import torch
from torch import nn

from medviewer.ai.networks import build_network
from medviewer.ai.networks.onednn import OneDnnConv3d, use_onednn

UNET = {"dimensions": 3, "inputs": 1, "outputs": 3, "filters": [8, 16, 24]}


def plain_twin(network, name, parameters):
    twin = build_network(name, parameters).eval()
    twin.load_state_dict(network.state_dict())
    for module in twin.modules():
        if type(module) is OneDnnConv3d:
            module.__class__ = nn.Conv3d
    return twin


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last_3d])
def test_a_network_answers_as_with_plain_convolutions(layout):
    torch.manual_seed(1)
    network = build_network("subpixel_unet", UNET).eval()
    values = torch.randn(1, 1, 24, 32, 40).contiguous(memory_format=layout)
    with torch.inference_mode():
        found = network(values)
        expected = plain_twin(network, "subpixel_unet", UNET)(values)
    assert torch.allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize(
    "options",
    [
        {"stride": 2, "padding": 1},
        {"dilation": 2, "padding": 2, "bias": False},
        {"groups": 2, "padding": (0, 1, 2)},
    ],
)
def test_every_kind_of_convolution(options):
    torch.manual_seed(2)
    plain = nn.Conv3d(4, 6, 3, **options)
    fast = use_onednn(nn.Sequential(nn.Conv3d(4, 6, 3, **options)))
    fast[0].load_state_dict(plain.state_dict())
    values = torch.randn(1, 4, 9, 10, 11)
    with torch.inference_mode():
        assert torch.allclose(fast(values), plain(values), atol=1e-5)


def test_gradients_flow_as_before():
    fast = use_onednn(nn.Sequential(nn.Conv3d(1, 2, 3)))
    values = torch.randn(1, 1, 5, 5, 5, requires_grad=True)
    fast(values).sum().backward()
    assert values.grad is not None
    assert fast[0].weight.grad is not None


def test_what_onednn_cannot_do_stays_as_it_is():
    layers = nn.Sequential(
        nn.Conv3d(1, 1, 3, padding="same"), nn.Conv3d(1, 1, 3, padding_mode="circular", padding=1)
    )
    assert all(type(layer) is nn.Conv3d for layer in use_onednn(layers))


def test_reduced_precision_stays_reduced():
    fast = use_onednn(nn.Sequential(nn.Conv3d(1, 2, 3)))
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        assert fast(torch.randn(1, 1, 5, 5, 5)).dtype == torch.bfloat16
