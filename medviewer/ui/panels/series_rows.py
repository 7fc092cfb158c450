"""What the series browser lists: studies flattened into rows. No widgets here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from medviewer.core.study import SeriesKind, series_order
from medviewer.ui.formats import iso_date, person_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from medviewer.core.study import PatientRecord, SeriesRecord, StudyRecord, VolumeRecord


class RowKind(Enum):
    """Level of a row."""

    PATIENT = auto()
    STUDY = auto()
    SERIES = auto()
    NOTE = auto()
    """A series that holds no image, or is refused."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row.

    Attributes
    ----------
    key : str
        Unique and stable: what a selection refers to.
    study_uid : str
        Study it belongs to; for a patient the first.
    volume : VolumeRecord or None
        What is shown when the row is opened; the first of a 4-D group.
    n_siblings : int
        Members of the 4-D group (1 where there is none).
    label : str
        What tells it from the other rows of its series.
    """

    kind: RowKind
    key: str
    study_uid: str
    patient: PatientRecord
    study: StudyRecord
    series: SeriesRecord | None = None
    volume: VolumeRecord | None = None
    n_siblings: int = 1
    label: str = ""
    is_collapsed: bool = False


def browser_rows(
    studies: Iterable[StudyRecord], search: str = "", collapsed: Collection[str] = ()
) -> list[Row]:
    """Flatten studies: patient, its studies by date, their series by number.

    Parameters
    ----------
    search : str
        Words that must all appear in the patient, study or series.
    collapsed : collection of str
        StudyInstanceUIDs whose series are folded away (never while searching).
    """
    words = search.lower().split()
    by_patient: dict[tuple[str, str], list[StudyRecord]] = {}
    for study in studies:
        who = (study.patient.patient_id, study.patient.patient_name)
        by_patient.setdefault(who, []).append(study)
    rows: list[Row] = []
    for (patient_id, name), owned in by_patient.items():
        owned.sort(key=lambda s: (s.study_date, s.study_time), reverse=True)
        below = [row for study in owned for row in _study_rows(study, words, collapsed)]
        if below:
            first = owned[0]
            key = f"patient/{patient_id}/{name}"
            rows.append(Row(RowKind.PATIENT, key, first.study_instance_uid, first.patient, first))
            rows += below
    return rows


def _study_rows(study: StudyRecord, words: list[str], collapsed: Collection[str]) -> list[Row]:
    uid = study.study_instance_uid
    above = f"{_patient_text(study.patient)} {study.description} {iso_date(study.study_date)}"
    series_rows = [
        row
        for series in sorted(study.series, key=series_order)
        for row in _series_rows(study, series)
        if _matches(words, f"{above} {_series_text(row)}")
    ]
    if not series_rows and words:
        return []
    is_collapsed = uid in collapsed and not words
    head = Row(RowKind.STUDY, f"study/{uid}", uid, study.patient, study, is_collapsed=is_collapsed)
    return [head] if is_collapsed else [head, *series_rows]


def _series_rows(study: StudyRecord, series: SeriesRecord) -> Iterator[Row]:
    uid = study.study_instance_uid
    if not series.volumes or series.kind in (SeriesKind.NOT_IMAGE, SeriesKind.REFUSED):
        key = f"series/{series.series_instance_uid}"
        yield Row(RowKind.NOTE, key, uid, study.patient, study, series)
        return
    groups: dict[str, list[VolumeRecord]] = {}
    for volume in series.volumes:
        groups.setdefault(volume.group or volume.id, []).append(volume)
    for members in groups.values():
        yield Row(
            RowKind.SERIES,
            f"volume/{members[0].id}",
            uid,
            study.patient,
            study,
            series,
            members[0],
            len(members),
            _common_label(members),
        )


def _common_label(members: list[VolumeRecord]) -> str:
    """Parts of the labels that all members have: what varies is on the slider."""
    first, *others = (member.label.split(", ") for member in members)
    return ", ".join(part for part in first if all(part in other for other in others))


def _patient_text(patient: PatientRecord) -> str:
    return f"{person_name(patient.patient_name)} {patient.patient_name} {patient.patient_id}"


def _series_text(row: Row) -> str:
    series = row.series
    return (
        f"{series.modality} {series.description} {series.body_part} {row.label}" if series else ""
    )


def _matches(words: list[str], text: str) -> bool:
    lowered = text.lower()
    return all(word in lowered for word in words)
