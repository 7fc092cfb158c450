"""Page, link and turn a reference volume; compare with what VTK alone needs in the same run.

    python tests/benchmarks/bench_rendering.py [--slices 600] [--size 512] [--repeats 40]

Everything is rendered off screen in software. The two sides of a comparison take turns, and the
medians count. Exit status 1 where a bound is missed.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from vtkmodules.vtkRenderingCore import vtkImageSlice, vtkImageSliceMapper, vtkRenderer

from medviewer.core.display import SliceState, VolumeState
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.planes import Orientation
from medviewer.core.volume import Volume
from medviewer.core.windowing import VoiWindow
from medviewer.rendering.capture import OffscreenWindow
from medviewer.rendering.lookup_tables import vtk_window_level
from medviewer.rendering.slice_scene import SliceScene
from medviewer.rendering.volume_scene import VolumeScene
from medviewer.rendering.vtk_arrays import volume_to_vtk

if TYPE_CHECKING:
    from collections.abc import Callable

SLICE_CHANGE_BOUND = 1.3
MPR_BOUND = 3.0
MPR_NOISE = 1.05
"""Three panes that all move cost three of their mean exactly; this much is measuring."""
DRAG_FPS_BOUND = 10.0
VOI = VoiWindow(40, 400)
PLANES = (Orientation.AXIAL, Orientation.CORONAL, Orientation.SAGITTAL)


def reference_volume(n_slices: int, size: int) -> Volume:
    """Make a body with lungs, a spine and noise, int16."""
    generator = np.random.default_rng(1)
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    body = np.where(x**2 + (1.3 * y) ** 2 < 0.8, 40.0, -1000.0)
    body[((np.abs(x) - 0.4) ** 2 * 6 + y**2 * 3) < 0.5] = -850.0
    body[x**2 + (y - 0.5) ** 2 < 0.015] = 600.0
    noise = generator.normal(0, 15, (8, size, size))
    voxels = np.empty((n_slices, size, size), np.int16)
    for k in range(n_slices):
        voxels[k] = body + noise[k % 8] + 30 * np.sin(9 * x + k / 20)
    geometry = VolumeGeometry(voxels.shape, np.diag([0.7, 0.7, 0.7, 1.0]))
    return Volume("reference", voxels, geometry, modality="CT", vois=(VOI,))


def alternating_ms(
    sides: list[Callable[[int], None]],
    repeats: int,
    clock: Callable[[], float] = time.perf_counter,
) -> list[float]:
    """Median milliseconds of each side; the sides take turns."""
    times: list[list[float]] = [[] for _ in sides]
    for n in range(repeats + 3):
        for side, measured in zip(sides, times, strict=True):
            start = clock()
            side(n)
            measured.append((clock() - start) * 1000.0)
    return [statistics.median(measured[3:]) for measured in times]


def vtk_slices(volume: Volume, window: OffscreenWindow) -> Callable[[int], None]:
    """Page with VTK's own slice mapper: the same quad, window and size."""
    mapper = vtkImageSliceMapper()
    mapper.SetInputData(volume_to_vtk(volume))
    mapper.BorderOn()
    image = vtkImageSlice()
    image.SetMapper(mapper)
    color_window, level = vtk_window_level(VOI)
    image.GetProperty().SetColorWindow(color_window)
    image.GetProperty().SetColorLevel(level)
    renderer = vtkRenderer()
    renderer.AddViewProp(image)
    window.render_window.AddRenderer(renderer)
    camera = renderer.GetActiveCamera()
    centre = volume.geometry.centre_lps_mm
    camera.ParallelProjectionOn()
    camera.SetFocalPoint(*centre)
    camera.SetPosition(*(centre - (0, 0, 1000)))
    camera.SetViewUp(0, -1, 0)
    camera.SetParallelScale(volume.geometry.shape[1] * 0.35)
    camera.SetClippingRange(1, 3000)

    def page(n: int) -> None:
        mapper.SetSliceNumber(100 + n)
        window.render_window.Render()

    return page


def scene_pages(scene: SliceScene, window: OffscreenWindow) -> Callable[[int], None]:
    """Page with the scene."""

    def page(n: int) -> None:
        scene.apply(SliceState(slice_index=100 + n))
        window.render_window.Render()

    return page


