"""Draws a volume by ray casting: on the GPU, or on the CPU from smaller copies of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import vtkmodules.vtkRenderingVolumeOpenGL2  # noqa: F401 - registers the OpenGL mappers
from vtkmodules.vtkCommonDataModel import vtkPlane
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkVolume
from vtkmodules.vtkRenderingVolume import (
    vtkFixedPointVolumeRayCastMapper,
    vtkGPUVolumeRayCastMapper,
)

from medviewer.rendering.transfer_functions import (
    VolumePreset,
    default_preset,
    value_range,
    volume_presets,
    volume_property,
)
from medviewer.rendering.volume_copies import Quality, VolumeCopies
from medviewer.rendering.vtk_arrays import matrix_to_vtk, voxels_to_vtk

if TYPE_CHECKING:
    from vtkmodules.vtkCommonMath import vtkMatrix4x4

    from medviewer.core.arrays import VoxelArray
    from medviewer.core.display import VolumeState
    from medviewer.core.geometry import VolumeGeometry
    from medviewer.core.volume import Volume

_Mapper: TypeAlias = vtkFixedPointVolumeRayCastMapper | vtkGPUVolumeRayCastMapper


_LevelKey: TypeAlias = tuple[Quality, bool]
"""How fine the copy is, and whether it shows the inside of the body only."""


@dataclass(frozen=True, slots=True)
class RayQuality:
    """How densely a level is sampled.

    Attributes
    ----------
    step : float
        Distance of samples along a ray in units of the finest voxel spacing.
    max_rays : int
        Rays a picture; more pixels are interpolated between them.
    """

    step: float
    max_rays: int


_CPU_RAYS = {
    Quality.COARSE: RayQuality(1.0, 30_000),
    Quality.MEDIUM: RayQuality(0.7, 150_000),
    Quality.SHARP: RayQuality(0.5, 600_000),
}
_GPU_SHARP = RayQuality(0.4, 100_000_000)
_GPU_RAYS = {
    Quality.COARSE: RayQuality(1.0, 500_000),
    Quality.MEDIUM: _GPU_SHARP,
    Quality.SHARP: _GPU_SHARP,
}


class _Level:
    """One copy of the volume with a mapper of its own, which keeps what it computed from it."""

    def __init__(
        self, voxels: VoxelArray, geometry: VolumeGeometry, renderer: vtkRenderer, *, is_cpu: bool
    ) -> None:
        self.voxels = voxels
        self.geometry = geometry
        self._renderer = renderer
        self._appearance: tuple[VolumePreset, float] | None = None
        image = voxels_to_vtk(voxels)
        image.SetSpacing(*geometry.spacing_ijk_mm)
        self._mapper = new_mapper(is_cpu=is_cpu)
        self._mapper.SetInputData(image)
        self._volume = vtkVolume()
        self._volume.SetMapper(self._mapper)
        self._volume.SetUserMatrix(rigid_matrix(geometry))
        self._volume.VisibilityOff()
        renderer.AddVolume(self._volume)

    def set_visible(self, is_visible: bool) -> None:
        self._volume.SetVisibility(is_visible)

    def set_preset(
        self, preset: VolumePreset, shift: float, values_at_percent: tuple[float, float]
    ) -> None:
        if self._appearance == (preset, shift):
            return
        self._appearance = (preset, shift)
        self._volume.SetProperty(volume_property(preset, shift, values_at_percent))
        if preset.blend == "mip":
            self._mapper.SetBlendModeToMaximumIntensity()
        elif preset.blend == "minip":
            self._mapper.SetBlendModeToMinimumIntensity()
        else:
            self._mapper.SetBlendModeToComposite()

    def set_quality(self, quality: RayQuality, size_px: tuple[int, int]) -> None:
        spacing = min(self.geometry.spacing_ijk_mm)
        self._mapper.SetSampleDistance(quality.step * spacing)
        n_pixels = size_px[0] * size_px[1]
        self._mapper.SetImageSampleDistance(max(1.0, float(np.sqrt(n_pixels / quality.max_rays))))

    def set_kept(self, crop: tuple[float, ...], cut: tuple[float, ...] | None) -> None:
        """Keep a box in fractions of the grid, and one side of a cut."""
        fractions = np.array(crop).reshape(3, 2).T
        n_ijk = np.array(self.geometry.shape[::-1])
        planes = (fractions * n_ijk - 0.5) * self.geometry.spacing_ijk_mm
        self._mapper.SetCropping(tuple(crop) != _WHOLE)
        self._mapper.SetCroppingRegionPlanes(*planes.T.reshape(-1))
        self._mapper.SetCroppingRegionFlagsToSubVolume()
        self._mapper.RemoveAllClippingPlanes()
        if cut is not None:
            self._mapper.AddClippingPlane(kept_side(cut))

    def close(self) -> None:
        self._renderer.RemoveVolume(self._volume)


def warm_up() -> None:
    """Fill the table of directions that all ray casters on the CPU share; on any thread."""
    vtkFixedPointVolumeRayCastMapper()


def rigid_matrix(geometry: VolumeGeometry) -> vtkMatrix4x4:
    """Rotation and origin of a grid: spacing stays in the image, where shading needs it."""
    rigid = np.eye(4)
    rigid[:3, :3] = geometry.direction
    rigid[:3, 3] = geometry.origin_lps_mm
    return matrix_to_vtk(rigid)


def new_mapper(*, is_cpu: bool) -> _Mapper:
    """Ray caster of the processor, or of the graphics card."""
    mapper: _Mapper
    if is_cpu:
        mapper = vtkFixedPointVolumeRayCastMapper()
    else:
        mapper = vtkGPUVolumeRayCastMapper()
        mapper.UseJitteringOn()
    mapper.AutoAdjustSampleDistancesOff()
    return mapper


_WHOLE = (0.0, 1.0, 0.0, 1.0, 0.0, 1.0)


def kept_side(cut: tuple[float, ...]) -> vtkPlane:
    """VTK's plane of a cut (point and normal): VTK keeps the side its normal points to."""
    plane = vtkPlane()
    plane.SetOrigin(*cut[:3])
    plane.SetNormal(*(-value for value in cut[3:]))
    return plane


