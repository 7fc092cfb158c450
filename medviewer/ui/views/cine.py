"""Plays the images of a pane one after another at their recorded rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_RATE_HZ = 15.0
"""Where the header records none."""


class CinePlayer(QObject):
    """Calls back with the number of images to advance, keeping to the clock.

    A slow machine leaves images out rather than playing a heart too slowly.

    Parameters
    ----------
    advance : callable
        Takes the number of images passed since the last call, at least 1.
    """

    def __init__(self, advance: Callable[[int], None], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._advance = advance
        self._rate_hz = DEFAULT_RATE_HZ
        self._shown = 0
        self._clock = QElapsedTimer()
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._on_timeout)

    @property
    def is_playing(self) -> bool:
        """Whether it runs."""
        return self._timer.isActive()

    @property
    def rate_hz(self) -> float:
        """Images a second."""
        return self._rate_hz

    def play(self, rate_hz: float | None) -> None:
        """Start at a rate; ``None`` is the default."""
        self._rate_hz = rate_hz if rate_hz and rate_hz > 0 else DEFAULT_RATE_HZ
        self._shown = 0
        self._clock.start()
        self._timer.start(max(1, round(1000.0 / self._rate_hz)))

    def stop(self) -> None:
        """Stay on the image shown."""
        self._timer.stop()

    def _on_timeout(self) -> None:
        due = int(self._clock.elapsed() * self._rate_hz / 1000.0)
        passed, self._shown = due - self._shown, due
        if passed > 0:
            self._advance(passed)
