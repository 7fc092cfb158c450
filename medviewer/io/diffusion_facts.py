"""Diffusion weighting and complex part of an MR image, standard attributes and vendors' own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from medviewer.io.header_values import private_numbers

if TYPE_CHECKING:
    from collections.abc import Hashable

    from medviewer.io.dicom_header import Header

_B_VALUE_TAGS = {"SIEMENS": 0x0019100C, "PHILIPS": 0x20011003, "UIH": 0x00651009}
_DIRECTION_TAGS = {
    "SIEMENS": (0x0019100E,),
    "GE": (0x001910BB, 0x001910BC, 0x001910BD),
    "PHILIPS": (0x200510B0, 0x200510B1, 0x200510B2),
    "UIH": (0x00651037,),
}
_GE_B_VALUE, _GE_PART, _PHILIPS_PART = 0x00431039, 0x0043102F, 0x20051011
_GE_OFFSET = 100_000
"""GE adds multiples of it to the b-value to mark newer software."""


def diffusion_values(header: Header) -> dict[str, Hashable]:
    """Return the ``b_value``, ``gradient`` and ``component`` rules' values that are known."""
    vendor = vendor_of(header)
    values: dict[str, Hashable] = {}
    b_value = _b_value(header, vendor)
    if b_value is not None:
        values["b_value"] = round(b_value, 1)
        gradient = _gradient(header, vendor)
        if gradient is not None and any(gradient):
            values["gradient"] = gradient
    component = _component(header, vendor)
    if component:
        values["component"] = component
    return values


def vendor_of(header: Header) -> str:
    """``SIEMENS``, ``GE``, ``PHILIPS``, ``UIH`` or ""."""
    manufacturer = header.text("Manufacturer").upper()
    return next((v for v in ("SIEMENS", "GE", "PHILIPS", "UIH") if manufacturer.startswith(v)), "")


def _b_value(header: Header, vendor: str) -> float | None:
    b_value = header.number("DiffusionBValue")
    if b_value is not None:
        return b_value
    if vendor == "GE":
        numbers = private_numbers(header, _GE_B_VALUE)
        return numbers[0] % _GE_OFFSET if numbers and numbers[0] >= 0 else None
    numbers = private_numbers(header, _B_VALUE_TAGS[vendor]) if vendor in _B_VALUE_TAGS else ()
    return numbers[0] if len(numbers) == 1 and 0 <= numbers[0] < _GE_OFFSET else None


def _gradient(header: Header, vendor: str) -> tuple[float, ...] | None:
    numbers = tuple(header.floats("DiffusionGradientOrientation"))
    if len(numbers) != 3:
        numbers = tuple(
            n for tag in _DIRECTION_TAGS.get(vendor, ()) for n in private_numbers(header, tag)
        )
    return tuple(round(n, 4) for n in numbers) if len(numbers) == 3 else None


def _component(header: Header, vendor: str) -> str:
    component = header.text("ComplexImageComponent")
    if component:
        return component.lower()
    if vendor == "GE":
        numbers = private_numbers(header, _GE_PART)
        names = ("magnitude", "phase", "real", "imaginary")
        return names[int(numbers[0])] if len(numbers) == 1 and numbers[0] in range(4) else ""
    if vendor == "PHILIPS":
        part = header.value(_PHILIPS_PART)
        names_of = {"M": "magnitude", "P": "phase", "R": "real", "I": "imaginary"}
        return names_of.get(str(part).strip(), "") if isinstance(part, str) else ""
    return ""
