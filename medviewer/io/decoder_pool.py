"""Decode in child processes what no decoder inside the process reads, so that no file can harm it.

A child is started when it is first needed, has a memory limit, answers within a time limit or is
ended, and is replaced after a crash. Results come through shared memory.
"""

from __future__ import annotations

import atexit
import contextlib
import multiprocessing
import threading
from multiprocessing import shared_memory
from typing import TYPE_CHECKING, Any

import numpy as np

from medviewer.core.errors import PixelDataError
from medviewer.core.messages import Message
from medviewer.io import decoder_child

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from pathlib import Path

    import numpy.typing as npt

    from medviewer.io.pixel_format import PixelFormat

MEMORY_LIMIT = 1 << 30
"""Address space a child may add to its own: 1 GiB."""
TIME_LIMIT_S = 10.0
MAX_LOSSES = 20
"""Children that may crash or be ended before the program stops asking for a second opinion."""
MAX_RESULT = 256 << 20
"""Largest result of a child: 256 MiB."""


class DecoderPool:
    """A child process that decodes, and its replacement after a crash.

    Parameters
    ----------
    memory_limit : int
        Bytes of address space a child may add to what it starts with.
    time_limit_s : float
        Longest wait for an answer; then the child is ended.
    serve : callable
        What the child runs; :func:`medviewer.io.decoder_child.serve`.
    """

    def __init__(
        self,
        memory_limit: int = MEMORY_LIMIT,
        time_limit_s: float = TIME_LIMIT_S,
        serve: Callable[[Connection, int], None] = decoder_child.serve,
    ) -> None:
        self._memory_limit = memory_limit
        self._time_limit_s = time_limit_s
        self._serve = serve
        self._lock = threading.Lock()
        self._process: multiprocessing.process.BaseProcess | None = None
        self._connection: Connection | None = None
        self._n_losses = 0

    def decode(self, path: Path, pixel_format: PixelFormat) -> npt.NDArray[Any]:
        """Return the stored values of all frames of a file.

        Returns
        -------
        array, shape (frames, rows, columns[, samples])

        Raises
        ------
        PixelDataError
            The child cannot decode the file, took too long or too much memory, or crashed.
        """
        shape = (pixel_format.n_frames, *pixel_format.shape)
        dtype = pixel_format.dtype
        n_bytes = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
        if n_bytes > MAX_RESULT:
            msg = Message(
                "{file} has {size} MB of pixels in an unusual compression; the limit there is "
                "{limit} MB.",
                file=path.name,
                size=n_bytes >> 20,
                limit=MAX_RESULT >> 20,
            )
            raise PixelDataError(msg)
        memory = shared_memory.SharedMemory(create=True, size=n_bytes)
        try:
            with self._lock:
                answer = self._ask((str(path), memory.name, n_bytes))
            if answer:
                msg = Message("{file} cannot be decoded: {reason}.", file=path.name, reason=answer)
                raise PixelDataError(msg, hint="The file may be damaged; copy it again.")
            shared: npt.NDArray[Any] = np.ndarray(shape, dtype, buffer=memory.buf)
            values = shared.copy()
            del shared  # the mapping cannot close while an array looks at it
            return values
        finally:
            memory.close()
            memory.unlink()

    def close(self) -> None:
        """End the child, whoever waits for it; the next request starts a new one."""
        process = self._process
        if process is not None:
            with contextlib.suppress(ValueError):  # whoever waited for it closed it meanwhile
                process.kill()
        with self._lock:
            self._end()

    def _end(self) -> None:
        """Forget the child; the lock is held."""
        if self._connection is not None:
            self._connection.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
        self._connection = self._process = None

    def _ask(self, request: tuple[str, str, int]) -> str:
        if self._n_losses >= MAX_LOSSES:
            return f"{MAX_LOSSES} decoders were lost to files before it"
        connection = self._connected()
        try:
            connection.send(request)
            if not connection.poll(self._time_limit_s):
                self._lose()
                return f"its decoder did not finish within {self._time_limit_s:g} s"
            return str(connection.recv())
        except (EOFError, OSError):
            self._lose()
            return "its decoder crashed"

    def _lose(self) -> None:
        self._n_losses += 1
        self._end()

    def _connected(self) -> Connection:
        if self._connection is None or self._process is None or not self._process.is_alive():
            self._end()
            context = multiprocessing.get_context("spawn")
            ours, theirs = context.Pipe()
            process = context.Process(
                target=self._serve,
                args=(theirs, self._memory_limit),
                name="medviewer-decoder",
                daemon=True,
            )
            process.start()
            self._connection, self._process = ours, process
            theirs.close()
        return self._connection


_shared = DecoderPool()
atexit.register(_shared.close)


def decode_in_child(path: Path, pixel_format: PixelFormat) -> npt.NDArray[Any]:
    """Decode all frames of a file in the program's decoder child; see :class:`DecoderPool`."""
    return _shared.decode(path, pixel_format)
