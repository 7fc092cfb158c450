"""Makes in the background what a 3-D view needs before it can draw."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from medviewer.app.jobs import Job, JobRunner, Lane, Task
from medviewer.core.segmentation import Segmentation
from medviewer.rendering.transfer_functions import presets_for, value_range
from medviewer.rendering.volume_copies import Quality, VolumeCopies
from medviewer.rendering.volume_overlays import SegmentMeshes, segment_meshes
from medviewer.rendering.volume_pipeline import warm_up

if TYPE_CHECKING:
    from collections.abc import Sequence

    from medviewer.core.tasks import TaskContext
    from medviewer.core.volume import Volume
    from medviewer.rendering.overlay_registry import Result


@dataclass(frozen=True, eq=False, slots=True)
class PreparedVolume:
    """What the first picture of a volume needs.

    Attributes
    ----------
    copies : VolumeCopies
        Holds the coarse copy.
    value_range : tuple of float
        Values at 0 and 100 percent.
    """

    copies: VolumeCopies
    value_range: tuple[float, float]


class VolumePreparation(QObject):
    """Prepares the volume of one view and the surfaces of its results.

    Parameters
    ----------
    runner : JobRunner
    parent : QObject
        The view; what was begun for an earlier volume of it is never delivered.
    """

    prepared = Signal(object, object)
    """(Volume, PreparedVolume)"""
    meshes_made = Signal()

    def __init__(self, runner: JobRunner, parent: QObject) -> None:
        super().__init__(parent)
        self._runner = runner
        self.meshes: dict[Result, SegmentMeshes] = {}
        self._jobs: dict[str, Job] = {}

    def prepare(self, volume: Volume) -> None:
        """Make the coarse copy, then tell; then the one that presets of the inside need."""
        copies = VolumeCopies(volume)

        def task(_context: TaskContext) -> PreparedVolume:
            copies.copy(Quality.COARSE)
            warm_up()
            return PreparedVolume(copies, value_range(volume))

        job = self._submit("prepare-3d", task)
        job.succeeded.connect(lambda prepared: self._tell(volume, prepared))

    def _tell(self, volume: Volume, prepared: PreparedVolume) -> None:
        self.prepared.emit(volume, prepared)
        if any(preset.is_inside_body for preset in presets_for(volume.preset_modality)):
            copies = prepared.copies
            self._submit(
                "prepare-3d", lambda _context: copies.copy(Quality.COARSE, is_inside_body=True)
            )

    def make_meshes(self, results: Sequence[Result], quality: Quality) -> list[Result]:
        """Make what surfaces are missing, and tell; forget those of other results.

        Returns
        -------
        list
            Results that have to wait.
        """
        self.meshes = {result: self.meshes[result] for result in results if result in self.meshes}
        waiting = [
            result
            for result in results
            if isinstance(result, Segmentation)
            and not result.is_on_pixels
            and result not in self.meshes
        ]

        def task(context: TaskContext) -> dict[Result, SegmentMeshes]:
            made: dict[Result, SegmentMeshes] = {}
            for segmentation in waiting:
                context.checkpoint()
                made[segmentation] = segment_meshes(segmentation, quality)
            return made

        if waiting:
            self._submit("meshes", task).succeeded.connect(self._take_meshes)
        return list(waiting)

    def _take_meshes(self, made: dict[Result, SegmentMeshes]) -> None:
        self.meshes |= made
        self.meshes_made.emit()

    def cancel(self) -> None:
        """Tell nothing of what was begun, and let go of its volume."""
        for job in self._jobs.values():
            job.supersede()
        self._jobs.clear()
        self.meshes.clear()

    def _submit(self, name: str, task: Task) -> Job:
        """Start a task in place of an earlier one of its name."""
        if name in self._jobs:
            self._jobs[name].supersede()
        self._jobs[name] = self._runner.submit(Lane.COMPUTE, name, task)
        return self._jobs[name]
