"""The verbs ``models``, ``analyze``, ``train`` and ``evaluate`` of the command line.

Importing this module costs nothing: torch is imported by the verb that needs it.
"""

from __future__ import annotations

import json
import logging
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medviewer.ai.process_settings import prepare_process
from medviewer.core.errors import ExportError, TrainingError
from medviewer.core.tasks import TaskContext

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from medviewer.ai.model_card import Metric
    from medviewer.ai.registry import ModelEntry

_FORMATS = ("json", "nifti", "seg", "sr")
_BAR_WIDTH = 24


def add_parsers(
    verbs: argparse._SubParsersAction[argparse.ArgumentParser],
    user_folders: Sequence[Path] = (),
) -> None:
    """Add the verbs of this package to the command line.

    Parameters
    ----------
    verbs : argparse action
        From ``parser.add_subparsers()``.
    user_folders : sequence of Path
        Folders of the user's own models.
    """
    _add_models(verbs)
    _add_analyze(verbs)
    _add_train(verbs)
    _add_evaluate(verbs)
    for name in ("models", "analyze", "evaluate"):
        verbs.choices[name].set_defaults(user_folders=tuple(user_folders))


def _add_models(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = verbs.add_parser("models", help="list the models and how good they are")
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")
    parser.set_defaults(run=_models)
    actions = parser.add_subparsers(metavar="import|describe")
    importing = actions.add_parser("import", help="add a bundle of the MONAI Model Zoo, or a model")
    importing.add_argument("source", type=Path, metavar="PATH", help="its folder or zip file")
    importing.set_defaults(run=_import)
    words = "write a model's card and tables again: what about.yaml says, with --data the figures"
    describing = actions.add_parser("describe", help=words)
    describing.add_argument("folder", type=Path, metavar="FOLDER", help="the model's folder")
    describing.add_argument("--data", type=Path, metavar="DIR", help="annotated images")
    words = "finished training run whose weights and predictions are taken over first"
    describing.add_argument("--run", type=Path, metavar="RUN", dest="taken", help=words)
    words = "with --data: learn again only which images it accepts"
    describing.add_argument("--gate", action="store_true", help=words)
    describing.set_defaults(run=_describe)


def _add_analyze(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = verbs.add_parser("analyze", help="run a model on images and write its results")
    parser.add_argument(
        "inputs", nargs="+", type=Path, metavar="INPUT",
        help="DICOM folder or file, NIfTI, NRRD, PNG, JPEG, or a folder of those",
    )  # fmt: skip
    parser.add_argument("--model", required=True, metavar="ID", help="see 'medviewer models'")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument(
        "--all-candidates", action="store_true", help="also detections below the operating point"
    )
    parser.add_argument("--saliency", action="store_true", help="write what influenced the score")
    parser.add_argument(
        "--run-anyway", action="store_true", help="also on images the model was not made for"
    )
    parser.add_argument("--format", default="json,nifti", metavar=",".join(_FORMATS))
    parser.set_defaults(run=_analyze)


def _add_train(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = verbs.add_parser("train", help="train a model; run again, it continues")
    parser.add_argument("--config", type=Path, required=True, metavar="train.yaml")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="RUN")
    words = "also train on these parts of the patients (0.25,0.5) for a learning curve"
    parser.add_argument("--shares", default="", metavar="PARTS", help=words)
    parser.set_defaults(run=_train)


def _add_evaluate(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = verbs.add_parser("evaluate", help="measure a model on annotated images")
    parser.add_argument("--model", required=True, metavar="ID")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR")
    parser.add_argument("--split", choices=("cv", "validation"), default="validation")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="REPORT")
    parser.set_defaults(run=_evaluate)


def _models(args: argparse.Namespace) -> int:
    from medviewer.ai.registry import scan  # lazy: jsonschema

    entries = scan(args.user_folders)
    if args.json:
        rows = [_model_row(entry) for entry in entries]
        _say(json.dumps(rows, indent=1, ensure_ascii=False))
        return 0
    for entry in entries:
        if entry.card is None:
            _say(f"{entry.id}: cannot be used: {entry.reason}")
            continue
        headline = entry.card.headline
        mark = " (experimental)" if entry.card.is_experimental else ""
        figures = metric_text(headline) if headline else "no metric"
        _say(f"{entry.id} {entry.card.version}: {entry.card.name}{mark}; {figures}")
    return 0


def _import(args: argparse.Namespace) -> int:
    prepare_process()
    from medviewer.ai.model_import import import_model  # lazy: torch

    _say(f"Imported as {import_model(args.source, args.user_folders[0], TaskContext())}")
    return 0


def _describe(args: argparse.Namespace) -> int:
    prepare_process()
    from medviewer.ai.training import card_writer  # lazy: torch
    from medviewer.ai.training.model_table import write_table

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    if (args.taken or args.gate) and not args.data:
        message = "--run and --gate want to know where the annotated images are."
        raise TrainingError(message, hint="Name the folder of annotated images with --data.")
    if args.taken:
        card = card_writer.install_run(args.taken, args.folder, args.data, TaskContext())
    elif args.gate:
        card = card_writer.refresh_gate(args.folder, args.data)
    elif args.data:
        with tempfile.TemporaryDirectory() as pictures:
            card = card_writer.describe(args.folder, args.data, Path(pictures), TaskContext())
    else:
        card = card_writer.refresh_words(args.folder)
    write_table(args.folder.resolve().parent)
    _say(f"{card.id} {card.version}: {metric_text(card.headline) if card.headline else ''}")
    return 0


def _analyze(args: argparse.Namespace) -> int:
    prepare_process()
    from medviewer.ai.analysis import AnalysisRequest, analyze  # lazy: torch
    from medviewer.ai.device import choose
    from medviewer.ai.loaded_model import load_model
    from medviewer.ai.model_result import RunOptions
    from medviewer.ai.registry import scan

    formats = frozenset(part.strip() for part in args.format.split(",") if part.strip())
    if formats - set(_FORMATS):
        message = f"Format '{args.format}' is unknown; there are {', '.join(_FORMATS)}."
        raise ExportError(message, hint="Name them with commas between.")
    model = load_model(args.model, scan(args.user_folders), choose(args.device))
    request = AnalysisRequest(
        tuple(args.inputs),
        args.output,
        RunOptions(args.run_anyway, args.saliency),
        formats | {"json"},
        args.all_candidates,
    )
    is_complete = analyze(model, request, TaskContext(), _report_progress)
    return 0 if is_complete else 1


def _train(args: argparse.Namespace) -> int:
    prepare_process()
    from medviewer.ai.training.program import train_from_config  # lazy: torch

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    shares = [float(part) for part in args.shares.split(",") if part]
    train_from_config(args.config, args.data, args.output, TaskContext(), shares)
    return 0


def _evaluate(args: argparse.Namespace) -> int:
    prepare_process()
    from medviewer.ai.training.evaluation import evaluate  # lazy: torch

    report = evaluate(args.model, args.data, args.split, args.output, TaskContext())
    for name, entry in report["metrics"].items():
        figures = ", ".join(f"{key} {float(entry[key]):.4g}" for key in entry)
        _say(f"{name}: {figures}")
    return 0


def metric_text(metric: Metric) -> str:
    """Return a metric with its interval: ``dice 0.902 (0.897-0.906, n 170, cv)``."""
    parts = []
    if metric.low is not None and metric.high is not None:
        parts.append(f"{metric.low:.3f}-{metric.high:.3f}")
    if metric.n is not None:
        parts.append(f"n {metric.n}")
    parts.append(metric.split)
    name = " ".join(part for part in (metric.name, metric.label, metric.subgroup) if part)
    return f"{name} {metric.value:.3f} ({', '.join(parts)})"


def _model_row(entry: ModelEntry) -> dict[str, Any]:
    card = entry.card
    row: dict[str, Any] = {
        "id": entry.id,
        "usable": card is not None,
        "reason": entry.reason,
        "bundled": entry.is_bundled,
        "folder": str(entry.folder),
    }
    if card is None:
        return row
    headline = card.headline
    return row | {
        "version": card.version,
        "name": card.name,
        "task": card.task,
        "modalities": list(card.modalities),
        "labels": [label.name for label in card.labels],
        "weights_sha256": card.weights.sha256,
        "experimental": card.is_experimental,
        "headline": headline.__dict__ if headline else None,
        "licence": card.licences.weights,
        "intended_use": card.intended_use,
    }


def _report_progress(done: int, total: int, name: str) -> None:
    if not sys.stderr.isatty():
        return
    filled = round(_BAR_WIDTH * done / max(total, 1))
    bar = "#" * filled + "." * (_BAR_WIDTH - filled)
    end = "\n" if done == total else ""
    sys.stderr.write(f"\r[{bar}] {done}/{total} {name[:40]:40}{end}")
    sys.stderr.flush()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
