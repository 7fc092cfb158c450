"""Overlay planes over the image they came with: every point on its pixel, crisp at any zoom."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from medviewer.rendering.labelmap_overlay import lifted
from medviewer.rendering.textured_plane import TexturedPlane

if TYPE_CHECKING:
    import numpy.typing as npt
    from vtkmodules.vtkRenderingCore import vtkRenderer

    from medviewer.core.arrays import Affine
    from medviewer.core.overlay_plane import OverlayPlane
    from medviewer.rendering.screen_frame import ScreenFrame
    from medviewer.rendering.slice_sources import SliceImage

OVERLAY_RGB = (110, 230, 240)
"""Told apart from bone, from what a model marked and from what a reader did."""
_REGION_ALPHA = 90
_LAYER_MM = 0.1


class OverlayPlaneLayer:
    """Draws the overlay planes of an image: graphics opaque, a region filled lightly."""

    def __init__(self, renderer: vtkRenderer) -> None:
        self._renderer = renderer
        self._textures: list[TexturedPlane] = []
        self._shown: tuple[SliceImage, int] | None = None

    def show(self, image: SliceImage, frame: ScreenFrame, pixels_per_px: float) -> None:
        """Draw what lies on an image.

        Parameters
        ----------
        image : SliceImage
        frame : ScreenFrame
        pixels_per_px : float
            Image pixels per device pixel; from more than 1 on, points that share a device pixel
            are joined, so that no line is lost.
        """
        planes = image.overlay_planes
        factor = max(1, math.ceil(pixels_per_px - 1e-6))
        is_new = self._shown != (image, factor)
        self._shown = (image, factor)
        while len(self._textures) < len(planes):
            self._textures.append(TexturedPlane(self._renderer, is_translucent=True))
        for texture, plane in zip(self._textures, planes, strict=False):
            if is_new:
                texture.set_interpolated(False)
                texture.show(_rgba(_joined(plane.bitmap, factor), is_region=plane.is_region))
            matrix = image.sample.index_to_lps @ _place(plane, factor)
            texture.place(lifted(matrix, frame, _LAYER_MM))
        for texture in self._textures[len(planes) :]:
            texture.hide()

    def hide(self) -> None:
        """Draw nothing."""
        self._shown = None
        for texture in self._textures:
            texture.hide()

    def close(self) -> None:
        """Remove everything."""
        for texture in self._textures:
            texture.close()
        self._textures = []


def _joined(bitmap: npt.NDArray[np.bool_], factor: int) -> npt.NDArray[np.bool_]:
    """Set a point for every block of factor x factor points of which one is drawn."""
    if factor == 1:
        return bitmap
    rows, columns = (-(-n // factor) for n in bitmap.shape)
    whole = np.zeros((rows * factor, columns * factor), bool)
    whole[: bitmap.shape[0], : bitmap.shape[1]] = bitmap
    return np.asarray(whole.reshape(rows, factor, columns, factor).any(axis=(1, 3)))


def _place(plane: OverlayPlane, factor: int) -> Affine:
    """``(4, 4)``: (column, row) of the joined points to (column, row) of the image."""
    matrix = np.diag([float(factor), float(factor), 1.0, 1.0])
    half = (factor - 1) / 2.0
    matrix[:2, 3] = plane.first_column + half, plane.first_row + half
    return matrix


def _rgba(drawn: npt.NDArray[np.bool_], *, is_region: bool) -> npt.NDArray[np.uint8]:
    rgba = np.empty((*drawn.shape, 4), np.uint8)
    rgba[..., :3] = OVERLAY_RGB
    rgba[..., 3] = np.where(drawn, 255, 0)
    if is_region:  # the pixels under it must stay visible; its edge is drawn in full
        around = np.pad(drawn, 1)
        inside = around[:-2, 1:-1] & around[2:, 1:-1] & around[1:-1, :-2] & around[1:-1, 2:]
        rgba[drawn & inside, 3] = _REGION_ALPHA
    return rgba
