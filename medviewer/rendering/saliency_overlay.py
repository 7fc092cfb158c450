"""A heat map over an image: what influenced a score, not where disease is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medviewer.rendering.grid_sampling import GridSampler
from medviewer.rendering.heat_colors import heat_levels, heat_table
from medviewer.rendering.labelmap_overlay import lifted
from medviewer.rendering.textured_plane import TexturedPlane

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from vtkmodules.vtkRenderingCore import vtkRenderer

    from medviewer.core.display import OverlayDisplay
    from medviewer.core.saliency import SaliencyMap
    from medviewer.rendering.screen_frame import ScreenFrame
    from medviewer.rendering.slice_sources import SliceImage

_LAYER_MM = 0.2


class SaliencyOverlay:
    """Draws a :class:`SaliencyMap`; gray where the score missed the operating point."""

    def __init__(self, saliency: SaliencyMap, renderer: vtkRenderer) -> None:
        self._saliency = saliency
        self._plane = TexturedPlane(renderer, is_translucent=True)
        self._plane.set_interpolated(True)
        geometry = saliency.geometry
        self._sampler = None if geometry is None else GridSampler(saliency.values, geometry)
        self._sampled: tuple[SliceImage, npt.NDArray[np.float32]] | None = None
        self._shown: tuple[SliceImage, OverlayDisplay] | None = None

    def show(self, image: SliceImage, frame: ScreenFrame, display: OverlayDisplay) -> None:
        """Draw the map on an image."""
        values = self._values(image) if display.is_visible else None
        if values is None:
            self.hide()
            return
        self._plane.place(lifted(image.sample.index_to_lps, frame, _LAYER_MM))
        if self._shown != (image, display):
            self._shown = (image, display)
            self._plane.show(heat_table(self._saliency, display)[heat_levels(values)])

    def hide(self) -> None:
        """Draw nothing."""
        self._shown = None
        self._plane.hide()

    def close(self) -> None:
        """Remove everything."""
        self._plane.close()

    def _values(self, image: SliceImage) -> npt.NDArray[np.float32] | None:
        """Saliency at the pixels of an image; ``None`` for pixels of another image."""
        rows, columns = image.sample.values.shape[:2]
        if self._sampler is None:
            values = self._saliency.values
            is_its_frame = image.frame_index == self._saliency.frame_index
            return values if is_its_frame and values.shape == (rows, columns) else None
        if self._sampled is None or self._sampled[0] is not image:
            matrix = image.sample.index_to_lps
            values = self._sampler.sample(matrix, (rows, columns), is_linear=True)
            self._sampled = (image, values)
        return self._sampled[1]