def bench_slice_change(volume: Volume, repeats: int) -> bool:
    """Compare a cached slice change with VTK's own."""
    size = (1600, 1000)
    with OffscreenWindow(*size) as vtk_window, OffscreenWindow(*size) as our_window:
        scene = SliceScene(our_window.render_window)
        scene.resize(*size)
        scene.set_image(volume)
        sides = [vtk_slices(volume, vtk_window), scene_pages(scene, our_window)]
        vtk_ms, our_ms = alternating_ms(sides, repeats)
        scene.close()
    ratio = our_ms / vtk_ms
    return report(
        f"slice change at {size[0]}x{size[1]}: {our_ms:.1f} ms, VTK alone {vtk_ms:.1f} ms, "
        f"ratio {ratio:.2f} (at most {SLICE_CHANGE_BOUND})",
        ratio <= SLICE_CHANGE_BOUND,
    )


def bench_mpr(volume: Volume, repeats: int) -> bool:
    """Compare moving a point in three linked panes with moving it in each pane alone.

    Processor time of all threads, which other programs do not lengthen. Every call moves the
    point by one voxel: no side draws again what is there already, or leaps as no reader does.
    """
    size = (800, 500)
    with ExitStack() as stack:
        windows = [stack.enter_context(OffscreenWindow(*size)) for _ in PLANES]
        scenes = [SliceScene(window.render_window) for window in windows]
        for scene, orientation in zip(scenes, PLANES, strict=True):
            scene.resize(*size)
            scene.set_image(volume)
            scene.apply(SliceState(orientation))

        def move(n: int, views: slice) -> None:
            point = volume.geometry.ijk_to_lps((100 + n, 120 + n, 140 + n))
            for scene, window, orientation in list(zip(scenes, windows, PLANES, strict=True))[
                views
            ]:
                state = SliceState(orientation, focus_lps_mm=tuple(point))
                scene.apply(replace(state, slice_index=scene.slice_index_at(point) or 0))
                window.render_window.Render()

        sides = [lambda n, i=i: move(2 * n, slice(i, i + 1)) for i in range(3)]
        sides.append(lambda n: move(2 * n + 1, slice(None)))
        *alone_ms, three_ms = alternating_ms(sides, repeats, time.process_time)
        for scene in scenes:
            scene.close()
    ratio = three_ms / statistics.mean(alone_ms)
    each = ", ".join(f"{p.value} {ms:.1f}" for p, ms in zip(PLANES, alone_ms, strict=True))
    return report(
        f"three linked MPR views of {size[0]}x{size[1]}: {three_ms:.1f} ms of processor time, one "
        f"alone {each}: {ratio:.2f} of the mean (at most {MPR_BOUND:g} within "
        f"{MPR_NOISE - 1:.0%}), {three_ms / alone_ms[0]:.2f} of the axial",
        ratio <= MPR_BOUND * MPR_NOISE,
    )


def bench_drag(volume: Volume, repeats: int) -> bool:
    """Turn the volume in software as while dragging, and draw it sharp once."""
    size = (1000, 800)
    with OffscreenWindow(*size) as window:
        scene = VolumeScene(window.render_window)
        scene.resize(*size)
        start = time.perf_counter()
        scene.set_volume(volume)
        scene.set_interactive(True)
        scene.apply(VolumeState("CT bone"))
        window.render_window.Render()
        first_s = time.perf_counter() - start

        def turn(n: int) -> None:
            scene.apply(VolumeState("CT bone", azimuth_deg=4.0 * n))
            window.render_window.Render()

        (drag_ms,) = alternating_ms([turn], repeats)
        start = time.perf_counter()
        scene.set_interactive(False)
        window.render_window.Render()
        first_still_s = time.perf_counter() - start
        (still_ms,) = alternating_ms([turn], 2)
        scene.close()
    fps = 1000.0 / drag_ms
    return report(
        f"3-D drag at {size[0]}x{size[1]}: {fps:.1f} pictures/s (at least {DRAG_FPS_BOUND:g}), "
        f"first {first_s:.1f} s; sharp picture {still_ms / 1000.0:.2f} s, "
        f"the first {first_still_s:.1f} s",
        fps >= DRAG_FPS_BOUND,
    )


def report(line: str, is_kept: bool) -> bool:
    """Write one result."""
    sys.stdout.write(f"{'ok    ' if is_kept else 'MISSED'} {line}\n")
    sys.stdout.flush()
    return is_kept


def main() -> int:
    """Run everything; 0 when every bound is kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--slices", type=int, default=600)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--repeats", type=int, default=40)
    options = parser.parse_args()
    volume = reference_volume(options.slices, options.size)
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    sys.stdout.write(f"{volume.voxels.shape} int16, load {load:.1f} on {os.cpu_count()} cores\n")
    kept = [bench(volume, options.repeats) for bench in (bench_slice_change, bench_mpr, bench_drag)]
    return 0 if all(kept) else 1


if __name__ == "__main__":
    sys.exit(main())
