"""The command line: every verb calls the function the window calls, and imports it only then."""

from __future__ import annotations

import argparse
import io
import json
import multiprocessing
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from medviewer import __version__
from medviewer.ai import command_line
from medviewer.app.paths import data_path
from medviewer.core.errors import MedviewerError
from medviewer.core.tasks import TaskContext

if TYPE_CHECKING:
    from collections.abc import Sequence

VIEW = "view"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb and return the exit status; a failure is one sentence on standard error."""
    multiprocessing.freeze_support()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # no name of a file or patient can stop a verb
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser, verbs = _parser()
    if not given or (given[0] not in verbs and given[0] not in ("-h", "--help", "--version")):
        given.insert(0, VIEW)
    args = parser.parse_args(given)
    try:
        return int(args.run(args) or 0)
    except MedviewerError as error:
        print(f"medviewer: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"medviewer: {error.filename or ''}: {error.strerror or error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("medviewer: interrupted.", file=sys.stderr)
        return 130


def _parser() -> tuple[argparse.ArgumentParser, frozenset[str]]:
    parser = argparse.ArgumentParser(
        prog="medviewer", description="View CT, MRI and X-ray studies, with AI-assisted reading."
    )
    parser.add_argument("--version", action="version", version=f"medviewer {__version__}")
    verbs = parser.add_subparsers(metavar="VERB", required=True)
    _add_view(verbs)
    _add_inspect(verbs)
    _add_export(verbs)
    _add_snapshot(verbs)
    _add_selftest(verbs)
    command_line.add_parsers(verbs, (data_path("models"),))
    return parser, frozenset(verbs.choices)


def _add_view(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = verbs.add_parser(VIEW, help="open the window (the default)")
    parser.add_argument("paths", nargs="*", type=Path, metavar="PATH")
    parser.add_argument("--demo", action="store_true", help="open the demonstration study")
    parser.set_defaults(run=_view)


def _add_inspect(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = verbs.add_parser("inspect", help="say what a folder holds")
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")
    parser.add_argument("--pixels", action="store_true", help="decode every file and hash it")
    parser.set_defaults(run=_inspect)


def _add_export(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = verbs.add_parser("export", help="write a volume as NIfTI or NRRD")
    parser.add_argument("path", type=Path, metavar="PATH")
    parser.add_argument("--volume", default="", metavar="ID", help='"id" of medviewer inspect')
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.nii.gz|.nrrd")
    parser.set_defaults(run=_export)


def _add_snapshot(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = verbs.add_parser("snapshot", help="draw a picture without a window")
    parser.add_argument("path", type=Path, metavar="PATH")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="OUT.png")
    parser.add_argument("--layout", choices=("stack", "mpr", "volume"), default="stack")
    parser.add_argument("--window", default="", metavar="lung|W,L", help="preset, or width,level")
    parser.add_argument(
        "--slice",
        type=int,
        default=0,
        metavar="N",
        help="as the window counts them, from 1; default middle",
    )
    parser.add_argument("--size", default="1600x1000", metavar="WIDTHxHEIGHT")
    parser.add_argument("--volume", default="", metavar="ID", help='"id" of medviewer inspect')
    parser.set_defaults(run=_snapshot)


def _add_selftest(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = verbs.add_parser("selftest", help="say what works on this computer")
    parser.add_argument("--json", action="store_true", help="as JSON, for programs")
    parser.set_defaults(run=_selftest)


def _view(args: argparse.Namespace) -> int:
    from medviewer.ui.application import run  # lazy: Qt and VTK are needed for the window alone

    return run(args.paths, is_demo=args.demo)


def _inspect(args: argparse.Namespace) -> int:
    from medviewer.io.inspect_report import as_text, inspect  # lazy: pydicom

    report = inspect(args.paths, pixels=args.pixels, context=TaskContext())
    print(json.dumps(report, indent=1) if args.json else as_text(report))
    missing = [str(path) for path in args.paths if not path.exists()]
    if missing:
        print(f"medviewer: there is no {', '.join(missing)}.", file=sys.stderr)
    return 1 if missing else 0


def _export(args: argparse.Namespace) -> int:
    from medviewer.io.volume_export import export_volume  # lazy: pydicom

    print(export_volume(args.path, args.volume, args.output, TaskContext()))
    return 0


def _snapshot(args: argparse.Namespace) -> int:
    from medviewer.ui.snapshot import run  # lazy: Qt and VTK

    return run(args)


def _selftest(args: argparse.Namespace) -> int:
    from medviewer.ui.selftest import run  # lazy: Qt and VTK

    return run(args)


if __name__ == "__main__":
    raise SystemExit(main())
