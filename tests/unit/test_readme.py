"""What the README promises is there, and what the program prints is in the README."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from medviewer.ai.result_document import RESULT_FILE, ResultDocument
from medviewer.cli import _parser
from medviewer.core.tasks import TaskContext
from medviewer.io.inspect_report import inspect
from tests.dicom_series import image, write, write_slices

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
IN_CODE = set(re.findall(r"`([a-z_0-9]+)(?:\[\])?`", README))


def keys(value):
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from keys(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys(inner)


def test_every_key_that_inspect_prints_is_explained(tmp_path):
    write_slices(tmp_path / "gap", [(1.0, 2.0, z) for z in (0.0, 2.0, 4.0, 10.0)])
    write(tmp_path / "other", image(np.zeros((4, 6), np.int16), Modality="OT"))
    (tmp_path / "empty.dcm").write_bytes(b"")
    found = set(keys(inspect([tmp_path], pixels=True, context=TaskContext())))
    assert {"code", "message", "px_sha256", "reason"} <= found, "the folder shows too little"
    assert found <= IN_CODE


def test_every_part_of_a_result_is_explained(tmp_path):
    ResultDocument("ok", {}, {}).write(tmp_path)
    assert set(json.loads((tmp_path / RESULT_FILE).read_text("utf-8"))) <= IN_CODE


@pytest.mark.parametrize("verb", sorted(_parser()[1] - {"view"}))
def test_every_verb_is_named(verb):
    assert re.search(rf"\b{verb}\b", README)


@pytest.mark.parametrize("link", re.findall(r"\]\((?!https?:)([^)#]+)\)", README))
def test_pictures_and_pages_are_where_the_readme_says(link):
    assert (ROOT / link).is_file()


@pytest.mark.parametrize("script", re.findall(r"bash (packaging/\S+\.sh)", README))
def test_the_commands_for_a_fresh_machine_exist(script):
    assert (ROOT / script).is_file()
