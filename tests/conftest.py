"""Environment of every test, and guards against what a test may leave behind."""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

# Before anything imports Qt: without a display, services and stores can still be tested.
if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["QT_SCALE_FACTOR"] = "1"
os.environ["LANGUAGE"] = "en"

ROOT = Path(__file__).resolve().parent.parent


def _optional_folder(variable: str, name: str) -> Path:
    folder = Path(os.environ.get(variable) or ROOT.parent / "shared" / name)
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here (set {variable})")
    return folder


@pytest.fixture(scope="session")
def corpus_folder() -> Path:
    """DICOM corpus of odd files; the test is skipped where it is absent."""
    return _optional_folder("MEDVIEWER_CORPUS", "dicom-corpus")


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Public data sets; the test is skipped where they are absent."""
    return _optional_folder("MEDVIEWER_DATA", "data")


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory) -> Path:
    """A models folder with two networks trained here, within seconds."""
    from tests.unit.ai import planted  # torch: only where a test needs the networks

    folder = tmp_path_factory.mktemp("models")
    planted.write_model(folder / "ellipsoid-mr", planted.train_segmenter(), planted.base_card())
    planted.write_model(folder / "disc-xray", planted.train_disc_segmenter(), planted.disc_card())
    return folder


@pytest.fixture(autouse=True)
def medviewer_home(tmp_path, monkeypatch):
    """Fresh settings, library and cache for each test; nothing of the user's is touched."""
    home = tmp_path / "medviewer-home"
    monkeypatch.setenv("MEDVIEWER_HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def no_thread_left_behind(no_widget_or_vtk_object_left_behind):
    """A test ends with the threads it started with, and they with the VTK objects of theirs."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 5
    while left := [t for t in threading.enumerate() if t not in before and not t.daemon]:
        if time.monotonic() > deadline:
            pytest.fail(f"threads left running: {left}")
        time.sleep(0.01)
    core = sys.modules.get("PySide6.QtCore")
    if core is not None and not core.QThreadPool.globalInstance().waitForDone(5000):
        pytest.fail("work left in the global QThreadPool")


@pytest.fixture(scope="module", autouse=True)
def older_objects_out_of_sight():
    """What lives before a module's first test is not searched again for every test."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def no_widget_or_vtk_object_left_behind(request):
    """A test of widgets or rendering frees every window and every VTK window and renderer."""
    folder = request.path.relative_to(ROOT / "tests").parts[0]
    if folder != "rendering" and "qapp" not in request.fixturenames:
        yield
        return
    widgets, scenes = _top_level_widgets(), _vtk_scenes()
    yield
    # Set up first, so torn down last: everything the test's own fixtures close is closed.
    _deliver_deferred_deletes()
    if _top_level_widgets() - widgets or _vtk_scenes() - scenes:
        gc.collect()
        _deliver_deferred_deletes()
    if left := _top_level_widgets() - widgets:
        pytest.fail(f"widgets left alive: {left}")
    if left := _vtk_scenes() - scenes:
        pytest.fail(f"VTK windows or renderers left alive: {[type(v).__name__ for v in left]}")


def _deliver_deferred_deletes() -> None:
    core = sys.modules.get("PySide6.QtCore")
    if core is not None and core.QCoreApplication.instance() is not None:
        core.QCoreApplication.sendPostedEvents(None, core.QEvent.Type.DeferredDelete)
        core.QCoreApplication.processEvents()


def _top_level_widgets() -> set:
    widgets = sys.modules.get("PySide6.QtWidgets")
    application = None if widgets is None else widgets.QApplication.instance()
    return set() if application is None else set(application.topLevelWidgets())


def _vtk_scenes() -> set:
    core = sys.modules.get("vtkmodules.vtkRenderingCore")
    if core is None:
        return set()
    kinds = {*_with_subclasses(core.vtkRenderWindow), *_with_subclasses(core.vtkRenderer)}
    return {o for o in gc.get_objects() if type(o) in kinds}


def _with_subclasses(kind: type) -> Iterator[type]:
    yield kind
    for child in kind.__subclasses__():
        yield from _with_subclasses(child)
