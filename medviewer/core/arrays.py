"""Shape and frame aliases, stated once.

Axis order of every volume array is ``(slices, rows, columns)`` = index ``[k, j, i]``.
Index vectors handed to affine functions are ``(i, j, k)`` = (column, row, slice), the order
of NIfTI, VTK, SimpleITK and of DICOM's PS3.3 C.7.6.2.1.1 equation.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

VoxelArray: TypeAlias = npt.NDArray[Any]
"""``(slices, rows, columns)``; int16, uint8, uint16, int32 or float32 modality values."""

LabelArray: TypeAlias = npt.NDArray[np.uint8]
"""``(slices, rows, columns)``; 0 background, values are segment numbers."""

FrameArray: TypeAlias = npt.NDArray[Any]
"""``(rows, columns)`` modality values, or ``(rows, columns, 3)`` uint8 RGB."""

GrayImage: TypeAlias = npt.NDArray[np.uint8]
"""``(rows, columns)``; 0 black to 255 white."""

PointLps: TypeAlias = npt.NDArray[np.float64]
"""``(3,)`` patient coordinates in mm: +x left, +y posterior, +z superior."""

PointsLps: TypeAlias = npt.NDArray[np.float64]
"""``(n, 3)`` patient coordinates in mm."""

Affine: TypeAlias = npt.NDArray[np.float64]
"""``(4, 4)`` homogeneous transform."""
