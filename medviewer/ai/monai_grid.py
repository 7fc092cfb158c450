"""The grid and the tiles that MONAI gives a network: an imported one says what it says there.

MONAI turns axes without straightening them, interpolates without averaging, normalises before or
afterwards, as the bundle says, and blends logits of tiles that it places by a step.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from monai.data.utils import compute_shape_offset, zoom_affine
from monai.inferers import sliding_window_inference
from scipy import ndimage

from medviewer.ai.normalisation import normalise

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from medviewer.ai.model_card import InputGrid, SlidingWindow
    from medviewer.core.tasks import TaskContext

    FloatArray = npt.NDArray[np.float32]
    Matrix = npt.NDArray[np.float64]

_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
_SAME_MM = 1e-3


def monai_values(
    turned: npt.NDArray[np.generic], to_lps: Matrix, grid: InputGrid
) -> tuple[FloatArray, Matrix]:
    """Put voxels on MONAI's grid.

    Parameters
    ----------
    turned : array
        On the grid's axes.
    to_lps : array, shape (4, 4)
        Array index of ``turned`` to patient LPS mm.
    grid : InputGrid
        Its spacing and normalisation.

    Returns
    -------
    float32 array, array of shape (4, 4)
        Network values, and tensor index to index of ``turned``.

    Notes
    -----
    ``monai.transforms.Spacing`` with ``align_corners=False`` and ``padding_mode="border"``.
    """
    values, to_turned = np.ascontiguousarray(turned, np.float32), np.eye(4)
    if grid.is_normalised_first:
        values = normalise(values, grid.normalisation)
    have = np.linalg.norm(to_lps[:3, :3], axis=0)
    if grid.spacing_mm is not None and not np.allclose(have, grid.spacing_mm, atol=_SAME_MM):
        # MONAI's own functions: whether grids share a corner or their middle hangs on rounding.
        affine = _LPS_TO_RAS @ to_lps
        wanted = np.asarray(zoom_affine(affine, grid.spacing_mm, diagonal=False))
        size, offset = compute_shape_offset(turned.shape, affine, wanted)
        wanted[:3, 3] = offset
        exact = np.linalg.inv(affine) @ wanted
        factors, shift = np.diag(exact)[:3], exact[:3, 3]
        to_turned = np.diag([*factors, 1.0])
        to_turned[:3, 3] = shift
        values = ndimage.affine_transform(
            values, factors, shift, output_shape=tuple(size), order=1, mode="nearest"
        )
    if not grid.is_normalised_first:
        values = normalise(values, grid.normalisation)
    if grid.window is None:  # MONAI would refuse what is no multiple
        margins = [(0, -n % grid.multiple) for n in values.shape]
        values = np.pad(values, margins, constant_values=grid.fill)
    return values, to_turned


def monai_tiles(
    forward: Callable[[torch.Tensor], torch.Tensor],
    values: FloatArray,
    window: SlidingWindow,
    context: TaskContext,
) -> torch.Tensor:
    """Blend a network's logits over a volume in MONAI's tiles.

    Parameters
    ----------
    forward : callable
        Tensor ``(1, 1, *tile)`` to logits ``(1, channels, *tile)``.
    values : float32 array
        Network values.
    window : SlidingWindow
        Size, overlap and blending.
    context : TaskContext
        One checkpoint for each tile.

    Returns
    -------
    torch.Tensor, shape (1, channels, *values.shape)
        Logits.
    """

    def answer(tile: torch.Tensor) -> torch.Tensor:
        context.checkpoint()
        return forward(tile)

    with torch.inference_mode():
        logits: torch.Tensor = sliding_window_inference(
            torch.from_numpy(values)[None, None],
            window.size,
            1,
            answer,
            window.overlap,
            mode=window.blending,
        )
    return logits
