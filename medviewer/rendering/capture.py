"""Render off screen, without a display and without any environment variable."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import vtkmodules.vtkRenderingOpenGL2  # registers the OpenGL classes behind vtkRenderingCore's
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow

from medviewer.core.errors import DisplayUnavailableError

if TYPE_CHECKING:
    from types import TracebackType

    import numpy.typing as npt

_PROBE_RGB = (255, 0, 0)
_working: list[bool] = []
"""Holds True once a probe in this process read back its background."""


class OffscreenWindow:
    """A render window of a fixed size that needs no display.

    On Linux it is Mesa's software renderer (OSMesa), chosen explicitly: VTK's own choice off
    screen may be EGL, which can read back noise without failing. Elsewhere it is the system's
    window, never shown.

    Parameters
    ----------
    width, height : int
        In pixels.

    Raises
    ------
    DisplayUnavailableError
        A probe picture does not read back (``libOSMesa`` is missing).
    """

    def __init__(self, width: int, height: int) -> None:
        if not _working:
            _probe()
            _working.append(True)
        self.render_window = _new_window(width, height)

    def __enter__(self) -> OffscreenWindow:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def grab(self) -> npt.NDArray[np.uint8]:
        """Render and read back ``(rows, columns, 3)`` RGB, top row first."""
        self.render_window.Render()
        return grab(self.render_window)

    def close(self) -> None:
        """Free the window; it cannot be used afterwards."""
        self.render_window.Finalize()
        del self.render_window


def grab(render_window: vtkRenderWindow) -> npt.NDArray[np.uint8]:
    """Read back what a window last rendered: ``(rows, columns, 3)`` RGB, top row first."""
    width, height = render_window.GetSize()
    pixels = vtkUnsignedCharArray()
    render_window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, pixels, 0)
    rgba = np.asarray(vtk_to_numpy(pixels)).reshape(height, width, 4)
    return np.ascontiguousarray(rgba[::-1, :, :3])


def _new_window(width: int, height: int) -> vtkRenderWindow:
    window = _osmesa_window() if sys.platform.startswith("linux") else vtkRenderWindow()
    window.SetOffScreenRendering(True)
    window.SetMultiSamples(0)
    window.SetSize(width, height)
    return window


def _osmesa_window() -> vtkRenderWindow:
    return vtkmodules.vtkRenderingOpenGL2.vtkOSOpenGLRenderWindow()


def _probe() -> None:
    """Render a red background and read it back."""
    window = _new_window(8, 8)
    renderer = vtkRenderer()
    renderer.SetBackground(*(value / 255.0 for value in _PROBE_RGB))
    window.AddRenderer(renderer)
    window.Render()
    seen = tuple(int(value) for value in grab(window)[4, 4])
    window.RemoveRenderer(renderer)
    window.Finalize()
    if seen != _PROBE_RGB:
        msg = f"Off-screen rendering reads back {seen} where it drew {_PROBE_RGB}."
        hint = "Install Mesa's off-screen library (Debian/Ubuntu: apt install libosmesa6)."
        raise DisplayUnavailableError(msg, hint=hint)