class VolumePipeline:
    """The ray-cast volume of a :class:`VolumeScene`."""

    def __init__(self, renderer: vtkRenderer) -> None:
        self._renderer = renderer
        self._volume: Volume | None = None
        self._is_cpu = True
        self._values_at_percent = (0.0, 100.0)
        self._copies: VolumeCopies | None = None
        self._levels: dict[_LevelKey, _Level] = {}

    @property
    def is_cpu(self) -> bool:
        """Whether rays are cast on the CPU."""
        return self._is_cpu

    def set_volume(
        self, volume: Volume | None, copies: VolumeCopies | None = None, *, is_cpu: bool
    ) -> None:
        """Show another volume; copies that are not given are made when they are first needed."""
        self.hide()
        for level in self._levels.values():
            level.close()
        self._levels.clear()
        self._volume, self._copies, self._is_cpu = volume, copies, is_cpu
        if volume is not None:
            self._copies = copies or VolumeCopies(volume)
            self._values_at_percent = value_range(volume)

    def preset(self, state: VolumeState) -> VolumePreset | None:
        """Preset in effect: the state's, else the modality's."""
        if self._volume is None:
            return None
        return volume_presets().get(state.preset) or default_preset(self._volume.preset_modality)

    def show(self, state: VolumeState, size_px: tuple[int, int], quality: Quality) -> None:
        """Draw a state; coarser is faster."""
        preset = self.preset(state)
        if self._volume is None or preset is None:
            return
        level = self._level(quality, is_inside_body=preset.is_inside_body)
        level.set_preset(preset, state.shift, self._values_at_percent)
        level.set_kept(state.crop, state.cut_plane)
        level.set_quality((_CPU_RAYS if self._is_cpu else _GPU_RAYS)[quality], size_px)
        for other in self._levels.values():
            other.set_visible(other is level)

    def hide(self) -> None:
        """Draw nothing."""
        for level in self._levels.values():
            level.set_visible(False)

    def copy(self, quality: Quality) -> tuple[VoxelArray, VolumeGeometry] | None:
        """Voxels and grid as fine as asked for; for surfaces."""
        return None if self._copies is None else self._copies.copy(quality)

    def close(self) -> None:
        """Free everything."""
        self.set_volume(None, is_cpu=self._is_cpu)

    def _level(self, quality: Quality, *, is_inside_body: bool) -> _Level:
        """Copy for a purpose, made when it is first needed; the GPU takes the fine one for all."""
        key = (quality if self._is_cpu else Quality.SHARP, is_inside_body)
        if key not in self._levels:
            voxels, geometry = self._copied(*key)
            self._levels[key] = _Level(voxels, geometry, self._renderer, is_cpu=self._is_cpu)
        return self._levels[key]

    def _copied(self, quality: Quality, is_inside_body: bool) -> tuple[VoxelArray, VolumeGeometry]:
        if self._volume is None or self._copies is None:
            msg = "There is no volume to copy."
            raise ValueError(msg)
        if self._is_cpu or is_inside_body:
            return self._copies.copy(quality, is_inside_body=is_inside_body)
        return self._volume.voxels, self._volume.geometry
