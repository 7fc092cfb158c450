"""What recipes of classifiers share: calibration, the card's numbers, pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from medviewer.ai.training.calibration import Platt, card_entries, crossfitted_error, fit_platt
from medviewer.ai.training.classification_scores import calibration_error, sigmoid
from medviewer.ai.training.pictures import enlarge, gray_rgb, write_text
from medviewer.ai.training.recipe import Case, PlainRecipe, Prediction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LOGITS = "logits"


class ClassifierRecipe(PlainRecipe):
    """A recipe whose cases carry ``labels`` and whose predictions carry logits."""

    labels: tuple[str, ...] = ()
    fitted: dict[str, Platt]
    errors: dict[str, tuple[float, float]]
    logits_key = LOGITS

    def columns(self) -> list[int]:
        """Return the network's outputs that the labels stand for."""
        return list(range(len(self.labels)))

    def table(
        self, cases: Sequence[Case], predictions: Sequence[Prediction]
    ) -> tuple[np.ndarray, np.ndarray, list[str]]:
        """Return labels and logits, shape (cases, classes), and the patients."""
        columns = self.columns()
        truth = np.stack([case.arrays["labels"][columns] for case in cases])
        logits = np.stack([p[self.logits_key][columns] for p in predictions])
        return truth, logits, [case.patient for case in cases]

    def fit_calibration(self, cases: Sequence[Case], predictions: Sequence[Prediction]) -> None:
        """Fit one Platt scaling for each class on out-of-fold logits."""
        truth, logits, patients = self.table(cases, predictions)
        self.fitted, self.errors = {}, {}
        for number, label in enumerate(self.labels):
            column = truth[:, number], logits[:, number]
            self.fitted[label] = fit_platt(*column)
            before = calibration_error(column[0], sigmoid(column[1]))
            self.errors[label] = before, crossfitted_error(*column, patients)

    def card_numbers(self) -> dict[str, Any]:
        """Return calibration and operating points."""
        return card_entries(self.fitted, self.errors)

    def calibration_metrics(
        self, cases: Sequence[Case], predictions: Sequence[Prediction], *, is_cv: bool
    ) -> dict[str, dict[str, float]]:
        """Return the calibrated error of each class; cross-fitted on out-of-fold logits."""
        truth, logits, _ = self.table(cases, predictions)
        result = {}
        for number, label in enumerate(self.labels):
            probabilities = self.fitted[label].probability(logits[:, number])
            error = calibration_error(truth[:, number], probabilities)
            value = self.errors[label][1] if is_cv else error
            result[f"ece_{label}"] = {"value": float(value), "n": float(len(cases))}
        return result

    def quality(self, row: Mapping[str, Any]) -> float:
        """Return how right the calibrated probabilities are: 1 minus their largest error."""
        errors = [
            abs(float(row[f"true_{label}"]) - self._probability(label, float(row[label])))
            for label in self.labels
        ]
        return 1 - max(errors)

    def _probability(self, label: str, logit: float) -> float:
        return float(self.fitted[label].probability(np.asarray(logit)))

    def picture(self, case: Case, prediction: Prediction) -> np.ndarray:
        """Return the radiograph with the truth and the class that is most wrong."""
        view = enlarge(gray_rgb(case.arrays["image"]))
        columns = self.columns()
        truth, logits = case.arrays["labels"][columns], prediction[self.logits_key][columns]
        true = [name for name, yes in zip(self.labels, truth, strict=True) if yes]
        found = {
            n: self._probability(n, float(v)) for n, v in zip(self.labels, logits, strict=True)
        }
        worst = max(found, key=lambda name: abs(found[name] - (name in true)))
        return write_text(view, f"true: {', '.join(true) or 'none'}; {worst} {found[worst]:.2f}")
