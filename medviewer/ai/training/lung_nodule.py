"""Recipe: nodules in chest CT, from cubes around real ones, pasted ones and two whole scans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import SimpleITK
import torch

from medviewer.ai.candidate_search import find_candidates
from medviewer.ai.candidates import STRIDE
from medviewer.ai.detection_3d import solidity_name
from medviewer.ai.lung_region import region_of
from medviewer.ai.training.chest_ct import normalise_hu, read_scans
from medviewer.ai.training.intensity import vary_scanner
from medviewer.ai.training.nodule_calibration import (
    OPERATING_RATE,
    FindingCalibration,
    fit_finding_calibration,
)
from medviewer.ai.training.nodule_data import GRID, prepared_cube, read_cubes, read_whole_scans
from medviewer.ai.training.nodule_maps import encode_nodules, nodule_loss
from medviewer.ai.training.nodule_matching import match_case
from medviewer.ai.training.nodule_paste import ShapeBank, paste_nodule, read_shapes
from medviewer.ai.training.nodule_patches import cut_patch
from medviewer.ai.training.nodule_pictures import cube_picture, scan_picture
from medviewer.ai.training.nodule_scores import describe_misses, score_nodules
from medviewer.ai.training.recipe import Case, PlainRecipe, Prediction
from medviewer.core.tasks import TaskContext

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from torch import nn

LABEL = "nodule"
_OUTPUTS = {"heatmap": 1, "boxes": 4, "solidity": 1, "suspicion": 1, "mask": 1}
_CUBE_SHARE = 0.55
_PASTED = {"cube": (0.75, 0.25), "scan": (0.35, 0.4, 0.25)}
_N_KEPT = {"cube": 20, "scan": 150}
_FAINT_WEIGHT = 2.5


class LungNoduleRecipe(PlainRecipe):
    """Centre heat map on a subpixel U-Net; sizes and readers' ratings on the same features.

    Parameters
    ----------
    models : Path
        Unused.
    filters : sequence of int
        Channels of the network's levels.
    patch : int
        Side of the training patches in mm; a multiple of 16.
    """

    activation = "sigmoid"
    mirror = False
    headline = "sensitivity"
    is_look_alike = False
    labels: tuple[str, ...] = (LABEL,)

    def __init__(
        self, models: Path, filters: Sequence[int] = (16, 32, 64, 96), patch: int = 48
    ) -> None:
        self.models = models
        self.filters = list(filters)
        self.patch = patch
        self.bank: ShapeBank | None = None
        self.calibration = FindingCalibration()
        self._scans: dict[str, SimpleITK.Image] = {}

    def network_spec(self) -> tuple[str, dict[str, Any]]:
        """Return the network's name and parameters."""
        parameters = {"dimensions": 3, "filters": self.filters, "outputs": _OUTPUTS}
        return "subpixel_detector", parameters

    def fold_of(self, case: Case, n_folds: int) -> int:
        """Return the fold by the hash of the patient; one whole scan for each fold."""
        if case.facts["kind"] == "scan":
            return int(case.facts["scan"]) % n_folds
        return super().fold_of(case, n_folds)

    def load(self, data: Path) -> list[Case]:
        """Read cubes, whole scans and the shapes to paste."""
        self.bank = read_shapes(data)
        scans = read_whole_scans(data)
        for case in scans:
            region = self._region(case)
            case.arrays["region"] = np.zeros(0, bool) if region is None else region
        return read_cubes(data) + scans

    def tensor(self, case: Case) -> np.ndarray:
        """Return the network's input, as at inference."""
        hu = case.arrays["hu"]
        return prepared_cube(hu).values if case.facts["kind"] == "cube" else normalise_hu(hu)

    def read_source(self, data: Path, case: Case) -> np.ndarray:
        """Return the cube, or the scan as stored, on the patient's axes."""
        if case.facts["kind"] == "cube":
            return case.arrays["hu"]
        if not self._scans:
            self._scans = {scan.name: scan.image for scan in read_scans(data)}
        return np.asarray(SimpleITK.GetArrayFromImage(self._scans[case.name]))

    def draw(
        self, cases: Sequence[Case], size: int, rng: np.random.Generator
    ) -> tuple[torch.Tensor, dict[str, torch.Tensor]]:
        """Return patches around real nodules and from the whole scans, with pasted ones."""
        pools = [[c for c in cases if c.facts["kind"] == kind] for kind in ("cube", "scan")]
        images, targets = [], []
        for _ in range(size):
            is_cube = bool(pools[0]) and (rng.random() < _CUBE_SHARE or not pools[1])
            pool = pools[0] if is_cube else pools[1]
            case = pool[int(rng.choice(len(pool), p=_weights(pool)))]
            hu, mask, valid, nodules = cut_patch(case, self.patch, rng)
            if self.bank is not None:
                shares = _PASTED[case.facts["kind"]]
                for _ in range(int(rng.choice(len(shares), p=shares))):
                    pasted = paste_nodule(hu, mask, nodules, self.bank, rng)
                    nodules += [pasted] if pasted else []
            maps = encode_nodules(nodules, mask, valid)
            targets.append({key: torch.from_numpy(value) for key, value in maps.items()})
            images.append(normalise_hu(vary_scanner(hu, rng)))
        stacked = {key: torch.stack([t[key] for t in targets]) for key in targets[0]}
        return torch.from_numpy(np.stack(images))[:, None], stacked

    def loss(
        self, outputs: dict[str, torch.Tensor], targets: dict[str, torch.Tensor]
    ) -> torch.Tensor:
        """Return the loss of centres, sizes, ratings and masks."""
        return nodule_loss(outputs, targets)

    def _region(self, case: Case) -> np.ndarray | None:
        return region_of(self.tensor(case), GRID.normalisation, 1.0)

    @torch.inference_mode()
    def predict(self, network: nn.Module, cases: Sequence[Case]) -> list[Prediction]:
        """Return each case's strongest candidates: a scan's in LPS mm, a cube's in its voxels."""
        network.eval()
        results: list[Prediction] = []
        for case in cases:
            values, kind = self.tensor(case), case.facts["kind"]
            region = self._region(case)
            found = find_candidates(network, values, region, GRID, TaskContext())
            found = found.chosen(range(min(_N_KEPT[kind], len(found.logits))))
            places = found.places.astype(float)
            if kind == "scan":
                to_lps = case.arrays["to_lps"]
                places = places @ to_lps[:3, :3].T + to_lps[:3, 3]
            else:
                places = places - (np.asarray(values.shape) - case.arrays["hu"].shape) // 2
            results.append(
                {
                    "centres": places.astype(np.float32),
                    "logits": found.logits.astype(np.float32),
                    "diameters": found.diameters_mm.astype(np.float32),
                    "solidity": found.ratings["solidity"].astype(np.float32),
                    "suspicion": found.ratings["suspicion"].astype(np.float32),
                }
            )
        return results

    def score(self, cases: Sequence[Case], predictions: Sequence[Prediction]) -> Mapping[str, Any]:
        """Return sensitivity by size at 4 false positives per scan, FROC, CPM and agreement."""
        thresholds = self.calibration.thresholds or {}
        return score_nodules(cases, predictions, thresholds.get(OPERATING_RATE, float("nan")))

    def subgroups(self, case: Case) -> tuple[str, ...]:
        """Return how solid the readers called a cube's nodule."""
        is_cube = case.facts["kind"] == "cube"
        return (solidity_name(1 + 4 * case.facts["solidity"]),) if is_cube else ()

    def fit_calibration(self, cases: Sequence[Case], predictions: Sequence[Prediction]) -> None:
        """Learn the score's calibration and the operating points."""
        matched = [match_case(c, p) for c, p in zip(cases, predictions, strict=True)]
        self.calibration = fit_finding_calibration(matched)

    def card_numbers(self) -> dict[str, Any]:
        """Return calibration, operating points and the floor of what is ever reported."""
        entries = self.calibration.card_entries(LABEL)
        entries["postprocessing"] |= {"activation": self.activation, "stride": STRIDE}
        return entries

    def observations(
        self, cases: Sequence[Case], predictions: Sequence[Prediction]
    ) -> tuple[str, ...]:
        """Name the unmarked candidates of each whole scan that the operating point shows."""
        threshold = (self.calibration.thresholds or {}).get(OPERATING_RATE, np.inf)
        return tuple(
            describe_misses(case, prediction, self.calibration, threshold)
            for case, prediction in zip(cases, predictions, strict=True)
            if case.facts["kind"] == "scan"
        )

    def quality(self, row: Mapping[str, Any]) -> float:
        """Return the logit of the lesion's candidate."""
        return float(np.clip(row["logit"], -12, 12))

    def picture(self, case: Case, prediction: Prediction) -> np.ndarray:
        """Return the cube's middle slice, or a scan's strongest unmarked candidates."""
        draw = cube_picture if case.facts["kind"] == "cube" else scan_picture
        return draw(case, prediction, self.calibration)


def _weights(pool: Sequence[Case]) -> np.ndarray:
    """Return how often to draw each case: few nodules are faint, and those are missed most."""
    faint = [case.facts.get("solidity", 1.0) <= 0.5 for case in pool]
    weights = np.where(faint, _FAINT_WEIGHT, 1.0)
    return np.asarray(weights / weights.sum())
