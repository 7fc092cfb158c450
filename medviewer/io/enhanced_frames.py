"""Frames of enhanced multi-frame objects from functional groups and dimension indices."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medviewer.core.study import FrameReference
from medviewer.io.dicom_header import tag_of
from medviewer.io.frame_facts import FrameFacts
from medviewer.io.header_values import rounded, sequence

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from medviewer.io.dicom_header import FileHeader, Header

_FRAME_TYPES = (
    "MRImageFrameTypeSequence", "CTImageFrameTypeSequence", "PETFrameTypeSequence",
    "XRay3DFrameTypeSequence", "ParametricMapFrameTypeSequence",
)  # fmt: skip
_PLACE_POINTERS = frozenset(
    tag_of(keyword)
    for keyword in (
        "ImagePositionPatient", "InStackPositionNumber", "StackID", "PlanePositionSequence",
        "ImageOrientationPatient", "PlaneOrientationSequence", "FrameAcquisitionNumber",
        "ColumnPositionInTotalImagePixelMatrix", "RowPositionInTotalImagePixelMatrix",
    )
)  # fmt: skip
"""Dimensions that say where a frame lies, not what it shows."""


def enhanced_frames(header: FileHeader, template: FrameFacts) -> tuple[FrameFacts, ...]:
    """Return the frames of an object with functional groups (PS3.3 C.7.6.16).

    Parameters
    ----------
    header : FileHeader
    template : FrameFacts
        What the top level of the header says of every frame.
    """
    shared = next(iter(sequence(header, "SharedFunctionalGroupsSequence")), None)
    per_frame = sequence(header, "PerFrameFunctionalGroupsSequence")
    n_frames = max(1, header.integer("NumberOfFrames") or len(per_frame))
    dimensions = _extra_dimensions(header)
    frames = []
    for index in range(n_frames):
        own = per_frame[index] if index < len(per_frame) else None
        frames.append(_frame(_Groups(own, shared), template, index, dimensions))
    return tuple(frames)


class _Groups:
    """Functional groups of one frame: its own, else the shared ones."""

    def __init__(self, own: Header | None, shared: Header | None) -> None:
        self._headers = [h for h in (own, shared) if h is not None]

    def item(self, keyword: str) -> Header | None:
        """First item of a functional group."""
        for header in self._headers:
            items = sequence(header, keyword)
            if items:
                return items[0]
        return None

    def numbers(self, group: str, keyword: str) -> list[float]:
        """Numbers of an attribute of a group."""
        item = self.item(group)
        return [] if item is None else item.floats(keyword)

    def number(self, group: str, keyword: str) -> float | None:
        """First number of an attribute of a group."""
        numbers = self.numbers(group, keyword)
        return numbers[0] if numbers else None

    def text(self, group: str, keyword: str) -> str:
        """Text of an attribute of a group."""
        item = self.item(group)
        return "" if item is None else item.text(keyword)


def _extra_dimensions(header: Header) -> list[int]:
    """Positions in DimensionIndexValues of dimensions other than place (PS3.3 C.7.6.17)."""
    items = sequence(header, "DimensionIndexSequence")
    pointers = [_tag_value(item) for item in items]
    return [n for n, pointer in enumerate(pointers) if pointer not in _PLACE_POINTERS]


def _tag_value(item: Header) -> int:
    """DimensionIndexPointer as one number; the header gives an AT as two."""
    value = item.get("DimensionIndexPointer")
    if isinstance(value, list) and len(value) == 2:
        return int(value[0]) << 16 | int(value[1])
    return int(value) if isinstance(value, int) else 0


def _frame(groups: _Groups, template: FrameFacts, index: int, dimensions: list[int]) -> FrameFacts:
    position = groups.numbers("PlanePositionSequence", "ImagePositionPatient")
    orientation = groups.numbers("PlaneOrientationSequence", "ImageOrientationPatient")
    spacing = groups.numbers("PixelMeasuresSequence", "PixelSpacing")
    values = dict(template.values)
    values.update(_split_values(groups, dimensions))
    source = template.reference
    return FrameFacts(
        reference=FrameReference(
            source.path, index, source.sop_instance_uid, source.instance_number
        ),
        matrix=template.matrix,
        is_color=template.is_color,
        position_lps_mm=(position[0], position[1], position[2])
        if len(position) == 3
        else template.position_lps_mm,
        orientation=tuple(orientation) if len(orientation) == 6 else template.orientation,
        pixel_spacing_mm=(spacing[0], spacing[1])
        if len(spacing) == 2 and min(spacing) > 0
        else template.pixel_spacing_mm,
        thickness_mm=groups.number("PixelMeasuresSequence", "SliceThickness")
        or template.thickness_mm,
        time_key=_time_key(groups, template, index),
        values=values,
    )


def _time_key(groups: _Groups, template: FrameFacts, index: int) -> tuple[float, ...]:
    return (
        groups.number("FrameContentSequence", "TemporalPositionIndex") or 0.0,
        groups.number("TemporalPositionSequence", "TemporalPositionTimeOffset") or 0.0,
        groups.number("CardiacSynchronizationSequence", "NominalCardiacTriggerDelayTime") or 0.0,
        *template.time_key,
        float(index),
    )


def _split_values(groups: _Groups, dimensions: list[int]) -> dict[str, Hashable]:
    values: dict[str, Hashable] = {
        rule: value for rule, read in _RULES.items() if (value := read(groups)) not in (None, "")
    }
    for group in _FRAME_TYPES:
        frame_type = groups.text(group, "FrameType")
        if frame_type:
            values["image_type"] = tuple(v.strip().upper() for v in frame_type.split("\\"))
            component = groups.text(group, "ComplexImageComponent")
            if component:
                values["component"] = component.lower()
            break
    gradient = _gradient(groups)
    if gradient is not None:
        values["gradient"] = gradient
    indices = groups.numbers("FrameContentSequence", "DimensionIndexValues")
    extra = tuple(int(indices[n]) for n in dimensions if n < len(indices))
    if extra:
        values["dimension_indices"] = extra
    return values


def _gradient(groups: _Groups) -> tuple[float, ...] | None:
    diffusion = groups.item("MRDiffusionSequence")
    if diffusion is None:
        return None
    items = sequence(diffusion, "DiffusionGradientDirectionSequence")
    numbers = items[0].floats("DiffusionGradientOrientation") if items else []
    return tuple(round(n, 4) for n in numbers) if len(numbers) == 3 and any(numbers) else None


def _rounded(group: str, keyword: str, digits: int) -> Callable[[_Groups], float | None]:
    def read(groups: _Groups) -> float | None:
        return rounded(groups.number(group, keyword), digits)

    return read


def _text(group: str, keyword: str) -> Callable[[_Groups], str]:
    def read(groups: _Groups) -> str:
        return groups.text(group, keyword)

    return read


_RULES: dict[str, Callable[[_Groups], Hashable]] = {
    "stack": _text("FrameContentSequence", "StackID"),
    "kernel": _text("CTReconstructionSequence", "ConvolutionKernel"),
    "effective_echo_time": _rounded("MREchoSequence", "EffectiveEchoTime", 2),
    "b_value": _rounded("MRDiffusionSequence", "DiffusionBValue", 1),
    "flip_angle": _rounded("MRTimingAndRelatedParametersSequence", "FlipAngle", 1),
    "cardiac_phase": _rounded(
        "CardiacSynchronizationSequence", "NominalPercentageOfCardiacPhase", 1
    ),
    "trigger_time": _rounded("CardiacSynchronizationSequence", "NominalCardiacTriggerDelayTime", 1),
    "temporal_position": _rounded("FrameContentSequence", "TemporalPositionIndex", 0),
    "temporal_offset": _rounded("TemporalPositionSequence", "TemporalPositionTimeOffset", 3),
    "acquisition": _rounded("FrameContentSequence", "FrameAcquisitionNumber", 0),
}
