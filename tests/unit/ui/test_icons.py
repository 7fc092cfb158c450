"""Icons are drawn anew for every scale of the screen."""

import pytest
from PySide6.QtCore import QSize

from medviewer.ui.icons import icon


@pytest.mark.parametrize("scale", [1.0, 1.5, 2.0])
@pytest.mark.parametrize("name", ["hand", "layout-mpr"])
def test_an_icon_has_as_many_pixels_as_the_screen(qapp, name, scale):
    pixmap = icon(name).pixmap(QSize(18, 18), scale)
    assert pixmap.size() == QSize(18, 18) * scale
    assert pixmap.devicePixelRatio() == scale
