"""A 2-D view: one image of a volume or stack, its overlays, and where everything lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow

from medviewer.core.volume import Volume
from medviewer.rendering.findings_overlay import FindingMark, FindingsOverlay
from medviewer.rendering.overlay_plane_layer import OverlayPlaneLayer
from medviewer.rendering.overlay_registry import (
    Result,
    SliceOverlay,
    require_same_frame,
    slice_overlay,
)
from medviewer.rendering.screen_frame import ScreenFrame, fit_mm_per_px, screen_axes
from medviewer.rendering.shown_slice import ShownSlice
from medviewer.rendering.slice_pipeline import SlicePipeline
from medviewer.rendering.slice_sources import SliceImage, SliceSource, StackSource, VolumeSource

if TYPE_CHECKING:
    from collections.abc import Hashable

    import numpy.typing as npt

    from medviewer.core.display import OverlayDisplay, SliceState
    from medviewer.core.volume import ImageStack


class SliceScene(ShownSlice):
    """Everything a 2-D view draws with VTK; never renders by itself.

    Parameters
    ----------
    render_window : vtkRenderWindow
        Any window; its owner sets its size, calls :meth:`resize` and ``Render()``.
    """

    def __init__(self, render_window: vtkRenderWindow) -> None:
        super().__init__()
        render_window.SetMultiSamples(0)  # three times slower on a CPU and of no use in 2-D
        self._window = render_window
        self._renderer = vtkRenderer()
        self._renderer.SetBackground(0.0, 0.0, 0.0)
        self._renderer.SetBackgroundAlpha(1.0)
        self._renderer.AutomaticLightCreationOff()
        self._renderer.UseOITOff()  # layers are blended in the order they were added
        render_window.AddRenderer(self._renderer)
        self._pipeline = SlicePipeline(self._renderer)
        self._overlay_planes = OverlayPlaneLayer(self._renderer)
        self._size_px = (1, 1)
        self._source: SliceSource | None = None
        self._image_key: Hashable = None
        self._frame_key: Hashable = None
        self._fit_mm_per_px = 1.0
        self._shown: Volume | ImageStack | None = None
        self._overlays: list[tuple[Result, OverlayDisplay, SliceOverlay]] = []

    # What to show

    def set_image(self, image: Volume | ImageStack | None) -> None:
        """Show another image, or nothing, without results; the state stays."""
        self.set_results([])
        self._shown = image
        self._source = None
        if isinstance(image, Volume):
            self._source = VolumeSource(image)
        elif image is not None and image.frames:
            self._source = StackSource(image)
        self.refresh_voxels()

    def apply(self, state: SliceState) -> None:
        """Show a state; does only what differs from the last one."""
        self._state = state
        self._update()

    def set_results(self, results: list[tuple[Result, OverlayDisplay]]) -> None:
        """Draw exactly these results over the image.

        Raises
        ------
        FrameOfReferenceError
            One belongs to another image or frame of reference; nothing changes then.
        """
        if results and self._shown is not None:
            for result, _ in results:
                require_same_frame(result, self._shown)
        kept = {id(result): overlay for result, _, overlay in self._overlays}
        old, self._overlays = self._overlays, []
        for result, display in results:
            overlay = kept.pop(id(result), None) or slice_overlay(result, self._renderer)
            if overlay is not None:
                self._overlays.append((result, display, overlay))
        for result, _, overlay in old:
            if id(result) in kept:
                overlay.close()
        self._update_overlays()

    def refresh_voxels(self) -> None:
        """Take in slices or frames that arrived since the last call."""
        self._image = None
        self._image_key = None
        self._update()

    def resize(self, width_px: int, height_px: int) -> None:
        """Tell the size of the view in device pixels."""
        self._size_px = (max(width_px, 1), max(height_px, 1))
        self._update()

    def close(self) -> None:
        """Take everything out of the window; the scene cannot be used afterwards."""
        self.set_image(None)
        self._pipeline.close()
        self._overlay_planes.close()
        self._renderer.RemoveAllViewProps()
        self._window.RemoveRenderer(self._renderer)
        del self._renderer, self._window, self._pipeline, self._overlay_planes

    @property
    def n_slices(self) -> int:
        """Count of images one can page through; 0 without an image."""
        return 0 if self._source is None else self._source.n_slices(self._state)

    def slice_index_at(self, point_lps_mm: npt.ArrayLike) -> int | None:
        """Index of the image nearest to a patient point; ``None`` for a stack."""
        if not isinstance(self._source, VolumeSource):
            return None
        return self._source.cut(self._state).slice_index_at(point_lps_mm)

    @property
    def one_to_one_zoom(self) -> float:
        """Zoom at which an image pixel (its shorter side) is as large as a device pixel."""
        if self._image is None:
            return 1.0
        return self._fit_mm_per_px / self._pixel_mm(self._image)

    def finding_marks(self) -> tuple[FindingMark, ...]:
        """Drawn findings with their numbers and places on the screen."""
        overlays = [overlay for _, _, overlay in self._overlays]
        return tuple(mark for o in overlays if isinstance(o, FindingsOverlay) for mark in o.marks)

    # Inside

    def _update(self) -> None:
        if self._source is None:
            self._image, self._frame = None, None
            self._pipeline.hide()
            self._overlay_planes.hide()
            self._update_overlays()
            return
        key = self._source.key(self._state)
        if self._image is None or key != self._image_key:
            self._image, self._image_key = self._source.image(self._state), key
        frame = self._aimed(self._image)
        pixels_per_px = frame.mm_per_px / self._pixel_mm(self._image)
        if self._image.is_loaded:
            self._pipeline.show(self._image, self._state, pixels_per_px)
        else:
            self._pipeline.hide()
        if self._image.is_loaded and self._state.are_overlay_planes_shown:
            self._overlay_planes.show(self._image, frame, pixels_per_px)
        else:
            self._overlay_planes.hide()
        self._update_overlays()

    def _update_overlays(self) -> None:
        for _, display, overlay in self._overlays:
            if self._image is None or self._frame is None or not self._image.is_loaded:
                overlay.hide()
            else:
                overlay.show(self._image, self._frame, display)

    def _aimed(self, image: SliceImage) -> ScreenFrame:
        """Point the camera at an image; the frame stays the same object while nothing changes."""
        key = (image, self._size_px, _camera_fields(self._state))
        if self._frame is not None and key == self._frame_key:
            return self._frame
        matrix, plane, state = image.sample.index_to_lps, image.plane, self._state
        rows, columns = image.sample.values.shape[:2]
        sides = np.stack([matrix[:3, 0] * columns, matrix[:3, 1] * rows])
        extent = (
            float(np.abs(sides @ plane.right).sum()),
            float(np.abs(sides @ plane.down).sum()),
        )
        self._fit_mm_per_px = fit_mm_per_px(extent, self._size_px, state.rotation_deg)
        mm_per_px = self._fit_mm_per_px / state.zoom
        right, down = screen_axes(plane, state)
        middle = (matrix @ ((columns - 1) / 2.0, (rows - 1) / 2.0, 0.0, 1.0))[:3]
        shift_px = np.array(state.pan_fraction) * min(self._size_px)
        centre = middle - (right * shift_px[0] + down * shift_px[1]) * mm_per_px
        self._frame = ScreenFrame(centre, right, down, plane.normal, mm_per_px, self._size_px)
        self._frame.aim(self._renderer.GetActiveCamera())
        self._frame_key = key
        return self._frame

    @staticmethod
    def _pixel_mm(image: SliceImage) -> float:
        return float(np.linalg.norm(image.sample.index_to_lps[:3, :2], axis=0).min())


def _camera_fields(state: SliceState) -> Hashable:
    """Return what of a state moves the camera and not the image."""
    flips = (state.flip_horizontal, state.flip_vertical)
    return (state.zoom, state.pan_fraction, state.rotation_deg, flips)
