"""Start and end of the program with a window."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from importlib import import_module
from typing import TYPE_CHECKING, TypeAlias

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from medviewer.app.device_name import device_name
from medviewer.app.jobs import Lane
from medviewer.app.loading import READER
from medviewer.core.errors import DisplayUnavailableError
from medviewer.ui.error_text import error_text
from medviewer.ui.window_keeper import WindowKeeper

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path
    from types import TracebackType

    from medviewer.core.tasks import TaskContext
    from medviewer.ui.main_window import MainWindow

ExceptionHook: TypeAlias = (
    "Callable[[type[BaseException], BaseException, TracebackType | None], None]"
)

logger = logging.getLogger(__name__)

_SETTLED_MS = 300
_SCENES = ("medviewer.rendering.slice_scene", "medviewer.rendering.volume_scene")
"""What the first view draws with: VTK, which takes longer to import than all the rest."""


def run(paths: Sequence[Path] = (), *, is_demo: bool = False) -> int:
    """Open the window and stay until it is closed.

    Parameters
    ----------
    paths : sequence of Path
        Folders, files and archives to open at once.
    is_demo : bool
        Open the demo study.

    Returns
    -------
    int
        Exit status.

    Raises
    ------
    DisplayUnavailableError
        There is nothing to open a window on.
    """
    if not has_display():
        message = "There is no display to open a window on."
        raise DisplayUnavailableError(message, hint="Use `medviewer snapshot` instead.")
    application = QApplication(sys.argv[:1])
    application.setApplicationName("medviewer")
    application.setDesktopFileName("medviewer")
    keeper = WindowKeeper(application)
    sys.excepthook = exception_hook(lambda: keeper.window)
    window = keeper.window
    window.show()
    QTimer.singleShot(_SETTLED_MS, lambda: _after_start(keeper))
    if is_demo:
        QTimer.singleShot(0, window.window_commands.open_demo)
    elif paths:
        QTimer.singleShot(0, lambda: window.window_commands.open_paths(list(paths)))
    return application.exec()


def has_display() -> bool:
    """Whether a window can be opened: on Linux only with an X or Wayland server."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _after_start(keeper: WindowKeeper) -> None:
    """Do what nobody waits for: load the DICOM reader, read the models, name the device."""
    services = keeper.window.services
    runner = services.runner
    runner.submit(Lane.IO, "warm_up", _warm_up)
    services.inference.read_ahead()
    job = runner.submit(Lane.IO, "device", device_name)
    job.succeeded.connect(keeper.set_device)


def _warm_up(_context: TaskContext) -> None:
    for name in (READER, *_SCENES):
        import_module(name)


def exception_hook(window: Callable[[], MainWindow]) -> ExceptionHook:
    """Make the last resort: log what nobody caught, and show it with its details."""

    def report(
        kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            window().close()
            return
        logger.error("unexpected error", exc_info=(kind, error, trace))
        from medviewer.ui.dialogs.error_dialog import ErrorDialog  # start-up weight

        lines = "".join(traceback.format_exception(kind, error, trace))
        ErrorDialog(error_text(error), lines, window()).open()

    return report
