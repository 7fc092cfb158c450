"""Recipe: pneumonia in chest radiographs of children, on the lung box alone."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from medviewer.ai.networks.lung_crop import crop, lung_boxes, lung_probability
from medviewer.ai.training.affine import AffineRange, random_affines, sample
from medviewer.ai.training.classification_scores import (
    calibration_error,
    case_rows,
    score_class,
    sigmoid,
)
from medviewer.ai.training.classifier_recipe import ClassifierRecipe
from medviewer.ai.training.intensity import blank_outside, vary_intensity, vary_sharpness
from medviewer.ai.training.losses import smoothed_bce
from medviewer.ai.training.lung_finder import LungFinder
from medviewer.ai.training.pretrained import finetuning_groups, load_imagenet
from medviewer.ai.training.radiographs import normalise, read_gray, resize
from medviewer.ai.training.recipe import Case, Prediction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from torch import nn

_LIMITS = AffineRange(rotation_degrees=12, scale=0.12, stretch=0.12, shift=0.08, flips=(0, 0.5))
_SMOOTHING = 0.05
_BLANK_SHARE = 0.4
_BLACK = -1.0
_SIDE = 224


class ChildPneumoniaRecipe(ClassifierRecipe):
    """EfficientNet-Lite0 on the box around the lungs; the lung finder is part of the model.

    Parameters
    ----------
    models : Path
        Folder that holds the trained lung model.
    side : int
        Side of the crop in pixels.
    frozen_blocks : int
        Blocks of the encoder that keep their ImageNet weights.
    """

    activation = "sigmoid"
    mirror = True
    labels: tuple[str, ...] = ("pneumonia",)
    headline = "auc"

    def __init__(self, models: Path, side: int = 160, frozen_blocks: int = 1) -> None:
        self.side = side
        self.frozen_blocks = frozen_blocks
        self.finder = LungFinder(models, side)

    def network_spec(self) -> tuple[str, dict[str, Any]]:
        """Return the classifier's name and parameters."""
        return "efficientnet_classifier", {"classes": 1, "stages": 6, "dropout": 0.3}

    def shipped_spec(self, name: str, parameters: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return the description of the lung finder with the classifier inside."""
        return self.finder.shipped_spec(name, parameters)

    def wrap(self, network: nn.Module) -> nn.Module:
        """Put the lung finder before the classifier."""
        return self.finder.wrap(network)

    def initialise(self, network: nn.Module) -> None:
        """Load the ImageNet weights."""
        load_imagenet(network.get_submodule("encoder"))

    def parameter_groups(self, network: nn.Module, rate: float) -> list[dict[str, Any]]:
        """Return the head's and the encoder's groups."""
        return finetuning_groups(network, rate, self.frozen_blocks, 0.3)

    @torch.inference_mode()
    def load(self, data: Path) -> list[Case]:
        """Read radiographs and find the lungs and the box around them."""
        folder = data / "chest-xray-pediatric"
        with (folder / "labels.csv").open(newline="") as stream:
            rows = list(csv.DictReader(stream))
        cases = []
        for row in rows:
            picture = normalise(read_gray(folder / "images" / row["image"]))
            image = resize(picture, (_SIDE, _SIDE))
            probability = lung_probability(self.finder.network, torch.from_numpy(image)[None, None])
            arrays = {
                "image": image.astype(np.float16),
                "lungs": resize(probability[0].numpy(), (_SIDE, _SIDE)).astype(np.float16),
                "box": lung_boxes(probability)[0].numpy(),
                "labels": np.asarray([row["class"] == "PNEUMONIA"], np.float32),
            }
            cases.append(Case(row["image"], row["patient"], arrays, {"subtype": row["subtype"]}))
        return cases

    def read_source(self, data: Path, case: Case) -> np.ndarray:
        """Return the radiograph as stored."""
        return read_gray(data / "chest-xray-pediatric" / "images" / case.name)

    def draw(
        self, cases: Sequence[Case], size: int, rng: np.random.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return moved and varied lung boxes, some blanked outside the lungs."""
        chosen = [cases[int(i)] for i in rng.integers(len(cases), size=size)]
        stack = np.stack([[c.arrays["image"], c.arrays["lungs"]] for c in chosen])
        boxes = torch.from_numpy(np.stack([case.arrays["box"] for case in chosen]))
        crops = crop(torch.from_numpy(stack.astype(np.float32)), boxes, self.side)
        sizes = (self.side, self.side)
        moved = sample(crops, random_affines(_LIMITS, sizes, size, rng), sizes, "border")
        images = blank_outside(moved[:, :1], moved[:, 1:], rng, _BLANK_SHARE)
        labels = torch.from_numpy(np.stack([case.arrays["labels"] for case in chosen]))
        return vary_intensity(vary_sharpness(images, rng, 0.15), rng, 0.3), labels

    def loss(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Return cross-entropy with label smoothing."""
        return smoothed_bce(outputs, targets, _SMOOTHING, torch.ones(1, device=outputs.device))

    @torch.inference_mode()
    def predict(self, network: nn.Module, cases: Sequence[Case]) -> list[Prediction]:
        """Return the logit of the whole image and of the image with only its lungs left."""
        network.eval()
        results: list[Prediction] = []
        for case in cases:
            image = torch.from_numpy(case.arrays["image"].astype(np.float32))[None, None]
            lungs = torch.from_numpy(case.arrays["lungs"].astype(np.float32))[None, None]
            blanked = torch.where(lungs > 0.5, image, torch.tensor(_BLACK))
            logits = [float(network(values)[0, 0]) for values in (image, blanked)]
            results.append({"logits": np.asarray(logits, np.float32)})
        return results

    def subgroups(self, case: Case) -> tuple[str, ...]:
        """Return bacteria or virus, each against all normal radiographs."""
        names = ("bacteria against normal", "virus against normal")
        return tuple(name for name in names if case.facts["subtype"] in name.split(" against "))

    def score(self, cases: Sequence[Case], predictions: Sequence[Prediction]) -> Mapping[str, Any]:
        """Return the ROC area, also with everything outside the lungs blanked."""
        patients = [case.patient for case in cases]
        labels = np.asarray([case.arrays["labels"][0] for case in cases])
        logits = np.stack([prediction["logits"] for prediction in predictions])
        metrics = {
            "auc": score_class(patients, labels, logits[:, 0]),
            "auc_blanked": score_class(patients, labels, logits[:, 1]),
        }
        error = calibration_error(labels, sigmoid(logits[:, 0]))
        metrics["ece_uncalibrated"] = {"value": error, "n": float(len(cases))}
        return {"metrics": metrics, "cases": case_rows(cases, {"pneumonia": logits[:, 0]})}
