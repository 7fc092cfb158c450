"""How things are shown. A volume never knows this; a view holds one frozen state."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from medviewer.core.planes import Orientation

if TYPE_CHECKING:
    from medviewer.core.windowing import VoiLut, VoiWindow


class SlabMode(StrEnum):
    """How a thick slab is projected."""

    NONE = "none"
    MIP = "mip"
    MINIP = "minip"
    MEAN = "mean"


class TextLevel(StrEnum):
    """How much corner text a view shows."""

    FULL = "full"
    MINIMAL = "minimal"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class SliceState:
    """State of a 2-D view (stack, MPR, radiograph, cine); belongs to (view, series).

    Attributes
    ----------
    orientation : Orientation
    slice_index : int
        From 0 along the plane's normal (the reader's order); for an ImageStack the frame.
    focus_lps_mm : tuple of float or None
        Crosshair point shared by linked views.
    oblique : tuple of 9 float
        Row-major patient rotation of the MPR axes; identity for none.
    voi : VoiWindow, VoiLut or None
        ``None`` means the image's default.
    zoom : float
        1.0 fits the image into the view.
    pan_fraction : tuple of float
        Shift in fractions of the view's shorter side, (right, down).
    rotation_deg : float
        Screen rotation, clockwise.
    are_overlay_planes_shown : bool
        Whether drawings that came with the image (PS3.3 C.9.2) lie over it.
    presentation_id : str
        Id of the saved look whose drawings and shutter lie over it; empty for none.
    """

    orientation: Orientation = Orientation.ACQUISITION
    slice_index: int = 0
    focus_lps_mm: tuple[float, float, float] | None = None
    oblique: tuple[float, ...] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    voi: VoiWindow | VoiLut | None = None
    is_inverted: bool = False
    zoom: float = 1.0
    pan_fraction: tuple[float, float] = (0.0, 0.0)
    rotation_deg: float = 0.0
    flip_horizontal: bool = False
    flip_vertical: bool = False
    is_interpolated: bool = True
    color_table: str = "gray"
    are_overlay_planes_shown: bool = True
    slab_mode: SlabMode = SlabMode.NONE
    slab_thickness_mm: float = 10.0
    presentation_id: str = ""


@dataclass(frozen=True, slots=True)
class VolumeState:
    """State of a 3-D view.

    Attributes
    ----------
    preset : str
        Name of a transfer function in ``resources/presets``.
    shift : float
        Shift of the transfer function in the unit of the voxels.
    azimuth_deg, elevation_deg, roll_deg : float
        Camera; 0, 0, 0 looks at the patient from the front, head up.
    crop : tuple of 6 float
        Kept box in fractions of the grid (i0, i1, j0, j1, k0, k1).
    cut_plane : tuple of 6 float or None
        Point and normal of a cut in patient LPS mm; the side the normal points to is removed.
    surface_threshold : float or None
        Shows an isosurface at this value instead of volume rendering.
    """

    preset: str = ""
    shift: float = 0.0
    azimuth_deg: float = 0.0
    elevation_deg: float = 0.0
    roll_deg: float = 0.0
    zoom: float = 1.0
    pan_fraction: tuple[float, float] = (0.0, 0.0)
    crop: tuple[float, ...] = (0.0, 1.0, 0.0, 1.0, 0.0, 1.0)
    cut_plane: tuple[float, ...] | None = None
    surface_threshold: float | None = None
    is_shown_crop: bool = False


@dataclass(frozen=True, slots=True)
class OverlayDisplay:
    """How one result is shown over the image; created beside it, never inside it.

    Attributes
    ----------
    hidden_segments : frozenset of int
        Segment numbers that are not drawn.
    score_threshold : float
        Findings below it are not drawn.
    saliency_threshold : float
        Saliency below it is transparent.
    """

    is_visible: bool = True
    opacity: float = 1.0
    fill_opacity: float = 0.2
    is_outline_shown: bool = True
    hidden_segments: frozenset[int] = field(default_factory=frozenset)
    score_threshold: float = 0.0
    saliency_threshold: float = 0.15
