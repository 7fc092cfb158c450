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

| model | task | figure | cv | validation | trained on | licences |
|---|---|---|---|---|---|---|
"""


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
    lines += ["| figure | label or group | split | value | 95 % interval | cases |"]
    lines += ["|---|---|---|---|---|---|"]
    lines += [
        f"| {m.name} | {m.label or m.subgroup or 'all'} | {m.split} | {m.value:.3f} "
        f"| {_interval(m)} | {m.n} |"
        for m in card.metrics
    ]
    lines += ["", f"`medviewer evaluate --model {card.id} --data DIR --split cv -o REPORT` gives"]
    lines += ["these figures back and shows good, median and worst cases.", ""]
    lines += ["**Data.**", "", *_sources(card), ""]
    (folder / "README.md").write_text("\n".join(lines), encoding="utf-8")


def write_table(models: Path) -> None:
    """Write `models/README.md`, one row for each figure of each card.

    Parameters
    ----------
    models : Path
        Folder of the models.
    """
    rows = []
    for path in sorted(models.glob(f"*/{CARD_FILE}")):
        card = read_card(path)
        rows += _rows(card)
    recipes = {path.parent.name for path in models.glob("*/train.yaml")}
    waiting = sorted(recipes - {path.parent.name for path in models.glob(f"*/{CARD_FILE}")})
    if waiting:
        rows += ["", f"Recipes without trained weights so far: {', '.join(waiting)}."]
    (models / "README.md").write_text(_HEAD + "\n".join(rows) + "\n", encoding="utf-8")


def _rows(card: ModelCard) -> list[str]:
    validation = {(m.name, m.label, m.subgroup): m for m in card.metrics if m.split != "cv"}
    state = " (experimental)" if card.is_experimental else ""
    trained = ", ".join(source.name for source in card.training.data)
    result = []
    for metric in card.metrics:
        if metric.split != "cv":
            continue
        other = validation.get((metric.name, metric.label, metric.subgroup))
        what = " ".join(filter(None, (metric.name, metric.label or metric.subgroup)))
        figure = f"**{what}**" if metric.is_headline else what
        result.append(
            f"| {card.id}{state} | {card.task} | {figure} | {_value(metric)} "
            f"| {_value(other)} | {trained} | {card.licences.weights}; {card.licences.data} |"
        )
    return result


def _value(metric: Metric | None) -> str:
    return "" if metric is None else f"{metric.value:.3f} ({_interval(metric)})"


def _interval(metric: Metric) -> str:
    if metric.low is None or metric.high is None:
        return ""
    return f"{metric.low:.3f}-{metric.high:.3f}"


def _bullets(texts: Sequence[str]) -> list[str]:
    return [f"- {text}" for text in texts]


def _sources(card: ModelCard) -> list[str]:
    return [f"- {s.name}: {s.licence}. {s.attribution} {s.url}" for s in card.training.data]
