"""Recipe: left and right lung in chest CT, also where the lung is opaque."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import SimpleITK
import torch

from medviewer.ai.label_restoring import most_probable
from medviewer.ai.lung_refinement import refine_lungs
from medviewer.ai.training.affine import (
    AffineRange,
    WarpRange,
    random_affines,
    random_warps,
    sample,
)
from medviewer.ai.training.chest_ct import (
    Scan,
    add_consolidation,
    add_effusion,
    add_surroundings,
    classical_lungs,
    continue_below,
    normalise_hu,
    on_grid,
    read_scans,
)
from medviewer.ai.training.intensity import vary_intensity
from medviewer.ai.training.losses import dice_cross_entropy
from medviewer.ai.training.pictures import FOUND, TRUE, enlarge, gray_rgb, outline
from medviewer.ai.training.recipe import Case, PlainRecipe, Prediction
from medviewer.ai.training.segmentation_scores import score_segmentations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from torch import nn

_MULTIPLE = 32
_LIMITS = AffineRange(rotation_degrees=10, scale=0.3, stretch=0.15, shift=0.25)
_WARP = WarpRange(amount_px=1.2, node_px=8)
_AIR = -1.0
_WHOLE = 0.99
_SEED = 7
_ABDOMEN_SHARE = 0.6
_CONSOLIDATION_SHARE, _EFFUSION_SHARE = 0.65, 0.5
LABELS = ("left", "right")
VARIANTS = ("plain", "consolidation", "effusion", "thick", "cropped")
_N_DRAWN = {"consolidation": 5, "effusion": 5}
"""One drawn disease says little: it may be an easy one."""


class LungCtRecipe(PlainRecipe):
    """Subpixel U-Net at a few mm, refined by density; simulated disease hardens it."""

    activation = "softmax"
    mirror = False
    labels: tuple[str, ...] = LABELS
    headline = "dice"

    def __init__(
        self,
        models: Path,
        filters: Sequence[int] = (16, 32, 64, 96),
        patch: Sequence[int] = (48, 64, 80),
        spacing_mm: float = 4.0,
    ) -> None:
        self.spacing_mm = spacing_mm
        self.models = models
        self.patch = tuple(patch)
        self._scans: list[Scan] = []
        self.filters = list(filters)

    def network_spec(self) -> tuple[str, dict[str, Any]]:
        """Return the network's name and parameters."""
        parameters = {"dimensions": 3, "inputs": 1, "outputs": 3, "filters": self.filters}
        return "subpixel_unet", parameters

    def fold_of(self, case: Case, n_folds: int) -> int:
        """Leave one scan out: three scans are too few for a validation part."""
        return int(case.facts["scan"]) % n_folds

    def load(self, data: Path) -> list[Case]:
        """Read the scans and make their sick, thick and cropped variants."""
        cases = []
        for number, scan in enumerate(read_scans(data)):
            hu = on_grid(scan.image, self.spacing_mm)
            taught = classical_lungs(hu, self.spacing_mm)
            label = taught
            if scan.lungs is not None:
                label = on_grid(scan.lungs, self.spacing_mm, is_label=True).astype(np.uint8)
            for variant, draw in _draws():
                rng = np.random.default_rng((_SEED, number, VARIANTS.index(variant), draw))
                values, reference = _variant(variant, hu, label, rng)
                arrays = {"hu": values.astype(np.int16), "label": reference}
                facts = {"scan": number, "variant": variant}
                name = f"{scan.name}#{variant}" + (f"-{draw + 1}" if draw else "")
                cases.append(Case(name, scan.name, arrays, facts))
        return cases

    def tensor(self, case: Case) -> np.ndarray:
        """Return the scan in network values, filled up with air to multiples of 32."""
        values = normalise_hu(case.arrays["hu"])
        margins = [-(-n // _MULTIPLE) * _MULTIPLE - n for n in values.shape]
        around = [(margin // 2, margin - margin // 2) for margin in margins]
        return np.pad(values, around, constant_values=_AIR)

    def read_source(self, data: Path, case: Case) -> np.ndarray:
        """Return the scan as stored, on the patient's axes."""
        if not self._scans:
            self._scans = read_scans(data)
        scan = self._scans[int(case.facts["scan"])]
        return np.asarray(SimpleITK.GetArrayFromImage(scan.image))

    def draw(
        self, cases: Sequence[Case], size: int, rng: np.random.Generator
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return moved patches with fresh simulated disease; mirroring swaps the sides."""
        plain = [case for case in cases if case.facts["variant"] == "plain"]
        inputs, labels = [], []
        for _ in range(size):
            case = plain[int(rng.integers(len(plain)))]
            hu, label = case.arrays["hu"], case.arrays["label"]
            if rng.random() < _ABDOMEN_SHARE:
                hu, label = continue_below(hu, label, rng)
            known = np.ones(hu.shape, np.float32)
            stack = np.stack([hu.astype(np.float32), label == 1, label == 2, known])
            affine = random_affines(_LIMITS, hu.shape, 1, rng)
            warps = random_warps(_WARP, self.patch, 1, rng)
            known_at = torch.from_numpy(stack.astype(np.float32))[None]
            moved = sample(known_at, affine, self.patch, warps=warps)[0]
            parts = moved[1:3].numpy() > 0.5
            sides = np.where(parts[0], 1, np.where(parts[1], 2, 0)).astype(np.uint8)
            values = add_surroundings(moved[0].numpy(), moved[3].numpy() > _WHOLE, rng)
            if rng.random() < _CONSOLIDATION_SHARE:
                values = add_consolidation(values, sides, rng)
            if rng.random() < _EFFUSION_SHARE:
                values = add_effusion(values, sides, rng)
            if rng.random() < 0.5:
                values = values[..., ::-1].copy()
                sides = np.asarray([0, 2, 1], np.uint8)[sides[..., ::-1]]
            inputs.append(normalise_hu(values))
            labels.append(sides.astype(np.int64))
        tensor = torch.from_numpy(np.stack(inputs))[:, None]
        return vary_intensity(tensor, rng, 0.08), torch.from_numpy(np.stack(labels))

    def loss(self, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Return Dice plus cross-entropy."""
        return dice_cross_entropy(outputs, targets)

    @torch.inference_mode()
    def predict(self, network: nn.Module, cases: Sequence[Case]) -> list[Prediction]:
        """Return the label map of each case on the network's grid."""
        network.eval()
        results: list[Prediction] = []
        for case in cases:
            values = self.tensor(case)
            sizes = case.arrays["hu"].shape
            answer = network(torch.from_numpy(values)[None, None]).softmax(1)[0].numpy()
            starts = [(have - n) // 2 for have, n in zip(values.shape, sizes, strict=True)]
            inner = tuple(slice(s, s + n) for s, n in zip(starts, sizes, strict=True))
            found = refine_lungs(answer[:, *inner], case.arrays["hu"], self.spacing_mm)
            results.append({"label": most_probable(found)})
        return results

    def score(self, cases: Sequence[Case], predictions: Sequence[Prediction]) -> Mapping[str, Any]:
        """Return Dice of each lung, and of each kind of variant."""
        whole = score_segmentations(cases, predictions, LABELS, (self.spacing_mm,) * 3)
        for variant in VARIANTS:
            rows = [row["dice"] for row in whole["cases"] if row["variant"] == variant]
            entry = {"value": float(np.mean(rows)), "low": min(rows), "high": max(rows)}
            whole["metrics"][f"dice_{variant}"] = entry | {"n": float(len(rows))}
        return whole

    def picture(self, case: Case, prediction: Prediction) -> np.ndarray:
        """Return a coronal slice through the middle."""
        row = case.arrays["hu"].shape[1] // 2
        view = enlarge(gray_rgb(case.arrays["hu"][::-1, row]))
        for mask, color in ((case.arrays["label"], TRUE), (prediction["label"], FOUND)):
            for number in (1, 2):
                part = (mask[::-1, row] == number).astype(np.uint8)
                view = outline(view, enlarge(part, 0) > 0, color)
        return view


def _draws() -> list[tuple[str, int]]:
    """Return each variant with the number of each of its draws."""
    return [(variant, draw) for variant in VARIANTS for draw in range(_N_DRAWN.get(variant, 1))]


def _variant(
    name: str, hu: np.ndarray, label: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return a scan made sick, thick or cropped, with its true label map."""
    if name == "consolidation":
        return add_consolidation(add_consolidation(hu, label, rng), label, rng), label
    if name == "effusion":
        return add_effusion(hu, label, rng), label
    if name == "thick":
        thick = np.repeat(hu[1::3], 3, axis=0)
        missing = len(hu) - len(thick)
        return np.concatenate([thick, np.repeat(thick[-1:], max(missing, 0), 0)])[: len(hu)], label
    if name == "cropped":
        first, last = len(hu) // 3, len(hu) * 5 // 6
        return hu[first:last], label[first:last]
    return hu, label
