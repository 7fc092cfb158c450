"""Recipe: anterior and posterior hippocampus in T1-weighted MR crops of 1 mm."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np
import SimpleITK
import torch

from medviewer.ai.training.affine import (
    AffineRange,
    WarpRange,
    random_affines,
    random_warps,
    sample,
)
from medviewer.ai.training.intensity import vary_intensity, vary_sharpness
from medviewer.ai.training.losses import dice_cross_entropy
from medviewer.ai.training.pictures import FOUND, TRUE, enlarge, gray_rgb, outline
from medviewer.ai.training.recipe import Case, PlainRecipe, Prediction
from medviewer.ai.training.segmentation_scores import score_segmentations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from torch import nn

_PATCH = (32, 48, 32)
_GRID = (48, 64, 48)
_MULTIPLE = 16
_LIMITS = AffineRange(rotation_degrees=20, scale=0.2, stretch=0.12, shift=0.12, flips=(0, 0, 0.5))
_WARP = WarpRange(amount_px=1.0, node_px=6)
_SMALL_ML = 3.0
LABELS = ("anterior", "posterior")


def read_oriented(path: Path) -> np.ndarray:
    """Read a volume with axes (slices, rows, columns) towards superior, posterior and left.

    Parameters
    ----------
    path : Path
        NIfTI file.

    Returns
    -------
    array, shape (slices, rows, columns)
        As stored, on axes that follow the patient.
    """
    image = SimpleITK.DICOMOrient(SimpleITK.ReadImage(str(path)), "LPS")
    return np.asarray(SimpleITK.GetArrayFromImage(image))


def standardise(values: np.ndarray) -> np.ndarray:
    """Return z-scores over the whole volume, clipped to -5 ... 5."""
    values = values.astype(np.float32)
    deviation = float(values.std()) or 1.0
    return np.clip((values - values.mean()) / deviation, -5, 5)


def _centred(values: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    """Pad with zeros around the middle."""
    before = [(size - have) // 2 for size, have in zip(sizes, values.shape, strict=True)]
    after = [
        size - have - first for size, have, first in zip(sizes, values.shape, before, strict=True)
    ]
    return np.pad(values, list(zip(before, after, strict=True)))


class HippocampusRecipe(PlainRecipe):
    """Subpixel U-Net on z-scored crops; flips mix the two sides on purpose."""

    activation = "softmax"
    mirror = True
    shift = True
    labels: tuple[str, ...] = LABELS
    headline = "dice"

    def __init__(self, models: Path, filters: Sequence[int] = (24, 48, 72, 96)) -> None:
        self.models = models
        self.filters = list(filters)

    def network_spec(self) -> tuple[str, dict[str, Any]]:
        """Return the network's name and parameters."""
        parameters = {"dimensions": 3, "inputs": 1, "outputs": 3, "filters": self.filters}
        return "subpixel_unet", parameters

    def load(self, data: Path) -> list[Case]:
        """Read images and label maps; `cases.csv` names the subject of each."""
        folder = data / "hippocampus-mr"
        with (folder / "cases.csv").open(newline="") as stream:
            rows = list(csv.DictReader(stream))
        cases = []
        for row in rows:
            image = standardise(read_oriented(folder / "images" / row["file"]))
            label = read_oriented(folder / "labels" / row["file"]).astype(np.uint8)
            cases.append(Case(row["file"], row["subject"], {"image": image, "label": label}))
        return cases

    def tensor(self, case: Case) -> np.ndarray:
        """Return the volume, filled up to multiples of 16."""
        image = case.arrays["image"]
        return _centred(image, [-(-n // _MULTIPLE) * _MULTIPLE for n in image.shape])

    def read_source(self, data: Path, case: Case) -> np.ndarray:
        """Return the volume as stored, on the patient's axes."""
        return read_oriented(data / "hippocampus-mr" / "images" / case.name)

    def draw(
        self, cases: Sequence[Case], size: int, rng: np.random.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return moved and varied patches of 32x48x32 and their labels."""
        chosen = [cases[int(i)] for i in rng.integers(len(cases), size=size)]
        stacks = []
        for case in chosen:
            label = _centred(case.arrays["label"], _GRID)
            image = _centred(case.arrays["image"], _GRID)
            stacks.append(np.stack([image, label == 1, label == 2]).astype(np.float32))
        affines = random_affines(_LIMITS, _GRID, size, rng)
        warps = random_warps(_WARP, _PATCH, size, rng)
        moved = sample(torch.from_numpy(np.stack(stacks)), affines, _PATCH, warps=warps)
        background = 1 - moved[:, 1:].sum(1, keepdim=True)
        labels = torch.cat([background, moved[:, 1:]], 1).argmax(1)
        inputs = vary_intensity(vary_sharpness(moved[:, :1], rng, 0.2), rng, 0.35)
        return inputs, labels

    def loss(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Return Dice plus cross-entropy."""
        return dice_cross_entropy(outputs, targets)

    @torch.inference_mode()
    def predict(self, network: nn.Module, cases: Sequence[Case]) -> list[Prediction]:
        """Return the label map of each case on the grid of its file."""
        network.eval()
        results: list[Prediction] = []
        for case in cases:
            image = case.arrays["image"]
            values = torch.from_numpy(self.tensor(case))[None, None]
            sizes = values.shape[2:]
            probability = network(values).softmax(1)
            padded = probability.argmax(1)[0].numpy().astype(np.uint8)
            start = [(size - n) // 2 for size, n in zip(sizes, image.shape, strict=True)]
            inner = tuple(slice(s, s + n) for s, n in zip(start, image.shape, strict=True))
            results.append({"label": padded[inner]})
        return results

    def subgroups(self, case: Case) -> tuple[str, ...]:
        """Return the size class of the hippocampus."""
        volume_ml = float((case.arrays["label"] > 0).sum()) / 1000
        return ("volume below 3 ml" if volume_ml < _SMALL_ML else "volume 3 ml and more",)

    def score(self, cases: Sequence[Case], predictions: Sequence[Prediction]) -> Mapping[str, Any]:
        """Return Dice and 95th-percentile surface distance of both parts."""
        return score_segmentations(cases, predictions, LABELS)

    def picture(self, case: Case, prediction: Prediction) -> np.ndarray:
        """Return the sagittal slice with most hippocampus."""
        label, found = case.arrays["label"], prediction["label"]
        column = int((label > 0).sum((0, 1)).argmax())
        view = enlarge(gray_rgb(case.arrays["image"][::-1, :, column]))
        for number in (1, 2):
            for mask, color in ((label, TRUE), (found, FOUND)):
                part = (mask[::-1, :, column] == number).astype(np.uint8)
                view = outline(view, enlarge(part, 0) > 0, color)
        return view
