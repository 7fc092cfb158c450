"""Masks and measurements that came with a study: read once, shown over the images they fit."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from medviewer.app.study_objects import StudyObjects
from medviewer.core.errors import MedviewerError
from medviewer.core.findings import FindingSet
from medviewer.core.messages import Message
from medviewer.core.references import FramePlace, Referenced
from medviewer.core.segmentation import Segmentation
from medviewer.core.study import SeriesKind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from medviewer.app.session import Image
    from medviewer.core.study import SeriesRecord

logger = logging.getLogger(__name__)

_NOTHING = Referenced()


@dataclass(frozen=True, eq=False)
class SharedResult:
    """One object of a study.

    Attributes
    ----------
    study_instance_uid : str
    item : Segmentation, FindingSet or None
        ``None`` where it cannot be shown.
    reason : str
        Why not.
    """

    path: Path
    study_instance_uid: str
    item: Segmentation | FindingSet | None
    reason: str = ""

    references: Mapping[str, Referenced] = field(default_factory=dict)
    """SOPInstanceUID of what a report refers to, to what of it was open when it was read."""

    @property
    def series_instance_uid(self) -> str:
        """Series it was made from, as the object says; empty where it does not."""
        return "" if self.item is None else self.item.source_id


class SharedResults(StudyObjects[tuple[SharedResult, ...]]):
    """Reads the segmentations and reports of the open studies."""

    _job_name = "read:SEG, SR"

    def items(self) -> list[Segmentation | FindingSet]:
        """Everything that can be drawn."""
        return [result.item for result in self._all() if result.item is not None]

    def about(self, image: Image) -> list[SharedResult]:
        """Return what concerns an image, also what cannot be shown over it.

        Parameters
        ----------
        image : Volume or ImageStack

        Returns
        -------
        list of SharedResult
            In its frame of reference or on its pixels; then reports of its study that lie nowhere;
            then, with a reason, those that name its series but lie in another frame, and what of
            its study cannot be read.
        """
        located = self._session.locate(image.id)
        if located is None:
            return []
        study_uid = located.study.study_instance_uid
        fitting, others = [], []
        for result in self._all():
            if result.item is None:
                if result.study_instance_uid == study_uid:
                    others.append(result)
            elif _fits(result.item, image):
                fitting.append(result)
            elif _lies_nowhere(result.item):
                if result.study_instance_uid == study_uid:
                    others.insert(0, result)
            elif result.series_instance_uid == located.series.series_instance_uid:
                others.append(replace(result, item=None, reason=_other_frame(result.item, image)))
        return [*fitting, *others]

    def _all(self) -> list[SharedResult]:
        return [result for results in self._found.values() for result in results]

    def _files(self, series: SeriesRecord) -> Iterable[Path]:
        return series.result_files

    def _reader(self) -> Callable[[Path, str], tuple[SharedResult, ...]]:
        referenced = self._referenced()
        return lambda path, uid: _read_one(path, uid, referenced)

    def _is_due(self, path: Path) -> bool:
        """Whether an object is new, or refers to others than were open when it was read."""
        if super()._is_due(path):
            return True
        then = self._found[path][0].references
        now = self._referenced() if then else {}
        return any(now.get(uid, _NOTHING) != was for uid, was in then.items())

    def _referenced(self) -> dict[str, Referenced]:
        """Open images and segmentations by SOPInstanceUID."""
        frames: dict[str, list[FramePlace]] = {}
        for study in self._session.studies:
            for volume in (v for series in study.series for v in series.volumes):
                is_grid = volume.kind is SeriesKind.VOLUME
                for index, frame in enumerate(volume.frames):
                    place = FramePlace(frame, volume.id, None if is_grid else index)
                    frames.setdefault(frame.sop_instance_uid, []).append(place)
        found = {uid: Referenced(tuple(places)) for uid, places in frames.items() if uid}
        for result in self._all():
            if isinstance(result.item, Segmentation):
                found[result.item.id] = Referenced(segmentation=result.item, path=result.path)
        return found


def _read_one(
    path: Path, study_instance_uid: str, referenced: Mapping[str, Referenced]
) -> tuple[SharedResult, ...]:
    from medviewer.io.dicom_seg import read_segmentation  # start-up weight: highdicom
    from medviewer.io.shared_results import is_segmentation, read_shared_report

    try:
        if is_segmentation(path):
            return (SharedResult(path, study_instance_uid, read_segmentation(path)),)
        report = read_shared_report(path, referenced)
    except MedviewerError as error:
        logger.info("%s is not shown: %s", path.name, error)
        return (SharedResult(path, study_instance_uid, None, error.text),)
    references = {uid: referenced.get(uid, _NOTHING) for uid in report.references}
    return tuple(
        SharedResult(path, study_instance_uid, item, references=references) for item in report.sets
    )


def _fits(item: Segmentation | FindingSet, image: Image) -> bool:
    if item.is_on_pixels:
        return item.source_id == image.id
    uid = item.frame_of_reference_uid
    return bool(uid) and uid == image.frame_of_reference_uid


def _lies_nowhere(item: Segmentation | FindingSet) -> bool:
    return isinstance(item, FindingSet) and all(f.unplaced is not None for f in item.findings)


def _other_frame(item: Segmentation | FindingSet, image: Image) -> str:
    nothing = Message("nothing named")
    return Message(
        "This {kind} names the series but lies in the frame of reference {own}, the image in "
        "{other}: it has no place here.",
        kind=Message("report") if isinstance(item, FindingSet) else Message("segmentation"),
        own=item.frame_of_reference_uid or nothing,
        other=image.frame_of_reference_uid or nothing,
    )
