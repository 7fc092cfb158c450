"""Saliency must point at what the network used; controls show that the tests can fail."""

import copy

import numpy as np
import pytest
import torch
from captum.attr import LayerGradCam
from scipy import ndimage
from scipy.stats import spearmanr
from torch import nn
from torch.nn import functional

from medviewer.ai.saliency import (
    METHOD_NAMES,
    activation_map,
    class_score,
    detection_score,
    occlusion_map,
    reference_percentile,
    segment_score,
)
from medviewer.core.errors import InferenceError
from medviewer.core.tasks import TaskContext

SIDE = 48
MARGIN = 4


def planted_images(rng, n):
    """Noise and a bright stripe in every image; a textured round lesion in half of them."""
    images = rng.normal(0, 0.6, (n, SIDE, SIDE))
    labels = np.arange(n) % 2
    centres = rng.uniform(9, SIDE - 9, (n, 2))
    rows, columns = np.indices((SIDE, SIDE))
    for image, label, (row, column) in zip(images, labels, centres, strict=True):
        stripe = int(rng.integers(SIDE - 4))
        image[:, stripe : stripe + 3] += 2.5
        if label:
            inside = (rows - row) ** 2 + (columns - column) ** 2 < 5.5**2
            image[inside & ((rows + columns) % 2 == 0)] += 2.5
            image[inside & ((rows + columns) % 2 == 1)] -= 1.5
    return images.astype(np.float32)[:, None], labels, centres


def block(inputs, outputs, dimensions=2):
    conv, norm, pool = {
        2: (nn.Conv2d, nn.BatchNorm2d, nn.MaxPool2d),
        3: (nn.Conv3d, nn.BatchNorm3d, nn.MaxPool3d),
    }[dimensions]
    return nn.Sequential(conv(inputs, outputs, 3, padding=1), norm(outputs), nn.ReLU(), pool(2))


class SmallClassifier(nn.Module):
    def __init__(self, dimensions=2):
        super().__init__()
        self.early = block(1, 12, dimensions)
        self.late = block(12, 24, dimensions)
        self.features = nn.Identity()
        self.head = nn.Linear(24, 1)

    def forward(self, values):
        maps = self.features(self.late(self.early(values)))
        return self.head(maps.mean(tuple(range(2, maps.ndim))))


def fit(network, draw, steps, rate=1e-2):
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    optimiser = torch.optim.AdamW(network.parameters(), rate)
    for _ in range(steps):
        images, labels = draw()
        logits = network(torch.from_numpy(images))[:, 0]
        loss = functional.binary_cross_entropy_with_logits(logits, torch.from_numpy(labels).float())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    torch.set_num_threads(n_threads)
    return network.eval()


@pytest.fixture(scope="module")
def trained():
    torch.manual_seed(2)
    rng = np.random.default_rng(2)
    return fit(SmallClassifier(), lambda: planted_images(rng, 32)[:2], 120)


@pytest.fixture(scope="module")
def positives(trained):
    """Lesions that the network sees."""
    images, labels, centres = planted_images(np.random.default_rng(9), 120)
    with torch.inference_mode():
        seen = (trained(torch.from_numpy(images))[:, 0] > 0).numpy()
    assert (seen == labels).mean() > 0.9, "the network has not learned"
    return [(images[i], centres[i]) for i in range(120) if labels[i] and seen[i]]


def hit(values, centre):
    row, column = np.unravel_index(np.argmax(values), values.shape)
    return np.hypot(row - centre[0], column - centre[1]) <= 5.5 + MARGIN


def maps_of(network, positives, method):
    score = class_score(0)
    return [
        activation_map(network, torch.from_numpy(image)[None], "features", score, method)
        for image, _ in positives
    ]


@pytest.mark.parametrize("method", sorted(METHOD_NAMES))
def test_the_map_points_at_the_lesion_far_more_often_than_edges_do(trained, positives, method):
    maps = maps_of(trained, positives, method)
    pointing = np.mean([hit(m, c) for m, (_, c) in zip(maps, positives, strict=True)])
    edges = np.mean([hit(ndimage.gaussian_gradient_magnitude(i[0], 2.0), c) for i, c in positives])
    assert pointing >= 0.8
    assert pointing >= edges + 0.5


def randomised(network):
    torch.manual_seed(31)
    other = copy.deepcopy(network)
    for module in other.modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    return other.eval()


def test_the_map_of_a_randomised_network_is_another_map(trained, positives):
    random_network = randomised(trained)
    correlations = []
    for image, _ in positives[:24]:
        tensor = torch.from_numpy(image)[None]
        maps = [
            activation_map(network, tensor, "features", class_score(0)).ravel()
            for network in (trained, random_network)
        ]
        if np.ptp(maps[1]) > 0:
            correlations.append(abs(spearmanr(*maps).statistic))
    assert np.mean(correlations or [0.0]) <= 0.3


@pytest.mark.parametrize("layer", ["features", "early"])
def test_grad_cam_agrees_with_captum(trained, positives, layer):
    oracle = LayerGradCam(trained, getattr(trained, layer))
    for image, _ in positives[:5]:
        tensor = torch.from_numpy(image)[None]
        expected = oracle.attribute(tensor, target=0, relu_attributions=True)
        full = functional.interpolate(expected, (SIDE, SIDE), mode="bilinear")
        own = activation_map(trained, tensor, layer, class_score(0))
        assert np.allclose(own, full[0, 0].detach().numpy(), atol=1e-6)


def test_hirescam_equals_grad_cam_before_global_pooling_and_linear(trained, positives):
    tensor = torch.from_numpy(positives[0][0])[None]
    maps = [
        activation_map(trained, tensor, "features", class_score(0), m)
        for m in ("grad-cam", "hirescam")
    ]
    assert np.allclose(*maps, atol=1e-6)


