"""From an image to a model's grid and back: orientation, spacing, values, margins.

Both directions are exact: what a model says of a tensor's voxel is laid on the source voxels it
came from, in patient coordinates. The same functions serve training and inference.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from medviewer.ai.monai_grid import monai_values
from medviewer.ai.normalisation import finite, normalise, normaliser
from medviewer.ai.resampling import resample
from medviewer.core.geometry import VolumeGeometry
from medviewer.core.windowing import to_gray

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.ai.model_card import InputGrid
    from medviewer.core.tasks import TaskContext
    from medviewer.core.volume import Frame, Volume

    FloatArray = npt.NDArray[np.float32]

_DIRECTIONS = {
    "L": (1, 0, 0), "R": (-1, 0, 0), "P": (0, 1, 0), "A": (0, -1, 0), "S": (0, 0, 1),
    "I": (0, 0, -1),
}  # fmt: skip
_LARGEST_TILT_COSINE = float(np.cos(np.deg2rad(12.0)))
"""Grids farther from the patient's axes are resampled along them; nearer ones are only turned."""

_SAME_SPACING = 0.01
_REVERSED = np.eye(4)[[2, 1, 0, 3]]
"""Array indices (k, j, i) to (i, j, k) and back."""


@dataclass(frozen=True, eq=False)
class PreparedVolume:
    """A volume on a model's grid.

    Attributes
    ----------
    values : float32 array
        Network values on the tensor's axes.
    to_source : array, shape (4, 4)
        Tensor index to continuous ``(k, j, i)`` of the source.
    source : VolumeGeometry
    """

    values: FloatArray
    to_source: npt.NDArray[np.float64]
    source: VolumeGeometry

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Distance between voxel centres along the tensor's axes."""
        kji = np.asarray(self.source.spacing_ijk_mm)[::-1]
        lengths = np.linalg.norm(self.to_source[:3, :3] * kji[:, None], axis=0)
        return float(lengths[0]), float(lengths[1]), float(lengths[2])

    @property
    def from_source(self) -> npt.NDArray[np.float64]:
        """Inverse of :attr:`to_source`."""
        return np.asarray(np.linalg.inv(self.to_source), np.float64)

    @property
    def geometry(self) -> VolumeGeometry:
        """Where the tensor's voxels lie in the patient, margins included."""
        affine = self.source.affine_ijk_to_lps @ _REVERSED @ self.to_source @ _REVERSED
        slices, rows, columns = self.values.shape
        return VolumeGeometry((slices, rows, columns), affine)

    def to_lps(self, index: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Map tensor indices, shape (..., 3), to patient LPS mm."""
        kji = np.asarray(index, float) @ self.to_source[:3, :3].T + self.to_source[:3, 3]
        return self.source.ijk_to_lps(kji[..., ::-1])


@dataclass(frozen=True, eq=False)
class PreparedImage:
    """A 2-D image on a model's grid.

    Attributes
    ----------
    values : float32 array, shape (rows, columns)
    content : tuple of int
        Rows and columns of the tensor that hold the image, from ``offset``; the rest is fill.
    offset : tuple of int
        First of them.
    box : tuple of int
        ``(row0, column0, row1, column1)`` of the source that they show.
    source_shape : tuple of int
        Rows and columns of the source.
    """

    values: FloatArray
    content: tuple[int, int]
    box: tuple[int, int, int, int]
    source_shape: tuple[int, int]
    offset: tuple[int, int] = (0, 0)

    def to_source_px(self, x: float, y: float) -> tuple[float, float]:
        """Map a position measured from the tensor's upper left edge to the source's."""
        row0, column0, row1, column1 = self.box
        x = (x - self.offset[1]) * (column1 - column0) / self.content[1] + column0
        y = (y - self.offset[0]) * (row1 - row0) / self.content[0] + row0
        return x, y


def reoriented(volume: Volume, orientation: str) -> npt.NDArray[np.generic]:
    """Turn voxels to patient axes by swapping and flipping only.

    Parameters
    ----------
    volume : Volume
        Source.
    orientation : str
        As :attr:`InputGrid.orientation`.

    Returns
    -------
    array
        The same values.
    """
    matrix, _ = _nearest_axes(volume.geometry, orientation)
    shape = _turned_shape(matrix, volume.voxels.shape)
    order = [int(np.argmax(np.abs(matrix[:3, axis]))) for axis in range(3)]
    turned = np.transpose(volume.voxels, order)
    flips = tuple(slice(None, None, int(matrix[order[a], a])) for a in range(3))
    return turned[flips].reshape(shape)


def prepare_volume(
    volume: Volume, grid: InputGrid, context: TaskContext | None = None
) -> PreparedVolume:
    """Put a volume on a model's grid.

    Parameters
    ----------
    volume : Volume
        Source, any orientation.
    grid : InputGrid
        A 3-D grid.
    context : TaskContext, optional
        One checkpoint for each slab of the volume.

    Returns
    -------
    PreparedVolume
        Equal for a volume that was stored flipped or permuted.
    """
    geometry = volume.geometry
    if grid.convention == "monai":
        turn, _ = _nearest_axes(geometry, grid.orientation)
        to_lps = geometry.affine_ijk_to_lps @ _REVERSED @ turn
        values, scale = monai_values(reoriented(volume, grid.orientation), to_lps, grid)
        return PreparedVolume(values, turn @ scale, geometry)
    apply = normaliser(volume.voxels, grid.normalisation, grid.fill)

    def convert(slab: npt.NDArray[np.generic]) -> FloatArray:
        if context is not None:
            context.checkpoint()
        return apply(slab)

    to_source, shape = _content_grid(geometry, grid)
    padded = [max(1, -(-n // grid.multiple) * grid.multiple) for n in shape]
    before = [(size - n) // 2 for size, n in zip(padded, shape, strict=True)]
    shift = np.eye(4)
    shift[:3, 3] = -np.asarray(before)
    content = resample(volume.voxels, to_source, shape, grid.fill, convert)
    margins = [(b, s - n - b) for b, s, n in zip(before, padded, shape, strict=True)]
    tensor = np.pad(content, margins, constant_values=grid.fill)
    return PreparedVolume(np.ascontiguousarray(tensor, np.float32), to_source @ shift, geometry)


def gray_values(frame: Frame) -> FloatArray:
    """Return one brightness for each pixel, bones bright.

    Parameters
    ----------
    frame : Frame
        Gray or RGB. A header's first VOI window is applied, so that a radiograph looks as it
        is meant to be read.

    Returns
    -------
    float32 array, shape (rows, columns)
        RGB by ITU-R 601-2 luma, rounded as Pillow rounds.
    """
    pixels = frame.pixels
    if frame.is_color:
        red, green, blue = (pixels[..., c].astype(np.uint32) for c in range(3))
        luma = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16
        return luma.astype(np.float32)
    if frame.vois:
        return to_gray(pixels, frame.vois[0], is_inverted=frame.is_inverted).astype(np.float32)
    values = finite(pixels)
    return -values if frame.is_inverted else values


def prepare_image(
    gray: FloatArray, grid: InputGrid, box: tuple[int, int, int, int] | None = None
) -> PreparedImage:
    """Put a 2-D image on a model's grid.

    Parameters
    ----------
    gray : float32 array, shape (rows, columns)
        Bones bright.
    grid : InputGrid
        A 2-D grid.
    box : tuple of int, optional
        ``(row0, column0, row1, column1)`` to look at; the values are normalised before.

    Returns
    -------
    PreparedImage
        On the grid.
    """
    rows, columns = gray.shape
    row0, column0, row1, column1 = box or (0, 0, rows, columns)
    values = normalise(finite(gray), grid.normalisation)[row0:row1, column0:column1]
    have = (row1 - row0, column1 - column0)
    size, content = _image_sizes(have, grid)
    offset = (0, 0)
    if grid.fit == "native":
        offset = ((size[0] - content[0]) // 2, (size[1] - content[1]) // 2)
    tensor = np.full(size, grid.fill, np.float32)
    inner = tuple(slice(o, o + n) for o, n in zip(offset, content, strict=True))
    tensor[inner] = resize(values, content)
    place = (row0, column0, row1, column1)
    return PreparedImage(tensor, content, place, (rows, columns), offset)


def image_map_on_source(values: FloatArray, prepared: PreparedImage) -> FloatArray:
    """Lay a map of the tensor's size on the source's pixels (0 outside the box)."""
    (r0, c0), (rows, columns) = prepared.offset, prepared.content
    row0, column0, row1, column1 = prepared.box
    full = np.zeros(prepared.source_shape, np.float32)
    inner = values[r0 : r0 + rows, c0 : c0 + columns]
    full[row0:row1, column0:column1] = resize(inner, (row1 - row0, column1 - column0))
    return full


def resize(values: FloatArray, size: tuple[int, int]) -> FloatArray:
    """Resize linearly, averaging where the picture becomes smaller."""
    if values.shape == tuple(size):
        return np.ascontiguousarray(values, np.float32)
    tensor = torch.from_numpy(np.ascontiguousarray(values, np.float32))[None, None]
    output = functional.interpolate(
        tensor, size=list(size), mode="bilinear", antialias=True, align_corners=False
    )
    return np.asarray(output[0, 0].numpy())


def _image_sizes(have: tuple[int, int], grid: InputGrid) -> tuple[tuple[int, int], tuple[int, int]]:
    if grid.fit == "native":
        rows, columns = (-(-n // grid.multiple) * grid.multiple for n in have)
        return (rows, columns), have
    if grid.size is None:  # pragma: no cover - the card's validation refuses it
        message = f"Fit '{grid.fit}' needs a size."
        raise ValueError(message)
    size = (grid.size[0], grid.size[1])
    if grid.fit == "squash":
        return size, size
    scale = min(size[0] / have[0], size[1] / have[1])
    rows, columns = (
        max(1, min(limit, round(n * scale))) for n, limit in zip(have, size, strict=True)
    )
    return size, (rows, columns)


def _nearest_axes(
    geometry: VolumeGeometry, orientation: str
) -> tuple[npt.NDArray[np.float64], float]:
    """Index transform that turns to the nearest patient axes, and the worst axis' cosine."""
    targets = np.array([_DIRECTIONS[letter] for letter in orientation], float)
    cosines = targets @ geometry.direction[:, ::-1]  # [tensor axis, source axis k, j, i]
    order = max(permutations(range(3)), key=lambda p: sum(abs(cosines[a, p[a]]) for a in range(3)))
    matrix = np.zeros((4, 4))
    matrix[3, 3] = 1.0
    for axis, source in enumerate(order):
        is_flipped = cosines[axis, source] < 0
        matrix[source, axis] = -1.0 if is_flipped else 1.0
        matrix[source, 3] = geometry.shape[source] - 1 if is_flipped else 0.0
    worst = min(abs(float(cosines[axis, order[axis]])) for axis in range(3))
    return matrix, worst


def _turned_shape(matrix: npt.NDArray[np.float64], shape: tuple[int, ...]) -> tuple[int, int, int]:
    a, b, c = (shape[int(np.argmax(np.abs(matrix[:3, axis])))] for axis in range(3))
    return a, b, c


def _content_grid(
    geometry: VolumeGeometry, grid: InputGrid
) -> tuple[npt.NDArray[np.float64], tuple[int, int, int]]:
    """Index transform tensor -> source, and shape, before margins are added."""
    turn, worst = _nearest_axes(geometry, grid.orientation)
    shape = _turned_shape(turn, geometry.shape)
    order = [int(np.argmax(np.abs(turn[:3, axis]))) for axis in range(3)]
    spacing_kji = geometry.spacing_ijk_mm[::-1]
    have = np.array([spacing_kji[source] for source in order])
    want = have if grid.spacing_mm is None else np.asarray(grid.spacing_mm, float)
    want = np.where(np.abs(want / have - 1.0) < _SAME_SPACING, have, want)
    if worst < _LARGEST_TILT_COSINE:
        return _patient_grid(geometry, grid.orientation, want)
    if np.array_equal(want, have):
        return turn, shape
    size = np.maximum(1, np.rint(np.asarray(shape) * have / want)).astype(int)
    scale = np.eye(4)
    for axis in range(3):
        factor = want[axis] / have[axis]
        scale[axis, axis] = factor
        scale[axis, 3] = (shape[axis] - 1) / 2 - factor * (size[axis] - 1) / 2
    return turn @ scale, (int(size[0]), int(size[1]), int(size[2]))


def _patient_grid(
    geometry: VolumeGeometry, orientation: str, spacing: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.float64], tuple[int, int, int]]:
    """Grid along the patient's axes around an oblique volume, about the same centre."""
    directions = np.array([_DIRECTIONS[letter] for letter in orientation], float)
    extent = np.ptp(geometry.corners_lps_mm @ directions.T, axis=0)
    size = np.maximum(1, np.ceil(extent / spacing)).astype(int)
    to_lps = np.eye(4)
    to_lps[:3, :3] = (directions * spacing[:, None]).T
    to_lps[:3, 3] = geometry.centre_lps_mm - to_lps[:3, :3] @ ((size - 1) / 2)
    to_kji = np.eye(4)[[2, 1, 0, 3]]
    matrix = to_kji @ geometry.affine_lps_to_ijk @ to_lps
    return matrix, (int(size[0]), int(size[1]), int(size[2]))
