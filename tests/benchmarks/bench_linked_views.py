"""Processor time of three linked views in the window, compared with each of their panes alone.

    xvfb-run -a python tests/benchmarks/bench_linked_views.py [--slices 600] [--size 512]

Every way of moving the crosshair is measured along the grid and turned against it. The panes alone
are windows of exactly the size of the linked ones, paged by one image; the mean of the three is
what counts. All take turns in one run, and the medians count. The time is that of all threads of
the process, which a busy machine does not lengthen. Exit status 1 where the bound is missed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from bench_rendering import MPR_BOUND, MPR_NOISE, PLANES, reference_volume, report
from PySide6.QtCore import QSize
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from medviewer.app.session import Session
from medviewer.app.view_store import PaneState, ViewStore
from medviewer.core.display import SliceState
from medviewer.ui.views.view_grid import ViewGrid

if TYPE_CHECKING:
    from collections.abc import Callable

    from medviewer.core.volume import Volume

_SIZE = QSize(1600, 1000)
_TURNS_OF_THE_LOOP = 4
_THERE = 20
"""Moves in one direction before it goes back."""
_UNTURNED = SliceState().oblique


def turned() -> tuple[float, ...]:
    """Rotation by 17 degrees about x, then by 11 about z."""
    x, z = np.deg2rad((17.0, 11.0))
    about_x = [[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]]
    about_z = [[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]]
    return tuple(float(v) for v in (np.array(about_z) @ np.array(about_x)).reshape(-1))


def shown_grid(volume: Volume, size: QSize, layout: str) -> ViewGrid:
    """Open a window with nothing but views."""
    session = Session()
    grid = ViewGrid(session, ViewStore(), lambda volume_id: None)
    grid.resize(size)
    grid.show()
    QTest.qWaitForWindowExposed(grid)
    session.put_image(volume, is_complete=True)
    grid.show_volume(0, volume.id)
    grid.store.update_grid(layout=layout, is_crosshair_shown=True)
    return grid


def point_at(grid: ViewGrid, point: np.ndarray) -> None:
    """Put the crosshair at a patient point."""
    x, y, z = (float(v) for v in point)
    grid.store.update_slice(0, focus_lps_mm=(x, y, z))


def turn(grid: ViewGrid, oblique: tuple[float, ...], centre: np.ndarray) -> None:
    """Turn all planes about a point."""
    point_at(grid, centre)
    grid.store.update_slice(0, oblique=oblique)
    QTest.qWait(100)


def spent_ms(change: Callable[[], object]) -> float:
    """Processor time of a change until it is on the screen."""
    start = time.process_time()
    change()
    for _ in range(_TURNS_OF_THE_LOOP):
        QApplication.processEvents()
    return (time.process_time() - start) * 1000.0


def ways_to_move(grid: ViewGrid) -> dict[str, Callable[[int], object]]:
    """Name what is done to three linked views; each takes 1 or -1, there and back."""
    axes = grid.view(0).scene.plane
    assert axes is not None
    within = 0.7 * (axes.right + axes.down)
    anywhere = within + 0.7 * axes.normal

    def move(by: np.ndarray) -> None:
        point_at(grid, np.add(grid.store.pane(0).slice.focus_lps_mm, by))

    return {
        "scroll axial": lambda way: grid.view(0).page(way),
        "scroll coronal": lambda way: grid.view(1).page(way),
        "scroll sagittal": lambda way: grid.view(2).page(way),
        "drag in axial": lambda way: move(way * within),
        "move anywhere": lambda way: move(way * anywhere),
    }


def compare(linked: ViewGrid, alone: list[ViewGrid], repeats: int) -> list[bool]:
    """Measure every way against the panes alone."""
    ways = ways_to_move(linked)
    singles: list[list[float]] = [[] for _ in alone]
    times: dict[str, list[float]] = {name: [] for name in ways}
    for n in range(repeats):
        way = -1 if n // _THERE % 2 else 1
        for grid, found in zip(alone, singles, strict=True):
            found.append(spent_ms(partial(grid.view(0).page, way)))
        for name, move in ways.items():
            times[name].append(spent_ms(partial(move, way)))
    single_ms = [statistics.median(found[3:]) for found in singles]
    mean_ms = statistics.mean(single_ms)
    each = ", ".join(f"{p.value} {ms:.1f}" for p, ms in zip(PLANES, single_ms, strict=True))
    sys.stdout.write(f"one pane alone: mean {mean_ms:.1f} ms ({each})\n")
    bound_ms = MPR_BOUND * MPR_NOISE * mean_ms
    kept = []
    for name, found in times.items():
        ms = statistics.median(found[3:])
        line = f"{name}: {ms:.1f} ms, {ms / mean_ms:.2f} panes (at most {MPR_BOUND:g}), "
        kept.append(report(f"{line}{ms / single_ms[0]:.2f} axial", ms <= bound_ms))
    return kept


def main() -> int:
    """Measure and print; 1 where the bound is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slices", type=int, default=600)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--repeats", type=int, default=30)
    options = parser.parse_args()
    volume = replace(reference_volume(options.slices, options.size), id="reference")
    centre = volume.geometry.centre_lps_mm - 20.3
    application = QApplication([])
    linked = shown_grid(volume, _SIZE, "mpr")
    alone = []
    for view, plane in zip(linked.views, PLANES, strict=True):
        grid = shown_grid(volume, view.size(), "1x1")
        grid.store.show(0, volume.id, PaneState(slice=SliceState(plane)))
        alone.append(grid)
    kept = []
    for name, oblique in (("along the grid", _UNTURNED), ("turned", turned())):
        for grid in (linked, *alone):
            turn(grid, oblique, centre)
        sys.stdout.write(f"{volume.voxels.shape} int16, {name}\n")
        kept += compare(linked, alone, options.repeats)
    for grid in (linked, *alone):
        grid.close_views()
        grid.close()
    application.processEvents()
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
