"""What this process wants of its libraries, said before torch is imported. No torch."""

from __future__ import annotations

import ctypes
import os
import platform
import threading

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_KEPT_BYTES = 1 << 30
_STANDING_BACK = 5
"""Nice value of threads that compute while somebody reads."""


def prepare_process() -> None:
    """Make networks quick on the processor without taking it from everybody else.

    Idle worker threads of OpenMP sleep instead of spinning (a window, or another program, wants
    the processor too). glibc keeps freed blocks: every large activation is otherwise mapped and
    unmapped, and page faults halve the speed of 3-D networks.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    library = _glibc()
    if library is not None:
        library.mallopt(_M_MMAP_THRESHOLD, _KEPT_BYTES)
        library.mallopt(_M_TRIM_THRESHOLD, 0x7FFFFFFF)


def stand_back() -> None:
    """Let the calling thread, and those it starts, run only where the window leaves time.

    Linux alone knows priorities of single threads by number; elsewhere nothing changes.
    """
    if platform.system() == "Linux":
        thread = threading.get_native_id()
        present = os.getpriority(os.PRIO_PROCESS, thread)
        # A program that was started with less may not take more back, unless it is root's.
        os.setpriority(os.PRIO_PROCESS, thread, max(present, _STANDING_BACK))


def return_memory() -> None:
    """Give what glibc keeps back to the system."""
    library = _glibc()
    if library is not None:
        library.malloc_trim(0)


def _glibc() -> ctypes.CDLL | None:
    if platform.system() != "Linux":
        return None
    try:
        library = ctypes.CDLL("libc.so.6")
        _ = library.mallopt, library.malloc_trim
    except (OSError, AttributeError):  # musl
        return None
    return library
