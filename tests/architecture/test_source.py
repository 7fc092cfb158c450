"""House rules that no linter checks."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted((ROOT / "medviewer").rglob("*.py"))
PYTHON = sorted([*SOURCES, *(ROOT / "tests").rglob("*.py"), *(ROOT / "packaging").rglob("*.py")])
PET_NAMES = {"utils", "util", "helpers", "helper", "common", "misc"}
TRANSLATORS = {"tr", "translate"}
GIVEN = {"message_text.py"}
"""Translates messages of the layers below, whose templates are extracted where they are made."""


def _name(path):
    return str(path.relative_to(ROOT))


def test_a_file_has_at_most_500_lines():
    lengths = {_name(p): len(p.read_text(encoding="utf-8").splitlines()) for p in PYTHON}
    assert {name: n for name, n in lengths.items() if n > 500} == {}


def test_no_module_is_named_after_nothing():
    assert [_name(p) for p in PYTHON if PET_NAMES & {p.stem, *p.relative_to(ROOT).parts}] == []


def _untranslatable(tree):
    """Calls of tr() or translate() that the extractor does not read as the program does.

    Their text must be a plain literal; and the extractor takes any tr("a", "b") for the text "a"
    with the comment "b", so a shorthand for QCoreApplication.translate must be named translate.
    """
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        texts = {"tr": node.args[:1], "translate": node.args[1:2]}.get(name, [])
        is_shorthand = name == "tr" and isinstance(node.func, ast.Name)
        if is_shorthand or any(not isinstance(text, ast.Constant) for text in texts):
            yield node


def test_translated_texts_are_plain_literals_that_the_extractor_finds():
    found = [
        f"{_name(path)}:{call.lineno}"
        for path in SOURCES
        if "ui" in path.parts and path.name not in GIVEN
        for call in _untranslatable(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert found == []


@pytest.mark.parametrize(
    ("source", "n"),
    [
        ('self.tr(f"{n} findings")', 1),
        ('translate("Context", f"{n} findings")', 1),
        ('tr("Context", "findings")', 1),
        ('self.tr("%n finding(s)", "", n)', 0),
        ('QCoreApplication.translate("Context", "two " "parts")', 0),
    ],
)
def test_what_the_extractor_would_miss_is_noticed_by_this_test(source, n):
    assert len(list(_untranslatable(ast.parse(source)))) == n


def test_texts_are_translated_in_the_interface_alone():
    found = [
        _name(path)
        for path in SOURCES
        if "ui" not in path.parts
        and any(
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in TRANSLATORS
            and isinstance(node.func.value, ast.Name)
            and node.func.value.id in {"self", "QCoreApplication"}
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        )
    ]
    assert found == []


def test_except_exception_stands_at_the_job_boundary_and_the_exception_hook_alone():
    broad = {
        _name(path)
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in {"Exception", "BaseException"})
    }
    assert broad <= {"medviewer/app/jobs.py", "medviewer/ui/application.py"}


def test_every_suppression_says_why():
    pattern = re.compile(r"#\s*(noqa|type:\s*ignore)(?P<rest>.*)")
    bare = []
    for path in SOURCES:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            match = pattern.search(line)
            if match and not re.search(r"[A-Za-z0-9\]]\s*(-|#)\s*\w+", match["rest"]):
                bare.append(f"{_name(path)}:{number}")
    assert bare == []


def test_vtk_is_imported_module_by_module():
    found = [
        _name(path)
        for path in SOURCES
        if re.search(
            r"^\s*(import vtk$|import vtk\s|from vtk import)", path.read_text("utf-8"), re.M
        )
    ]
    assert found == [], "import vtkmodules.xxx: the umbrella module loads everything"
