"""Where the files that ship with the program are: the only place that knows."""

from __future__ import annotations

import sys
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def bundled_path(*parts: str) -> Path:
    """Path of a shipped file: ``bundled_path("resources", "presets", "ct_windows.json")``.

    Parameters
    ----------
    *parts : str
        Path below the repository root, starting with ``resources`` or ``models``.

    Returns
    -------
    Path
        In a frozen program, in an installed wheel (``medviewer/_resources``), or in a checkout.
    """
    top, *rest = parts
    frozen = getattr(sys, "_MEIPASS", None)
    roots = [Path(frozen) / top] if frozen else []
    roots += [_PACKAGE / f"_{top}", _PACKAGE.parent / top]
    root = next((r for r in roots if r.is_dir()), roots[-1])
    return root.joinpath(*rest)
