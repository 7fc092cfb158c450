"""Off-screen rendering without a display: chosen before anything imports Qt or VTK."""

import os

# With Qt off screen VTK would pick EGL and render noise without failing; OSMesa renders
# correctly and needs no display.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("VTK_DEFAULT_OPENGL_WINDOW", "vtkOSOpenGLRenderWindow")
