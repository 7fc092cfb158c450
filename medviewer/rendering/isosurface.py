"""Surfaces by threshold: shown in a 3-D view, or written for printing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from vtkmodules.vtkCommonTransforms import vtkTransform
from vtkmodules.vtkFiltersCore import vtkFlyingEdges3D, vtkReverseSense
from vtkmodules.vtkFiltersGeneral import vtkTransformFilter
from vtkmodules.vtkIOGeometry import vtkSTLWriter
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer

from medviewer.core.errors import ExportError
from medviewer.core.geometry import VolumeGeometry
from medviewer.rendering.volume_pipeline import kept_side
from medviewer.rendering.vtk_arrays import matrix_to_vtk, voxels_to_vtk

if TYPE_CHECKING:
    from pathlib import Path

    from vtkmodules.vtkCommonDataModel import vtkPolyData

    from medviewer.core.arrays import VoxelArray
    from medviewer.core.display import VolumeState
    from medviewer.core.volume import Volume

_SURFACE_RGB = (0.91, 0.85, 0.74)


def threshold_surface(
    voxels: VoxelArray, geometry: VolumeGeometry, threshold: float
) -> vtkPolyData:
    """Surface where the values cross a threshold, in patient LPS mm, facing outwards.

    Outwards is towards lower values, whichever hand the grid has.
    """
    contour = vtkFlyingEdges3D()
    contour.SetInputData(voxels_to_vtk(np.ascontiguousarray(voxels)))
    contour.SetValue(0, threshold)
    contour.ComputeNormalsOn()
    contour.ComputeScalarsOff()
    transform = vtkTransform()
    transform.SetMatrix(matrix_to_vtk(geometry.affine_ijk_to_lps))
    placed = vtkTransformFilter()
    placed.SetTransform(transform)
    placed.SetInputConnection(contour.GetOutputPort())
    if np.linalg.det(geometry.direction) > 0:
        placed.Update()
        return placed.GetPolyDataOutput()
    turned = vtkReverseSense()
    turned.SetInputConnection(placed.GetOutputPort())
    turned.ReverseCellsOn()
    turned.Update()
    return turned.GetOutput()


def cropped(
    voxels: VoxelArray, geometry: VolumeGeometry, crop: tuple[float, ...]
) -> tuple[VoxelArray, VolumeGeometry]:
    """Part of a grid inside a box in fractions (i0, i1, j0, j1, k0, k1); at least two voxels."""
    n_ijk = np.array(geometry.shape[::-1])
    low, high = np.array(crop).reshape(3, 2).T
    start = np.clip(np.floor(low * n_ijk), 0, n_ijk - 2).astype(int)
    stop = np.clip(np.ceil(high * n_ijk), start + 2, n_ijk).astype(int)
    i, j, k = (slice(a, b) for a, b in zip(start, stop, strict=True))
    part = voxels[k, j, i]
    matrix = np.array(geometry.affine_ijk_to_lps)
    matrix[:3, 3] = geometry.ijk_to_lps(start)
    return part, VolumeGeometry((part.shape[0], part.shape[1], part.shape[2]), matrix)


def export_stl(volume: Volume, threshold: float, path: Path) -> int:
    """Write the surface at a threshold as binary STL in patient LPS mm.

    Parameters
    ----------
    volume : Volume
    threshold : float
        In the unit of the voxels.
    path : Path
        Replaced if it exists.

    Returns
    -------
    int
        Number of triangles written.

    Raises
    ------
    ExportError
        No voxel lies above the threshold, or none below, or the file cannot be written.
    """
    surface = threshold_surface(volume.voxels, volume.geometry, threshold)
    n_triangles = int(surface.GetNumberOfPolys())
    if n_triangles == 0:
        low, high = float(volume.voxels.min()), float(volume.voxels.max())
        msg = f"Nothing crosses {threshold:g}: the values lie between {low:g} and {high:g}."
        hint = "Choose a threshold within the values of the image."
        raise ExportError(msg, hint=hint, threshold=threshold, low=low, high=high)
    writer = vtkSTLWriter()
    writer.SetFileTypeToBinary()
    writer.SetHeader("medviewer surface, patient LPS, millimetres")
    writer.SetFileName(str(path))
    writer.SetInputData(surface)
    if not writer.Write():
        msg = f"{path} could not be written."
        raise ExportError(msg, hint="Choose a folder you may write to.", path=str(path))
    return n_triangles


class SurfacePipeline:
    """The threshold surface of a :class:`VolumeScene`."""

    def __init__(self, renderer: vtkRenderer) -> None:
        self._renderer = renderer
        self._mapper = vtkPolyDataMapper()
        self._mapper.ScalarVisibilityOff()
        self._actor = vtkActor()
        self._actor.SetMapper(self._mapper)
        appearance = self._actor.GetProperty()
        appearance.SetColor(*_SURFACE_RGB)
        appearance.SetAmbient(0.15)
        appearance.SetDiffuse(0.85)
        appearance.SetSpecular(0.25)
        appearance.SetSpecularPower(24)
        self._actor.VisibilityOff()
        renderer.AddActor(self._actor)
        self._key: tuple[object, ...] | None = None

    def show(self, voxels: VoxelArray, geometry: VolumeGeometry, state: VolumeState) -> None:
        """Draw the surface of a state; it is extracted anew only where that changed."""
        threshold = state.surface_threshold
        if threshold is None:
            self.hide()
            return
        key = (id(voxels), threshold, state.crop)
        if key != self._key:
            self._key = key
            part, part_geometry = cropped(voxels, geometry, state.crop)
            self._mapper.SetInputData(threshold_surface(part, part_geometry, threshold))
        self._mapper.RemoveAllClippingPlanes()
        if state.cut_plane is not None:
            self._mapper.AddClippingPlane(kept_side(state.cut_plane))
        self._actor.VisibilityOn()

    def hide(self) -> None:
        """Draw nothing."""
        self._actor.VisibilityOff()

    def forget(self) -> None:
        """Let go of the surface: the voxels changed."""
        self._key = None
        self.hide()

    def close(self) -> None:
        """Remove the surface."""
        self._renderer.RemoveActor(self._actor)
