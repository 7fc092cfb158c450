"""Segments over an image: outlines of constant width and a light fill."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkFiltersCore import vtkSurfaceNets2D

from medviewer.rendering.feathered_lines import FeatheredLines
from medviewer.rendering.grid_sampling import GridSampler
from medviewer.rendering.segment_colors import segment_color
from medviewer.rendering.textured_plane import TexturedPlane
from medviewer.rendering.vtk_arrays import voxels_to_vtk

if TYPE_CHECKING:
    import numpy.typing as npt
    from vtkmodules.vtkRenderingCore import vtkRenderer

    from medviewer.core.arrays import Affine, LabelArray
    from medviewer.core.display import OverlayDisplay
    from medviewer.core.segmentation import Segmentation
    from medviewer.rendering.screen_frame import ScreenFrame
    from medviewer.rendering.slice_sources import SliceImage

_Outlines: TypeAlias = "tuple[npt.NDArray[np.float64], npt.NDArray[np.intp]]"
"""Line segments ``(n, 2, 3)`` in patient mm, and the segment number each belongs to."""

_FILL_LAYER_MM = 0.4
_OUTLINE_LAYER_MM = 0.8
_OUTLINE_PX = 2.0
_SMOOTHING_STEPS = 6
_SMOOTHING_REACH = 0.5
"""Takes the stairs off an outline; no point moves further than this many pixels of the image."""


class LabelmapOverlay:
    """Draws a :class:`Segmentation` on its own grid's coordinates, whatever the image's grid."""

    def __init__(self, segmentation: Segmentation, renderer: vtkRenderer) -> None:
        self._segmentation = segmentation
        self._sampler = GridSampler(segmentation.labels, segmentation.geometry)
        self._fill = TexturedPlane(renderer, is_translucent=True)
        self._outline = FeatheredLines(renderer, _OUTLINE_LAYER_MM, has_halo=False)
        self._colors = np.zeros((256, 3), np.uint8)
        for number in range(1, 256):
            self._colors[number] = segment_color(segmentation, number)
        self._labels: tuple[SliceImage, LabelArray] | None = None
        self._traced: tuple[object, _Outlines] | None = None
        self._shown: tuple[SliceImage, ScreenFrame, OverlayDisplay] | None = None

    def show(self, image: SliceImage, frame: ScreenFrame, display: OverlayDisplay) -> None:
        """Draw the segments on an image."""
        if self._shown == (image, frame, display):
            return
        self._shown = (image, frame, display)
        labels = self._visible_labels(image, display)
        if not display.is_visible or not labels.any():
            self.hide()
            return
        self._show_fill(labels, image, frame, display)
        if display.is_outline_shown:
            segments, numbers = self._outlines(labels, image, display.hidden_segments)
            rgba = np.full((len(numbers), 4), round(255 * display.opacity), np.uint8)
            rgba[:, :3] = self._colors[numbers]
            self._outline.show(segments, rgba, frame, _OUTLINE_PX)
        else:
            self._outline.hide()

    def hide(self) -> None:
        """Draw nothing."""
        self._shown = None
        self._fill.hide()
        self._outline.hide()

    def close(self) -> None:
        """Remove everything."""
        self._fill.close()
        self._outline.close()

    def _visible_labels(self, image: SliceImage, display: OverlayDisplay) -> LabelArray:
        """Labels at the pixels of an image, kept while the image stays; hidden ones are 0."""
        if self._labels is None or self._labels[0] is not image:
            self._labels = (image, self._labels_on(image))
        shown = np.arange(256, dtype=np.uint8)
        shown[[n for n in display.hidden_segments if 0 < n < 256]] = 0
        return shown[self._labels[1]]

    def _labels_on(self, image: SliceImage) -> LabelArray:
        rows, columns = image.sample.values.shape[:2]
        if not self._segmentation.is_on_pixels:
            return self._sampler.sample(image.sample.index_to_lps, (rows, columns))
        labels = self._segmentation.labels[0]
        is_its_frame = image.frame_index == self._segmentation.frame_index
        return labels if is_its_frame and labels.shape == (rows, columns) else labels[:0, :0]

    def _show_fill(
        self,
        labels: LabelArray,
        image: SliceImage,
        frame: ScreenFrame,
        display: OverlayDisplay,
    ) -> None:
        table = np.zeros((256, 4), np.uint8)
        table[:, :3] = self._colors
        table[1:, 3] = round(255 * display.fill_opacity * display.opacity)
        self._fill.set_interpolated(False)
        self._fill.show(table[labels])
        self._fill.place(lifted(image.sample.index_to_lps, frame, _FILL_LAYER_MM))

    def _outlines(
        self, labels: LabelArray, image: SliceImage, hidden_segments: frozenset[int]
    ) -> _Outlines:
        """Trace boundaries; kept while image and segments stay."""
        key = (image, hidden_segments)
        if self._traced is None or self._traced[0] != key:
            self._traced = (key, _traced_outlines(labels, image.sample.index_to_lps))
        return self._traced[1]


def _traced_outlines(labels: LabelArray, index_to_lps: Affine) -> _Outlines:
    padded = np.pad(labels, 1)  # closes outlines at the edge of the image
    nets = vtkSurfaceNets2D()
    nets.SetInputData(voxels_to_vtk(padded[np.newaxis]))
    for n, number in enumerate(np.flatnonzero(np.bincount(labels.ravel()))):
        nets.SetValue(n, int(number))
    nets.SetBackgroundLabel(0)
    nets.SetSmoothing(True)
    smoother = nets.GetSmoother()
    smoother.SetNumberOfIterations(_SMOOTHING_STEPS)
    smoother.SetRelaxationFactor(0.5)
    smoother.SetConstraintDistance(_SMOOTHING_REACH)
    nets.Update()
    lines = nets.GetOutput()
    index = np.asarray(vtk_to_numpy(lines.GetPoints().GetData()), float) - (1.0, 1.0, 0.0)
    points = index @ index_to_lps[:3, :3].T + index_to_lps[:3, 3]
    ends = np.asarray(vtk_to_numpy(lines.GetLines().GetConnectivityArray())).reshape(-1, 2)
    sides = np.asarray(vtk_to_numpy(lines.GetCellData().GetScalars())).astype(np.intp)
    return points[ends], sides.max(axis=1)


def lifted(index_to_lps: Affine, frame: ScreenFrame, layer_mm: float) -> Affine:
    """Move an image affine in front of the cut; the projection is parallel."""
    result = np.array(index_to_lps)
    result[:3, 3] += frame.towards_viewer * layer_mm
    return result
