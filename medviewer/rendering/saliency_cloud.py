"""A heat map in a 3-D view: a translucent cloud that shines through what lies before it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPiecewiseFunction
from vtkmodules.vtkRenderingCore import (
    vtkColorTransferFunction,
    vtkRenderer,
    vtkVolume,
    vtkVolumeProperty,
)

from medviewer.rendering.decimation import decimate, decimation_factors
from medviewer.rendering.heat_colors import heat_levels, heat_table
from medviewer.rendering.volume_pipeline import new_mapper, rigid_matrix
from medviewer.rendering.vtk_arrays import voxels_to_vtk

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.core.display import OverlayDisplay
    from medviewer.core.saliency import SaliencyMap

_MAX_VOXELS = 4_000_000
_RAY_SPACING_PX = 2.0
"""Heat maps are smooth: a ray for every other pixel is enough."""
_SOLID_SHARE = 0.05
"""Share of the grid's diagonal over which heat is as opaque as on a slice."""
_TABLE_STEP = 5


class SaliencyCloud:
    """Draws a :class:`SaliencyMap` that has a place in the patient by ray casting.

    Parameters
    ----------
    saliency : SaliencyMap
        With a geometry.
    renderer : vtkRenderer
        Of a layer of its own over the volume: rays of two volumes are not mixed.
    is_cpu : bool
        Whether rays are cast on the CPU.
    """

    def __init__(self, saliency: SaliencyMap, renderer: vtkRenderer, *, is_cpu: bool) -> None:
        if saliency.geometry is None:
            msg = "A heat map on pixels has no shape in space."
            raise ValueError(msg)
        self._saliency = saliency
        self._renderer = renderer
        factors = decimation_factors(saliency.geometry, _MAX_VOXELS)
        values, geometry = decimate(saliency.values, saliency.geometry, factors)
        image = voxels_to_vtk(heat_levels(np.asarray(values, np.float32)))
        image.SetSpacing(*geometry.spacing_ijk_mm)
        self._diagonal_mm = float(np.linalg.norm(np.ptp(geometry.corners_lps_mm, axis=0)))
        mapper = new_mapper(is_cpu=is_cpu)
        mapper.SetInputData(image)
        mapper.SetSampleDistance(min(geometry.spacing_ijk_mm))
        mapper.SetImageSampleDistance(_RAY_SPACING_PX)
        self._volume = vtkVolume()
        self._volume.SetMapper(mapper)
        self._volume.SetUserMatrix(rigid_matrix(geometry))
        self._volume.VisibilityOff()
        renderer.AddVolume(self._volume)

    def show(self, display: OverlayDisplay) -> None:
        """Draw above the threshold, as opaque as a display says."""
        self._volume.SetVisibility(display.is_visible)
        table = heat_table(self._saliency, display)
        self._volume.SetProperty(_appearance(table, _SOLID_SHARE * self._diagonal_mm))

    def close(self) -> None:
        """Remove everything."""
        self._renderer.RemoveVolume(self._volume)


def _appearance(table: npt.NDArray[np.uint8], solid_mm: float) -> vtkVolumeProperty:
    """Transfer function of a ``(256, 4)`` table whose alpha is that of ``solid_mm``."""
    colors, opacity = vtkColorTransferFunction(), vtkPiecewiseFunction()
    for level in range(0, 256, _TABLE_STEP):
        red, green, blue, alpha = (value / 255.0 for value in table[level].tolist())
        colors.AddRGBPoint(level, red, green, blue)
        opacity.AddPoint(level, alpha)
    appearance = vtkVolumeProperty()
    appearance.SetColor(colors)
    appearance.SetScalarOpacity(opacity)
    appearance.SetScalarOpacityUnitDistance(solid_mm)
    appearance.SetInterpolationTypeToLinear()
    appearance.ShadeOff()
    return appearance
