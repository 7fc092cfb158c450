"""What must be importable without the heavy libraries, and what start-up must not load."""

import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "medviewer"
QT = ("PySide6", "shiboken6")
VTK = ("vtk", "vtkmodules")
TORCH = ("torch", "torchvision", "monai")


def _modules(*layers):
    for layer in layers:
        for path in sorted((PACKAGE / layer).rglob("*.py")):
            parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
            yield ".".join(p for p in parts if p != "__init__")


def _import_without(forbidden, modules):
    """Import modules in a fresh process where the forbidden ones do not exist."""
    program = (
        "import importlib, sys\n"
        f"sys.modules.update(dict.fromkeys({list(forbidden)!r}))\n"
        f"for name in {list(modules)!r}: importlib.import_module(name)\n"
    )
    return subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize(
    ("layers", "forbidden"),
    [
        (("core",), (*QT, *VTK, *TORCH, "pydicom", "SimpleITK", "nibabel", "scipy")),
        (("io", "processing"), (*QT, *VTK, *TORCH)),
        (("rendering",), (*QT, *TORCH, "pydicom", "SimpleITK")),
        (("ai",), (*QT, *VTK)),
        (("app",), (*VTK, *TORCH)),
        (("ui",), TORCH),
    ],
    ids=lambda value: "+".join(value) if value and value[0] in "core io ai app ui" else None,
)
def test_a_layer_imports_where_what_it_must_not_know_does_not_exist(layers, forbidden):
    modules = list(_modules(*layers))
    assert modules
    result = _import_without(forbidden, modules)
    assert result.returncode == 0, result.stderr[-2000:]


def test_the_model_registry_imports_without_torch():
    result = _import_without(TORCH, ["medviewer.ai.registry", "medviewer.ai.model_card"])
    assert result.returncode == 0, result.stderr[-2000:]


def test_the_main_window_loads_neither_torch_nor_monai():
    program = (
        "import sys, medviewer.ui.main_window\n"
        "print([m for m in ('torch', 'monai', 'sklearn', 'skimage') if m in sys.modules])"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True, timeout=120
    )
    assert result.stdout.strip() == "[]", result.stdout + result.stderr[-2000:]


def test_a_forbidden_import_is_noticed_by_this_test():
    result = _import_without(("numpy",), ["medviewer.core.geometry"])
    assert result.returncode != 0
    assert "numpy" in result.stderr


def test_the_first_view_finds_vtk_loaded_and_waits_for_no_scipy():
    code = (
        "import sys\n"
        "from medviewer.ui.application import _warm_up\n"
        "_warm_up(None)\n"
        "before = set(sys.modules)\n"
        "import medviewer.ui.views.view_grid\n"
        "print([m for m in set(sys.modules) - before if m.startswith(('vtk', 'scipy'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr
