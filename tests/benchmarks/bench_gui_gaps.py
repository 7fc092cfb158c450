"""Longest time the window stands still while a volume is shown in 3-D.

    xvfb-run -a python tests/benchmarks/bench_gui_gaps.py [--slices 600] [--size 512]

A timer of the event loop beats every few milliseconds; the longest pause between two beats is how
long a user would wait for an answer. On a busy computer the time spent computing says more. Exit
status 1 where a pause is longer than the bound.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from bench_rendering import reference_volume, report
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from medviewer.app.session import Session
from medviewer.app.view_store import PaneMode, PaneState, ViewStore
from medviewer.core.display import OverlayDisplay
from medviewer.core.segmentation import Segment, Segmentation
from medviewer.ui.views.view_grid import ViewGrid

if TYPE_CHECKING:
    from collections.abc import Callable

    from medviewer.core.volume import Volume

GAP_BOUND_MS = 400.0
_BEAT_MS = 2
_PATIENCE_S = 120.0


class Heart:
    """Beats in the event loop and keeps the longest pause."""

    def __init__(self) -> None:
        self._timer = QTimer(interval=_BEAT_MS)
        self._timer.timeout.connect(self._beat)
        self._timer.start()
        self.restart()

    def restart(self) -> None:
        """Measure from now on."""
        self._last, self._busy = time.perf_counter(), time.thread_time()
        self.longest_ms = self.busiest_ms = 0.0

    def _beat(self) -> None:
        now, busy = time.perf_counter(), time.thread_time()
        self.longest_ms = max(self.longest_ms, (now - self._last) * 1000.0)
        self.busiest_ms = max(self.busiest_ms, (busy - self._busy) * 1000.0)
        self._last, self._busy = now, busy


def wait_ms(duration: int) -> None:
    """Run the event loop; unlike QTest.qWait this lets other threads run Python."""
    loop = QEventLoop()
    QTimer.singleShot(duration, loop.quit)
    loop.exec()


def ball(volume: Volume) -> Segmentation:
    """Label a large ball, as a model might."""
    labels = np.zeros(volume.voxels.shape, np.uint8)
    z, y, x = (np.linspace(-1, 1, n, dtype=np.float32) ** 2 for n in labels.shape)
    labels[z[:, None, None] + y[None, :, None] + x[None, None, :] < 0.3] = 1
    segments = (Segment(1, "ball"),)
    return Segmentation("ball", labels, volume.geometry, segments, source_id=volume.id)


def main() -> int:
    """Measure and print; 1 where the bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slices", type=int, default=600)
    parser.add_argument("--size", type=int, default=512)
    options = parser.parse_args()
    volume = replace(reference_volume(options.slices, options.size), id="reference")
    application = QApplication([])
    session, store, heart = Session(), ViewStore(), Heart()
    grid = ViewGrid(session, store, lambda volume_id: None)
    grid.resize(1000, 800)
    grid.show()
    QTest.qWaitForWindowExposed(grid)
    session.put_image(volume, is_complete=True)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    sys.stdout.write(f"{volume.voxels.shape} int16, load {load:.1f} on {os.cpu_count()} cores\n")

    shown: list[object] = [None]
    result = ball(volume)

    def is_fine() -> bool:
        drawing = grid.view(0).still_drawing
        return drawing.image is not shown[0] and drawing.image is not None and not drawing.is_busy

    def step(name: str, change: Callable[[], object]) -> bool:
        wait_ms(50)
        shown[0] = getattr(getattr(grid.view(0), "still_drawing", None), "image", None)
        heart.restart()
        start = time.perf_counter()
        change()
        wait_ms(20)
        while not is_fine() and time.perf_counter() - start < _PATIENCE_S:
            wait_ms(20)
        total_s = time.perf_counter() - start
        line = (
            f"{name}: longest pause {heart.longest_ms:.0f} ms (at most {GAP_BOUND_MS:.0f}), "
            f"{heart.busiest_ms:.0f} ms of it computing; sharp after {total_s:.1f} s"
        )
        return report(line, heart.longest_ms <= GAP_BOUND_MS)

    kept = [
        step("open 3-D", lambda: store.show(0, volume.id, PaneState(mode=PaneMode.VOLUME))),
        step("turn", lambda: grid.view(0).change(azimuth_deg=20.0)),
        step("inside of the body", lambda: grid.view(0).change(preset="CT lung")),
        step("surface", lambda: grid.view(0).change(surface_threshold=200.0)),
        step("another threshold", lambda: grid.view(0).change(surface_threshold=400.0)),
        step("a result", lambda: grid.set_results([(result, OverlayDisplay())])),
    ]
    grid.close_views()
    grid.close()
    application.processEvents()
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
