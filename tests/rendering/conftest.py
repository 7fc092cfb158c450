"""Off-screen rendering without a display: chosen before anything imports Qt or VTK."""

import os

# With Qt off screen VTK would pick EGL and render noise without failing; OSMesa renders
# correctly and needs no display.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkOSOpenGLRenderWindow")

from dataclasses import dataclass

import numpy as np
import pytest

from medviewer.rendering.capture import OffscreenWindow
from medviewer.rendering.slice_scene import SliceScene
from tests.phantoms import SPHERES, axis_directions, oblique_directions

SIZE = (160, 120)
BALL = SPHERES[0]
GRIDS = {
    name: direction
    for name, direction in (axis_directions() | oblique_directions()).items()
    if name in ("LPH", "LPF", "RAF", "HLA", "PFR") or " " in name
}
"""Grids that overlays are drawn on: of each handedness and order of axes, and oblique ones."""


@dataclass
class SliceView:
    """A 2-D scene in a small off-screen window."""

    window: OffscreenWindow
    scene: SliceScene

    def picture(self, state=None):
        """Apply a state and render: (rows, columns, 3) uint8."""
        if state is not None:
            self.scene.apply(state)
        return self.window.grab()


@pytest.fixture(scope="module")
def window():
    """One window for a module: making it and its shaders takes longer than a test."""
    with OffscreenWindow(64, 64) as window:
        yield window


@pytest.fixture
def make_view(window):
    """Make a 2-D scene of any size in the module's window; it is closed at the end."""
    scenes = []

    def make(width, height):
        window.render_window.SetSize(width, height)
        scene = SliceScene(window.render_window)
        scene.resize(width, height)
        scenes.append(scene)
        return SliceView(window, scene)

    yield make
    for scene in scenes:
        scene.close()


def centroid(mask_or_weights):
    """Centre of mass (x, y) in display coordinates, pixel centres at .5."""
    weights = np.asarray(mask_or_weights, float)
    y, x = np.indices(weights.shape)
    total = weights.sum()
    assert total > 0, "nothing was drawn"
    return float((weights * (x + 0.5)).sum() / total), float((weights * (y + 0.5)).sum() / total)
