"""What is open: studies from headers, and the images decoded from them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QObject, Signal

from medviewer.core.study import series_order
from medviewer.core.volume import ImageStack, Volume

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from medviewer.core.study import IndexResult, SeriesRecord, StudyRecord, VolumeRecord

Image: TypeAlias = Volume | ImageStack


@dataclass(frozen=True, slots=True)
class Located:
    """A volume record with the series and study it belongs to."""

    study: StudyRecord
    series: SeriesRecord
    volume: VolumeRecord


class Session(QObject):
    """Holds open studies and decoded images; the GUI thread owns it.

    Signals carry ids; listeners fetch the value. An image appears with its first decoded slice
    (``image_added``), grows (``image_updated``) and ends with ``image_completed``.
    """

    studies_changed = Signal()
    image_added = Signal(str)
    image_updated = Signal(str)
    image_completed = Signal(str)
    image_removed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._studies: dict[str, StudyRecord] = {}
        self._located: dict[str, Located] = {}
        self._images: dict[str, Image] = {}
        self._complete: set[str] = set()
        self._unreadable: dict[str, str] = {}

    @property
    def studies(self) -> tuple[StudyRecord, ...]:
        """Open studies, in the order they were opened."""
        return tuple(self._studies.values())

    @property
    def unreadable(self) -> dict[str, str]:
        """Path to reason for every file that could not be shown."""
        return dict(self._unreadable)

    def merge(self, result: IndexResult) -> None:
        """Add or replace studies from an index (partial or complete); never removes any.

        A series that is known better now may be split otherwise, and a file may have been written
        anew with another image: images of volumes that are no longer part of it are freed.
        """
        self._unreadable.update((str(u.path), u.reason) for u in result.unreadable)
        gone: set[str] = set()
        for study in result.studies:
            uid = study.study_instance_uid
            old = self._studies.get(uid)
            self._studies[uid] = _merged(old, study)
            now = {located.volume.id: located for located in _walk(self._studies[uid])}
            gone |= {located.volume.id for located in _walk(old)} - now.keys() if old else set()
            self._located.update(now)
        for volume_id in gone:
            self._located.pop(volume_id, None)
            self.remove_image(volume_id)
        self.studies_changed.emit()

    def close_study(self, study_instance_uid: str) -> None:
        """Forget a study and free its images."""
        study = self._studies.pop(study_instance_uid, None)
        if study is None:
            return
        for located in _walk(study):
            self._located.pop(located.volume.id, None)
            self.remove_image(located.volume.id)
        self.studies_changed.emit()

    def locate(self, volume_id: str) -> Located | None:
        """Record, series and study of a volume id."""
        return self._located.get(volume_id)

    def image(self, volume_id: str) -> Image | None:
        """Return the decoded image (complete or still filling), or ``None``."""
        return self._images.get(volume_id)

    def is_complete(self, volume_id: str) -> bool:
        """Whether an image is there and nothing of it will arrive any more."""
        return volume_id in self._complete

    @property
    def images(self) -> dict[str, Image]:
        """All decoded images by id."""
        return dict(self._images)

    @property
    def n_bytes(self) -> int:
        """Memory all decoded images take."""
        return sum(image.n_bytes for image in self._images.values())

    def put_image(self, image: Image, *, is_complete: bool) -> None:
        """Store a decoded image; called for the first slice, for progress and for the end."""
        is_new = self._images.get(image.id) is not image
        self._images[image.id] = image
        if is_complete:
            self._complete.add(image.id)
        (self.image_added if is_new else self.image_updated).emit(image.id)
        if is_complete:
            self.image_completed.emit(image.id)

    def remove_image(self, volume_id: str) -> None:
        """Free a decoded image; views showing it must let go."""
        self._complete.discard(volume_id)
        if self._images.pop(volume_id, None) is not None:
            self.image_removed.emit(volume_id)


def _merged(old: StudyRecord | None, new: StudyRecord) -> StudyRecord:
    if old is None:
        return new
    rewritten = {_first_path(s) for s in new.series} - {None}
    series = {s.series_instance_uid: s for s in old.series if _first_path(s) not in rewritten}
    series.update({s.series_instance_uid: s for s in new.series})
    return replace(new, series=tuple(sorted(series.values(), key=series_order)))


def _first_path(series: SeriesRecord) -> Path | None:
    return next((frame.path for volume in series.volumes for frame in volume.frames), None)


def _walk(study: StudyRecord) -> Iterator[Located]:
    for series in study.series:
        for volume in series.volumes:
            yield Located(study, series, volume)
