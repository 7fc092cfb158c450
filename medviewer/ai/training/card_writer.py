"""Make a model's folder from a training run: weights, kept predictions, reports and card.

Words stand in `about.yaml`; every number is taken from the evaluation's reports.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import yaml

from medviewer.ai.card_file import CARD_FILE, read_card, write_card
from medviewer.ai.card_schema import parse
from medviewer.ai.case_hash import hash_values
from medviewer.ai.model_card import ModelCard
from medviewer.ai.training.card_contrast import contrast_gate
from medviewer.ai.training.card_references import gate_reference, saliency_reference
from medviewer.ai.training.evaluation import (
    KEPT_FILE,
    WEIGHTS_FILE,
    Split,
    Subject,
    measure,
    open_subject,
    shipped,
)
from medviewer.ai.training.films import ABOUT_FILE, films_by_kind
from medviewer.ai.training.finding_saliency import finding_reference
from medviewer.ai.training.model_table import write_model_readme
from medviewer.ai.training.other_pictures import other_pictures
from medviewer.ai.training.program import CURVE_FILE, shipped_network

if TYPE_CHECKING:
    from pathlib import Path

    from medviewer.ai.gate_reference import GateReference
    from medviewer.core.tasks import TaskContext

_SPLITS: tuple[Split, ...] = ("cv", "validation")


def install_run(run: Path, folder: Path, data: Path, context: TaskContext) -> ModelCard:
    """Copy a run's weights and kept predictions into a model's folder and describe it.

    The full reports, with pictures of cases, stay in the run's folder.

    Parameters
    ----------
    run : Path
        Folder of a finished run (`weights.safetensors`, `cv.npz`).
    folder : Path
        The model's folder with `train.yaml` and `about.yaml`.
    data : Path
        The data folder, for the evaluation.
    context : TaskContext
        Progress and cancellation.

    Returns
    -------
    ModelCard
        As written to `card.json`.
    """
    for name in (WEIGHTS_FILE, KEPT_FILE):
        shutil.copyfile(run / name, folder / name)
    if (run / CURVE_FILE).is_file():
        shutil.copyfile(run / CURVE_FILE, folder / CURVE_FILE)
    return describe(folder, data, run / "reports", context)


def describe(folder: Path, data: Path, pictures: Path, context: TaskContext) -> ModelCard:
    """Evaluate a model's folder and write its card, its figures and its README.

    Parameters
    ----------
    folder : Path
        The model's folder, complete but for the card.
    data : Path
        The data folder.
    pictures : Path
        Receives the full reports, which show cases and stay out of the model's folder.
    context : TaskContext
        Progress and cancellation.

    Returns
    -------
    ModelCard
        As written to `card.json`.
    """
    subject = open_subject(folder, data)
    reports: dict[str, dict[str, Any]] = {}
    for split in _SPLITS if subject.unseen() else _SPLITS[:1]:
        reports[split] = measure(subject, split, pictures / split, context)
        slim = {key: value for key, value in reports[split].items() if key != "cases"}
        text = json.dumps(slim, indent=1, default=float) + "\n"
        (folder / f"report-{split}.json").write_text(text, encoding="utf-8")
    return _written(join_card(subject, data, reports), folder)


def refresh_words(folder: Path) -> ModelCard:
    """Take what stands in words in `about.yaml` from there again; numbers stay.

    Parameters
    ----------
    folder : Path
        A complete model folder.

    Returns
    -------
    ModelCard
        As written to `card.json`.
    """
    about, card = _about(folder), read_card(folder / CARD_FILE)
    card = replace(
        card,
        training=replace(card.training, description=about["training"].get("description", "")),
        summary=about.get("summary", ""),
        intended_use=about["intended_use"],
        out_of_scope=tuple(about["out_of_scope"]),
        limitations=tuple(about.get("limitations", ())),
        is_experimental=about.get("is_experimental", False),
        version=about["version"],
        volume_norm=about.get("volume_norm", ""),
        plausible_ml=_plausible_ml(about),
    )
    return _written(card, folder)


def refresh_gate(folder: Path, data: Path) -> ModelCard:
    """Learn again what inputs a model accepts; its figures and its weights stay.

    Parameters
    ----------
    folder : Path
        A complete model folder.
    data : Path
        The data folder.

    Returns
    -------
    ModelCard
        As written to `card.json`.
    """
    card = read_card(folder / CARD_FILE)
    gate = _gate(open_subject(folder, data), data, card, _about(folder))
    return _written(replace(card, gate=gate), folder)


def join_card(subject: Subject, data: Path, reports: dict[str, dict[str, Any]]) -> ModelCard:
    """Join the words of `about.yaml` with the measured numbers.

    Parameters
    ----------
    subject : Subject
        The opened model.
    data : Path
        The data folder, for the hashes of the training images.
    reports : dict
        Reports by split.

    Returns
    -------
    ModelCard
        With the gate's and the saliency's references.
    """
    folder, config, recipe = subject.folder, subject.config, subject.recipe
    about = _about(folder)
    words: dict[str, Any] = {
        key: about.pop(key) for key in ("gate_ranges", "gate_kind") if key in about
    }
    name, parameters = shipped_network(recipe, config.n_folds)
    network = shipped(folder, recipe, config)
    digest = hashlib.sha256((folder / WEIGHTS_FILE).read_bytes()).hexdigest()
    document = about | {
        "id": folder.name,
        "network": {"name": name, "parameters": parameters},
        "weights": {
            "sha256": digest,
            "n_parameters": sum(p.numel() for p in network.parameters()),
        },
        "training": about["training"] | _training_facts(subject, data, reports),
        "metrics": _metrics(reports, recipe.headline),
        "created": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }
    document |= recipe.card_numbers()
    seen = subject.seen()
    document["observations"] = recipe.observations(seen, [subject.kept[c.name] for c in seen])
    card: ModelCard = parse(ModelCard, document)
    is_in_volumes = card.task == "detection" and card.input.dimensions == 3
    refer = finding_reference if is_in_volumes else saliency_reference
    return replace(
        card,
        gate=_gate(subject, data, card, words),
        saliency=refer(card, network, recipe, subject.unseen() or seen),
    )


def _about(folder: Path) -> dict[str, Any]:
    about: dict[str, Any] = yaml.safe_load((folder / ABOUT_FILE).read_text(encoding="utf-8"))
    return about


def _plausible_ml(about: dict[str, Any]) -> tuple[float, float] | None:
    limits = about.get("plausible_ml")
    return (float(limits[0]), float(limits[1])) if limits else None


def _written(card: ModelCard, folder: Path) -> ModelCard:
    """Write a card and its README."""
    write_card(card, folder / CARD_FILE)
    write_model_readme(card, folder)
    return card


def _gate(subject: Subject, data: Path, card: ModelCard, about: dict[str, Any]) -> GateReference:
    """Return the gate learned from the model's cases and, for films, from those of other kinds."""
    ranges = about.get("gate_ranges", {})
    accepted = {name: (float(low), float(high)) for name, (low, high) in ranges.items()}
    seen = subject.seen()
    gate = gate_reference(subject.recipe, seen, subject.unseen() or seen, accepted)
    if not about.get("gate_kind"):
        return gate
    films = films_by_kind(subject.folder.parent, data) + other_pictures(data)
    return contrast_gate(gate, card.input, subject.folder.name, films)


