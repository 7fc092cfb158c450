"""Values of one image of a cut: voxels as they are, resampled voxels, or a projected slab."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from vtkmodules.vtkImagingCore import vtkImageReslice

from medviewer.core.display import SlabMode
from medviewer.rendering.vtk_arrays import image_to_array, matrix_to_vtk, voxels_to_vtk

if TYPE_CHECKING:
    import numpy.typing as npt
    from vtkmodules.vtkCommonDataModel import vtkImageData

    from medviewer.core.arrays import Affine, FrameArray
    from medviewer.core.display import SliceState
    from medviewer.core.volume import Volume
    from medviewer.rendering.slice_cut import SliceCut


_COLUMNS = 8


@dataclass(frozen=True, eq=False)
class Sample:
    """One image of a cut.

    Attributes
    ----------
    values : array, shape (rows, columns) or (rows, columns, 3)
        Modality values, or RGB.
    index_to_lps : array, shape (4, 4)
        (column, row, mm along the normal, 1) to patient LPS mm.
    is_known : bool array or None
        Broadcasts to (rows, columns); false outside the grid and where nothing is loaded yet.
        ``None`` means everywhere true.
    """

    values: FrameArray
    index_to_lps: Affine
    is_known: npt.NDArray[np.bool_] | None = None


def slab_reach(state: SliceState, spacing_mm: float) -> int:
    """Images on either side that a slab takes in: those within half its thickness."""
    if state.slab_mode is SlabMode.NONE:
        return 0
    return int(state.slab_thickness_mm / 2.0 / spacing_mm + 1e-6)


class VolumeSampler:
    """Samples a volume; cuts along the grid read the voxels, others go through VTK."""

    def __init__(self, volume: Volume) -> None:
        self._volume = volume
        self._grid: vtkImageData | None = None
        self._columns: tuple[int, npt.NDArray[Any]] | None = None

    def sample(self, cut: SliceCut, slice_index: int, state: SliceState) -> Sample:
        """Values of one image; ``state`` gives the slab and the interpolation."""
        if cut.axes is None:
            return self._resampled(cut, slice_index, state)
        return self._along_grid(cut, cut.axes, slice_index, state)

    def _along_grid(
        self, cut: SliceCut, axes: tuple[int, int, int], slice_index: int, state: SliceState
    ) -> Sample:
        matrix = cut.index_to_lps(slice_index)
        centre, reach = cut.grid_index(slice_index), slab_reach(state, cut.step_mm)
        indices = np.arange(max(centre - reach, 0), min(centre + reach, cut.n_slices - 1) + 1)
        is_loaded = self._volume.is_loaded
        along = 2 - axes[2]  # array axis: the array is [k, j, i]
        if along == 0:
            indices = indices[is_loaded[indices]]
            if indices.size == 0:
                return Sample(self._volume.voxels[centre], matrix, np.zeros((1, 1), bool))
            is_known = None
        else:
            is_known = None if is_loaded.all() else is_loaded[:, np.newaxis]
        images = [self._image(along, int(n)) for n in indices]
        return Sample(_project(images, state.slab_mode), matrix, is_known)

    def _image(self, along: int, index: int) -> npt.NDArray[Any]:
        """Image of the grid across an array axis; columns are fetched from memory in blocks.

        Voxels of one column lie a row apart: fetching one costs as much as fetching its
        neighbours with it.
        """
        voxels = self._volume.voxels
        if along != 2 or not self._volume.is_loaded.all():
            return np.moveaxis(voxels, along, 0)[index]
        first = index - index % _COLUMNS
        if self._columns is None or self._columns[0] != first:
            block = np.ascontiguousarray(voxels[:, :, first : first + _COLUMNS])
            self._columns = (first, block)
        return self._columns[1][:, :, index - first]

    def _resampled(self, cut: SliceCut, slice_index: int, state: SliceState) -> Sample:
        if self._grid is None:
            self._grid = voxels_to_vtk(self._volume.voxels)
        matrix = cut.index_to_lps(slice_index)
        # Output voxel (column, row, n) lies n pixel sizes along the normal.
        to_lps = matrix @ np.diag([1.0, 1.0, cut.pixel_mm, 1.0])
        rows, columns = cut.shape
        reslice = vtkImageReslice()
        reslice.SetInputData(self._grid)
        reslice.SetResliceAxes(matrix_to_vtk(cut.geometry.affine_lps_to_ijk @ to_lps))
        reslice.SetOutputSpacing(1.0, 1.0, 1.0)
        reslice.SetOutputOrigin(0.0, 0.0, 0.0)
        reslice.SetOutputExtent(0, columns - 1, 0, rows - 1, 0, 0)
        if state.is_interpolated:
            reslice.SetInterpolationModeToLinear()
        else:
            reslice.SetInterpolationModeToNearestNeighbor()
        if state.slab_mode is not SlabMode.NONE:
            reslice.SetSlabNumberOfSlices(2 * slab_reach(state, cut.pixel_mm) + 1)
            _set_slab_mode(reslice, state.slab_mode)
        reslice.Update()
        values = image_to_array(reslice.GetOutput())[0]
        return Sample(values, matrix, self._known(matrix, cut.shape))

    def _known(self, matrix: Affine, shape: tuple[int, int]) -> npt.NDArray[np.bool_]:
        """Which pixels lie inside the grid, on a loaded slice."""
        geometry = self._volume.geometry
        to_ijk = (geometry.affine_lps_to_ijk @ matrix).astype(np.float32)
        column = np.arange(shape[1], dtype=np.float32)[np.newaxis, :]
        row = np.arange(shape[0], dtype=np.float32)[:, np.newaxis]
        known = np.ones(shape, bool)
        for axis, n in enumerate(geometry.shape[::-1]):
            index = to_ijk[axis, 0] * column + to_ijk[axis, 1] * row + to_ijk[axis, 3]
            known &= (index >= -0.5) & (index <= n - 0.5)
        if not self._volume.is_loaded.all():  # `index` is that of the slices now
            nearest = np.clip(np.rint(index), 0, geometry.shape[0] - 1).astype(np.intp)
            known &= self._volume.is_loaded[nearest]
        return known


def _project(images: list[npt.NDArray[Any]], mode: SlabMode) -> npt.NDArray[Any]:
    """Combine the images of a slab pixel by pixel."""
    if len(images) == 1:
        return images[0]
    if mode is SlabMode.MEAN:
        total = images[0].astype(np.float32)
        for image in images[1:]:
            total += image
        mean = total / len(images)
        dtype = images[0].dtype
        return np.rint(mean).astype(dtype) if dtype.kind in "iu" else mean.astype(dtype)
    combine = {SlabMode.MIP: np.maximum, SlabMode.MINIP: np.minimum}[mode]
    result = images[0].copy()
    for image in images[1:]:
        combine(result, image, out=result)
    return result


def _set_slab_mode(reslice: vtkImageReslice, mode: SlabMode) -> None:
    {
        SlabMode.MIP: reslice.SetSlabModeToMax,
        SlabMode.MINIP: reslice.SetSlabModeToMin,
        SlabMode.MEAN: reslice.SetSlabModeToMean,
    }[mode]()
