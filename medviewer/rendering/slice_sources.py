"""What a 2-D view can page through: a volume's cuts, or a stack's frames."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from medviewer.core.display import SlabMode
from medviewer.core.planes import Plane, acquisition_plane
from medviewer.core.windowing import VoiFunction, VoiLut, VoiWindow, auto_window
from medviewer.rendering.slice_cut import SliceCut, cut_for
from medviewer.rendering.slice_sampling import Sample, VolumeSampler

if TYPE_CHECKING:
    from collections.abc import Hashable

    import numpy.typing as npt

    from medviewer.core.display import SliceState
    from medviewer.core.overlay_plane import OverlayPlane
    from medviewer.core.volume import Frame, ImageStack, Volume

_SLICE_AXIS = 2
_ROUNDING_MM = 1e-6
_FLAT_PLANE = Plane(np.array([1.0, 0, 0]), np.array([0, 1.0, 0]), np.array([0, 0, 1.0]))
"""Screen axes of a frame that has no place in the patient: columns right, rows down."""


@dataclass(frozen=True, eq=False)
class SliceImage:
    """One image ready to be coloured and placed.

    Attributes
    ----------
    sample : Sample
        For a frame without geometry its affine is a flat one in mm (or pixels) from pixel (0, 0).
    plane : Plane
    default_voi : VoiWindow or VoiLut
    padding_value : float or None
    is_inverted : bool
        Presentation inversion of the image itself.
    is_loaded : bool
        Whether anything of it can be shown yet.
    position_mm : float or None
        Along the plane's normal; ``None`` without a place in the patient.
    half_thickness_mm : float
        How far the image stands for what lies before and behind it.
    is_scale_known : bool
        Whether the affine is in millimetres.
    frame_index : int or None
        Which frame of a stack it is; ``None`` for a volume.
    edge_letters : tuple of str or None
        (row direction, column direction) where only PatientOrientation is known.
    overlay_planes : tuple of OverlayPlane
        Drawings on exactly these pixels.
    """

    sample: Sample
    plane: Plane
    default_voi: VoiWindow | VoiLut
    padding_value: float | None = None
    is_inverted: bool = False
    is_loaded: bool = True
    position_mm: float | None = None
    half_thickness_mm: float = 0.5
    is_scale_known: bool = True
    frame_index: int | None = None
    edge_letters: tuple[str, str] | None = None
    overlay_planes: tuple[OverlayPlane, ...] = ()

    @property
    def is_in_patient(self) -> bool:
        """Whether the image has patient coordinates."""
        return self.position_mm is not None

    @property
    def is_color(self) -> bool:
        """Whether the values are RGB."""
        return self.sample.values.ndim == 3


class SliceSource(Protocol):
    """The images of a view."""

    def n_slices(self, state: SliceState) -> int:
        """Count of images."""

    def key(self, state: SliceState) -> Hashable:
        """Two states of equal key give the same :class:`SliceImage`."""

    def image(self, state: SliceState) -> SliceImage:
        """Return the image a state shows; an index beyond the ends means the end."""


class VolumeSource:
    """Cuts through a volume."""

    def __init__(self, volume: Volume) -> None:
        self._volume = volume
        self._sampler = VolumeSampler(volume)
        self._auto: tuple[int, VoiWindow] | None = None
        self._cut: SliceCut | None = None
        self._cut_key: tuple[object, ...] = ()

    def cut(self, state: SliceState) -> SliceCut:
        """Return the cut a state asks for; the same object while no image of it moves.

        A focus that moves within the images leaves them, up to rounding, where they are.
        """
        key = (state.orientation, state.oblique, state.focus_lps_mm)
        if self._cut is None or key != self._cut_key:
            cut = cut_for(state, self._volume.geometry)
            is_turned = key[:2] != self._cut_key[:2]
            if self._cut is None or is_turned or _is_shifted(self._cut, cut):
                self._cut = cut
            self._cut_key = key
        return self._cut

    def n_slices(self, state: SliceState) -> int:
        """Count of images."""
        return self.cut(state).n_slices

    def key(self, state: SliceState) -> Hashable:
        """Everything the sampled values depend on."""
        cut = self.cut(state)
        slab = (state.slab_mode, state.slab_thickness_mm)
        is_interpolated = cut.axes is not None or state.is_interpolated
        return (cut, _clamped(state.slice_index, cut.n_slices), slab, is_interpolated)

    def image(self, state: SliceState) -> SliceImage:
        """Sample the volume."""
        cut = self.cut(state)
        index = _clamped(state.slice_index, cut.n_slices)
        sample = self._sampler.sample(cut, index, state)
        return SliceImage(
            sample=sample,
            plane=cut.plane,
            default_voi=self._default_voi(),
            padding_value=self._volume.padding_value,
            is_inverted=self._volume.is_inverted,
            is_loaded=sample.is_known is None or bool(sample.is_known.any()),
            position_mm=cut.position_mm(index),
            half_thickness_mm=_thickness_mm(cut, state) / 2.0,
            overlay_planes=self._overlay_planes(cut, index),
        )

    def _overlay_planes(self, cut: SliceCut, index: int) -> tuple[OverlayPlane, ...]:
        """Return what is drawn on a recorded slice; nothing for any other cut."""
        if cut.axes is None or cut.axes[2] != _SLICE_AXIS:
            return ()
        return self._volume.overlay_planes.get(cut.grid_index(index), ())

    def _default_voi(self) -> VoiWindow | VoiLut:
        """First header window, else one from the loaded slices; settled once all are loaded."""
        volume = self._volume
        if volume.vois:
            return volume.vois[0]
        loaded = np.flatnonzero(volume.is_loaded)
        is_settled = self._auto is not None and self._auto[0] == loaded.size
        if self._auto is None or (loaded.size == volume.is_loaded.size and not is_settled):
            some = loaded[:: max(1, loaded.size // 16)]
            values = volume.voxels[some, ::2, ::2] if loaded.size else np.zeros(1)
            self._auto = (loaded.size, automatic_voi(values, volume.padding_value))
        return self._auto[1]


def _is_shifted(old: SliceCut, new: SliceCut) -> bool:
    """Whether parallel cuts lie apart by more than rounding."""
    return abs(new.first_mm - old.first_mm) > _ROUNDING_MM


class StackSource:
    """Frames of a stack, each with its own geometry or none."""

    def __init__(self, stack: ImageStack) -> None:
        self._stack = stack
        self._auto: dict[int, VoiWindow] = {}

    def n_slices(self, state: SliceState) -> int:
        """Count of frames."""
        return len(self._stack.frames)

    def key(self, state: SliceState) -> Hashable:
        """Index of the frame, and whether it is there."""
        index = _clamped(state.slice_index, len(self._stack.frames))
        return (index, self._stack.frames[index])

    def image(self, state: SliceState) -> SliceImage:
        """Return the frame; a black pixel while it is not loaded."""
        index = _clamped(state.slice_index, len(self._stack.frames))
        frame = self._stack.frames[index]
        if frame is None:
            return _missing_frame()
        return SliceImage(
            sample=Sample(frame.pixels, _frame_affine(frame)),
            plane=_FLAT_PLANE if frame.geometry is None else acquisition_plane(frame.geometry),
            default_voi=frame.vois[0] if frame.vois else self._automatic(index, frame),
            padding_value=frame.padding_value,
            is_inverted=frame.is_inverted,
            position_mm=_frame_position(frame),
            half_thickness_mm=frame.geometry.spacing_ijk_mm[2] / 2.0 if frame.geometry else 0.5,
            is_scale_known=frame.geometry is not None or frame.spacing_mm is not None,
            frame_index=index,
            edge_letters=frame.orientation_letters,
            overlay_planes=frame.overlay_planes,
        )

    def _automatic(self, index: int, frame: Frame) -> VoiWindow:
        """Per frame; for a cine one for all, so that brightness does not flicker."""
        key = 0 if self._stack.kind == "cine" else index
        if key not in self._auto:
            self._auto[key] = automatic_voi(frame.pixels, frame.padding_value)
        return self._auto[key]


def automatic_voi(values: npt.NDArray[np.generic], padding: float | None) -> VoiWindow:
    """Window of an image that brings none: 8-bit values as they are, else by percentiles."""
    if values.dtype == np.uint8:
        return VoiWindow(127.5, 255.0, VoiFunction.LINEAR_EXACT, "identity")
    return auto_window(values, padding)


def _thickness_mm(cut: SliceCut, state: SliceState) -> float:
    is_slab = state.slab_mode is not SlabMode.NONE
    return max(cut.step_mm, state.slab_thickness_mm) if is_slab else cut.step_mm


def _clamped(index: int, count: int) -> int:
    return min(max(index, 0), count - 1)


def _missing_frame() -> SliceImage:
    sample = Sample(np.zeros((1, 1), np.uint8), np.eye(4), np.zeros((1, 1), bool))
    voi = VoiWindow(127.5, 255.0, VoiFunction.LINEAR_EXACT)
    return SliceImage(sample, _FLAT_PLANE, voi, is_loaded=False, is_scale_known=False)


def _frame_affine(frame: Frame) -> npt.NDArray[np.float64]:
    if frame.geometry is not None:
        matrix = np.array(frame.geometry.affine_ijk_to_lps)
        matrix[:3, 2] = acquisition_plane(frame.geometry).normal
        return matrix
    row_spacing, column_spacing = frame.spacing_mm or (frame.pixel_aspect_ratio, 1.0)
    return np.diag([column_spacing, row_spacing, 1.0, 1.0])


def _frame_position(frame: Frame) -> float | None:
    if frame.geometry is None:
        return None
    return float(frame.geometry.origin_lps_mm @ acquisition_plane(frame.geometry).normal)