def _training_facts(
    subject: Subject, data: Path, reports: dict[str, dict[str, Any]]
) -> dict[str, Any]:
    seen, config = subject.seen(), subject.config
    hashes = {hash_values(subject.recipe.read_source(data, case)) for case in seen}
    return {
        "split_sha256": reports["cv"]["split_sha256"],
        "case_hashes": sorted(hashes),
        "facts": {
            "n_patients": reports["cv"]["n_patients"],
            "n_images": len(seen),
            "n_validation_patients": reports.get("validation", {}).get("n_patients", 0),
            "n_folds": config.n_folds,
            "steps": config.steps,
            "batch_size": config.batch_size,
        },
    }


def _metrics(reports: dict[str, dict[str, Any]], headline: str) -> list[dict[str, Any]]:
    """Turn the reports' metrics into the card's rows."""
    rows = []
    for split, report in reports.items():
        for name, entry in report["metrics"].items():
            if entry["value"] != entry["value"]:
                continue
            kind, _, rest = name.partition("_")
            row = {
                "name": kind,
                "value": round(float(entry["value"]), 4),
                "split": split,
                "n": int(entry["n"]),
                "is_headline": split == "cv" and name == headline,
            }
            row |= {"label": rest} if rest in report.get("labels", ()) else {"subgroup": rest}
            for end in ("low", "high"):
                if end in entry and entry[end] == entry[end]:
                    row[end] = round(float(entry[end]), 4)
            rows.append(row)
    return rows
