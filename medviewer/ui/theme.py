"""Colours, sizes and the style sheet made of them; the only place where either is written."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from medviewer.core.resources import bundled_path


@dataclass(frozen=True, slots=True)
class Tokens:
    """Colours by purpose; views are black in every theme."""

    view: str = "#000000"
    window: str = "#0f1113"
    field: str = "#0f1113"
    panel: str = "#16191d"
    raised: str = "#1f2329"
    hover: str = "#272c33"
    line: str = "#2b3038"
    text: str = "#e6e9ed"
    dim: str = "#98a1ad"
    disabled: str = "#6a737f"
    accent: str = "#4da3ff"
    accent_text: str = "#06121f"
    selection: str = "#1d3a5a"
    warning: str = "#ffb224"
    danger: str = "#ff6a5e"
    success: str = "#42c98b"
    ai: str = "#b48cff"
    mark: str = "#ffe08a"
    axial: str = "#f0655d"
    coronal: str = "#5ccf7c"
    sagittal: str = "#f2cf55"


DARK = Tokens()
LIGHT = Tokens(
    window="#e3e6ea",
    field="#ffffff",
    panel="#f4f5f7",
    raised="#ffffff",
    hover="#e6eaef",
    line="#cfd4da",
    text="#14181d",
    dim="#525c68",
    disabled="#7d8691",
    accent="#0b66c8",
    accent_text="#ffffff",
    selection="#cfe3fa",
    warning="#8a5a00",
    danger="#b3261e",
    success="#12694a",
    ai="#6a3fc4",
    mark="#7a5c00",
)

GRID_PX = 4
ROW_PX = 28
RADIUS_PX = 6
ICON_PX = 18
FONT_PX = 13
SMALL_PX = 12
TOOL_BAR_PX = 40
STATUS_BAR_PX = 24
_FRAME_PX = 36
"""Room of the system's title bar, which is not known before a window is shown."""

_FAMILIES = ("Noto Sans", "Noto Sans CJK SC")


def tokens() -> Tokens:
    """Return the tokens of the running application's theme."""
    application = QApplication.instance()
    is_light = application is not None and application.property("theme") == "light"
    return LIGHT if is_light else DARK


def apply_theme(application: QApplication, name: str) -> None:
    """Dress the application: palette, font, style sheet (``"dark"`` or ``"light"``)."""
    application.setProperty("theme", name)
    chosen = tokens()
    application.setStyle("Fusion")
    application.setFont(_font())
    application.setPalette(_palette(chosen))
    application.setStyleSheet(style_sheet(chosen))


def style_sheet(chosen: Tokens) -> str:
    """``resources/themes/medviewer.qss`` with the tokens filled in."""
    text = bundled_path("resources", "themes", "medviewer.qss").read_text("utf-8")
    icons = bundled_path("resources", "icons").as_posix()
    values = {**asdict(chosen), "icons": icons, "theme": "light" if chosen is LIGHT else "dark"}
    for key in sorted(values, key=len, reverse=True):
        text = text.replace(f"@{key}@", values[key])
    return text


def repolish(*widgets: QWidget) -> None:
    """Apply the style sheet again after a dynamic property changed."""
    for widget in widgets:
        style = widget.style()
        style.unpolish(widget)
        style.polish(widget)


def on_screen(window: QWidget, size: QSize) -> QSize:
    """Size no larger than the screen of a window: at 200 % it may be 800x500."""
    return size.boundedTo(window.screen().availableSize() - QSize(0, _FRAME_PX))


def _font() -> QFont:
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont)
    if not _is_sans_known(font.family()):
        font.setFamilies(list(_FAMILIES))
    font.setPixelSize(FONT_PX)
    # Hinted, small Chinese glyphs clog on a dark ground.
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def _is_sans_known(family: str) -> bool:
    """Whether the platform names a real font (a bare X server names an alias or a fallback)."""
    return family in {"Segoe UI", "Microsoft YaHei UI", ".AppleSystemUIFont", "Cantarell", "Ubuntu"}


def _palette(chosen: Tokens) -> QPalette:
    palette = QPalette()
    roles = {
        QPalette.ColorRole.Window: chosen.panel,
        QPalette.ColorRole.WindowText: chosen.text,
        QPalette.ColorRole.Base: chosen.field,
        QPalette.ColorRole.AlternateBase: chosen.panel,
        QPalette.ColorRole.ToolTipBase: chosen.raised,
        QPalette.ColorRole.ToolTipText: chosen.text,
        QPalette.ColorRole.Text: chosen.text,
        QPalette.ColorRole.PlaceholderText: chosen.dim,
        QPalette.ColorRole.Button: chosen.raised,
        QPalette.ColorRole.ButtonText: chosen.text,
        QPalette.ColorRole.BrightText: chosen.danger,
        QPalette.ColorRole.Highlight: chosen.accent,
        QPalette.ColorRole.HighlightedText: chosen.accent_text,
        QPalette.ColorRole.Link: chosen.accent,
        QPalette.ColorRole.Light: chosen.hover,
        QPalette.ColorRole.Mid: chosen.line,
        QPalette.ColorRole.Dark: chosen.window,
        QPalette.ColorRole.Shadow: chosen.view,
        QPalette.ColorRole.Accent: chosen.accent,
    }
    for role, color in roles.items():
        palette.setColor(role, QColor(color))
    group = QPalette.ColorGroup.Disabled
    for role in (
        QPalette.ColorRole.Text,
        QPalette.ColorRole.ButtonText,
        QPalette.ColorRole.WindowText,
    ):
        palette.setColor(group, role, QColor(chosen.disabled))
    return palette
