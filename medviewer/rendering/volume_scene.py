"""A 3-D view: a ray-cast volume or a threshold surface, results, and the camera."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import (
    vtkActor,
    vtkLight,
    vtkPolyDataMapper,
    vtkRenderer,
    vtkRenderWindow,
)

from medviewer.core.display import VolumeState
from medviewer.core.orientation import direction_letters
from medviewer.rendering.isosurface import SurfacePipeline
from medviewer.rendering.overlay_registry import require_same_frame
from medviewer.rendering.volume_camera import VolumeFrame, volume_frame
from medviewer.rendering.volume_copies import Quality, VolumeCopies
from medviewer.rendering.volume_overlays import (
    SegmentMeshes,
    VolumeLayers,
    VolumeOverlay,
    volume_overlay,
)
from medviewer.rendering.volume_pipeline import VolumePipeline

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from medviewer.core.display import OverlayDisplay
    from medviewer.core.volume import Volume
    from medviewer.rendering.overlay_registry import Result
    from medviewer.rendering.transfer_functions import VolumePreset

_SOFTWARE = ("llvmpipe", "softpipe", "swrast", "swiftshader", "gdi generic", "basic render")
_ACCENT_RGB = (0.30, 0.64, 1.0)
_BOX_EDGES = [(a, a | bit) for bit in (1, 2, 4) for a in range(8) if not a & bit]
"""Pairs of corners that differ along one axis."""


class VolumeScene:
    """Everything a 3-D view draws with VTK; never renders by itself.

    Parameters
    ----------
    render_window : vtkRenderWindow
        Any window; its owner sets its size, calls :meth:`resize` and ``Render()``.
    """

    def __init__(self, render_window: vtkRenderWindow) -> None:
        self._window = render_window
        self._renderer = vtkRenderer()
        self._renderer.SetBackground(0.0, 0.0, 0.0)
        self._renderer.SetBackgroundAlpha(1.0)
        _add_lights(self._renderer)
        render_window.AddRenderer(self._renderer)
        self._shine = _layer_over(self._renderer, render_window)
        self._pipeline = VolumePipeline(self._renderer)
        self._surface = SurfacePipeline(self._renderer)
        self._box = _CropBox(self._renderer)
        self._overlays: list[tuple[Result, OverlayDisplay, VolumeOverlay]] = []
        self._volume: Volume | None = None
        self._copies: VolumeCopies | None = None
        self._state = VolumeState()
        self._size_px = (1, 1)
        self._quality = Quality.SHARP
        self._is_drawn = True
        self._is_cpu: bool | None = None
        self._frame: VolumeFrame | None = None

    # What to show

    def set_volume(self, volume: Volume | None, copies: VolumeCopies | None = None) -> None:
        """Show another volume, or nothing, without results; the state stays.

        Parameters
        ----------
        copies : VolumeCopies, optional
            Of this volume; what it holds already need not be waited for.
        """
        self.set_results([])
        self._volume, self._copies = volume, copies
        self._surface.forget()
        self._pipeline.set_volume(volume, copies, is_cpu=self.is_software_renderer)
        self._update()

    def apply(self, state: VolumeState) -> None:
        """Show a state."""
        self._state = state
        self._update()

    def set_interactive(self, is_interactive: bool) -> None:
        """Draw coarsely while the user drags, finely once still."""
        self.set_quality(Quality.COARSE if is_interactive else Quality.SHARP)

    def set_drawn(self, is_drawn: bool) -> None:
        """Draw the volume, or only know where it lies: its picture is drawn apart."""
        if is_drawn is not self._is_drawn:
            self._is_drawn = is_drawn
            self._update()

    def set_quality(self, quality: Quality) -> None:
        """Draw this finely."""
        if quality is not self._quality:
            self._quality = quality
            self._update()

    def set_results(
        self,
        results: list[tuple[Result, OverlayDisplay]],
        meshes: Mapping[Result, SegmentMeshes] | None = None,
    ) -> None:
        """Draw exactly these results with the volume.

        Parameters
        ----------
        meshes : mapping, optional
            Surfaces of segmentations made before; those of others are made now.

        Raises
        ------
        FrameOfReferenceError
            One belongs to another frame of reference; nothing changes then.
        """
        if self._volume is not None:
            for result, _ in results:
                require_same_frame(result, self._volume)
        kept = {id(result): overlay for result, _, overlay in self._overlays}
        old, self._overlays = self._overlays, []
        layers = VolumeLayers(self._renderer, self._shine, self.is_software_renderer)
        for result, display in results:
            overlay = kept.pop(id(result), None) or volume_overlay(
                result, layers, (meshes or {}).get(result)
            )
            if overlay is not None:
                overlay.show(display)
                self._overlays.append((result, display, overlay))
        for result, _, overlay in old:
            if id(result) in kept:
                overlay.close()
        self._shine.SetDraw(self._shine.GetViewProps().GetNumberOfItems() > 0)

    def resize(self, width_px: int, height_px: int) -> None:
        """Tell the size of the view in device pixels."""
        self._size_px = (max(width_px, 1), max(height_px, 1))
        self._update()

    def close(self) -> None:
        """Take everything out of the window; the scene cannot be used afterwards."""
        self.set_results([])
        self._pipeline.close()
        self._surface.close()
        for renderer in (self._shine, self._renderer):
            renderer.RemoveAllViewProps()
            renderer.RemoveAllLights()
            self._window.RemoveRenderer(renderer)
        self._window.SetNumberOfLayers(1)
        del self._renderer, self._shine, self._window, self._pipeline, self._surface, self._box

    # What is shown

    @property
    def is_software_renderer(self) -> bool:
        """Whether OpenGL runs on the CPU; true until the window's context can be asked."""
        if self._is_cpu is None:
            if self._window.IsA("vtkOSOpenGLRenderWindow"):
                self._is_cpu = True
            elif self._window.GetInitialized() and self._window.IsCurrent():
                capabilities = self._window.ReportCapabilities().lower()
                self._is_cpu = any(name in capabilities for name in _SOFTWARE)
        return self._is_cpu is not False

    @property
    def preset(self) -> VolumePreset | None:
        """Preset in effect: the state's, else the modality's default."""
        return self._pipeline.preset(self._state)

    def lps_to_display(self, point_lps_mm: npt.ArrayLike) -> tuple[float, float, float] | None:
        """Device pixel (origin top left) of a patient point, and its depth in mm."""
        return None if self._frame is None else self._frame.lps_to_display(point_lps_mm)

    def letters(self) -> dict[str, str]:
        """Patient letters at the edges: keys left, right, top, bottom."""
        if self._frame is None:
            return dict.fromkeys(("left", "right", "top", "bottom"), "")
        right, down = self._frame.right, self._frame.down
        sides = {"left": -right, "right": right, "top": -down, "bottom": down}
        return {side: direction_letters(direction) for side, direction in sides.items()}

    # Inside

    def _update(self) -> None:
        if self._volume is None:
            self._frame = None
            self._pipeline.hide()
            self._surface.hide()
            self._box.hide()
            return
        if (
            self._pipeline.is_cpu != self.is_software_renderer
        ):  # the window's context came after the volume
            is_cpu = self.is_software_renderer
            self._pipeline.set_volume(self._volume, self._copies, is_cpu=is_cpu)
        self._frame = volume_frame(self._state, self._volume.geometry, self._size_px)
        self._frame.aim(self._renderer.GetActiveCamera())
        self._box.show(self._volume, self._state)
        if not self._is_drawn:
            self._pipeline.hide()
            self._surface.hide()
            return
        if self._state.surface_threshold is None:
            self._surface.hide()
            self._pipeline.show(self._state, self._size_px, self._quality)
            return
        self._pipeline.hide()
        grid = self._pipeline.copy(self._quality)
        if grid is not None:
            self._surface.show(*grid, self._state)


