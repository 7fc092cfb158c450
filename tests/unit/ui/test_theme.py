"""Both themes can be read: contrasts after WCAG 2.1, 1.4.3 and 1.4.11."""

import pytest
from PySide6.QtGui import QColor

from medviewer.ui.theme import DARK, LIGHT


def luminance(name):
    channels = QColor(name).getRgbF()[:3]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(a, b):
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("ground", ["panel", "raised", "field"])
@pytest.mark.parametrize(
    ("name", "least"),
    [("text", 7.0), ("dim", 4.5), ("disabled", 3.0)]
    + [(name, 4.5) for name in ("accent", "warning", "danger", "success", "ai", "mark")],
)
def test_text_stands_out_from_its_ground(theme, ground, name, least):
    assert contrast(getattr(theme, name), getattr(theme, ground)) >= least
