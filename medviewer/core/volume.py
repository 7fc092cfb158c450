"""Decoded images: a volume on a grid, or a stack of frames. How they are shown is elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from medviewer.core.arrays import FrameArray, VoxelArray
    from medviewer.core.geometry import VolumeGeometry
    from medviewer.core.overlay_plane import OverlayPlane
    from medviewer.core.study import SeriesWarning
    from medviewer.core.windowing import VoiLut, VoiWindow


_AIR_HU, _TISSUE_HU, _LEAST_HU = (-1100.0, -700.0), (-150.0, 150.0), -3100.0
_LEAST_SHARE = 0.03


@dataclass(frozen=True, eq=False)
class Volume:
    """Modality values on a regular patient grid.

    Attributes
    ----------
    id : str
        The :class:`VolumeRecord`'s id.
    voxels : array, shape (slices, rows, columns)
        C-contiguous, after the Modality LUT; int16 where the values fit, else float32 (or
        uint8/uint16/int32). Read-only for everybody but the loader that fills it.
    geometry : VolumeGeometry
    frame_of_reference_uid : str
    modality : str
    unit : str
        ``"HU"``, ``"Bq/ml"``, ``"Gy"`` ... or "".
    vois : tuple of VoiWindow or VoiLut
        From the header, first is the default, in the unit of the voxels.
    padding_value : float or None
        Voxels of this value are outside the image.
    is_inverted : bool
        Presentation inversion (MONOCHROME1 or PresentationLUTShape INVERSE), applied last, once.
    is_loaded : bool array, shape (slices,)
        Which slices hold their values; written by the loader, read by anyone.
    attributes : mapping
        Header facts for corner text: DICOM keyword in snake_case to text.
    slice_attributes : tuple of mapping
        The same per slice, where it differs (instance_number, slice_location, ...).
    overlay_planes : dict
        Slice to the OverlayPlanes drawn on it; only slices that have any.
    """

    id: str
    voxels: VoxelArray
    geometry: VolumeGeometry
    frame_of_reference_uid: str = ""
    modality: str = ""
    unit: str = ""
    vois: tuple[VoiWindow | VoiLut, ...] = ()
    padding_value: float | None = None
    is_inverted: bool = False
    warnings: tuple[SeriesWarning, ...] = ()
    is_loaded: npt.NDArray[np.bool_] = field(default_factory=lambda: np.ones(0, bool))
    attributes: dict[str, str] = field(default_factory=dict)
    slice_attributes: tuple[dict[str, str], ...] = ()
    overlay_planes: dict[int, tuple[OverlayPlane, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.voxels.shape != self.geometry.shape:
            msg = f"Voxels {self.voxels.shape} do not fit the geometry {self.geometry.shape}."
            raise ValueError(msg)
        if self.is_loaded.size == 0:
            object.__setattr__(self, "is_loaded", np.ones(self.voxels.shape[0], bool))

    @property
    def n_bytes(self) -> int:
        """Memory the voxels take."""
        return int(self.voxels.nbytes)

    @cached_property
    def preset_modality(self) -> str:
        """Modality whose presets fit: the header's, or ``"CT"`` where values without one do."""
        return "CT" if not self.modality and _is_like_hounsfield(self.voxels) else self.modality

    @property
    def all_overlay_planes(self) -> tuple[OverlayPlane, ...]:
        """Drawings on the slices that have arrived."""
        return tuple(p for planes in list(self.overlay_planes.values()) for p in planes)


@dataclass(frozen=True, eq=False)
class Frame:
    """One 2-D image of a stack, with what is known about its place.

    Attributes
    ----------
    pixels : array
        ``(rows, columns)`` modality values or ``(rows, columns, 3)`` uint8 RGB.
    geometry : VolumeGeometry or None
        One-slice grid in the patient, where the header gives a position and orientation.
    spacing_mm : tuple of float or None
        (row, column) between pixel centres; ``None`` means unknown: lengths are in pixels.
    spacing_source : str
        ``"calibrated"``, ``"at detector"``, ``"magnified"``, ``"geometry"`` or ``"unknown"``.
    orientation_letters : tuple of str or None
        (row direction, column direction) from PatientOrientation where there is no geometry.
    overlay_planes : tuple of OverlayPlane
        Drawings that came with the pixels.
    """

    pixels: FrameArray
    geometry: VolumeGeometry | None = None
    spacing_mm: tuple[float, float] | None = None
    spacing_source: str = "unknown"
    pixel_aspect_ratio: float = 1.0
    """Row spacing over column spacing, where only the ratio is known."""
    orientation_letters: tuple[str, str] | None = None
    vois: tuple[VoiWindow | VoiLut, ...] = ()
    padding_value: float | None = None
    is_inverted: bool = False
    attributes: dict[str, str] = field(default_factory=dict)
    overlay_planes: tuple[OverlayPlane, ...] = ()

    @property
    def is_color(self) -> bool:
        """Whether the pixels are RGB."""
        return self.pixels.ndim == 3


@dataclass(frozen=True, eq=False)
class ImageStack:
    """Frames to be read one after another: radiographs, cine, colour, irregular series.

    ``frames`` entries are ``None`` until loaded; the loader fills them in place.
    """

    id: str
    frames: list[Frame | None]
    kind: str = "stack"
    """``stack``, ``radiograph`` or ``cine`` (a SeriesKind value)."""
    frame_of_reference_uid: str = ""
    modality: str = ""
    unit: str = ""
    frame_rate_hz: float | None = None
    """Recorded rate (FrameTime, RecommendedDisplayFrameRate, CineRate), for cine."""
    warnings: tuple[SeriesWarning, ...] = ()
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def preset_modality(self) -> str:
        """Modality whose presets fit."""
        return self.modality

    @property
    def n_bytes(self) -> int:
        """Memory the decoded frames take."""
        return sum(f.pixels.nbytes for f in self.frames if f is not None)

    @property
    def all_overlay_planes(self) -> tuple[OverlayPlane, ...]:
        """Drawings on the frames that have arrived."""
        return tuple(p for f in self.frames if f is not None for p in f.overlay_planes)

    def frame_at(self, index: int) -> Frame | None:
        """Frame shown at an index, the last one beyond the end; ``None`` until it is decoded."""
        return self.frames[min(index, len(self.frames) - 1)]

    def is_color_at(self, index: int) -> bool:
        """Whether the frame shown at an index is decoded and RGB."""
        frame = self.frame_at(index)
        return frame is not None and frame.is_color


def _is_like_hounsfield(voxels: VoxelArray) -> bool:
    """Whether values of a file that names no modality are those of a CT: air and soft tissue."""
    stride = max(1, round((voxels.size / 300_000) ** (1 / 3)))
    sample = voxels[::stride, ::stride, ::stride]
    shares = [np.mean((sample >= low) & (sample <= high)) for low, high in (_AIR_HU, _TISSUE_HU)]
    return bool(min(shares) >= _LEAST_SHARE and np.percentile(sample, 1.0) >= _LEAST_HU)


def fits_int16(minimum: float, maximum: float, *values: Any) -> bool:
    """Whether whole numbers from ``minimum`` to ``maximum`` (and ``values``) fit int16."""
    everything = (minimum, maximum, *values)
    info = np.iinfo(np.int16)
    return all(float(v).is_integer() and info.min <= v <= info.max for v in everything)
