"""Icons of one family (Phosphor, and a few drawn in its weight), in the colours of the theme.

The glyphs come from the font that qtawesome ships. qtawesome itself is not imported: that alone
takes as long as the whole window.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from medviewer.core.resources import bundled_path
from medviewer.ui.theme import tokens


def icon(name: str, color: str = "") -> QIcon:
    """Icon by its Phosphor name, or by the name of a file in ``resources/icons``.

    Parameters
    ----------
    name : str
        ``"folder-open"``, ``"layout-mpr"``, ...
    color : str
        Token name (``"text"``, ``"ai"``); empty for the colours of a button, which dim when
        disabled and take the accent when checked.
    """
    return QIcon(_Engine(name, color))


class _Engine(QIconEngine):
    """Paints a glyph at any size and scale, in the theme of the moment."""

    def __init__(self, name: str, color: str) -> None:
        super().__init__()
        self._name = name
        self._color = color

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._color)

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(0, 0), size), mode, state)
        painter.end()
        return pixmap

    def scaledPixmap(  # noqa: N802 - Qt's name
        self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float
    ) -> QPixmap:
        pixmap = self.pixmap(size * scale, mode, state)  # the size is in logical pixels
        pixmap.setDevicePixelRatio(scale)
        return pixmap

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        color = self._paint_color(mode, state)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        drawing = _drawing(self._name)
        if drawing:
            svg = drawing.replace("currentColor", color.name())
            QSvgRenderer(svg.encode()).render(painter, QRectF(rect))
        else:
            font = QFont(_family())
            font.setPixelSize(rect.height())
            painter.setFont(font)
            painter.setPen(color)
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, _glyph(self._name))
        painter.restore()

    def _paint_color(self, mode: QIcon.Mode, state: QIcon.State) -> QColor:
        chosen = tokens()
        if mode is QIcon.Mode.Disabled:
            return QColor(chosen.disabled)
        if self._color:
            return QColor(getattr(chosen, self._color))
        return QColor(chosen.accent if state is QIcon.State.On else chosen.text)


@cache
def _drawing(name: str) -> str:
    path = bundled_path("resources", "icons", f"{name}.svg")
    return path.read_text("utf-8") if path.is_file() else ""


@cache
def _fonts_folder() -> Path:
    spec = find_spec("qtawesome")
    if spec is None or spec.origin is None:
        msg = "The package qtawesome, which brings the icon font, is not installed."
        raise RuntimeError(msg)
    return Path(spec.origin).parent / "fonts"


@cache
def _family() -> str:
    path = next(_fonts_folder().glob("phosphor-*.ttf"))
    number = QFontDatabase.addApplicationFont(str(path))
    return QFontDatabase.applicationFontFamilies(number)[0]


@cache
def _glyphs() -> dict[str, str]:
    path = next(_fonts_folder().glob("phosphor-charmap-*.json"))
    mapping: dict[str, str] = json.loads(path.read_text("utf-8"))
    return mapping


@cache
def _glyph(name: str) -> str:
    return chr(int(_glyphs()[name], 16))
