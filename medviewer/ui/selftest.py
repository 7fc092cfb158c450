"""What works on this computer: said in text or JSON, non-zero exit where it is essential."""

from __future__ import annotations

import json
import platform
import sys
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

import numpy as np

from medviewer import __version__
from medviewer.core.errors import MedviewerError, PixelDataError
from medviewer.core.resources import bundled_path

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

_READERS = {"DICOM": "pydicom", "NIfTI": "nibabel", "rare encodings, in a child process": "gdcm"}
_LOSSLESS: dict[str, tuple[str, dict[str, object], str]] = {
    "JPEG lossless": ("ljpeg_encode", {}, "1.2.840.10008.1.2.4.70"),
    "JPEG-LS": ("jpegls_encode", {}, "1.2.840.10008.1.2.4.80"),
    "JPEG 2000": ("jpeg2k_encode", {"level": 0}, "1.2.840.10008.1.2.4.90"),
    "HTJ2K": ("htj2k_encode", {"reversible": True}, "1.2.840.10008.1.2.4.201"),
}
"""Compression to its encoder in imagecodecs, options, and transfer syntax."""
_RESOURCES = (
    ("presets", "ct_windows.json"),
    ("presets", "volume_presets.json"),
    ("presets", "color_tables.json"),
    ("presets", "hanging.json"),
    ("norms", "hippocampus.json"),
    ("themes", "medviewer.qss"),
    ("translations", "medviewer_zh_CN.qm"),
)


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the report.

    Attributes
    ----------
    name : str
    is_ok : bool
    detail : str
        What was found, or why it does not work.
    is_essential : bool
        Whether the program is useless without it.
    """

    name: str
    is_ok: bool
    detail: str
    is_essential: bool = True


def run(args: argparse.Namespace) -> int:
    """Print the report; 0 when everything essential works, else 1."""
    checks = list(all_checks())
    if getattr(args, "json", False):
        report = {"version": __version__, "checks": [asdict(check) for check in checks]}
        sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.write(as_text(checks) + "\n")
    return int(any(check.is_essential and not check.is_ok for check in checks))


def as_text(checks: list[Check]) -> str:
    """One line a check."""
    width = max(len(check.name) for check in checks)
    marks = {(True, True): "ok", (True, False): "ok", (False, True): "FAILED"}
    lines = [f"medviewer {__version__}, Python {platform.python_version()}, {platform.platform()}"]
    for check in checks:
        mark = marks.get((check.is_ok, check.is_essential), "absent")
        lines.append(f"{mark:<7} {check.name:<{width}}  {check.detail}")
    return "\n".join(lines)


def all_checks() -> Iterator[Check]:
    """Try everything, cheap things first."""
    yield _display()
    yield _renderer()
    yield from _decoders()
    yield _resources()
    yield _compute()
    yield from _models()


def _display() -> Check:
    from medviewer.ui.application import has_display  # start-up weight

    is_there = has_display()
    detail = "a window can be opened" if is_there else "none: medviewer snapshot works without"
    return Check("display", is_there, detail, is_essential=False)


def _renderer() -> Check:
    def probe() -> str:
        from medviewer.rendering.capture import OffscreenWindow  # start-up weight

        with OffscreenWindow(16, 16) as window:
            window.grab()
            report = window.render_window.ReportCapabilities()
        lines = [line for line in report.splitlines() if "renderer string" in line]
        return lines[0].partition(":")[2].strip() if lines else "works"

    return _tried("off-screen renderer", probe)


def _decoders() -> Iterator[Check]:
    for name, module in _READERS.items():
        yield _tried(f"reader: {name}", partial(_version, module))
    for name, (encoder, options, uid) in _LOSSLESS.items():
        yield _tried(f"decoder: {name}", partial(_round_trip, encoder, options, uid))


def _resources() -> Check:
    missing = [
        "/".join(parts) for parts in _RESOURCES if not bundled_path("resources", *parts).is_file()
    ]
    detail = f"missing: {', '.join(missing)}" if missing else "all there"
    return Check("shipped files", not missing, detail)


def _compute() -> Check:
    def probe() -> str:
        from medviewer.ai.device import choose  # start-up weight: torch

        return choose().name

    return _tried("computing device", probe)


def _models() -> Iterator[Check]:
    from medviewer.ai.registry import scan  # start-up weight

    entries = scan()
    if not entries:
        yield Check("models", False, "none installed", is_essential=False)
    for entry in entries:
        reason = entry.reason
        yield Check(f"model: {entry.id}", not reason, reason or "ready", is_essential=False)


def _tried(name: str, probe: Callable[[], str]) -> Check:
    try:
        return Check(name, True, probe())
    except (MedviewerError, ImportError, OSError, RuntimeError) as error:
        return Check(name, False, str(error))


def _round_trip(encoder: str, options: dict[str, object], transfer_syntax_uid: str) -> str:
    """Compress a ramp and decompress it as a DICOM frame."""
    from medviewer.io.frame_codecs import decode_compressed  # start-up weight
    from medviewer.io.pixel_format import PixelFormat  # start-up weight

    ramp = np.arange(256, dtype=np.uint16).reshape(16, 16) * 16
    frame = bytes(getattr(import_module("imagecodecs"), encoder)(ramp, **options))
    if not np.array_equal(decode_compressed(frame, transfer_syntax_uid, PixelFormat(16, 16)), ramp):
        msg = "decodes to other values"
        raise PixelDataError(msg)
    return "works"


def _version(module: str) -> str:
    return str(getattr(import_module(module), "__version__", "present"))
