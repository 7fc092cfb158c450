import gc
import subprocess
import sys

import numpy as np
import pytest
from vtkmodules.vtkCommonCore import vtkObjectBase

from medviewer.core.display import OverlayDisplay, SliceState, VolumeState
from medviewer.core.errors import DisplayUnavailableError
from medviewer.core.findings import Finding, FindingSet
from medviewer.core.planes import Orientation
from medviewer.core.segmentation import Segment, Segmentation
from medviewer.rendering import capture
from medviewer.rendering.capture import OffscreenWindow
from medviewer.rendering.slice_scene import SliceScene
from medviewer.rendering.volume_scene import VolumeScene
from tests.phantoms import SPHERES, rotation, sphere_volume


def live_vtk_objects():
    gc.collect()
    return {id(o): type(o).__name__ for o in gc.get_objects() if isinstance(o, vtkObjectBase)}


def results_on(volume):
    labels = (volume.voxels > 0).astype(np.uint8)
    finding = Finding("1", "x", 0.9, SPHERES[0].centre_lps_mm, 12.0)
    return [
        (
            Segmentation("s", labels, volume.geometry, (Segment(1, "a"),), source_id=volume.id),
            OverlayDisplay(),
        ),
        (FindingSet("f", (finding,), source_id=volume.id), OverlayDisplay()),
    ]


def draw_slices():
    with OffscreenWindow(64, 64) as window:
        scene = SliceScene(window.render_window)
        scene.resize(64, 64)
        volume = sphere_volume()
        scene.set_image(volume)
        scene.set_results(results_on(volume))
        turn = tuple(rotation((1, 1, 1), 30).reshape(-1))
        scene.apply(SliceState(Orientation.AXIAL, slice_index=12, oblique=turn))
        window.grab()
        scene.close()


def draw_volume():
    with OffscreenWindow(64, 64) as window:
        scene = VolumeScene(window.render_window)
        scene.resize(64, 64)
        volume = sphere_volume()
        scene.set_volume(volume)
        scene.set_results(results_on(volume))
        scene.apply(VolumeState())
        window.grab()
        scene.apply(VolumeState(surface_threshold=100.0))
        window.grab()
        scene.close()


@pytest.mark.parametrize("draw", [draw_slices, draw_volume])
def test_closing_a_scene_leaves_no_vtk_object_alive(draw):
    draw()  # what VTK keeps for a process (factories) is made now
    before = live_vtk_objects()
    draw()
    after = live_vtk_objects()
    assert {name for key, name in after.items() if key not in before} == set()


def test_an_unusable_renderer_is_an_error_with_a_remedy(monkeypatch):
    monkeypatch.setattr(capture, "_working", [])
    monkeypatch.setattr(capture, "grab", lambda _window: np.full((8, 8, 3), 10, np.uint8))
    with pytest.raises(DisplayUnavailableError, match="libosmesa6"):
        OffscreenWindow(8, 8)


def test_rendering_is_importable_without_qt_torch_and_pydicom():
    program = (
        "import sys\n"
        "for name in ('PySide6', 'torch', 'pydicom', 'SimpleITK'): sys.modules[name] = None\n"
        "import medviewer.rendering.slice_scene, medviewer.rendering.volume_scene\n"
        "import medviewer.rendering.capture\n"
        "assert 'vtk' not in sys.modules, 'import vtkmodules.xxx, never vtk'\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=120)
