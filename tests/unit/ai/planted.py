"""Images with planted shapes, and small networks that learn them within seconds."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from itertools import permutations, product

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

from medviewer.ai.card_file import write_card
from medviewer.ai.model_card import (
    CardCode,
    CardLabel,
    DataSource,
    InputGrid,
    Licences,
    Metric,
    ModelCard,
    NetworkSpec,
    Normalisation,
    SaliencySpec,
    TrainingFacts,
    WeightsFile,
)
from medviewer.ai.networks import build_network
from medviewer.ai.normalisation import normalise
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.volume import Volume

SHAPE = (16, 24, 12)
SPACING_KJI = (1.0, 1.0, 1.0)
SEGMENTER = NetworkSpec(
    "ensemble",
    {
        "members": 1,
        "activation": "softmax",
        "network": "subpixel_unet",
        "parameters": {"dimensions": 3, "inputs": 1, "outputs": 3, "filters": [16, 24, 32]},
    },
)


def planted_volume(rng, shape=SHAPE):
    """A bright ellipsoid; its upper half is 1, its lower half 2: only orientation tells."""
    centre = np.array(shape) / 2 + rng.uniform(-1.5, 1.5, 3)
    radii = np.array([5.0, 4.5, 3.5]) * rng.uniform(0.85, 1.15, 3)
    k, j, i = np.indices(shape)
    inside = sum(((x - c) / r) ** 2 for x, c, r in zip((k, j, i), centre, radii, strict=True)) < 1
    labels = np.where(inside, np.where(k >= centre[0], 1, 2), 0).astype(np.uint8)
    values = rng.normal(100, 15, shape) + 120 * inside
    return values.astype(np.float32), labels


def standard_volume(values, spacing_kji=SPACING_KJI, origin=(0.0, 0.0, 0.0), **fields):
    """Axes towards superior, posterior, left: the model's own orientation."""
    affine = np.diag([spacing_kji[2], spacing_kji[1], spacing_kji[0], 1.0])
    affine[:3, 3] = origin
    return Volume("planted", values, VolumeGeometry(values.shape, affine), **fields)


def all_storages():
    """The 48 ways to store a volume: (axis order, flipped axes)."""
    return list(product(permutations(range(3)), product((False, True), repeat=3)))


def stored_as(array, geometry, order, flips):
    """Store an array with other axes; the patient stays where it is."""
    matrix = np.zeros((4, 4))
    matrix[3, 3] = 1
    for axis, source in enumerate(order):
        matrix[source, axis] = -1 if flips[axis] else 1
        matrix[source, 3] = array.shape[source] - 1 if flips[axis] else 0
    turned = np.transpose(array, order)[tuple(slice(None, None, -1 if f else 1) for f in flips)]
    reverse = np.eye(4)[[2, 1, 0, 3]]
    affine = geometry.affine_ijk_to_lps @ reverse @ matrix @ reverse
    return np.ascontiguousarray(turned), VolumeGeometry(turned.shape, affine)


def train_segmenter(steps=100, seed=5):
    """Train on fresh phantoms; real learning, no canned answer."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)  # small tensors: more threads only wait for each other
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = build_network(SEGMENTER.name, SEGMENTER.parameters).train()
    optimiser = torch.optim.AdamW(network.parameters(), 1e-2)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = 1e-2 * min(1, (step + 1) / 5) * (1 - step / steps) + 1e-4
        pairs = [planted_volume(rng, (16, 24, 16)) for _ in range(4)]
        images = np.stack([(v - v.mean()) / v.std() for v, _ in pairs])[:, None]
        labels = torch.from_numpy(np.stack([x for _, x in pairs])).long()
        loss = nn.functional.cross_entropy(network(torch.from_numpy(images)), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    torch.set_num_threads(n_threads)
    return network.eval()


DISC_SEGMENTER = NetworkSpec(
    "ensemble",
    {
        "members": 1,
        "activation": "softmax",
        "network": "subpixel_unet",
        "parameters": {"dimensions": 2, "inputs": 1, "outputs": 2, "filters": [8, 12, 16]},
    },
)


def planted_radiograph(rng, shape=(40, 56)):
    """A bright disc on noise, uint8, and where it is."""
    row, column = rng.uniform(12, shape[0] - 12), rng.uniform(12, shape[1] - 12)
    rows, columns = np.indices(shape)
    inside = (rows - row) ** 2 + (columns - column) ** 2 < 8**2
    values = rng.normal(80, 12, shape) + 90 * inside
    return np.clip(values, 0, 255).astype(np.uint8), inside


def train_disc_segmenter(steps=60, seed=3):
    """Train on fresh radiographs of 48 x 48."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    network = build_network(DISC_SEGMENTER.name, DISC_SEGMENTER.parameters).train()
    optimiser = torch.optim.AdamW(network.parameters(), 1e-2)
    rule = Normalisation("percentiles", 1, 99, (-1, 1), (-1.5, 1.5))
    for _ in range(steps):
        pairs = [planted_radiograph(rng, (48, 48)) for _ in range(4)]
        images = np.stack([normalise(v.astype(np.float32), rule) for v, _ in pairs])[:, None]
        labels = torch.from_numpy(np.stack([x for _, x in pairs])).long()
        loss = nn.functional.cross_entropy(network(torch.from_numpy(images)), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    torch.set_num_threads(n_threads)
    return network.eval()


def disc_card():
    """The card of the disc model."""
    rule = Normalisation("percentiles", 1, 99, (-1, 1), (-1.5, 1.5))
    return base_card(
        id="disc-xray",
        name="Disc",
        modalities=("DX", "CR"),
        network=DISC_SEGMENTER,
        input=InputGrid(2, rule, fit="squash", size=(48, 48)),
        labels=(CardLabel("disc", 1, "Disc"),),
        saliency=SaliencySpec("network.output_block", reference={"disc": 1.0}),
    )


def write_model(folder, network, card):
    """Write weights and a card that fits them; return the card."""
    folder.mkdir(parents=True)
    path = folder / "weights.safetensors"
    save_file({k: v.contiguous().clone() for k, v in network.state_dict().items()}, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    card = replace(card, weights=WeightsFile(digest))
    write_card(card, folder / "card.json")
    return card


def base_card(**changes):
    """A complete card of the planted-ellipsoid model."""
    fields = {
        "id": "ellipsoid-mr",
        "version": "1.0.0",
        "name": "Ellipsoid",
        "task": "segmentation",
        "modalities": ("MR",),
        "network": SEGMENTER,
        "weights": WeightsFile("0" * 64),
        "input": InputGrid(
            3, Normalisation("zscore", clip=(-5, 5)), "SPL", (1.0, 1.0, 1.0), multiple=8
        ),
        "labels": (
            CardLabel("upper", 1, "Upper half", (CardCode("SCT", "261183002", "Upper"),)),
            CardLabel("lower", 2, "Lower half", (CardCode("SCT", "261122009", "Lower"),)),
        ),
        "training": TrainingFacts((DataSource("Phantoms", "CC0"),)),
        "metrics": (Metric("dice", 0.95, "cv", 0.94, 0.96, 20, is_headline=True),),
        "licences": Licences("MIT", "CC0"),
        "intended_use": "Tests.",
        "out_of_scope": ("Patients.",),
    }
    return ModelCard(**(fields | changes))


def dice(a, b):
    """Overlap of two masks."""
    return 2 * np.count_nonzero(a & b) / max(1, np.count_nonzero(a) + np.count_nonzero(b))