class _CropBox:
    """Edges of the crop box."""

    def __init__(self, renderer: vtkRenderer) -> None:
        self._lines = vtkPolyData()
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(self._lines)
        self._actor = vtkActor()
        self._actor.SetMapper(mapper)
        self._actor.GetProperty().SetColor(*_ACCENT_RGB)
        self._actor.GetProperty().LightingOff()
        self._actor.VisibilityOff()
        renderer.AddActor(self._actor)

    def show(self, volume: Volume, state: VolumeState) -> None:
        self._actor.SetVisibility(state.is_shown_crop)
        low, high = np.array(state.crop).reshape(3, 2).T
        unit = np.array([[a, b, c] for c in (0, 1) for b in (0, 1) for a in (0, 1)], float)
        fractions = low + unit * (high - low)
        corners = volume.geometry.ijk_to_lps(fractions * volume.geometry.shape[::-1] - 0.5)
        points = vtkPoints()
        points.SetData(numpy_to_vtk(corners.astype(np.float32), deep=True))
        cells = vtkCellArray()
        for edge in _BOX_EDGES:
            cells.InsertNextCell(2, edge)
        self._lines.SetPoints(points)
        self._lines.SetLines(cells)

    def hide(self) -> None:
        self._actor.VisibilityOff()


def _layer_over(renderer: vtkRenderer, window: vtkRenderWindow) -> vtkRenderer:
    """Second layer seen by the same camera: nothing in the first hides it."""
    over = vtkRenderer()
    over.SetLayer(1)
    over.SetActiveCamera(renderer.GetActiveCamera())
    over.InteractiveOff()
    window.SetNumberOfLayers(2)
    window.AddRenderer(over)
    return over


def _add_lights(renderer: vtkRenderer) -> None:
    """Key light from the upper left and a weak one from the eye: depth without black shadows."""
    renderer.AutomaticLightCreationOff()
    for position, intensity in (((-0.5, 0.7, 1.0), 0.95), ((0.0, 0.0, 1.0), 0.45)):
        light = vtkLight()
        light.SetLightTypeToCameraLight()
        light.SetPosition(*position)
        light.SetFocalPoint(0.0, 0.0, 0.0)
        light.SetIntensity(intensity)
        renderer.AddLight(light)
