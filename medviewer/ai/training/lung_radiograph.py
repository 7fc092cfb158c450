"""Recipe: the lungs in frontal chest radiographs of children and adults."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from medviewer.ai.training.affine import AffineRange, random_affines, sample
from medviewer.ai.training.bootstrap import mean_interval
from medviewer.ai.training.intensity import blank_outside, vary_intensity, vary_sharpness
from medviewer.ai.training.losses import IGNORED, dice_cross_entropy
from medviewer.ai.training.pictures import FOUND, TRUE, gray_rgb, outline
from medviewer.ai.training.radiographs import normalise, read_gray, resize
from medviewer.ai.training.recipe import Case, Explain, PlainRecipe, Prediction
from medviewer.ai.training.segmentation_scores import score_segmentations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from torch import nn

_SIDE = 192
_LIMITS = AffineRange(rotation_degrees=15, scale=0.2, stretch=0.2, shift=0.15, flips=(0.02, 0.5))
_FILE_IGNORED = 127
_ADULT_SHARE = 0.25
_BLANK_SHARE = 0.1
_N_EXPLAINED = 24
LABELS = ("lungs",)


class LungRadiographRecipe(PlainRecipe):
    """Subpixel U-Net on radiographs squashed to a square."""

    activation = "softmax"
    mirror = True
    labels: tuple[str, ...] = LABELS
    headline = "dice_children"

    def __init__(self, models: Path, filters: Sequence[int] = (24, 48, 72, 96, 128)) -> None:
        self.models = models
        self.filters = list(filters)

    def network_spec(self) -> tuple[str, dict[str, Any]]:
        """Return the network's name and parameters."""
        parameters = {"dimensions": 2, "inputs": 1, "outputs": 2, "filters": self.filters}
        return "subpixel_unet", parameters

    def load(self, data: Path) -> list[Case]:
        """Read images and masks; the squashed input and the reference at its own size."""
        folder = data / "chest-xray-lungs"
        with (folder / "pairs.csv").open(newline="") as stream:
            rows = list(csv.DictReader(stream))
        cases = []
        for row in rows:
            mask = read_gray(folder / "masks" / row["mask"])
            label = np.where(mask == _FILE_IGNORED, IGNORED, mask > _FILE_IGNORED).astype(np.uint8)
            image = resize(normalise(read_gray(folder / "images" / row["image"])), (_SIDE, _SIDE))
            lungs = resize((label == 1).astype(np.float32), (_SIDE, _SIDE))
            ignored = resize((label == IGNORED).astype(np.float32), (_SIDE, _SIDE))
            arrays = {"image": image, "label": label, "target": np.stack([lungs, ignored])}
            facts = {key: row[key] for key in ("population", "matched_by")}
            cases.append(Case(row["image"], row["patient"], arrays, facts))
        return cases

    def read_source(self, data: Path, case: Case) -> np.ndarray:
        """Return the radiograph as stored."""
        return read_gray(data / "chest-xray-lungs" / "images" / case.name)

    def draw(
        self, cases: Sequence[Case], size: int, rng: np.random.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return moved and varied pictures; a quarter of them are of adults."""
        adults = [case for case in cases if case.facts["population"] == "adult"]
        chosen = [
            pool[int(rng.integers(len(pool)))]
            for pool in (
                adults if adults and rng.random() < _ADULT_SHARE else cases for _ in range(size)
            )
        ]
        stacks = [
            np.concatenate([case.arrays["image"][None] + 2, case.arrays["target"]])
            for case in chosen
        ]
        affines = random_affines(_LIMITS, (_SIDE, _SIDE), size, rng)
        moved = sample(torch.from_numpy(np.stack(stacks)), affines, (_SIDE, _SIDE))
        labels = (moved[:, 1] > 0.5).long().masked_fill(moved[:, 2] > 0.5, IGNORED)
        images = blank_outside((moved[:, :1] - 2).clamp(min=-1), moved[:, 1:2], rng, _BLANK_SHARE)
        return vary_intensity(vary_sharpness(images, rng, 0.2), rng, 0.35), labels

    def loss(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Return Dice plus cross-entropy where the reference is certain."""
        return dice_cross_entropy(outputs, targets)

    @torch.inference_mode()
    def predict(self, network: nn.Module, cases: Sequence[Case]) -> list[Prediction]:
        """Return the label map of each case at the size of its file."""
        network.eval()
        results: list[Prediction] = []
        for case in cases:
            values = torch.from_numpy(case.arrays["image"])[None, None]
            probability = network(values).softmax(1)[0, 1].numpy()
            full = resize(probability, case.arrays["label"].shape)
            results.append({"label": (full > 0.5).astype(np.uint8)})
        return results

    def score(self, cases: Sequence[Case], predictions: Sequence[Prediction]) -> Mapping[str, Any]:
        """Return Dice of all, of children whose pair is certain, and of adults."""
        whole = score_segmentations(cases, predictions, LABELS, (1.0, 1.0))
        groups = {"children": ("matched_by", "unique_size"), "adults": ("population", "adult")}
        for name, (key, wanted) in groups.items():
            rows = [row for row in whole["cases"] if row[key] == wanted]
            whole["metrics"] |= _mean_dice(rows, name)
        return whole

    def pointing_game(self, explain: Explain, cases: Sequence[Case]) -> dict[str, float]:
        """Return how often the map's maximum lies in a lung, and how much of the map does.

        The control is the share of the picture that the lungs cover: a random place hits as often.
        """
        hits, inside, covered = [], [], []
        for case in cases[:_N_EXPLAINED]:
            found = explain(torch.from_numpy(self.tensor(case))[None, None], 1)
            if found is None or found.max() <= 0:
                continue
            lungs = case.arrays["target"][0] > 0.5
            hits.append(lungs.ravel()[int(found.argmax())])
            inside.append(found[lungs].sum() / found.sum())
            covered.append(lungs.mean())
        if not hits:
            return {}
        return {
            "pointing_game": float(np.mean(hits)),
            "pointing_game_control": float(np.mean(covered)),
            "pointing_game_films": float(len(hits)),
            "share_inside": float(np.mean(inside)),
        }

    def picture(self, case: Case, prediction: Prediction) -> np.ndarray:
        """Return the radiograph at the size of its file."""
        label = case.arrays["label"]
        view = gray_rgb(resize(case.arrays["image"], label.shape))
        view = outline(view, label == 1, TRUE)
        return outline(view, prediction["label"] == 1, FOUND)


def _mean_dice(rows: list[dict[str, Any]], name: str) -> dict[str, Any]:
    if not rows:
        return {}
    values = np.asarray([row["dice_lungs"] for row in rows])
    patients = [row["patient"] for row in rows]
    return {f"dice_{name}": mean_interval(patients, values)}
