"""Millimetres of a frame and where they come from; frame rates."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from medviewer.io.dicom_facts import spacing_of, ultrasound_spacing

if TYPE_CHECKING:
    from medviewer.io.dicom_header import Header
    from medviewer.io.frame_facts import FrameFacts

_SAME = 1e-3


def shown_spacing(
    header: Header, facts: FrameFacts | None, *, has_geometry: bool
) -> tuple[tuple[float, float] | None, str]:
    """Spacing (row, column) in mm and its source, as :class:`Frame` wants them.

    PixelSpacing of a projection is calibrated unless it is just the detector's; the detector's
    own is divided by the estimated magnification where that is known (PS3.3 10.7.1.3).
    """
    if has_geometry and facts is not None and facts.pixel_spacing_mm is not None:
        return facts.pixel_spacing_mm, "geometry"
    calibrated = spacing_of(header, "PixelSpacing")
    detector = spacing_of(header, "ImagerPixelSpacing")
    if calibrated is not None:
        is_detector = detector is not None and _is_same(calibrated, detector)
        if is_detector and not header.text("PixelSpacingCalibrationType"):
            return calibrated, "at detector"
        return calibrated, "calibrated"
    if detector is not None:
        factor = header.number("EstimatedRadiographicMagnificationFactor")
        if factor is not None and factor >= 1.0:
            return (detector[0] / factor, detector[1] / factor), "magnified"
        return detector, "at detector"
    scanned = spacing_of(header, "NominalScannedPixelSpacing")
    if scanned is not None:
        return scanned, "at detector"
    region = ultrasound_spacing(header)
    return (region, "calibrated") if region is not None else (None, "unknown")


def pixel_aspect_ratio(header: Header, spacing_mm: tuple[float, float] | None) -> float:
    """Row spacing over column spacing, from the spacing or PixelAspectRatio."""
    if spacing_mm is not None:
        return spacing_mm[0] / spacing_mm[1]
    numbers = header.floats("PixelAspectRatio")
    return numbers[0] / numbers[1] if len(numbers) == 2 and min(numbers) > 0 else 1.0


def frame_rate_hz(header: Header) -> float | None:
    """Return the recorded frame rate (PS3.3 C.7.6.5); ``None`` where nothing tells."""
    for keyword in ("RecommendedDisplayFrameRate", "CineRate"):
        rate = header.number(keyword)
        if rate is not None and rate > 0:
            return rate
    times = [t for t in header.floats("FrameTimeVector")[1:] if t > 0]
    period_ms = header.number("FrameTime") or (statistics.median(times) if times else None)
    if period_ms is None:
        period_ms = header.number("ActualFrameDuration")
    return 1000.0 / period_ms if period_ms is not None and period_ms > 0 else None


def _is_same(a: tuple[float, float], b: tuple[float, float]) -> bool:
    return all(abs(x - y) <= _SAME * y for x, y in zip(a, b, strict=True))