def test_explaining_leaves_the_weights_and_hooks_as_they_were(trained, positives):
    before = {k: v.clone() for k, v in trained.state_dict().items()}
    maps_of(trained, positives[:3], "grad-cam++")
    after = trained.state_dict()
    assert all(torch.equal(before[k], after[k]) for k in before)
    assert not any(module._forward_hooks for module in trained.modules())


def test_a_missing_layer_is_named(trained, positives):
    with pytest.raises(InferenceError, match="absent"):
        activation_map(trained, torch.from_numpy(positives[0][0])[None], "absent", class_score(0))


def test_occlusion_agrees_about_the_place(trained, positives):
    hits = []
    for image, centre in positives[:12]:
        values = occlusion_map(
            trained, torch.from_numpy(image)[None], class_score(0), (12, 12), TaskContext()
        )
        hits.append(hit(ndimage.gaussian_filter(values, 2), centre))
    assert np.mean(hits) >= 0.7


def test_the_maps_of_an_ensemble_are_averaged_and_a_mirrored_pass_is_left_out(trained, positives):
    class Mirrored(nn.Module):
        def __init__(self, *members):
            super().__init__()
            self.members = nn.ModuleList(members)

        def forward(self, values):
            return sum(m(values) + m(values.flip(-1)) for m in self.members)

    tensor = torch.from_numpy(positives[0][0])[None]
    single = activation_map(trained, tensor, "features", class_score(0))
    pair = Mirrored(trained, copy.deepcopy(trained))
    assert np.allclose(activation_map(pair, tensor, "features", class_score(0)), single, atol=1e-6)
    other = Mirrored(trained, randomised(trained))
    mixed = activation_map(other, tensor, "features", class_score(0), "hirescam")
    assert not np.allclose(mixed, single, atol=1e-3)


def test_a_map_of_a_volume_that_is_no_cube_lies_on_the_lesion():
    shape = (16, 36, 24)
    rng = np.random.default_rng(4)

    def draw():
        images = rng.normal(0, 0.5, (8, 1, *shape)).astype(np.float32)
        labels = np.arange(8) % 2
        for image, label in zip(images, labels, strict=True):
            if label:
                place = [int(rng.integers(1, n - 7)) for n in shape]
                image[0][tuple(slice(p, p + 6) for p in place)] += 2.0
        return images, labels

    torch.manual_seed(4)
    network = fit(SmallClassifier(3), draw, 40)
    for place in [(2, 4, 3), (8, 26, 15), (5, 12, 16)]:
        image = rng.normal(0, 0.5, (1, 1, *shape)).astype(np.float32)
        image[0, 0][tuple(slice(p, p + 6) for p in place)] += 2.0
        values = activation_map(network, torch.from_numpy(image), "features", class_score(0))
        strong = np.where(values > 0.5 * values.max(), values, 0)
        centre = ndimage.center_of_mass(strong)
        assert np.abs(np.subtract(centre, np.add(place, 2.5))).max() <= 1.5


def test_the_explanation_of_a_segment_lies_where_the_segment_is():
    class Threshold(nn.Module):
        def __init__(self):
            super().__init__()
            self.features = nn.Conv2d(1, 4, 5, padding=2)
            self.output = nn.Conv2d(4, 2, 1)

        def forward(self, values):
            return self.output(torch.relu(self.features(values)))

    torch.manual_seed(0)
    network = Threshold()
    optimiser = torch.optim.Adam(network.parameters(), 3e-2)
    rng = np.random.default_rng(0)
    for _ in range(60):
        image = rng.normal(0, 0.3, (4, 1, 32, 32)).astype(np.float32)
        truth = np.zeros((4, 32, 32), np.int64)
        for n in range(4):
            row, column = rng.integers(2, 22, 2)
            truth[n, row : row + 8, column : column + 8] = 1
        image[:, 0] += truth * 1.5
        loss = functional.cross_entropy(network(torch.from_numpy(image)), torch.from_numpy(truth))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    image = rng.normal(0, 0.3, (1, 1, 32, 32)).astype(np.float32)
    image[0, 0, 4:12, 18:26] += 1.5
    values = activation_map(network, torch.from_numpy(image), "features", segment_score(1))
    inside = values[4:12, 18:26].mean()
    values[4:12, 18:26] = 0
    assert inside > 5 * values.mean()


def test_the_score_of_a_segment_can_be_that_of_another_networks_mask():
    output = torch.zeros(1, 2, 2, 2)
    output[0, 1] = torch.tensor([[3.0, -1.0], [-2.0, -4.0]])
    assert float(segment_score(1)(output)) == 3
    mask = torch.tensor([[False, True], [True, False]])[None, None]
    assert float(segment_score(1, mask)(output)) == -3


def test_the_score_of_one_detection_is_the_strongest_cell_at_its_centre():
    heatmap = torch.arange(30.0).reshape(1, 1, 5, 6)
    output = {"heatmap": heatmap, "boxes": torch.zeros(1, 4, 3, 4), "image": torch.zeros(1, 1)}
    assert float(detection_score(0, (1, 2))(output)) == 15.0
    assert float(detection_score(0, (0, 0))(output)) == 7.0
    assert float(detection_score(0, (4, 5))(output)) == 29.0


def test_the_reference_is_a_percentile_over_all_maps():
    maps = [np.full((10, 10), v, np.float32) for v in (0.0, 1.0, 2.0, 3.0)]
    assert reference_percentile(maps, 50.0) == pytest.approx(1.5)
