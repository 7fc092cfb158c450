"""Saved looks that came with the open studies: read once, offered for the images they name."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from medviewer.app.study_objects import StudyObjects
from medviewer.core.errors import MedviewerError
from medviewer.core.presentation import names

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from medviewer.core.presentation import PresentationState
    from medviewer.core.study import SeriesRecord

logger = logging.getLogger(__name__)


class Presentations(StudyObjects["PresentationState | None"]):
    """Reads the presentation states of the open studies; applies none.

    A state whose images come later (``None`` until then) is read again with them.
    """

    _job_name = "read:PR"

    def of_image(self, volume_id: str) -> tuple[PresentationState, ...]:
        """States that name frames of an image, in the order of their dates."""
        located = self._session.locate(volume_id)
        if located is None:
            return ()
        frames = located.volume.frames
        found = [
            state
            for state in self._found.values()
            if state is not None and any(names(state.images, frame) for frame in frames)
        ]
        return tuple(sorted(found, key=lambda state: (state.created, state.label)))

    def _files(self, series: SeriesRecord) -> Iterable[Path]:
        return series.presentation_files

    def _reader(self) -> Callable[[Path, str], PresentationState | None]:
        series = [each for study in self._session.studies for each in study.series]
        volumes = [volume for each in series for volume in each.volumes]
        files = {frame.sop_instance_uid: frame.path for v in volumes for frame in v.frames}
        return lambda path, _uid: _read_one(path, files)

    def _on_studies_changed(self) -> None:
        self._found = {path: state for path, state in self._found.items() if state is not None}
        super()._on_studies_changed()


def _read_one(path: Path, files: dict[str, Path]) -> PresentationState | None:
    from medviewer.io.dicom_gsps import read_presentation_state  # start-up weight: pydicom

    try:
        return read_presentation_state(path, files)
    except MedviewerError as error:
        logger.info("%s is not offered: %s", path.name, error)
        return None
