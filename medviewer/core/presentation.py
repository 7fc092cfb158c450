"""How somebody saved the look of an image: a Grayscale Softcopy Presentation State (PS3.3 A.33.1).

Places are in pixels (column, row) from the upper left corner of the upper left pixel, whose centre
is (0.5, 0.5), or in fractions of the displayed image (PS3.3 C.10.5.1.1).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medviewer.core.study import FrameReference, VolumeRecord
    from medviewer.core.windowing import VoiLut, VoiWindow

Point: TypeAlias = tuple[float, float]
Images: TypeAlias = frozenset[tuple[str, int | None]]
"""SOPInstanceUID and frame from 0, ``None`` for all frames; empty means every image there is."""

_N_ROUND = 64


class DrawingKind(StrEnum):
    """What the points of a drawing mean."""

    POINT = "POINT"
    POLYLINE = "POLYLINE"
    CIRCLE = "CIRCLE"
    """Centre, and a point of the circle."""
    ELLIPSE = "ELLIPSE"
    """Both ends of the major axis, then of the minor one."""
    TEXT = "TEXT"
    """Where the text begins."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A line, a mark or a text.

    Attributes
    ----------
    is_in_pixels : bool
        Else its points are fractions of the displayed image.
    images : Images
        What it is drawn on.
    """

    kind: DrawingKind
    points: tuple[Point, ...]
    is_in_pixels: bool = True
    text: str = ""
    images: Images = frozenset()


@dataclass(frozen=True, slots=True)
class SavedWindow:
    """A window or table, and the images it is for."""

    voi: VoiWindow | VoiLut
    images: Images = frozenset()


@dataclass(frozen=True, slots=True)
class DisplayedArea:
    """Part of the image that was on the screen, by its corners, and the images it is for."""

    corners: tuple[Point, Point]
    images: Images = frozenset()


@dataclass(frozen=True, eq=False)
class PresentationState:
    """A saved look.

    Attributes
    ----------
    id : str
        SOPInstanceUID.
    label : str
        ContentDescription, else ContentLabel.
    creator, created : str
        Who saved it, as DICOM writes names, and when (``YYYYMMDD``); "" where nothing says so.
    images : Images
        What it may be applied to.
    is_inverted : bool
        Whether high values are dark, whatever the image itself says (PS3.3 C.11.6).
    rotation_deg : float
        Clockwise, before the flip (PS3.3 C.10.6).
    openings : tuple of polygons
        What lies outside any of them is covered (PS3.3 C.7.6.11).
    areas : tuple of DisplayedArea
        What is to fill the view (PS3.3 C.10.4); a size on the screen is not followed.
    """

    id: str
    label: str = ""
    creator: str = ""
    created: str = ""
    images: Images = frozenset()
    windows: tuple[SavedWindow, ...] = ()
    is_inverted: bool = False
    rotation_deg: float = 0.0
    is_flipped: bool = False
    drawings: tuple[Drawing, ...] = ()
    openings: tuple[tuple[Point, ...], ...] = ()
    areas: tuple[DisplayedArea, ...] = ()

    def voi_for(self, frame: FrameReference) -> VoiWindow | VoiLut | None:
        """Window saved for a frame; ``None`` where its own is to be used."""
        return next((w.voi for w in self.windows if names(w.images, frame)), None)

    def area_on(self, frame: FrameReference) -> DisplayedArea | None:
        """Part of a frame that is to fill the view; ``None`` for all of it."""
        return next((area for area in self.areas if names(area.images, frame)), None)

    def drawings_on(self, frame: FrameReference) -> list[Drawing]:
        """Return what is drawn on a frame."""
        return [d for d in self.drawings if names(d.images, frame)]


def names(images: Images, frame: FrameReference) -> bool:
    """Whether a frame is among images."""
    uid = frame.sop_instance_uid
    return not images or (uid, None) in images or (uid, frame.frame_index) in images


def shown_frame(record: VolumeRecord, image_index: int) -> FrameReference | None:
    """Frame that is the reader's n-th image (from 0) of a series as it was recorded."""
    if not record.frames:
        return None
    return record.frames[record.frame_of_slice(record.recorded_index(image_index))]


def line_of(drawing: Drawing) -> tuple[Point, ...]:
    """Points along the line of a drawing, closed where it is round."""
    points = drawing.points
    if drawing.kind is DrawingKind.CIRCLE and len(points) == 2:
        (x, y), (on_x, on_y) = points
        radius = math.hypot(on_x - x, on_y - y)
        return _round((x, y), (radius, 0.0), (0.0, radius))
    if drawing.kind is DrawingKind.ELLIPSE and len(points) == 4:
        (ax, ay), (bx, by), (cx, cy), (dx, dy) = points
        centre = ((ax + bx) / 2.0, (ay + by) / 2.0)
        major, minor = ((bx - ax) / 2.0, (by - ay) / 2.0), ((dx - cx) / 2.0, (dy - cy) / 2.0)
        return _round(centre, major, minor)
    return tuple(points)


def circle(centre: Point, radius: float) -> tuple[Point, ...]:
    """Polygon of a round opening."""
    return _round(centre, (radius, 0.0), (0.0, radius))


def _round(centre: Point, major: Sequence[float], minor: Sequence[float]) -> tuple[Point, ...]:
    angles = (2.0 * math.pi * n / _N_ROUND for n in range(_N_ROUND + 1))
    return tuple(
        (
            centre[0] + math.cos(angle) * major[0] + math.sin(angle) * minor[0],
            centre[1] + math.cos(angle) * major[1] + math.sin(angle) * minor[1],
        )
        for angle in angles
    )
