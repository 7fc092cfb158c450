"""Decode what a record names, first image first, into memory that is allocated once."""

from __future__ import annotations

import os
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np

from medviewer.core.errors import DataError, MemoryBudgetError
from medviewer.core.messages import Message
from medviewer.core.study import SeriesKind, SeriesWarning
from medviewer.core.volume import ImageStack, Volume
from medviewer.io.file_formats import plain_format
from medviewer.io.stack_filling import StackFiller
from medviewer.io.volume_filling import ValuesTooWideError, VolumeFiller

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Future

    from medviewer.core.study import SeriesRecord, StudyRecord, VolumeRecord
    from medviewer.core.tasks import TaskContext

Image: TypeAlias = Volume | ImageStack

WORKERS = max(2, min(4, os.cpu_count() or 2))
_QUEUED = 4 * WORKERS
"""Pictures handed to the pool ahead of time: few, so that cancelling is quick."""
_NAMED_FAILURES = 3
_WIDE_TYPE = "int32"
"""Takes the place of int16 where, against expectation, whole numbers do not fit."""


class Filler(Protocol):
    """Fills an image picture by picture; any thread may fill any picture."""

    @property
    def image(self) -> Image:
        """What is filled."""

    @property
    def overlay_faults(self) -> dict[int, str]:
        """Overlay group to the reason why it is not shown, as far as filled."""

    @property
    def pictures(self) -> list[tuple[int, ...]]:
        """Slices that are decoded together (a mosaic), in order."""

    def fill(self, slices: tuple[int, ...]) -> None:
        """Decode a picture into its slices; raises DataError where it cannot be decoded."""

    def leave_empty(self, slices: tuple[int, ...]) -> None:
        """Let nothing be seen of slices that cannot be decoded."""


def load_image(
    record: VolumeRecord,
    series: SeriesRecord,
    study: StudyRecord,
    context: TaskContext,
    first_index: int | None = None,
) -> Image:
    """Decode a volume or stack.

    Parameters
    ----------
    record : VolumeRecord
    series, study : SeriesRecord, StudyRecord
        Where the record belongs.
    context : TaskContext
        Each checkpoint ``"load.slices"`` carries the same image object, filled further; the
        first one comes with the first image alone.
    first_index : int, optional
        Slice wanted first; by default the one a reader finds in the middle. Then its
        neighbours, then the rest.

    Returns
    -------
    Volume or ImageStack
        Images that cannot be decoded are named in its warnings and left empty. (Where values
        exceed int16 against all expectation, loading begins again with a wider object.)

    Raises
    ------
    MemoryBudgetError
        The image does not fit into this computer's memory.
    DataError
        No image of it can be decoded.
    """
    file_format = plain_format(record.frames[0].path)
    if file_format is not None:
        image = file_format.load(record)
        context.checkpoint(1.0, "load.slices", image)
        return image
    _require_memory(record)
    n = record.shape[0]
    first = record.recorded_index(n // 2) if first_index is None else first_index
    first = min(max(first, 0), n - 1)
    filler, first = _filler(record, series.modality, first)
    failures = _fill_all(filler, first, context)
    if any(isinstance(error, ValuesTooWideError) for error in failures.values()):
        del filler
        wide = replace(record, voxel_type=_WIDE_TYPE)
        return load_image(wide, series, study, context, first_index)
    if failures:
        _report(filler.image, {record.recorded_index(k): e for k, e in failures.items()})
    if filler.overlay_faults:
        _report_overlays(filler.image, filler.overlay_faults)
    return filler.image


def _filler(record: VolumeRecord, modality: str, first: int) -> tuple[Filler, int]:
    """Begin with the first image, or the one next to it whose file can be read."""
    make = VolumeFiller if record.kind is SeriesKind.VOLUME else StackFiller
    failures = []
    for index in outward(first, record.shape[0]):
        try:
            return make(record, modality, index), index
        except DataError as error:
            failures.append(error)
    raise failures[0]


def outward(first: int, n: int) -> Iterator[int]:
    """``first``, then its neighbours on both sides, then the rest of 0 to n - 1."""
    yield first
    for distance in range(1, n):
        if first + distance < n:
            yield first + distance
        if first - distance >= 0:
            yield first - distance


def _require_memory(record: VolumeRecord) -> None:
    """Refuse what cannot fit into the machine at all; the budget of the window is stricter."""
    n_values = float(np.prod([float(n) for n in record.shape]))
    n_bytes = n_values * np.dtype(record.voxel_type).itemsize
    try:
        physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return  # this system does not tell
    if n_bytes > physical:
        msg = Message(
            "The image needs {needs_gb:.1f} GB, more than the {has_gb:.1f} GB of memory this "
            "computer has.",
            needs_gb=n_bytes / 1e9,
            has_gb=physical / 1e9,
        )
        raise MemoryBudgetError(msg, needs=n_bytes, has=physical)


def _fill_all(filler: Filler, first: int, context: TaskContext) -> dict[int, DataError]:
    """Fill every picture; return the errors by slice."""
    pictures = filler.pictures
    start = next(n for n, slices in enumerate(pictures) if first in slices)
    order = [pictures[n] for n in outward(start, len(pictures))]
    failures: dict[int, DataError] = {}
    _fill_one(filler, order[0], failures)
    context.checkpoint(1 / len(order), "load.slices", filler.image)
    with ThreadPoolExecutor(WORKERS, "decode") as pool:
        waiting: set[Future[None]] = set()
        try:
            for done, slices in enumerate(order[1:], 1):
                if len(waiting) >= _QUEUED:
                    waiting = wait(waiting, return_when=FIRST_COMPLETED).not_done
                    fraction = (done - len(waiting)) / len(order)
                    context.checkpoint(fraction, "load.slices", filler.image)
                waiting.add(pool.submit(_fill_one, filler, slices, failures))
        finally:  # cancelled: what runs ends, what waits is dropped
            pool.shutdown(cancel_futures=context.is_cancelled)
    context.checkpoint(1.0, "load.slices", filler.image)
    return failures


def _fill_one(filler: Filler, slices: tuple[int, ...], failures: dict[int, DataError]) -> None:
    try:
        filler.fill(slices)
    except DataError as error:
        filler.leave_empty(slices)
        failures.update(dict.fromkeys(slices, error))


def _report(image: Image, failures: dict[int, DataError]) -> None:
    """Name the images (as a reader counts, from 0) that failed; all of them is an error."""
    n = image.voxels.shape[0] if isinstance(image, Volume) else len(image.frames)
    if len(failures) == n:
        raise failures[min(failures)]
    numbers = [str(k + 1) for k in sorted(failures)]
    named = ", ".join(numbers[:_NAMED_FAILURES])
    if len(numbers) > _NAMED_FAILURES:
        named += f" and {len(numbers) - _NAMED_FAILURES} more"
    message = f"Cannot be decoded and left empty: image {named}. {failures[min(failures)]}"
    facts: dict[str, object] = {"n": len(failures), "slices": named}
    _warn(image, SeriesWarning("pixels.unreadable", message, facts))


def _report_overlays(image: Image, faults: dict[int, str]) -> None:
    named = ", ".join(f"{group:04X}" for group in sorted(faults))
    message = f"Overlay planes that cannot be read are not shown: {named}. {faults[min(faults)]}"
    _warn(image, SeriesWarning("pixels.overlay", message, {"groups": named}))


def _warn(image: Image, warning: SeriesWarning) -> None:
    # the loader alone may still write to the image it is filling
    object.__setattr__(image, "warnings", (*image.warnings, warning))
