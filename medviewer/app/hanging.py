"""Hanging defaults: what a study looks like when it is first shown. Data, not code."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from medviewer.app.view_store import n_panes
from medviewer.core.resources import bundled_path
from medviewer.core.study import SeriesKind

if TYPE_CHECKING:
    from collections.abc import Sequence, Set

    from medviewer.app.session import Located
    from medviewer.core.study import StudyRecord, VolumeRecord

_SHOWABLE = (SeriesKind.VOLUME, SeriesKind.STACK, SeriesKind.RADIOGRAPH, SeriesKind.CINE)


@dataclass(frozen=True, slots=True)
class HangingProtocol:
    """One row of ``resources/presets/hanging.json``.

    Attributes
    ----------
    modalities, body_parts : tuple of str
        What it applies to; empty for any.
    layouts : tuple of str
        From few series to many.
    windows : tuple of str
        Names of window presets, in the order offered.
    """

    name: str
    modalities: tuple[str, ...]
    body_parts: tuple[str, ...]
    layouts: tuple[str, ...]
    windows: tuple[str, ...]

    def layout_for(self, n_images: int) -> str:
        """Smallest layout that holds ``n_images``, else the largest."""
        return next((name for name in self.layouts if n_panes(name) >= n_images), self.layouts[-1])


@dataclass(frozen=True, slots=True)
class Hanging:
    """What to put where: a layout, and the volume id of each pane."""

    layout: str
    volume_ids: tuple[str, ...]


@cache
def protocols() -> tuple[HangingProtocol, ...]:
    """All rows of the table, first match wins."""
    text = bundled_path("resources", "presets", "hanging.json").read_text("utf-8")
    return tuple(
        HangingProtocol(
            row["name"],
            tuple(row["modalities"]),
            tuple(row.get("body_parts", ())),
            tuple(row["layouts"]),
            tuple(row["windows"]),
        )
        for row in json.loads(text)["protocols"]
    )


def protocol_for(modality: str, *hints: str) -> HangingProtocol:
    """Row for a modality and texts that may name the body part (in any order of trust)."""
    words = " ".join(hints).upper()
    for row in protocols():
        if row.modalities and modality.upper() not in row.modalities:
            continue
        if not row.body_parts or any(part in words for part in row.body_parts):
            return row
    return protocols()[-1]


def protocol_of(located: Located) -> HangingProtocol:
    """Row for one image and the study it belongs to."""
    series, study = located.series, located.study
    hints = (series.body_part, series.description, series.protocol_name, study.description)
    return protocol_for(series.modality, *hints)


def hang(studies: Sequence[StudyRecord]) -> Hanging | None:
    """First look at what was opened: the study's main series, in the layout of its modality.

    Returns
    -------
    Hanging or None
        ``None`` where nothing can be shown.
    """
    for study in studies:
        leads = _leads(study)
        if leads:
            row = protocol_for(leads[0][0], leads[0][1], study.description)
            same = [volume for modality, _, volume in leads if modality == leads[0][0]]
            layout = row.layout_for(len(same))
            return Hanging(layout, tuple(v.id for v in same[: n_panes(layout)]))
    return None


def rest_of(study: StudyRecord, shown_ids: Set[str]) -> tuple[str, ...]:
    """Ids of what else a study has to show: one image of each series that is in no pane."""
    rest = [s for s in study.series if shown_ids.isdisjoint(v.id for v in s.volumes)]
    return tuple(volume.id for _, _, volume in _leads(replace(study, series=tuple(rest))))


def _leads(study: StudyRecord) -> list[tuple[str, str, VolumeRecord]]:
    """(modality, body part, first volume) of each showable series, most telling first."""
    rows = []
    for series in study.series:
        shown = [v for v in series.volumes if v.kind in _SHOWABLE]
        if shown:
            best = max(shown, key=lambda v: (v.kind is SeriesKind.VOLUME, v.shape[0]))
            hint = f"{series.body_part} {series.description} {series.protocol_name}"
            rows.append((series.modality, hint, best))
    # A localizer of three images must not be the first thing seen; order is kept otherwise.
    return sorted(rows, key=lambda row: row[2].kind is SeriesKind.STACK and row[2].shape[0] < 4)
