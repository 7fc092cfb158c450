"""Plays the images of a pane one after another at their recorded rate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_RATE_HZ = 15.0
"""Where the header records none."""
_SLOWEST_HZ, _FASTEST_HZ = 1.0, 120.0


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
        self._start()

    def change_rate(self, factor: float) -> None:
        """Play faster or slower, from 1 to 120 images a second."""
        self._rate_hz = min(max(self._rate_hz * factor, _SLOWEST_HZ), _FASTEST_HZ)
        if self.is_playing:
            self._start()

    def _start(self) -> None:
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


def swept(index: int, direction: int, passed: int, n: int) -> tuple[int, int]:
    """Place and direction (1 or -1) after some images of a film played back and forth.

    Parameters
    ----------
    index : int
        Image shown, 0 to ``n - 1``.
    n : int
        Images of the film, at least 2.
    """
    last = n - 1
    way = (index if direction > 0 else 2 * last - index) + passed
    way %= 2 * last
    return (way, 1) if way < last else (2 * last - way, -1)
