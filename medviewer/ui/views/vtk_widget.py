"""A Qt widget that shows what VTK draws, with Qt painting on top of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QOpenGLContext, QPainter, QSurfaceFormat
from PySide6.QtOpenGL import QOpenGLPaintDevice
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from vtkmodules.vtkRenderingOpenGL2 import vtkGenericOpenGLRenderWindow

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_GL_FRAMEBUFFER = 0x8D40


class VtkWidget(QOpenGLWidget):
    """Owns a render window whose picture is blitted into the widget.

    A scene adds its renderers to :attr:`render_window` and never renders; the picture is drawn
    anew only after :meth:`mark_stale`, else the last one is blitted again under the text.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        surface = QSurfaceFormat()
        surface.setVersion(3, 2)
        surface.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
        surface.setSamples(0)
        self.setFormat(surface)
        self.render_window = vtkGenericOpenGLRenderWindow()
        self.render_window.SetMultiSamples(0)
        self.render_window.SetReadyForRendering(False)
        self.render_window.SetFrameBlitModeToBlitToCurrent()
        self._used_context: QOpenGLContext | None = None
        self._is_stale = True
        self._is_closed = False
        self.n_scene_renders = 0

    def size_px(self) -> tuple[int, int]:
        """Width and height in device pixels."""
        ratio = self.devicePixelRatioF()
        return max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))

    @property
    def is_closed(self) -> bool:
        """Whether the view was closed for good."""
        return self._is_closed

    def mark_stale(self) -> None:
        """Have the scene itself drawn anew at the next painting, not only what Qt paints."""
        self._is_stale = True

    def prepare_scene(self) -> None:
        """Bring the scene up to date just before it is rendered; for subclasses."""

    def paint_over(self, painter: QPainter) -> None:
        """Paint on top of the scene, in logical pixels; for subclasses."""

    def close_view(self) -> None:
        """Free what VTK holds; the widget shows nothing afterwards."""
        if not self._is_closed:
            self._is_closed = True
            self._release()
            del self.render_window

    def initializeGL(self) -> None:
        """Tie VTK to the context Qt made, at the start and after each reparenting."""
        self._used_context = self.context()
        self._used_context.aboutToBeDestroyed.connect(self._release)
        self.render_window.SetReadyForRendering(True)
        self.render_window.InitializeFromCurrentContext()
        self._is_stale = True

    def resizeGL(self, _width: int, _height: int) -> None:
        """Follow the widget; also called when the scale of the screen changes."""
        self.render_window.SetSize(*self.size_px())
        self._is_stale = True

    def paintGL(self) -> None:
        """Render where needed, blit, and let Qt paint over it."""
        if self._is_closed:
            return
        self.render_window.SetIsCurrent(True)  # VTK draws nothing unless told so
        state = self.render_window.GetState()
        state.Reset()
        state.Push()
        if self.render_window.GetSize() != self.size_px():
            self.render_window.SetSize(*self.size_px())
            self._is_stale = True
        if self._is_stale:
            self._is_stale = False
            self.prepare_scene()
            self.n_scene_renders += 1
            self.render_window.Render()
        else:
            self.render_window.Frame()
        state.Pop()
        self.render_window.SetIsCurrent(False)
        functions = self.context().functions()
        functions.glBindFramebuffer(_GL_FRAMEBUFFER, self.defaultFramebufferObject())
        # Not QPainter(self): within QWidget.grab() Qt would lead that one astray.
        device = QOpenGLPaintDevice(*self.size_px())
        device.setDevicePixelRatio(self.devicePixelRatioF())
        painter = QPainter(device)
        self.paint_over(painter)
        painter.end()

    def _release(self) -> None:
        if self._used_context is None:
            return
        self._used_context.aboutToBeDestroyed.disconnect(self._release)
        self._used_context = None
        self.makeCurrent()
        self.render_window.SetIsCurrent(True)
        self.render_window.Finalize()
        self.render_window.SetReadyForRendering(False)
        self.doneCurrent()
        self._is_stale = True
