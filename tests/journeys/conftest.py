"""A view grid and the program's window on screen, and what a reader opens in them."""

from __future__ import annotations

import os
from types import SimpleNamespace

import numpy as np
import pytest

from medviewer.ai import registry
from medviewer.app.session import Session
from medviewer.app.view_store import ViewStore
from medviewer.io.dicom_write import SeriesHeader, write_series


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


@pytest.fixture
def window(qapp):
    """The program's window on screen; closed afterwards."""
    from tests.shell_window import shown_window  # VTK: not at collection

    with shown_window() as window:
        yield window


@pytest.fixture
def trained_models(monkeypatch, models_folder):
    """The program brings along the two networks that were trained for the tests, and no others."""
    monkeypatch.setattr(registry, "bundled_folder", lambda: models_folder)


@pytest.fixture(scope="module")
def planted_case():
    """Values and labels, shape (slices, rows, columns), of an image the networks know."""
    from tests.unit.ai.planted import planted_volume  # torch: not at collection

    return planted_volume(np.random.default_rng(21))


@pytest.fixture
def study(tmp_path, planted_case):
    """Folder with the planted image as an MR series."""
    from tests.unit.ai.planted import standard_volume  # torch: not at collection

    values = planted_case[0].astype(np.int16)
    volume = standard_volume(values, modality="MR", origin=(5.0, -40.0, 12.0))
    write_series(volume, tmp_path / "study", SeriesHeader("journey"))
    return tmp_path / "study"
