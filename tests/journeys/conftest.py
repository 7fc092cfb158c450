"""A view grid in a real window."""

from __future__ import annotations

import os
from types import SimpleNamespace

import pytest

from medviewer.app.session import Session
from medviewer.app.view_store import ViewStore


@pytest.fixture
def desk(qtbot):
    """Session, store and an empty 900x600 grid on screen; everything is closed afterwards."""
    if not os.environ.get("DISPLAY") and os.environ.get("QT_QPA_PLATFORM") == "offscreen":
        pytest.skip("a view needs a display (run under xvfb-run)")
    from medviewer.ui.views.view_grid import ViewGrid  # VTK: not at collection

    requested: list[str] = []
    session, store = Session(), ViewStore()
    grid = ViewGrid(session, store, requested.append)
    grid.resize(900, 600)
    grid.show()
    qtbot.waitExposed(grid).__enter__()
    yield SimpleNamespace(session=session, store=store, grid=grid, requested=requested)
    grid.close_views()
    grid.close()
    grid.deleteLater()
