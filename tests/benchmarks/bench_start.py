"""Time to the first window; compare with a bare PySide6 and VTK window in the same run.

    xvfb-run -a python tests/benchmarks/bench_start.py [--repeats 5]

Both run alternately, each in a process of its own; the best of each counts, in seconds from the
start of the interpreter. Exit status 1 where the program needs more than 1.5 times the bare window,
or where torch is loaded.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time

LIMIT = 1.5
BARE = """
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMainWindow
import vtkmodules.vtkInteractionStyle, vtkmodules.vtkRenderingOpenGL2
from vtkmodules.qt.QVTKRenderWindowInteractor import QVTKRenderWindowInteractor
from vtkmodules.vtkRenderingCore import vtkRenderer
application = QApplication([])
window = QMainWindow()
view = QVTKRenderWindowInteractor(window)
view.GetRenderWindow().AddRenderer(vtkRenderer())
window.setCentralWidget(view)
"""
OURS = """
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from medviewer.ui.window_keeper import WindowKeeper
application = QApplication([])
window = WindowKeeper(application).window
"""
SHOW = """
window.show()
import json, os, sys, time
QTest.qWaitForWindowExposed(window)
print(json.dumps([time.time(), "torch" in sys.modules]), flush=True)
os._exit(0)
"""


def seconds(program: str) -> tuple[float, bool]:
    """Start a process; how long until its window is exposed, and whether torch is loaded."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "MEDVIEWER_HOME": home}
        start = time.time()
        command = [sys.executable, "-c", program + SHOW]
        answer = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True
        )
    shown, has_torch = json.loads(answer.stdout.splitlines()[-1])
    return shown - start, has_torch


def main() -> int:
    """Measure and print; 1 where the bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    pairs = [(seconds(BARE), seconds(OURS)) for _ in range(repeats)]
    bare = min(pair[0][0] for pair in pairs)
    ours = min(pair[1][0] for pair in pairs)
    has_torch = any(pair[1][1] for pair in pairs)
    sys.stdout.write(f"bare {bare:.2f} s, medviewer {ours:.2f} s, ratio {ours / bare:.2f}\n")
    sys.stdout.write("torch is loaded\n" if has_torch else "torch is not loaded\n")
    return int(ours > LIMIT * bare or has_torch)


if __name__ == "__main__":
    raise SystemExit(main())
