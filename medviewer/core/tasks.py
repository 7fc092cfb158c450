"""Cooperative cancellation and progress for work that may take long.

Nothing here knows about threads' owners, Qt, or a user interface: a function
that accepts a :class:`TaskContext` runs the same in a test, on the command line
and in the application.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class TaskCancelled(Exception):  # noqa: N818 - a control-flow signal, not an error
    """Raised inside a task at its next checkpoint after cancellation was requested."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One progress report.

    Attributes
    ----------
    fraction : float or None
        Completed share in [0, 1]; ``None`` while the amount of work is unknown.
    message : str
        What is being done, as a short untranslated key (``"infer.window"``).
    payload : object
        A partial result worth showing at once (an immutable core value), or ``None``.
    """

    fraction: float | None
    message: str = ""
    payload: object = None


def _ignore(_progress: Progress) -> None:
    """Discard a progress report."""


@dataclass(slots=True)
class TaskContext:
    """What a long-running function is given besides its data."""

    on_progress: Callable[[Progress], None] = _ignore
    _cancelled: threading.Event = field(default_factory=threading.Event)

    def cancel(self) -> None:
        """Ask the task to stop at its next checkpoint (any thread)."""
        self._cancelled.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether cancellation was requested."""
        return self._cancelled.is_set()

    def checkpoint(
        self, fraction: float | None = None, message: str = "", payload: object = None
    ) -> None:
        """Report progress and stop here if cancellation was requested.

        Raises
        ------
        TaskCancelled
            If :meth:`cancel` was called.
        """
        if self._cancelled.is_set():
            raise TaskCancelled
        self.on_progress(Progress(fraction, message, payload))
