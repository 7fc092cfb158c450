"""Standardised uptake value of PET images: the factor by body weight (SUVbw).

After the vendor-neutral computation of the QIBA FDG-PET/CT profile; attributes of PS3.3 C.8.9.1.
Where the header leaves anything open there is no factor: a wrong SUV is worse than none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from medviewer.io.header_values import private_numbers, seconds, sequence

if TYPE_CHECKING:
    from medviewer.io.dicom_header import Header

_PHILIPS_SUV_FACTOR, _PHILIPS_ACTIVITY_FACTOR = 0x70531000, 0x70531009
_GE_SCAN_DATE_TIME = 0x0009100D
_DAY_S = 86400.0
_SMALLEST_DOSE_BQ = 1e5
"""Less is a dose in MBq, against the standard."""


def suv_bw_factor(header: Header) -> float | None:
    """SUVbw in g/ml of one unit of the modality values.

    Returns
    -------
    float or None
        ``None`` for other images, and where the header does not say enough.
    """
    if header.text("Modality") != "PT":
        return None
    units = header.text("Units")
    if units == "GML" and header.text("SUVType") in ("", "BW"):
        return 1.0
    corrections = header.text("CorrectedImage").split("\\")
    if not {"ATTN", "DECY"} <= set(corrections):
        return None
    if units == "BQML":
        return _per_becquerel(header)
    if units == "CNTS":
        return _philips_factor(header)
    return None


def _philips_factor(header: Header) -> float | None:
    """Return SUVbw of a count: as Philips states it, or by way of the activity."""
    stated = private_numbers(header, _PHILIPS_SUV_FACTOR)
    if stated and stated[0] > 0:
        return stated[0]
    activity, factor = private_numbers(header, _PHILIPS_ACTIVITY_FACTOR), _per_becquerel(header)
    return activity[0] * factor if factor is not None and activity and activity[0] > 0 else None


def _per_becquerel(header: Header) -> float | None:
    """Return SUVbw of 1 Bq/ml: grams of the patient by what is left of the dose at the scan."""
    weight_kg = header.number("PatientWeight") or 0.0
    agents = sequence(header, "RadiopharmaceuticalInformationSequence")
    if weight_kg <= 0 or len(agents) != 1:
        return None
    agent = agents[0]
    dose_bq = agent.number("RadionuclideTotalDose") or 0.0
    half_life_s = agent.number("RadionuclideHalfLife") or 0.0
    passed_s = _decay_time_s(header, agent)
    if dose_bq < _SMALLEST_DOSE_BQ or half_life_s <= 0 or passed_s is None:
        return None
    return float(weight_kg * 1000.0 / (dose_bq * 2.0 ** (-passed_s / half_life_s)))


def _decay_time_s(header: Header, agent: Header) -> float | None:
    """Seconds from the injection to the moment that the values are decay-corrected to."""
    reference = header.text("DecayCorrection")
    if reference == "ADMIN":
        return 0.0
    injected_s = seconds(agent.text("RadiopharmaceuticalStartDateTime"))
    if injected_s is None:
        injected_s = seconds(agent.text("RadiopharmaceuticalStartTime"))
    scanned_s = _scan_start_s(header)
    if reference != "START" or injected_s is None or scanned_s is None:
        return None
    return (scanned_s - injected_s) % _DAY_S  # over midnight it is the day before


def _scan_start_s(header: Header) -> float | None:
    """Time of day at which the scan began: of the series, unless that was made afterwards."""
    series = _moment(header, "Series")
    acquisition = _moment(header, "Acquisition")
    if series is not None and acquisition is not None and series <= acquisition:
        return series[1]
    return seconds(str(header.value(_GE_SCAN_DATE_TIME) or ""))


def _moment(header: Header, prefix: str) -> tuple[str, float] | None:
    """Date and second of the day; dates written ``YYYYMMDD`` sort as they follow each other."""
    second = seconds(header.text(f"{prefix}Time"))
    return None if second is None else (header.text(f"{prefix}Date"), second)
