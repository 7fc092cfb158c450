"""Pictures without a window: the scenes and the text of the views, drawn off screen."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QByteArray, QRectF
from PySide6.QtGui import QGuiApplication, QImage, QImageWriter, QPainter

from medviewer.app.arranging import Arranging
from medviewer.app.hanging import hang
from medviewer.app.linking import ViewLinking
from medviewer.app.session import Session
from medviewer.app.view_store import MPR_LAYOUTS, PaneMode, PaneState, ViewStore, n_panes
from medviewer.app.window_presets import shipped_presets
from medviewer.core.cuts import n_images
from medviewer.core.display import TextLevel
from medviewer.core.errors import DataError, ExportError
from medviewer.core.study import SeriesKind
from medviewer.core.tasks import TaskContext
from medviewer.core.volume import Volume
from medviewer.core.windowing import VoiWindow
from medviewer.io.dicom_index import index_paths
from medviewer.io.series_loader import load_image
from medviewer.rendering.capture import OffscreenWindow
from medviewer.rendering.slice_scene import SliceScene
from medviewer.rendering.volume_scene import VolumeScene
from medviewer.ui.preset_names import volume_preset_title
from medviewer.ui.views.corner_text import VolumeFacts, slice_text, volume_text
from medviewer.ui.views.crosshair import crosshair_of
from medviewer.ui.views.pane_layout import pane_rects
from medviewer.ui.views.slice_painter import facts_of, paint_crosshair_lines, paint_scales
from medviewer.ui.views.view_colors import GAP
from medviewer.ui.views.view_text import paint_corners, paint_letters

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    import numpy.typing as npt

    from medviewer.app.session import Image, Located
    from medviewer.core.display import VolumeState

_LAYOUTS = {"stack": "1x1", "mpr": "mpr", "volume": "1x1"}
_SMALLEST_PX, _LARGEST_PX = 64, 8192


@dataclass(frozen=True, slots=True)
class SnapshotRequest:
    """What to draw.

    Attributes
    ----------
    layout : str
        ``"stack"``, ``"mpr"`` or ``"volume"``.
    window : str
        Name of a preset, ``"width,level"``, or "" for the image's own.
    slice_number : int or None
        From 1; ``None`` for the middle.
    size_px : tuple of int
        (width, height).
    volume_id : str
        "" for the first look at what is found.
    """

    layout: str = "stack"
    window: str = ""
    slice_number: int | None = None
    size_px: tuple[int, int] = (1600, 1000)
    volume_id: str = ""


def run(args: argparse.Namespace) -> int:
    """Serve ``medviewer snapshot``."""
    request = SnapshotRequest(
        args.layout, args.window, args.slice or None, size_of(args.size), args.volume
    )
    snapshot(args.path, args.output, request)
    return 0


def snapshot(path: Path, output: Path, request: SnapshotRequest) -> None:
    """Draw what a path holds into a PNG; needs no display.

    Raises
    ------
    DataError
        Nothing there can be shown as asked.
    ExportError
        The picture cannot be written.
    """
    session = Session()
    session.merge(index_paths([path], TaskContext()))
    located = _chosen(session, path, request)
    image = load_image(located.volume, located.series, located.study, TaskContext())
    session.put_image(image, is_complete=True)
    picture = picture_of(session, located.volume.id, request)
    if not QImageWriter(os.fspath(output), QByteArray(b"png")).write(picture):
        msg = f"The picture cannot be written to {output}."
        raise ExportError(msg, hint="Choose a folder that exists and may be written.")


def picture_of(session: Session, volume_id: str, request: SnapshotRequest) -> QImage:
    """Draw a decoded image of a session as the window would."""
    application = QGuiApplication.instance() or QGuiApplication(
        ["medviewer", "-platform", "offscreen"]
    )
    store = ViewStore()
    arranging, linking = Arranging(session, store), ViewLinking(session, store)
    image = session.images[volume_id]
    _arrange(store, arranging, image, request)
    width, height = request.size_px
    picture = QImage(width, height, QImage.Format.Format_RGB32)
    picture.fill(GAP)
    painter = QPainter(picture)
    for index, rect in enumerate(pane_rects(store.grid.layout, width, height)):
        painter.save()
        painter.setClipRect(rect)
        painter.translate(rect.topLeft())
        _paint_pane(painter, QRectF(0, 0, rect.width(), rect.height()), store, index, image)
        painter.restore()
    painter.end()
    del linking, arranging, application
    return picture


def size_of(text: str) -> tuple[int, int]:
    """Read ``1600x1000``.

    Raises
    ------
    ExportError
        It is not two whole numbers within the limits.
    """
    width, _, height = text.lower().partition("x")
    if width.isdigit() and height.isdigit():
        size = int(width), int(height)
        if all(_SMALLEST_PX <= side <= _LARGEST_PX for side in size):
            return size
    msg = f"Size {text!r} must be WIDTHxHEIGHT, each from {_SMALLEST_PX} to {_LARGEST_PX} pixels."
    raise ExportError(msg, hint="For example 1600x1000.")


def window_of(text: str) -> VoiWindow | None:
    """Read the name of a preset or ``width,level``; ``None`` for "".

    Raises
    ------
    ExportError
        There is no such preset and it is not two numbers.
    WindowError
        The width is not positive.
    """
    if not text:
        return None
    for preset in shipped_presets():
        if preset.name.lower() == text.lower():
            return preset.voi
    try:
        width, level = (float(part) for part in text.split(","))
    except ValueError as error:
        names = ", ".join(preset.name.lower() for preset in shipped_presets())
        msg = f"Window {text!r} is neither a preset nor WIDTH,LEVEL."
        raise ExportError(msg, hint=f"Presets: {names}.") from error
    return VoiWindow(level, width)


def _chosen(session: Session, path: Path, request: SnapshotRequest) -> Located:
    """Find the image asked for: by id, else the first look; a volume where one is needed."""
    if request.volume_id:
        located = session.locate(request.volume_id)
        if located is None:
            msg = f"{path} holds no volume with the id {request.volume_id!r}."
            raise DataError(msg, hint="Ids are listed by medviewer inspect.")
        return located
    hanging = hang(session.studies)
    first = None if hanging is None else session.locate(hanging.volume_ids[0])
    if first is not None and (request.layout == "stack" or _is_volume(first)):
        return first
    records = [v for s in session.studies for series in s.series for v in series.volumes]
    volumes = [v for v in records if v.kind is SeriesKind.VOLUME]
    best = max(volumes, key=lambda v: v.shape[0], default=None)
    located = None if best is None else session.locate(best.id)
    if located is None or request.layout == "stack":
        wanted = "image" if request.layout == "stack" else "volume of regular slices"
        reasons = "; ".join(list(session.unreadable.values())[:1])
        msg = f"{path} holds no {wanted}{': ' + reasons if reasons else ''}."
        raise DataError(msg, hint="medviewer inspect says what it holds.")
    return located


def _is_volume(located: Located) -> bool:
    return located.volume.kind is SeriesKind.VOLUME


def _arrange(
    store: ViewStore, arranging: Arranging, image: Image, request: SnapshotRequest
) -> None:
    if request.layout != "stack" and not isinstance(image, Volume):
        msg = f"The layout {request.layout!r} needs a volume of regular slices."
        raise DataError(msg, hint="Use --layout stack.")
    mode = PaneMode.VOLUME if request.layout == "volume" else PaneMode.SLICE
    store.show(0, image.id, PaneState(mode=mode))
    store.update_grid(layout=_LAYOUTS[request.layout])
    if mode is PaneMode.SLICE:
        n = n_images(image, store.pane(0).slice)
        number = request.slice_number
        if number is not None and not 1 <= number <= n:
            msg = f"Slice {number} does not exist: this image has {n}."
            raise DataError(msg, hint=f"Choose a slice from 1 to {n}.")
        if number is not None:
            store.update_slice(0, slice_index=number - 1)
    voi = window_of(request.window)
    for index in range(n_panes(store.grid.layout)):
        store.update_slice(index, voi=voi)


def _paint_pane(
    painter: QPainter, area: QRectF, store: ViewStore, index: int, image: Image
) -> None:
    with OffscreenWindow(round(area.width()), round(area.height())) as window:
        if store.pane(index).mode is PaneMode.SLICE:
            _paint_slice(painter, window, store, index, image)
        elif isinstance(image, Volume):
            _paint_volume(painter, window, store.pane(index).volume, image)


def _paint_slice(
    painter: QPainter, window: OffscreenWindow, store: ViewStore, index: int, image: Image
) -> None:
    size = window.render_window.GetSize()
    area = QRectF(0.0, 0.0, *size)
    state = store.pane(index).slice
    scene = SliceScene(window.render_window)
    scene.set_image(image)
    scene.resize(*size)
    scene.apply(state)
    painter.drawImage(0, 0, _as_qimage(window.grab()))
    frame, focus = scene.screen_frame, state.focus_lps_mm
    if store.grid.layout in MPR_LAYOUTS and isinstance(image, Volume) and frame and focus:
        peers = [store.pane(i).slice for i in range(3) if i != index]
        crosshair = crosshair_of(frame, focus, image.geometry, peers, 1.0)
        paint_crosshair_lines(painter, area, crosshair)
    paint_scales(painter, area, scene, image, state)
    facts = facts_of(scene, image, state)
    text = slice_text(image, state, facts, TextLevel.FULL, is_identity_shown=True)
    paint_corners(painter, area, text)
    scene.close()


def _paint_volume(
    painter: QPainter, window: OffscreenWindow, state: VolumeState, image: Volume
) -> None:
    size = window.render_window.GetSize()
    area = QRectF(0.0, 0.0, *size)
    scene = VolumeScene(window.render_window)
    scene.resize(*size)
    scene.set_volume(image)
    scene.apply(state)
    painter.drawImage(0, 0, _as_qimage(window.grab()))
    paint_letters(painter, area, scene.letters())
    preset = scene.preset
    facts = VolumeFacts("" if preset is None else volume_preset_title(preset.name), state.shift)
    text = volume_text(image, state, facts, TextLevel.FULL, is_identity_shown=True)
    paint_corners(painter, area, text)
    scene.close()


def _as_qimage(rgb: npt.NDArray[np.uint8]) -> QImage:
    rows, columns = rgb.shape[:2]
    data = np.ascontiguousarray(rgb)
    return QImage(data.data, columns, rows, columns * 3, QImage.Format.Format_RGB888).copy()
