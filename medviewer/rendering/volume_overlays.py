"""Results in a 3-D view: segments as surfaces, findings as spheres or tubes, heat as clouds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonTransforms import vtkTransform
from vtkmodules.vtkFiltersCore import (
    vtkAppendPolyData,
    vtkPolyDataNormals,
    vtkSurfaceNets3D,
    vtkTubeFilter,
)
from vtkmodules.vtkFiltersGeneral import vtkTransformFilter
from vtkmodules.vtkFiltersSources import vtkLineSource, vtkSphereSource
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer

from medviewer.core.findings import FindingSet
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.saliency import SaliencyMap
from medviewer.core.segmentation import Segmentation
from medviewer.rendering.decimation import decimation_factors
from medviewer.rendering.findings_overlay import AI_RGB, READER_RGB
from medviewer.rendering.saliency_cloud import SaliencyCloud
from medviewer.rendering.segment_colors import segment_color
from medviewer.rendering.volume_copies import Quality
from medviewer.rendering.vtk_arrays import matrix_to_vtk, voxels_to_vtk

if TYPE_CHECKING:
    from vtkmodules.vtkCommonDataModel import vtkPolyData

    from medviewer.core.arrays import PointsLps
    from medviewer.core.display import OverlayDisplay
    from medviewer.rendering.overlay_registry import Result

_MAX_LABEL_VOXELS = {
    Quality.COARSE: 1_000_000,
    Quality.MEDIUM: 16_000_000,
    Quality.SHARP: 16_000_000,
}
_SMOOTHING_STEPS = 16
_UNKNOWN_RADIUS_MM = 4.0
_TUBE_RADIUS_MM = 0.6

SegmentMeshes: TypeAlias = "dict[int, vtkPolyData]"
"""Surfaces by segment number."""


class VolumeOverlay(Protocol):
    """Something drawn in a 3-D view."""

    def show(self, display: OverlayDisplay) -> None:
        """Draw as a display says."""

    def close(self) -> None:
        """Remove everything."""


@dataclass(frozen=True, eq=False, slots=True)
class VolumeLayers:
    """Where the results of a 3-D view are drawn.

    Attributes
    ----------
    solid : vtkRenderer
        With the volume, which hides them.
    shine : vtkRenderer
        Over it.
    is_cpu : bool
        Whether rays are cast on the CPU.
    """

    solid: vtkRenderer
    shine: vtkRenderer
    is_cpu: bool = True


def volume_overlay(
    result: Result, layers: VolumeLayers, meshes: SegmentMeshes | None = None
) -> VolumeOverlay | None:
    """Make the overlay of a result; ``None`` for one that has no shape in space."""
    if isinstance(result, Segmentation):
        return None if result.is_on_pixels else SegmentSurfaces(result, layers.solid, meshes)
    if isinstance(result, FindingSet):
        return FindingSpheres(result, layers.solid)
    if isinstance(result, SaliencyMap) and result.geometry is not None:
        return SaliencyCloud(result, layers.shine, is_cpu=layers.is_cpu)
    return None


class SegmentSurfaces:
    """One smooth surface a segment, made when it is first shown unless given."""

    def __init__(
        self, segmentation: Segmentation, renderer: vtkRenderer, meshes: SegmentMeshes | None
    ) -> None:
        self._segmentation = segmentation
        self._renderer = renderer
        self._meshes = meshes
        self._actors: dict[int, vtkActor] = {}

    def show(self, display: OverlayDisplay) -> None:
        """Draw the segments that are not hidden."""
        if display.is_visible and not self._actors:
            if self._meshes is None:
                self._meshes = segment_meshes(self._segmentation, Quality.SHARP)
            for number, mesh in self._meshes.items():
                actor = _surface_actor(mesh, segment_color(self._segmentation, number))
                self._renderer.AddActor(actor)
                self._actors[number] = actor
        for number, actor in self._actors.items():
            actor.SetVisibility(display.is_visible and number not in display.hidden_segments)
            actor.GetProperty().SetOpacity(display.opacity)

    def close(self) -> None:
        """Remove everything."""
        for actor in self._actors.values():
            self._renderer.RemoveActor(actor)
        self._actors.clear()


def segment_meshes(segmentation: Segmentation, quality: Quality) -> SegmentMeshes:
    """Surface of every segment in patient LPS mm; takes seconds where the grid is large."""
    geometry = segmentation.geometry
    factors = decimation_factors(geometry, _MAX_LABEL_VOXELS[quality])
    k, j, i = factors
    labels = np.ascontiguousarray(segmentation.labels[::k, ::j, ::i])
    matrix = np.array(geometry.affine_ijk_to_lps)
    matrix[:3, :3] *= factors[::-1]
    coarse = VolumeGeometry((labels.shape[0], labels.shape[1], labels.shape[2]), matrix)
    numbers = np.unique(labels).tolist()
    return {n: _segment_surface(labels == n, coarse) for n in numbers if n > 0}


def _segment_surface(is_inside: np.ndarray, geometry: VolumeGeometry) -> vtkPolyData:
    """Smoothed boundary of a mask in patient LPS mm, closed at the edge of the grid."""
    along = [np.flatnonzero(is_inside.any(axis=axes)) for axes in ((1, 2), (0, 2), (0, 1))]
    low = np.array([max(int(places[0]) - 1, 0) for places in along])
    high = [int(places[-1]) + 2 for places in along]
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    padded = np.pad(is_inside[box], 1).astype(np.uint8)
    nets = vtkSurfaceNets3D()
    nets.SetInputData(voxels_to_vtk(padded))
    nets.SetValue(0, 1)
    nets.SetSmoothing(True)
    nets.SetNumberOfIterations(_SMOOTHING_STEPS)
    nets.SetOutputMeshTypeToTriangles()
    matrix = np.array(geometry.affine_ijk_to_lps)
    matrix[:3, 3] = geometry.ijk_to_lps(low[::-1] - 1)
    transform = vtkTransform()
    transform.SetMatrix(matrix_to_vtk(matrix))
    placed = vtkTransformFilter()
    placed.SetTransform(transform)
    placed.SetInputConnection(nets.GetOutputPort())
    normals = vtkPolyDataNormals()
    normals.SetInputConnection(placed.GetOutputPort())
    normals.SplittingOff()
    normals.Update()
    return normals.GetOutput()


class FindingSpheres:
    """One sphere a finding, or tubes along what was drawn around it.

    Violet for a model's, sand for a reader's own.
    """

    def __init__(self, findings: FindingSet, renderer: vtkRenderer) -> None:
        self._findings = findings
        self._renderer = renderer
        self._actors: list[tuple[float | None, vtkActor]] = []
        for finding in findings.findings:
            if finding.centre_lps_mm is None:
                continue
            lines = [o.points for o in finding.outlines if len(o.points) > 1]
            shape = _tubes(lines) if lines else _sphere(finding.centre_lps_mm, finding.diameter_mm)
            color = READER_RGB if finding.score is None else AI_RGB
            actor = _surface_actor(shape, color)
            renderer.AddActor(actor)
            self._actors.append((finding.score, actor))

    def show(self, display: OverlayDisplay) -> None:
        """Draw the findings at or above the score threshold."""
        for score, actor in self._actors:
            is_enough = score is None or score >= display.score_threshold
            actor.SetVisibility(display.is_visible and is_enough)
            actor.GetProperty().SetOpacity(display.opacity)

    def close(self) -> None:
        """Remove everything."""
        for _, actor in self._actors:
            self._renderer.RemoveActor(actor)
        self._actors.clear()


def _sphere(centre_lps_mm: tuple[float, float, float], diameter_mm: float | None) -> vtkPolyData:
    sphere = vtkSphereSource()
    sphere.SetCenter(*centre_lps_mm)
    sphere.SetRadius((diameter_mm or 2.0 * _UNKNOWN_RADIUS_MM) / 2.0)
    sphere.SetThetaResolution(32)
    sphere.SetPhiResolution(24)
    sphere.Update()
    return sphere.GetOutput()


def _tubes(lines: list[PointsLps]) -> vtkPolyData:
    """Tubes along lines of ``(n, 3)`` points."""
    joined = vtkAppendPolyData()
    for line in lines:
        points = vtkPoints()
        points.SetData(numpy_to_vtk(line, deep=True))
        source = vtkLineSource()
        source.SetPoints(points)
        source.Update()
        joined.AddInputData(source.GetOutput())
    tubes = vtkTubeFilter()
    tubes.SetInputConnection(joined.GetOutputPort())
    tubes.SetRadius(_TUBE_RADIUS_MM)
    tubes.SetNumberOfSides(12)
    tubes.CappingOn()
    tubes.Update()
    return tubes.GetOutput()


def _surface_actor(surface: vtkPolyData, rgb: tuple[int, int, int]) -> vtkActor:
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(surface)
    mapper.ScalarVisibilityOff()
    actor = vtkActor()
    actor.SetMapper(mapper)
    appearance = actor.GetProperty()
    appearance.SetColor(*(value / 255.0 for value in rgb))
    appearance.SetAmbient(0.2)
    appearance.SetDiffuse(0.8)
    appearance.SetSpecular(0.2)
    appearance.SetSpecularPower(20)
    return actor
