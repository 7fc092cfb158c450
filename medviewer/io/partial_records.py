"""Records of series of which more files may follow: a gap in them says nothing yet."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from medviewer.core.study import UNREAD_WARNING, SeriesWarning

if TYPE_CHECKING:
    from medviewer.core.study import SeriesRecord, VolumeRecord

_OPEN = {"geometry.gap", "geometry.unequal_spacing"}
"""What the files to come may answer."""


def as_read_so_far(series: SeriesRecord) -> SeriesRecord:
    """Say of slices that are not there that they are not read yet, instead of missing."""
    return replace(series, volumes=tuple(_volume(volume) for volume in series.volumes))


def _volume(volume: VolumeRecord) -> VolumeRecord:
    warnings = tuple(
        _unread(warning, len(volume.frames)) if warning.code in _OPEN else warning
        for warning in volume.warnings
    )
    return replace(volume, warnings=warnings)


def _unread(warning: SeriesWarning, n_read: int) -> SeriesWarning:
    message = f"Only {n_read} slices are read so far; others may lie between them."
    return SeriesWarning(UNREAD_WARNING, message, {**warning.facts, "n_read": n_read})
