"""Recipe: findings in frontal chest radiographs of adults, several at a time."""

from __future__ import annotations

import copy
import csv
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold
from torch import nn

from medviewer.ai.networks.lung_crop import crop, lung_boxes, lung_probability
from medviewer.ai.networks.multilevel_classifier import MultilevelClassifier
from medviewer.ai.training.classification_scores import case_rows, mean_area, score_class
from medviewer.ai.training.classifier_recipe import ClassifierRecipe
from medviewer.ai.training.losses import smoothed_bce
from medviewer.ai.training.lung_finder import LungFinder
from medviewer.ai.training.pointing import score_pointing
from medviewer.ai.training.pretrained import finetuning_groups, load_imagenet, n_blocks
from medviewer.ai.training.radiographs import normalise, read_gray, resize
from medviewer.ai.training.recipe import Case, Explain, Prediction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_SMOOTHING = 0.05
_SIDE = 384
_OLDEST = 95
_MIDDLE_AGE = 50
FINDINGS = (
    "Atelectasis", "Cardiomegaly", "Consolidation", "Edema", "Effusion", "Emphysema", "Fibrosis",
    "Hernia", "Infiltration", "Mass", "Nodule", "Pleural_Thickening", "Pneumonia", "Pneumothorax",
)  # fmt: skip


