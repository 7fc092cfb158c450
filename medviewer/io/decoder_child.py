"""What runs in a decoder's child process: GDCM, which a damaged file can take down or blow up.

Nothing of the program is imported here but numpy, so that a child starts quickly.
"""

from __future__ import annotations

import os
import sys
from multiprocessing import shared_memory
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from multiprocessing.connection import Connection


def serve(connection: Connection, memory_limit: int) -> None:
    """Answer requests ``(path, shared memory name, number of bytes)`` until the pipe closes.

    Each answer is "" where the stored values of all frames lie in the shared memory, else why not.
    """
    _limit_memory(memory_limit)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # its last words are no message for a person
    while True:
        try:
            path, name, n_bytes = connection.recv()
        except (EOFError, OSError, KeyboardInterrupt):
            return
        try:
            answer = _decode(path, name, n_bytes)
        except MemoryError:
            answer = "it needs more memory than a decoder is given"
        except (ImportError, RuntimeError, ValueError, TypeError, OSError) as error:
            answer = f"{type(error).__name__}: {error}"
        connection.send(answer)


def _limit_memory(n_bytes: int) -> None:
    if sys.platform == "win32":
        return  # no limit of this kind there; the time limit of the parent remains
    import resource  # POSIX only

    limit = _address_space() + n_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _address_space() -> int:
    """Return the bytes of address space in use; more where numpy started many threads."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return 0  # not Linux
    return pages * os.sysconf("SC_PAGE_SIZE")


def _decode(path: str, name: str, n_bytes: int) -> str:
    import gdcm  # start-up weight: a child that is never asked never loads it

    gdcm.Trace.WarningOff()
    gdcm.Trace.ErrorOff()
    reader = gdcm.ImageReader()
    reader.SetFileName(path)
    if not reader.Read():
        return "GDCM cannot read it"
    image = reader.GetImage()
    if image.GetBufferLength() != n_bytes:
        return f"GDCM finds {image.GetBufferLength()} bytes of pixels, not {n_bytes}"
    values = image.GetBuffer().encode("utf-8", "surrogateescape")
    if len(values) != n_bytes:
        return f"GDCM gives {len(values)} bytes of pixels, not {n_bytes}"
    memory = shared_memory.SharedMemory(name)
    try:
        np.ndarray(n_bytes, np.uint8, buffer=memory.buf)[:] = np.frombuffer(values, np.uint8)
    finally:
        memory.close()
    return ""
