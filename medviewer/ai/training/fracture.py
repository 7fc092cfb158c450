"""Recipe: fractures in limb radiographs, yes or no and where."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from medviewer.ai.detection import apart, peaks
from medviewer.ai.training.affine import AffineRange, random_affines, sample
from medviewer.ai.training.bootstrap import interval
from medviewer.ai.training.box_maps import STRIDE, encode_boxes
from medviewer.ai.training.calibration import finding_entries, fit_platt
from medviewer.ai.training.classification_scores import case_rows, score_class
from medviewer.ai.training.classifier_recipe import ClassifierRecipe
from medviewer.ai.training.detection_scores import (
    MatchedImage,
    average_precision,
    free_response_points,
    match_boxes,
)
from medviewer.ai.training.intensity import vary_intensity, vary_sharpness
from medviewer.ai.training.losses import box_overlap, heatmap_focal, smoothed_bce
from medviewer.ai.training.pictures import FOUND, TRUE, draw_boxes, gray_rgb, write_text
from medviewer.ai.training.pointing import score_pointing
from medviewer.ai.training.pretrained import finetuning_groups, load_imagenet
from medviewer.ai.training.radiographs import letterbox, normalise, read_gray
from medviewer.ai.training.recipe import Case, Explain, Prediction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from torch import nn

_LIMITS = AffineRange(rotation_degrees=12, scale=0.25, stretch=0.06, shift=0.0, flips=(0.5, 0.5))
_SMOOTHING = 0.02
_POSITIVE_SHARE = 0.5
_N_KEPT = 20
_OVERLAP = 0.3
_BOX_WEIGHT = 2.5
_PLACE_JITTER = 0.35
_N_PLACES = 3
_DRAWS = 100
_RATES = (0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
_DEFAULT_RATE = 0.1


class FractureRecipe(ClassifierRecipe):
    """CenterNet-style detector on EfficientNet-Lite0, trained on crops around fractures.

    Parameters
    ----------
    models : Path
        Unused.
    side : int
        Side of the letterboxed image in pixels.
    crop : int
        Side of the training crops in those pixels.
    frozen_blocks : int
        Blocks of the encoder that keep their ImageNet weights.
    """

    activation = "sigmoid"
    mirror = True
    labels: tuple[str, ...] = ("fracture",)
    headline = "auc"
    logits_key = "image"

    def __init__(
        self, models: Path, side: int = 416, crop: int = 288, frozen_blocks: int = 3
    ) -> None:
        self.models = models
        self.side = side
        self.crop = crop
        self.frozen_blocks = frozen_blocks

    def network_spec(self) -> tuple[str, dict[str, Any]]:
        """Return the detector's name and parameters."""
        return "efficientnet_detector", {"width": 64, "stages": 6}

    def initialise(self, network: nn.Module) -> None:
        """Load the ImageNet weights."""
        load_imagenet(network.get_submodule("encoder"))

    def parameter_groups(self, network: nn.Module, rate: float) -> list[dict[str, Any]]:
        """Return the head's and the encoder's groups."""
        return finetuning_groups(network, rate, self.frozen_blocks, 0.4)

    def load(self, data: Path) -> list[Case]:
        """Read letterboxed radiographs, their label and their boxes (centre and size)."""
        folder = data / "fracture-xray"
        with (folder / "boxes.csv").open(newline="") as stream:
            boxes: dict[str, list[list[float]]] = {}
            for row in csv.DictReader(stream):
                x, y, w, h = (float(row[key]) for key in "xywh")
                boxes.setdefault(row["image"], []).append([x + w / 2, y + h / 2, w, h])
        with (folder / "labels.csv").open(newline="") as stream:
            rows = list(csv.DictReader(stream))
        cases = []
        for row in rows:
            picture = normalise(read_gray(folder / "images" / row["image"]))
            image, scale = letterbox(picture, self.side)
            stored = np.clip((image + 1.5) / 3 * 255, 0, 255).astype(np.uint8)
            found = np.asarray(boxes.get(row["image"], []), np.float32).reshape(-1, 4) * scale
            arrays = {
                "image": stored,
                "boxes": found,
                "labels": np.asarray([float(row["fracture"])], np.float32),
                "size": np.asarray(picture.shape, np.float32) * scale,
            }
            names = ("hand", "leg", "hip", "shoulder")
            part = next((name for name in names if row[name] == "1"), "mixed")
            facts = {"part": part, "hardware": int(row["hardware"])}
            cases.append(Case(row["image"], row["group"], arrays, facts))
        return cases

    def tensor(self, case: Case) -> np.ndarray:
        """Return the letterboxed radiograph."""
        return case.arrays["image"].astype(np.float32) / 255 * 3 - 1.5

    def read_source(self, data: Path, case: Case) -> np.ndarray:
        """Return the radiograph as stored."""
        return read_gray(data / "fracture-xray" / "images" / case.name)

    def draw(
        self, cases: Sequence[Case], size: int, rng: np.random.Generator
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Return crops, half of them around a fracture, and their maps."""
        pools = [[c for c in cases if bool(c.arrays["labels"][0]) is yes] for yes in (True, False)]
        images, centres, chosen = [], [], []
        for _ in range(size):
            pool = pools[0] if rng.random() < _POSITIVE_SHARE and pools[0] else pools[1]
            case = (pool or pools[0])[int(rng.integers(len(pool or pools[0])))]
            chosen.append(case)
            images.append(case.arrays["image"].astype(np.float32) / 255 * 3 + 0.5)
            centres.append(self._place(case, rng))
        affines = random_affines(_LIMITS, (self.side, self.side), size, rng)
        affines[:, :, 2] = torch.from_numpy(np.stack(centres)) - (self.side - 1) / 2
        turned = rng.random(size) < 0.5
        for index in np.flatnonzero(turned):
            affines[index, :, :2] = affines[index][:, [1, 0]]
        values = torch.from_numpy(np.stack(images))[:, None]
        moved = (sample(values, affines, (self.crop, self.crop)) - 2).clamp(min=-1)
        targets = [self._targets(case, affines[n].numpy()) for n, case in enumerate(chosen)]
        stacked = {key: torch.stack([target[key] for target in targets]) for key in targets[0]}
        return vary_intensity(vary_sharpness(moved, rng, 0.1), rng, 0.25), stacked

    def _place(self, case: Case, rng: np.random.Generator) -> np.ndarray:
        """Return the crop's centre (row, column), near a fracture where there is one."""
        boxes = case.arrays["boxes"]
        half = self.crop / 2
        if len(boxes):
            x, y = boxes[int(rng.integers(len(boxes)))][:2]
            return np.asarray([y, x]) + rng.uniform(-1, 1, 2) * half * 2 * _PLACE_JITTER
        room = np.maximum(case.arrays["size"] - self.crop * 0.8, 0)
        places = self.crop * 0.4 + rng.random((_N_PLACES, 2)) * room
        contrasts = [float(self._around(case, place).std()) for place in places]
        return np.asarray(places[int(np.argmax(contrasts))])

    def _around(self, case: Case, place: np.ndarray) -> np.ndarray:
        """Return every fourth pixel of the crop around a place."""
        low = np.maximum(place - self.crop / 2, 0).astype(int)
        high = (place + self.crop / 2).astype(int)
        return case.arrays["image"][low[0] : high[0] : 4, low[1] : high[1] : 4]

    def _targets(self, case: Case, affine: np.ndarray) -> dict[str, torch.Tensor]:
        """Return the maps of one crop; the affine takes crop pixels to image pixels."""
        linear = affine[:, :2]
        inverse = np.linalg.inv(linear)
        middle = (self.side - 1) / 2
        inside = []
        for x, y, width, height in case.arrays["boxes"]:
            row, column = inverse @ (np.asarray([y, x]) - middle - affine[:, 2])
            sides = np.abs(inverse) @ np.asarray([height, width])
            turned = abs(linear[0, 0]) < abs(linear[0, 1])
            straight = [height, width][:: -1 if turned else 1]
            grown = np.asarray(straight) * abs(np.linalg.det(inverse)) ** 0.5
            sides = 0.5 * sides + 0.5 * grown
            place = np.asarray([column, row]) + self.crop / 2
            if (place > 0).all() and (place < self.crop).all():
                inside.append([*place, sides[1], sides[0]])
        maps = encode_boxes(np.asarray(inside), self.crop // STRIDE)
        names = ("heatmap", "boxes", "weights")
        result = {n: torch.from_numpy(m) for n, m in zip(names, maps, strict=True)}
        return result | {"image": torch.tensor([float(bool(inside))])}

    def loss(
        self, outputs: dict[str, torch.Tensor], targets: dict[str, torch.Tensor]
    ) -> torch.Tensor:
        """Return focal loss of the centres, overlap of the boxes, cross-entropy of the image."""
        centres = heatmap_focal(outputs["heatmap"][:, 0], targets["heatmap"])
        boxes = box_overlap(outputs["boxes"], targets["boxes"], targets["weights"])
        one = torch.ones(1, device=boxes.device)
        image = smoothed_bce(outputs["image"], targets["image"], _SMOOTHING, one)
        return centres + _BOX_WEIGHT * boxes + image

    @torch.inference_mode()
    def predict(self, network: nn.Module, cases: Sequence[Case]) -> list[Prediction]:
        """Return the image's logit and the strongest boxes in network pixels."""
        network.eval()
        results: list[Prediction] = []
        for case in cases:
            output = network(torch.from_numpy(self.tensor(case))[None, None])
            found = peaks(output["heatmap"][0], output["boxes"][0], STRIDE, _N_KEPT)
            kept = apart(found, _OVERLAP)
            results.append(
                {
                    "image": output["image"][0].numpy().astype(np.float32),
                    "boxes": np.asarray([box for _, _, box in kept], np.float16).reshape(-1, 4),
                    "logits": np.asarray([logit for _, logit, _ in kept], np.float32),
                }
            )
        return results

    def fit_calibration(self, cases: Sequence[Case], predictions: Sequence[Prediction]) -> None:
        """Fit the image's score, and that of single boxes by whether they met a true one."""
        super().fit_calibration(cases, predictions)
        matched = match_cases(cases, predictions)
        hits = np.concatenate([image.hits for image in matched]).astype(int)
        self.box_rule = fit_platt(hits, np.concatenate([image.scores for image in matched]))
        self.points = free_response_points(matched, _RATES)

    def card_numbers(self) -> dict[str, Any]:
        """Return calibration and operating points of the image and of single boxes."""
        image = super().card_numbers()
        boxes = finding_entries(self.labels[0], self.box_rule, self.points, _DEFAULT_RATE)
        return {key: image[key] + boxes[key] for key in image}

    def pointing_game(self, explain: Explain, cases: Sequence[Case]) -> dict[str, float]:
        """Return the share of fractured films whose map points into a fracture's box."""
        return score_pointing(
            (explain(torch.from_numpy(self.tensor(case))[None, None], 1),
             corners(case.arrays["boxes"]) / self.side, case.arrays["size"][::-1] / 2 / self.side)
            for case in cases if len(case.arrays["boxes"])
        )  # fmt: skip

    def subgroups(self, case: Case) -> tuple[str, ...]:
        """Return the part of the body."""
        return (str(case.facts["part"]),)

    def score(self, cases: Sequence[Case], predictions: Sequence[Prediction]) -> Mapping[str, Any]:
        """Return image AUC, also without hardware, and mAP50 of all and of fractured images."""
        patients = [case.patient for case in cases]
        labels = np.asarray([case.arrays["labels"][0] for case in cases])
        logits = np.asarray([prediction["image"][0] for prediction in predictions])
        plain = np.flatnonzero([case.facts["hardware"] == 0 for case in cases])
        matched = match_cases(cases, predictions)
        broken = np.flatnonzero(labels > 0)
        metrics = {"auc": score_class(patients, labels, logits)}
        metrics["auc_without_hardware"] = score_class(
            [patients[i] for i in plain], labels[plain], logits[plain]
        )
        for name, index in (("map50", np.arange(len(cases))), ("map50_fractured", broken)):
            metrics[name] = _precision([patients[i] for i in index], [matched[i] for i in index])
        return {"metrics": metrics, "cases": case_rows(cases, {"fracture": logits})}

    def picture(self, case: Case, prediction: Prediction) -> np.ndarray:
        """Return the radiograph with true boxes and those found with some confidence."""
        view = draw_boxes(gray_rgb(case.arrays["image"]), list(corners(case.arrays["boxes"])), TRUE)
        shown = min(self.points, key=lambda p: abs(p.false_positives - _DEFAULT_RATE)).logit
        strong = prediction["boxes"][prediction["logits"] >= shown].astype(float)
        view = draw_boxes(view, list(strong), FOUND)
        probability = self._probability("fracture", float(prediction["image"][0]))
        return write_text(view, f"fracture {probability:.2f}")


def match_cases(cases: Sequence[Case], predictions: Sequence[Prediction]) -> list[MatchedImage]:
    """Return each case's boxes matched with the true ones."""
    return [
        match_boxes(p["boxes"].astype(float), p["logits"], corners(case.arrays["boxes"]))
        for case, p in zip(cases, predictions, strict=True)
    ]


def _precision(patients: Sequence[str], matched: Sequence[MatchedImage]) -> dict[str, float]:
    """Return the average precision with its interval."""

    def statistic(index: np.ndarray) -> float:
        return average_precision([matched[int(i)] for i in index])

    return interval(patients, statistic, _DRAWS)


def corners(boxes: np.ndarray) -> np.ndarray:
    """Return boxes given by centre and size as corners x0, y0, x1, y1."""
    return np.concatenate([boxes[:, :2] - boxes[:, 2:] / 2, boxes[:, :2] + boxes[:, 2:] / 2], 1)