class ChestFindingsRecipe(ClassifierRecipe):
    """EfficientNet-Lite0 from ImageNet on the box around the lungs; findings learn together.

    Parameters
    ----------
    models : Path
        Folder that holds the trained lung model.
    side : int
        Side of the crop in pixels.
    kept : sequence of str
        Findings that the card offers; all of them by default.
    """

    activation = "sigmoid"
    mirror = True
    headline = "auc_mean"

    def __init__(self, models: Path, side: int = 320, kept: Sequence[str] = ()) -> None:
        self.finder = LungFinder(models, side)
        self.labels = tuple(kept or FINDINGS)
        self.positive_weight = torch.ones(len(FINDINGS))
        self._features: dict[str, np.ndarray] = {}
        self._frozen: MultilevelClassifier | None = None
        self._boxes: list[tuple[Case, str, np.ndarray]] = []

    def n_members(self, n_folds: int) -> int:
        """Return 1: all members share the encoder."""
        return 1

    @torch.no_grad()
    def merge(self, members: Sequence[nn.Module]) -> Sequence[nn.Module]:
        """Return one network whose last layer is the mean of the members' last layers."""
        merged = copy.deepcopy(members[0])
        for part in ("standardise", "classifier"):
            for key, value in merged.get_submodule(part).state_dict().items():
                others = [m.get_submodule(part).state_dict()[key].float() for m in members]
                value.copy_(torch.stack(others).mean(0))
        return [merged]

    def columns(self) -> list[int]:
        """Return the outputs of the findings that are kept."""
        return [FINDINGS.index(name) for name in self.labels]

    def network_spec(self) -> tuple[str, dict[str, Any]]:
        """Return the network's name and parameters."""
        return "multilevel_classifier", {"classes": len(FINDINGS)}

    def shipped_spec(self, name: str, parameters: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return the description of the lung finder with the classifier inside."""
        return self.finder.shipped_spec(name, parameters)

    def wrap(self, network: nn.Module) -> nn.Module:
        """Put the lung finder before the classifier."""
        return self.finder.wrap(network)

    def initialise(self, network: nn.Module) -> None:
        """Load the ImageNet weights; the last layer starts at zero."""
        load_imagenet(network.get_submodule("encoder"))
        for parameter in network.get_submodule("classifier").parameters():
            nn.init.zeros_(parameter)

    def parameter_groups(self, network: nn.Module, rate: float) -> list[dict[str, Any]]:
        """Return the last layer's group; the encoder stays as it is."""
        return finetuning_groups(network, rate, n_blocks(network), 0.0)[:1]

    def load(self, data: Path) -> list[Case]:
        """Read radiographs, squashed to a square, and their text-mined labels."""
        folder = data / "chest-xray-nih"
        with (folder / "labels.csv").open(newline="") as stream:
            rows = list(csv.DictReader(stream))
        cases = []
        for row in rows:
            picture = normalise(read_gray(folder / "images" / row["image"]))
            image = resize(picture, (_SIDE, _SIDE)).astype(np.float16)
            labels = np.asarray([float(row[name]) for name in FINDINGS], np.float32)
            facts = {"age": int(row["age"]), "sex": row["sex"], "view": row["view"]}
            arrays: dict[str, np.ndarray] = {"image": image, "labels": labels}
            cases.append(Case(row["image"], row["patient"], arrays, facts))
        self._boxes = _read_boxes(folder, {case.name: case for case in cases})
        share = np.clip(np.mean([c.arrays["labels"] for c in cases], axis=0), 0.002, 0.998)
        self.positive_weight = torch.from_numpy(np.sqrt((1 - share) / share)).float()
        return cases

    def read_source(self, data: Path, case: Case) -> np.ndarray:
        """Return the radiograph as stored."""
        return read_gray(data / "chest-xray-nih" / "images" / case.name)

    def draw(
        self, cases: Sequence[Case], size: int, rng: np.random.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return features of lung boxes, every other one mirrored, and their labels."""
        chosen = [cases[int(i)] for i in rng.integers(len(cases), size=size)]
        features = [self._views(case)[int(rng.integers(2))] for case in chosen]
        labels = torch.from_numpy(np.stack([case.arrays["labels"] for case in chosen]))
        return torch.from_numpy(np.stack(features)), labels

    @torch.inference_mode()
    def _views(self, case: Case) -> np.ndarray:
        """Return the features of the lung box and of its mirror image, computed once."""
        if case.name not in self._features:
            image = torch.from_numpy(case.arrays["image"].astype(np.float32))[None, None]
            box = lung_boxes(lung_probability(self.finder.network, image))
            lungs = crop(image, box, self.finder.side)
            turned = box * box.new_tensor([-1.0, 1.0, 1.0, 1.0])
            views = torch.cat([lungs, lungs.flip(-1)])
            pooled = self._encoder().pool(views, torch.cat([box, turned]))
            self._features[case.name] = pooled.numpy()
        return self._features[case.name]

    def _encoder(self) -> MultilevelClassifier:
        if self._frozen is None:
            self._frozen = MultilevelClassifier(len(FINDINGS))
            self.initialise(self._frozen)
            self._frozen.eval()
        return self._frozen

    def pointing_game(self, explain: Explain, cases: Sequence[Case]) -> dict[str, float]:
        """Return the share of boxes that hold the map's maximum, and the image's centre.

        All boxes of the kept findings count, most of them on radiographs that trained.
        """
        return score_pointing(
            (explain(torch.from_numpy(self.tensor(case))[None, None], FINDINGS.index(label) + 1),
             box[None], np.full(2, 0.5))
            for case, label, box in self._boxes if label in self.labels
        )  # fmt: skip

    def loss(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Return cross-entropy with smoothing; rare findings weigh more."""
        return smoothed_bce(outputs, targets, _SMOOTHING, self.positive_weight.to(outputs.device))

    @torch.inference_mode()
    def predict(self, network: nn.Module, cases: Sequence[Case]) -> list[Prediction]:
        """Return the logits of each case."""
        network.eval()
        results: list[Prediction] = []
        for case in cases:
            values = torch.from_numpy(case.arrays["image"].astype(np.float32))[None, None]
            results.append({"logits": network(values)[0].numpy().astype(np.float32)})
        return results

    def subgroups(self, case: Case) -> tuple[str, ...]:
        """Return sex, view and age class."""
        sex = {"F": "women", "M": "men"}[case.facts["sex"]]
        age = "age below 50" if case.facts["age"] < _MIDDLE_AGE else "age 50 and more"
        return sex, f"view {case.facts['view']}", age

    def score(self, cases: Sequence[Case], predictions: Sequence[Prediction]) -> Mapping[str, Any]:
        """Return the ROC area of every finding, the mean of those kept, and the control."""
        patients = [case.patient for case in cases]
        labels = np.stack([case.arrays["labels"] for case in cases])
        logits = np.stack([prediction["logits"] for prediction in predictions])
        columns = self.columns()
        metrics = {"auc_mean": mean_area(patients, labels[:, columns], logits[:, columns])}
        for number, name in enumerate(FINDINGS):
            metrics[f"auc_{name}"] = score_class(patients, labels[:, number], logits[:, number])
        metrics |= demographic_areas(cases)
        return {
            "metrics": metrics,
            "cases": case_rows(cases, dict(zip(FINDINGS, logits.T, strict=True))),
        }


def _read_boxes(folder: Path, cases: dict[str, Case]) -> list[tuple[Case, str, np.ndarray]]:
    """Return case, finding and corners x0, y0, x1, y1 as shares of the radiograph's sides."""
    path = folder / "boxes.csv"
    if not path.is_file():
        return []
    with path.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    boxes = []
    for row in rows:
        with Image.open(folder / "images" / row["image"]) as picture:
            sides = np.asarray(picture.size * 2, float)
        x, y, w, h = (float(row[key]) for key in "xywh")
        label = {"Infiltrate": "Infiltration"}.get(row["label"], row["label"])
        if row["image"] in cases:
            boxes.append((cases[row["image"]], label, np.asarray([x, y, x + w, y + h]) / sides))
    return boxes


def demographic_areas(cases: Sequence[Case]) -> dict[str, dict[str, float]]:
    """Return how well age, sex and view alone predict each finding, on unseen patients.

    Parameters
    ----------
    cases : sequence of Case
        With the facts ``age``, ``sex`` and ``view``.

    Returns
    -------
    dict
        ``auc-age-sex-view_<finding>``; a finding of which too few cases exist is left out.
    """
    patients = [case.patient for case in cases]
    ages = np.asarray([min(case.facts["age"], _OLDEST) for case in cases]) / _OLDEST
    women = np.asarray([case.facts["sex"] == "F" for case in cases])
    lying = np.asarray([case.facts["view"] == "AP" for case in cases])
    table = np.stack([ages, ages**2, women, lying], axis=1)
    result = {}
    for number, name in enumerate(FINDINGS):
        truth = np.asarray([case.arrays["labels"][number] for case in cases])
        scores = np.full(len(cases), np.nan)
        for train, test in GroupKFold(min(5, len(set(patients)))).split(table, truth, patients):
            if 0 < truth[train].sum() < len(train):
                model = LogisticRegression().fit(table[train], truth[train])
                scores[test] = model.decision_function(table[test])
        if np.isfinite(scores).all():
            area = score_class(patients, truth, scores)
            result[f"auc-age-sex-view_{name}"] = area
    return result
