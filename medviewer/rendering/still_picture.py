"""Draws a still 3-D view finely on a thread of its own, so that nobody waits for it.

VTK lets other threads run while it renders. The thread has its own window and scene and shares
with its caller nothing but values it only reads.
"""

from __future__ import annotations

import os
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from medviewer.core.errors import DisplayUnavailableError
from medviewer.core.tasks import TaskContext
from medviewer.rendering.capture import OffscreenWindow
from medviewer.rendering.volume_copies import Quality, VolumeCopies
from medviewer.rendering.volume_scene import VolumeScene

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from medviewer.core.display import OverlayDisplay, VolumeState
    from medviewer.core.volume import Volume
    from medviewer.rendering.overlay_registry import Result


@dataclass(frozen=True, eq=False, slots=True)
class StillSubject:
    """What a picture shows; a value, never changed.

    Attributes
    ----------
    volume : Volume
    state : VolumeState
    results : tuple of (result, OverlayDisplay)
    size_px : tuple of int
        (width, height) in device pixels.
    copies : VolumeCopies or None
        Of the volume, to be shared; no part of what is seen.
    """

    volume: Volume
    state: VolumeState
    results: tuple[tuple[Result, OverlayDisplay], ...]
    size_px: tuple[int, int]
    copies: VolumeCopies | None = None

    def is_same(self, other: StillSubject | None) -> bool:
        """Whether a picture of the other is a picture of this one."""
        return (
            other is not None
            and self.volume is other.volume
            and self.state == other.state
            and self.size_px == other.size_px
            and len(self.results) == len(other.results)
            and all(
                a is b and display == other_display
                for (a, display), (b, other_display) in zip(
                    self.results, other.results, strict=True
                )
            )
        )


class StillRenderer:
    """Gives better and better pictures of one subject; asked from one thread, without waiting."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "still-picture", _stand_back)  # starts with the first
        self._drawer = _Drawer()
        self._context = TaskContext()
        self._future: Future[None] | None = None
        self._subject: StillSubject | None = None
        self._has_window = sys.platform != "darwin"  # there only the main thread makes windows

    @property
    def is_available(self) -> bool:
        """Whether pictures can be drawn apart from the caller's window, as far as is known."""
        return self._has_window

    @property
    def subject(self) -> StillSubject | None:
        """What is being drawn or was drawn last."""
        return self._subject

    @property
    def is_busy(self) -> bool:
        """Whether a better picture is on its way.

        Raises
        ------
        Exception
            Whatever the drawing raised, except that no window can be had.
        """
        if self._future is None or not self._future.done():
            return self._future is not None
        future, self._future = self._future, None
        if not future.cancelled():
            try:
                future.result()
            except DisplayUnavailableError:
                self._has_window = False
        return False

    def draw(self, subject: StillSubject, first: Quality = Quality.MEDIUM) -> None:
        """Start pictures of a subject, from a first one on, in place of what was drawn before."""
        self.cancel()
        self._subject, self._context = subject, TaskContext()
        self._future = self._pool.submit(self._drawer.draw, subject, first, self._context)

    def picture(self) -> npt.NDArray[np.uint8] | None:
        """Best complete picture of the subject so far: (rows, columns, 3) RGB, top row first."""
        drawn = self._drawer.drawn
        return drawn[1] if drawn is not None and drawn[0] is self._subject else None

    def cancel(self) -> None:
        """Draw no further; the thread notices within about a fifth of a second."""
        self._context.cancel()
        if self._future is not None:
            self._future.cancel()
        self._future = self._subject = None

    def release(self) -> None:
        """Draw no further and let go of the volume; drawing again is possible."""
        self.cancel()
        self._pool.submit(self._drawer.close)

    def close(self) -> None:
        """Free everything, on the thread it belongs to; nothing can be drawn afterwards."""
        self.release()
        self._pool.shutdown(wait=False)


class _Drawer:
    """What belongs to the drawing thread."""

    def __init__(self) -> None:
        self.drawn: tuple[StillSubject, npt.NDArray[np.uint8]] | None = None
        self._window: OffscreenWindow | None = None
        self._scene: VolumeScene | None = None
        self._volume: Volume | None = None
        self._context = TaskContext()

    def draw(self, subject: StillSubject, first: Quality, context: TaskContext) -> None:
        """Draw until sharp or cancelled; each complete picture replaces the one before."""
        self._context = context
        window, scene = self._prepared(subject, first)
        for quality in range(first, Quality.SHARP + 1):
            if context.is_cancelled:
                return
            scene.set_quality(Quality(quality))
            picture = window.grab()
            if context.is_cancelled:  # the picture may lack the volume
                return
            self.drawn = subject, picture

    def close(self) -> None:
        """Free window and scene."""
        if self._scene is not None:
            self._scene.close()
        if self._window is not None:
            self._window.render_window.RemoveObservers("AbortCheckEvent")
            self._window.close()
        self._window = self._scene = self._volume = self.drawn = None

    def _prepared(
        self, subject: StillSubject, first: Quality
    ) -> tuple[OffscreenWindow, VolumeScene]:
        if self._window is None or self._scene is None:
            self._window = OffscreenWindow(*subject.size_px)
            self._window.render_window.AddObserver("AbortCheckEvent", self._check)
            self._scene = VolumeScene(self._window.render_window)
        window, scene = self._window, self._scene
        if self._volume is not subject.volume:
            scene.set_volume(None)
        window.render_window.SetSize(*subject.size_px)
        scene.set_quality(first)
        scene.resize(*subject.size_px)
        scene.apply(subject.state)
        if self._volume is not subject.volume:
            self._volume = subject.volume
            scene.set_volume(subject.volume, subject.copies)
        scene.set_results(list(subject.results))
        return window, scene

    def _check(self, render_window: object, _event: str) -> None:
        """Answer VTK's question, asked a few times a second while rays are cast."""
        if self._context.is_cancelled:
            render_window.SetAbortRender(True)  # type: ignore[attr-defined]


def _stand_back() -> None:
    """Let the window go first, on Linux: each thread has its own priority there."""
    if sys.platform.startswith("linux"):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 5)
