"""README files of the models, generated from their cards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medviewer.ai.card_file import CARD_FILE, read_card

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from medviewer.ai.model_card import Metric, ModelCard

_HEAD = """# Bundled models

Each folder holds one model: `card.json` (what it is, how good it is and on whom), the weights,
the recipe `train.yaml`, the out-of-fold predictions `cv.npz`, the figures of both evaluations
and the licence. This table is generated from the cards.

Cross-validated figures (`cv`) come from members that never saw the patient; `validation` is the
shipped model on patients that no member ever saw. Intervals are 95 % bootstrap intervals by
patient. With the data folder at hand the figures come back from

    medviewer evaluate --model ID --data DIR --split cv -o REPORT
    medviewer evaluate --model ID --data DIR --split validation -o REPORT

Research use only: none of the models is a medical device.

| model | task | headline figure | cv | validation |
|---|---|---|---|---|
"""
_SPLITS = ("cv", "validation")
_FIGURES_HEAD = [
    "| figure | label or group | cv | cases | validation | cases |",
    "|---|---|---|---|---|---|",
]


def write_model_readme(card: ModelCard, folder: Path) -> None:
    """Write `README.md` of one model.

    Parameters
    ----------
    card : ModelCard
        Its card.
    folder : Path
        Its folder.
    """
    lines = [f"# {card.name}", "", card.summary, "", f"**Intended use.** {card.intended_use}", ""]
    lines += ["**Out of scope.**", "", *_bullets(card.out_of_scope), ""]
    lines += ["**Training.** " + card.training.description, ""]
    if card.limitations:
        lines += ["**Limits.**", "", *_bullets(card.limitations), ""]
    if card.observations:
        lines += ["**Single cases.**", "", *_bullets(card.observations), ""]
    lines += _figures(card)
    lines += ["", f"`medviewer evaluate --model {card.id} --data DIR --split cv -o REPORT` gives"]
    lines += ["these figures back and shows good, median and worst cases.", ""]
    lines += ["**Data.**", "", *_sources(card), ""]
    (folder / "README.md").write_text("\n".join(lines), encoding="utf-8")


def write_table(models: Path) -> None:
    """Write `models/README.md`: the headline of each card, then every figure of each.

    Parameters
    ----------
    models : Path
        Folder of the models.
    """
    cards = [read_card(path) for path in sorted(models.glob(f"*/{CARD_FILE}"))]
    lines = [_headline(card) for card in cards]
    recipes = {path.parent.name for path in models.glob("*/train.yaml")}
    waiting = sorted(recipes - {card.id for card in cards})
    if waiting:
        lines += ["", f"Recipes without trained weights so far: {', '.join(waiting)}."]
    for card in cards:
        lines += ["", f"## [{card.id}]({card.id}/README.md)", "", card.summary, ""]
        lines += [f"Licence of the weights: {card.licences.weights}. Trained on:", ""]
        lines += [*_sources(card), "", *_figures(card)]
    (models / "README.md").write_text(_HEAD + "\n".join(lines) + "\n", encoding="utf-8")


def _headline(card: ModelCard) -> str:
    """Return a card's row in the table of all models."""
    state = " (experimental)" if card.is_experimental else ""
    cells = [f"[{card.id}]({card.id}/README.md){state}", card.task]
    (name, group), found = next(
        (key, found)
        for key, found in _by_split(card).items()
        if any(metric.is_headline for metric in found.values())
    )
    cells += [f"{name}, {group}", *(_value(found.get(split)) for split in _SPLITS)]
    return f"| {' | '.join(cells)} |"


def _figures(card: ModelCard) -> list[str]:
    """Return a table of all of a card's figures, both splits side by side."""
    rows = []
    for (name, group), found in _by_split(card).items():
        cells = [cell for split in _SPLITS for cell in _cells(found.get(split))]
        rows.append(f"| {' | '.join([name, group, *cells])} |")
    return [*_FIGURES_HEAD, *rows]


def _by_split(card: ModelCard) -> dict[tuple[str, str], dict[str, Metric]]:
    """Return a card's figures by name and group, each with its splits."""
    result: dict[tuple[str, str], dict[str, Metric]] = {}
    for metric in card.metrics:
        result.setdefault((metric.name, _group(metric)), {})[metric.split] = metric
    return result


def _group(metric: Metric) -> str:
    return " ".join(filter(None, (metric.label, metric.subgroup))).replace("_", " ") or "all"


def _cells(metric: Metric | None) -> tuple[str, str]:
    return (_value(metric), "" if metric is None else str(metric.n))


def _value(metric: Metric | None) -> str:
    if metric is None:
        return ""
    if metric.low is None or metric.high is None:
        return f"{metric.value:.3f}"
    return f"{metric.value:.3f} ({metric.low:.3f}-{metric.high:.3f})"


def _bullets(texts: Sequence[str]) -> list[str]:
    return [f"- {text}" for text in texts]


def _sources(card: ModelCard) -> list[str]:
    return [f"- {s.name}: {s.licence}. {s.attribution} {s.url}" for s in card.training.data]
