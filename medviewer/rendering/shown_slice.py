"""What a 2-D view shows and where everything lies: the answers a scene gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from medviewer.core.display import SliceState
from medviewer.core.orientation import direction_letters

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.core.arrays import PointLps, PointsLps
    from medviewer.core.planes import Plane
    from medviewer.core.windowing import VoiLut, VoiWindow
    from medviewer.rendering.screen_frame import ScreenFrame
    from medviewer.rendering.slice_sources import SliceImage

_OPPOSITE = str.maketrans("LRPAHF", "RLAPFH")


class ShownSlice:
    """The image on the screen and its place; a :class:`SliceScene` keeps it up to date.

    Display coordinates are device pixels from the view's top left corner; pixel (0, 0) covers
    0 to 1, so its centre is (0.5, 0.5).
    """

    def __init__(self) -> None:
        self._state = SliceState()
        self._image: SliceImage | None = None
        self._frame: ScreenFrame | None = None

    # What is shown

    @property
    def is_slice_loaded(self) -> bool:
        """Whether the shown image has arrived."""
        return self._image is not None and self._image.is_loaded

    @property
    def is_size_known(self) -> bool:
        """Whether it is known how large the shown image is: without its frame it is not."""
        return self._image is not None and (self._image.is_loaded or self.is_in_patient)

    @property
    def is_in_patient(self) -> bool:
        """Whether the shown image has patient coordinates."""
        return self._image is not None and self._image.is_in_patient

    @property
    def slice_position_mm(self) -> float | None:
        """Position along the plane's normal, patient LPS; ``None`` where there is none."""
        return None if self._image is None else self._image.position_mm

    @property
    def plane(self) -> Plane | None:
        """Screen axes of the unturned view in patient LPS, after oblique rotation."""
        return self._image.plane if self._image is not None and self.is_in_patient else None

    @property
    def voi(self) -> VoiWindow | VoiLut | None:
        """Window in effect: the state's, else the image's default; ``None`` for colour."""
        if self._image is None or self._image.is_color:
            return None
        return self._state.voi or self._image.default_voi

    # Where things are

    @property
    def screen_frame(self) -> ScreenFrame | None:
        """The mapping behind the queries; ``None`` without an image."""
        return self._frame

    @property
    def corners_lps_mm(self) -> PointsLps | None:
        """``(4, 3)`` outer corners of the shown image, in order around it; for reference lines."""
        if self._image is None or not self._image.is_in_patient:
            return None
        rows, columns = self._image.sample.values.shape[:2]
        around = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float) * (columns, rows) - 0.5
        index = np.column_stack([around, np.zeros(4), np.ones(4)])
        return (index @ self._image.sample.index_to_lps.T)[:, :3]

    def display_to_lps(self, x: float, y: float) -> PointLps | None:
        """Patient point under a device pixel, on the shown cut."""
        if self._frame is None or not self.is_in_patient:
            return None
        return self._frame.display_to_lps(x, y)

    def lps_to_display(self, point_lps_mm: npt.ArrayLike) -> tuple[float, float, float] | None:
        """Device pixel of a patient point, and its distance in mm from the cut."""
        if self._frame is None or not self.is_in_patient:
            return None
        x, y, distance_mm = self._frame.lps_to_display(point_lps_mm)
        return float(x), float(y), float(distance_mm)

    def display_to_image(self, x: float, y: float) -> tuple[float, float] | None:
        """(column, row) of the shown image under a device pixel; centres are whole numbers."""
        if self._frame is None or self._image is None:
            return None
        point = np.append(self._frame.display_to_lps(x, y), 1.0)
        column, row = (np.linalg.inv(self._image.sample.index_to_lps) @ point)[:2]
        return float(column), float(row)

    def image_to_display(self, column: float, row: float) -> tuple[float, float] | None:
        """Device pixel of a point of the shown image."""
        if self._frame is None or self._image is None:
            return None
        point = (self._image.sample.index_to_lps @ (column, row, 0.0, 1.0))[:3]
        x, y, _ = self._frame.lps_to_display(point)
        return float(x), float(y)

    def value_at(self, x: float, y: float) -> float | tuple[int, int, int] | None:
        """Modality value (or RGB) of the pixel under a device pixel; ``None`` outside."""
        position = self.display_to_image(x, y)
        if position is None or self._image is None:
            return None
        sample = self._image.sample
        column, row = round(position[0]), round(position[1])
        rows, columns = sample.values.shape[:2]
        if not (0 <= column < columns and 0 <= row < rows):
            return None
        is_known = np.True_ if sample.is_known is None else sample.is_known
        if not np.broadcast_to(is_known, (rows, columns))[row, column]:
            return None
        value = sample.values[row, column]
        if self._image.is_color:
            red, green, blue = (int(v) for v in value)
            return red, green, blue
        return float(value)

    def letters(self) -> dict[str, str]:
        """Patient letters at the edges: keys left, right, top, bottom; empty where unknown."""
        right, down = self._letters_right_down()
        return {
            "left": right.translate(_OPPOSITE),
            "right": right,
            "top": down.translate(_OPPOSITE),
            "bottom": down,
        }

    def px_per_mm(self) -> float | None:
        """Device pixels per millimetre; ``None`` where the image has no known scale."""
        if self._frame is None or self._image is None or not self._image.is_scale_known:
            return None
        return 1.0 / self._frame.mm_per_px

    # Inside

    def _letters_right_down(self) -> tuple[str, str]:
        if self._frame is None or self._image is None:
            return "", ""
        if self._image.is_in_patient:
            return direction_letters(self._frame.right), direction_letters(self._frame.down)
        if self._image.edge_letters is None:
            return "", ""
        rows, columns = self._image.edge_letters
        return (
            _along(self._frame.right, rows, columns),
            _along(self._frame.down, rows, columns),
        )


def _along(direction: npt.NDArray[np.float64], row_letters: str, column_letters: str) -> str:
    """Letters of a screen direction from those of a flat image's x and y."""
    axis = int(np.argmax(np.abs(direction[:2])))
    letters = (row_letters, column_letters)[axis]
    return letters if direction[axis] > 0 else letters.translate(_OPPOSITE)
