"""3-D presets: how values become colour and opacity, read from ``volume_presets.json``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPiecewiseFunction
from vtkmodules.vtkRenderingCore import vtkColorTransferFunction, vtkVolumeProperty

from medviewer.core.resources import bundled_path

if TYPE_CHECKING:
    from medviewer.core.volume import Volume

_DEFAULTS = {"CT": "CT bone", "MR": "MR default", "PT": "PET MIP", "NM": "PET MIP"}
_FALLBACK = "MR default"


@dataclass(frozen=True, slots=True)
class VolumePreset:
    """One named transfer function.

    Attributes
    ----------
    name : str
    modality : str
        The modality it is meant for: ``"CT"``, ``"MR"``, ``"PT"``.
    blend : str
        ``"composite"``, or ``"mip"`` or ``"minip"``: the highest or lowest value on each ray.
    domain : str
        Unit of the positions: ``"value"`` (CT: HU) or ``"percent"`` of the image's value range.
    color : tuple of tuple
        (position, red, green, blue), colours 0 to 255.
    opacity : tuple of tuple
        (position, opacity over `unit_mm`), 0 to 1.
    lighting : tuple of float or None
        (ambient, diffuse, specular, specular power); ``None`` is unlit.
    is_inside_body : bool
        Whether the skin, the table and the clothes are left out (CT presets of air inside).
    unit_mm : float
        Path length the opacities are meant for: smaller is denser.
    """

    name: str
    modality: str
    blend: str
    domain: str
    color: tuple[tuple[float, ...], ...]
    opacity: tuple[tuple[float, ...], ...]
    lighting: tuple[float, ...] | None
    is_inside_body: bool
    unit_mm: float


@cache
def volume_presets() -> dict[str, VolumePreset]:
    """All presets by name, in the order they are offered."""
    text = bundled_path("resources", "presets", "volume_presets.json").read_text(encoding="utf-8")
    return {entry["name"]: _preset(entry) for entry in json.loads(text)}


def presets_for(modality: str) -> tuple[VolumePreset, ...]:
    """Presets meant for a modality; all of them for one that has none of its own."""
    every = tuple(volume_presets().values())
    return tuple(p for p in every if p.modality == modality) or every


def default_preset(modality: str) -> VolumePreset:
    """Preset a volume of this modality starts with."""
    return volume_presets()[_DEFAULTS.get(modality, _FALLBACK)]


def value_range(volume: Volume) -> tuple[float, float]:
    """Values at 0 and 100 percent: the 1st and 99.8th percentile of a sample."""
    stride = max(1, round((volume.voxels.size / 300_000) ** (1 / 3)))
    sample = volume.voxels[::stride, ::stride, ::stride]
    if volume.padding_value is not None and (sample != volume.padding_value).any():
        sample = sample[sample != volume.padding_value]
    low, high = np.percentile(sample, (1.0, 99.8))
    return float(low), float(high) if high > low else float(low) + 1.0


def volume_property(
    preset: VolumePreset, shift: float, values_at_percent: tuple[float, float]
) -> vtkVolumeProperty:
    """Build VTK's property.

    Parameters
    ----------
    preset : VolumePreset
    shift : float
        Added to every position, in the unit of the voxels.
    values_at_percent : tuple of float
        Values at 0 and 100 percent, for presets in percent.
    """
    low, high = values_at_percent if preset.domain == "percent" else (0.0, 100.0)
    scale = (high - low) / 100.0
    color = vtkColorTransferFunction()
    for position, *rgb in preset.color:
        color.AddRGBPoint(low + position * scale + shift, *(c / 255.0 for c in rgb))
    opacity = vtkPiecewiseFunction()
    for position, value in preset.opacity:
        opacity.AddPoint(low + position * scale + shift, value)
    result = vtkVolumeProperty()
    result.SetColor(color)
    result.SetScalarOpacity(opacity)
    result.SetScalarOpacityUnitDistance(preset.unit_mm)
    result.SetInterpolationTypeToLinear()
    if preset.lighting is not None:
        ambient, diffuse, specular, power = preset.lighting
        result.ShadeOn()
        result.SetAmbient(ambient)
        result.SetDiffuse(diffuse)
        result.SetSpecular(specular)
        result.SetSpecularPower(power)
    return result


def _preset(entry: dict[str, Any]) -> VolumePreset:
    lighting = entry.get("lighting")
    return VolumePreset(
        name=entry["name"],
        modality=entry["modality"],
        blend=entry.get("blend", "composite"),
        domain=entry.get("domain", "value"),
        color=tuple(tuple(point) for point in entry["color"]),
        opacity=tuple(tuple(point) for point in entry["opacity"]),
        lighting=None if lighting is None else tuple(lighting),
        is_inside_body=entry.get("inside_body", False),
        unit_mm=entry.get("unit_mm", 1.0),
    )
