"""Paging through a series while a model runs, against the same paging alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]

_PAGING = """
import statistics, threading, time
from dataclasses import replace
import numpy as np
from vtkmodules.vtkRenderingCore import vtkRenderWindow
import vtkmodules.vtkRenderingOpenGL2
from medviewer.ai.process_settings import prepare_process, stand_back
prepare_process()
from medviewer.ai.model_result import RunOptions
from medviewer.ai.runner import run_model
from medviewer.core.display import SliceState
from medviewer.core.tasks import TaskCancelled, TaskContext
from medviewer.rendering.slice_scene import SliceScene
from tests.benchmarks.big_scan import big_scan, random_lung_model

scan, model = big_scan((160, 512, 512)), random_lung_model()
run_model(model, scan, TaskContext(), RunOptions())
window = vtkRenderWindow()
window.SetOffScreenRendering(True)
window.SetSize(900, 700)
scene = SliceScene(window)
scene.resize(900, 700)
scene.set_image(scan)

def page():
    times = []
    for k in range(10, 90):
        start = time.perf_counter()
        scene.apply(replace(SliceState(), slice_index=k))
        window.Render()
        times.append(time.perf_counter() - start)
    return statistics.median(times)

context = TaskContext()

def keep_running():
    stand_back()
    try:
        while True:
            run_model(model, scan, context, RunOptions())
    except TaskCancelled:
        pass

page()
alone = [page()]
thread = threading.Thread(target=keep_running)
thread.start()
time.sleep(1.0)
beside = [page(), page(), page()]
context.cancel()
thread.join()
alone.append(page())
print(statistics.median(beside) / (sum(alone) / 2))
"""


def test_paging_slows_at_most_by_half_while_a_model_runs():
    surroundings = os.environ | {"VTK_DEFAULT_OPENGL_WINDOW": "vtkOSOpenGLRenderWindow"}
    done = subprocess.run(
        [sys.executable, "-c", _PAGING], cwd=ROOT, capture_output=True, text=True, check=True,
        env=surroundings,
    )  # fmt: skip
    assert float(done.stdout.split()[-1]) <= 1.5
