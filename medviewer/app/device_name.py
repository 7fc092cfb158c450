"""What this machine computes with, found without loading torch."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from medviewer.core.tasks import TaskContext

_TIME_LIMIT_S = 5.0


def device_name(_context: TaskContext) -> str:
    """Name of the first NVIDIA GPU, else ``"CPU"`` with its number of cores."""
    tool = shutil.which("nvidia-smi")
    if tool is not None:
        command = [tool, "--query-gpu=name", "--format=csv,noheader"]
        flags = getattr(subprocess, "CREATE_NO_WINDOW", 0) if sys.platform == "win32" else 0
        try:
            answer = subprocess.run(  # fixed command, no shell
                command,
                capture_output=True,
                text=True,
                timeout=_TIME_LIMIT_S,
                check=True,
                creationflags=flags,
            )
        except (OSError, subprocess.SubprocessError):
            return cpu_name()
        first = answer.stdout.strip().partition("\n")[0]
        return first or cpu_name()
    return cpu_name()


def cpu_name() -> str:
    """``"CPU × 8"``."""
    return f"CPU × {os.cpu_count() or 1}"
