"""A model's card as a clinician reads it: what for, trained on what, how good, where it fails."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QTextBrowser, QVBoxLayout

from medviewer.ai.volume_norms import volume_norms
from medviewer.ui.panels.norm_note import citation
from medviewer.ui.theme import on_screen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from medviewer.ai.model_card import Metric, ModelCard


class ModelCardDialog(QDialog):
    """Shows one card; deletes itself when closed.

    Parameters
    ----------
    card : ModelCard
    """

    def __init__(self, card: ModelCard, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(card.name)
        self.resize(on_screen(self, QSize(720, 640)))
        self._text = QTextBrowser(self)
        self._text.setOpenExternalLinks(True)
        self._text.setHtml(self._html(card))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.addWidget(self._text)
        layout.addWidget(buttons)

    def _html(self, card: ModelCard) -> str:
        warning = self.tr("For research. Not a medical device.")
        if card.is_experimental:
            warning += " " + self.tr("Experimental: not good enough to rely on.")
        norms = map(citation, volume_norms(card.volume_norm))
        parts = [
            f"<h2>{escape(card.name)} <small>{escape(card.version)}</small></h2>",
            f"<p>{escape(card.summary)}</p><p><b>{escape(warning)}</b></p>",
            _section(self.tr("What it is for"), [card.intended_use]),
            _section(self.tr("What it is not for"), card.out_of_scope),
            self._metrics(card),
            _section(self.tr("Where it fails"), (*card.limitations, *card.observations)),
            self._training(card),
            _section(self.tr("Literature"), (*card.references, *norms)),
            self._technical(card),
        ]
        return "".join(parts)

    def _metrics(self, card: ModelCard) -> str:
        splits = {
            "cv": self.tr("cross-validation: patients the predicting network never saw"),
            "validation": self.tr("held-out patients that no network ever saw"),
        }
        title = self.tr("How good it is, and on whom")
        tables = [f"<h3>{escape(title)}</h3>"]
        for split in dict.fromkeys(m.split for m in card.metrics):
            rows = "".join(
                _metric_row(m, self._measure(m.name)) for m in card.metrics if m.split == split
            )
            tables.append(f"<p>{escape(splits.get(split, split))}</p><table>{rows}</table>")
        return "".join(tables)

    def _measure(self, name: str) -> str:
        """Say in words, with its unit, what a metric measures; an unknown name stays."""
        return {
            "dice": self.tr("Dice overlap"),
            "hd95": self.tr("95 % surface distance, mm"),
            "auc": self.tr("Area under the ROC curve"),
            "auc-age-sex-view": self.tr("Area under the ROC curve of age, sex and view alone"),
            "ece": self.tr("Calibration error"),
            "sensitivity": self.tr("Sensitivity"),
            "cpm": self.tr("Mean sensitivity over rates of false positives (CPM)"),
            "froc": self.tr("Sensitivity (FROC)"),
            "map50": self.tr("Mean average precision at 50 % overlap"),
        }.get(name, name)

    def _training(self, card: ModelCard) -> str:
        lines = []
        for source in card.training.data:
            counts = self.tr("{images} images of {patients} patients").format(
                images=source.n_images, patients=source.n_patients
            )
            lines.append(f"{source.name}: {counts}. {source.licence}. {source.attribution}")
        return _section(self.tr("What it was trained on"), [*lines, card.training.description])

    def _technical(self, card: ModelCard) -> str:
        lines = [
            self.tr("Licence of the weights: {text}").format(text=card.licences.weights),
            self.tr("Licences of the data: {text}").format(text=card.licences.data),
            f"SHA-256 {card.weights.sha256}",
        ]
        if card.gate.measured:
            facts = ", ".join(f"{k} {v:.3g}" for k, v in card.gate.measured.items())
            lines.append(self.tr("Input check: {facts}").format(facts=facts))
        if card.saliency and card.saliency.checks:
            facts = ", ".join(f"{k} {v:.2f}" for k, v in card.saliency.checks.items())
            lines.append(self.tr("Heat map checks: {facts}").format(facts=facts))
        return _section(self.tr("Technical"), lines)


def _section(title: str, lines: Sequence[str]) -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines if line)
    return f"<h3>{escape(title)}</h3><ul>{items}</ul>" if items else ""


def _metric_row(metric: Metric, measure: str) -> str:
    name = ": ".join(
        part
        for part in (
            measure,
            " ".join(x for x in (metric.label, subgroup_words(metric.subgroup)) if x),
        )
        if part
    )
    interval = ""
    if metric.low is not None and metric.high is not None:
        interval = f"{metric.low:.3f} – {metric.high:.3f}"
    n = "" if metric.n is None else f"n = {metric.n}"
    cells = "".join(
        f"<td style='padding-right:16px'>{escape(text)}</td>"
        for text in (name, f"{metric.value:.3f}", interval, n)
    )
    return f"<tr>{cells}</tr>"


def subgroup_words(key: str) -> str:
    """Write the key of a subgroup as words: ``5_10mm`` is ``5\u201310 mm``."""
    ranged = re.sub(r"(?<=\d)_(?=\d)", "\u2013", key)
    return re.sub(r"(?<=\d)mm\b", " mm", ranged.replace("_", " "))
