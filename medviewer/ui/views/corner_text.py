"""What the corners of a view say: values to lines. How they are painted is elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QLocale

from medviewer.core.cuts import recorded_slice
from medviewer.core.display import SlabMode, SliceState, TextLevel
from medviewer.core.planes import Orientation
from medviewer.core.volume import ImageStack, Volume
from medviewer.core.windowing import VoiLut, VoiWindow
from medviewer.ui.preset_names import preset_name
from medviewer.ui.warning_text import warning_text

if TYPE_CHECKING:
    from medviewer.core.cuts import Image
    from medviewer.core.display import VolumeState

translate = QCoreApplication.translate

_WRITTEN_ON = {"US", "IVUS"}
"""Modalities whose devices write into the image, whatever BurnedInAnnotation says."""


class Tone(Enum):
    """How a line is coloured."""

    NORMAL = "normal"
    DIM = "dim"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Line:
    """One line; the highest ``rank`` is left out first where there is no room, 0 never.

    Attributes
    ----------
    is_figures : bool
        Parts of it, two spaces apart, are shown whole or not at all: half a number is another one.
    """

    text: str
    rank: int = 5
    tone: Tone = Tone.NORMAL
    is_figures: bool = False


@dataclass(frozen=True, slots=True)
class CornerText:
    """Lines of the four corners, top to bottom.

    Attributes
    ----------
    is_on_text : bool
        Whether the image has text of its own in its pixels, from which these must stand out.
    """

    top_left: tuple[Line, ...] = ()
    top_right: tuple[Line, ...] = ()
    bottom_left: tuple[Line, ...] = ()
    bottom_right: tuple[Line, ...] = ()
    is_on_text: bool = False


@dataclass(frozen=True, slots=True)
class SliceFacts:
    """What a 2-D view knows besides the image and its state.

    Attributes
    ----------
    voi : VoiWindow, VoiLut or None
        In effect.
    position_mm : float or None
        Along the normal of the cut.
    plane_name : str
        ``"axial"`` ..., or "" without a place in the patient.
    scale : float or None
        Device pixels per image pixel.
    value_text : str
        What is under the cursor.
    uptake : str
        What the window means in a PET image.
    look : str
        Name of the saved look the image is shown in.
    """

    voi: VoiWindow | VoiLut | None = None
    n_slices: int = 1
    position_mm: float | None = None
    plane_name: str = ""
    scale: float | None = None
    value_text: str = ""
    uptake: str = ""
    label: str = ""
    look: str = ""
    attributes: dict[str, str] = field(default_factory=dict)


def slice_text(
    image: Image,
    state: SliceState,
    facts: SliceFacts,
    level: TextLevel,
    *,
    is_identity_shown: bool,
) -> CornerText:
    """Compose the corner text of a 2-D view."""
    a = facts.attributes
    warnings = warning_lines(image)
    if level is TextLevel.OFF:
        return CornerText(top_left=warnings)
    corners = CornerText(
        top_left=patient_lines(a, is_identity_shown=is_identity_shown) + warnings,
        top_right=study_lines(a, is_identity_shown=is_identity_shown),
        bottom_left=_display_lines(image, state, facts),
        bottom_right=_series_lines(image, a, state, facts),
        is_on_text=image.modality in _WRITTEN_ON or a.get("burned_in_annotation") == "YES",
    )
    return corners if level is TextLevel.FULL else minimal(corners)


@dataclass(frozen=True, slots=True)
class VolumeFacts:
    """What a 3-D view knows besides the image and its state."""

    preset: str
    shift: float


def volume_text(
    image: Image,
    state: VolumeState,
    facts: VolumeFacts,
    level: TextLevel,
    *,
    is_identity_shown: bool,
) -> CornerText:
    """Compose the corner text of a 3-D view."""
    a = image.attributes
    warnings = warning_lines(image)
    if level is TextLevel.OFF:
        return CornerText(top_left=warnings)
    preset = facts.preset
    if state.surface_threshold is not None:
        value = f"{number(state.surface_threshold)} {image.unit}".strip()
        preset = translate("CornerText", "Surface at {value}").format(value=value)
    elif facts.shift:
        preset += f"  {'+' if facts.shift > 0 else ''}{number(facts.shift)}"
    title = [a.get("series_number", ""), a.get("series_description", "")]
    attribution = Line(a.get("attribution", ""), 3, Tone.DIM)
    series = Line("  ".join(text for text in title if text), 1)
    corners = CornerText(
        top_left=patient_lines(a, is_identity_shown=is_identity_shown) + warnings,
        top_right=study_lines(a, is_identity_shown=is_identity_shown),
        bottom_left=_filled([Line(preset, 1)]),
        bottom_right=_filled([attribution, series]),
    )
    return corners if level is TextLevel.FULL else minimal(corners)


def minimal(corners: CornerText) -> CornerText:
    """Keep identity, slice, window, series and every warning."""

    def kept(lines: tuple[Line, ...]) -> tuple[Line, ...]:
        return tuple(line for line in lines if line.rank <= 1)

    return replace(
        corners,
        top_left=kept(corners.top_left),
        top_right=(),
        bottom_left=kept(corners.bottom_left),
        bottom_right=kept(corners.bottom_right),
    )


def shown_attributes(image: Image, state: SliceState) -> dict[str, str]:
    """Header facts of the shown image: the series' and, above them, the slice's own."""
    if isinstance(image, Volume):
        k = recorded_slice(image, state)
        if k is not None and k < len(image.slice_attributes):
            return {**image.attributes, **image.slice_attributes[k]}
        return image.attributes
    index = state.slice_index
    frame = image.frames[index] if 0 <= index < len(image.frames) else None
    return {**image.attributes, **(frame.attributes if frame is not None else {})}


def patient_lines(a: dict[str, str], *, is_identity_shown: bool) -> tuple[Line, ...]:
    """Who it is: name, id, birth date, sex and age."""
    if not is_identity_shown:
        return (Line(translate("CornerText", "Identity hidden"), 0, Tone.DIM),)
    lines = [Line(a.get("patient_name", ""), 0), Line(a.get("patient_id", ""), 1)]
    born = [a.get(key, "") for key in ("patient_birth_date", "patient_sex", "patient_age")]
    lines.append(Line("  ".join(text for text in born if text), 3))
    return _filled(lines)


def study_lines(a: dict[str, str], *, is_identity_shown: bool) -> tuple[Line, ...]:
    """Where and when: institution, study, date and time."""
    when = f"{a.get('study_date', '')}  {a.get('study_time', '')}".strip()
    described = Line(a.get("study_description", ""), 4)
    if not is_identity_shown:
        return _filled([described])
    return _filled(
        [Line(a.get("institution_name", ""), 6), described, Line(when, 2, is_figures=True)]
    )


def warning_lines(image: Image) -> tuple[Line, ...]:
    """Name what is wrong with the image, with its numbers."""
    return tuple(Line(warning_text(w), 0, Tone.WARNING) for w in image.warnings)


def window_text(voi: VoiWindow | VoiLut | None) -> str:
    """``W 1500  L -400  Lung``; empty for colour."""
    if voi is None:
        return ""
    if isinstance(voi, VoiLut):
        return translate("CornerText", "VOI LUT") + (
            f"  {voi.explanation}" if voi.explanation else ""
        )
    digits = 0 if voi.width >= 20 else 2 if voi.width >= 1 else 4
    text = f"W {number(voi.width, digits)}  L {number(voi.center, digits)}"
    return f"{text}  {preset_name(voi.explanation)}" if voi.explanation else text


def number(value: float, digits: int = 0) -> str:
    """Write a number with a true minus sign and no grouping."""
    locale = QLocale()
    locale.setNumberOptions(QLocale.NumberOption.OmitGroupSeparator)
    rounded = round(value, digits) + 0.0
    return locale.toString(rounded, "f", digits).replace("-", "\u2212")


def _display_lines(image: Image, state: SliceState, facts: SliceFacts) -> tuple[Line, ...]:
    scale = "" if facts.scale is None else f"{number(facts.scale * 100.0)} %"
    is_turned = state.rotation_deg % 360 and state.oblique == SliceState().oblique
    turned = f"{number(state.rotation_deg % 360)}°" if is_turned else ""
    zoom = "  ".join(text for text in (scale, turned) if text)
    lines = [
        Line(facts.value_text, 2, is_figures=True),
        Line(facts.look, 1),
        Line(_slab_text(state), 3, is_figures=True),
        Line(translate("CornerText", "Zoom {zoom}").format(zoom=zoom) if zoom else "", 4),
        Line(facts.uptake, 2, is_figures=True),
        Line(window_text(facts.voi), 1, is_figures=True),
        Line(_place_text(image, state, facts), 0, is_figures=True),
    ]
    return _filled(lines)


def _place_text(image: Image, state: SliceState, facts: SliceFacts) -> str:
    if facts.n_slices <= 1 and isinstance(image, ImageStack):
        return ""
    text = f"{state.slice_index + 1} / {facts.n_slices}"
    if facts.position_mm is not None:
        text += f"   {number(facts.position_mm, 1)} mm"
    return text


def _slab_text(state: SliceState) -> str:
    names = {
        SlabMode.MIP: translate("CornerText", "MIP"),
        SlabMode.MINIP: translate("CornerText", "MinIP"),
        SlabMode.MEAN: translate("CornerText", "Mean"),
    }
    if state.slab_mode is SlabMode.NONE:
        return ""
    return f"{names[state.slab_mode]} {number(state.slab_thickness_mm, 1)} mm"


def _series_lines(
    image: Image, a: dict[str, str], state: SliceState, facts: SliceFacts
) -> tuple[Line, ...]:
    title = [a.get("series_number", ""), a.get("series_description", ""), facts.label]
    side = [a.get("body_part_examined", ""), a.get("laterality", ""), a.get("view_position", "")]
    planes = {
        Orientation.AXIAL.value: translate("CornerText", "Axial"),
        Orientation.CORONAL.value: translate("CornerText", "Coronal"),
        Orientation.SAGITTAL.value: translate("CornerText", "Sagittal"),
        "oblique": translate("CornerText", "Oblique"),
    }
    lossy = a.get("lossy", "")
    lines = [
        Line(a.get("attribution", ""), 8, Tone.DIM),
        Line(_technique_text(a), 7),
        Line(_contrast_text(a), 6),
        Line("  ".join(text for text in side if text), 5),
        Line(_thickness_text(image, a, state), 3, is_figures=True),
        Line(
            translate("CornerText", "Lossy {method}").format(method=lossy) if lossy else "",
            0,
            Tone.WARNING,
        ),
        Line(planes.get(facts.plane_name, ""), 2),
        Line("  ".join(text for text in title if text), 1),
    ]
    return _filled(lines)


def _thickness_text(image: Image, a: dict[str, str], state: SliceState) -> str:
    """Thickness and distance of the slices as they were recorded; no reformatted plane has them."""
    if isinstance(image, Volume) and recorded_slice(image, state) is None:
        return ""
    parts = []
    thickness = a.get("slice_thickness", "")
    if thickness:
        parts.append(translate("CornerText", "{mm} mm thick").format(mm=thickness))
    if isinstance(image, Volume) and image.geometry.shape[0] > 1:
        digits = 2 if round(image.geometry.spacing_ijk_mm[2] * 100) % 10 else 1
        spacing = number(image.geometry.spacing_ijk_mm[2], digits)
        parts.append(translate("CornerText", "{mm} mm apart").format(mm=spacing))
    return "  ".join(parts)


def _technique_text(a: dict[str, str]) -> str:
    parts = [a.get("convolution_kernel", "")]
    for key, pattern in (
        ("kvp", "{} kV"),
        ("magnetic_field_strength", "{} T"),
        ("repetition_time", "TR {}"),
        ("echo_time", "TE {}"),
    ):
        if a.get(key):
            parts.append(pattern.format(a[key]))
    return "  ".join(part for part in parts if part)


def _contrast_text(a: dict[str, str]) -> str:
    agent = a.get("contrast_bolus_agent", "")
    return translate("CornerText", "Contrast {agent}").format(agent=agent) if agent else ""


def _filled(lines: list[Line]) -> tuple[Line, ...]:
    return tuple(line for line in lines if line.text)
