"""Patient names of every character set, as medviewer inspect prints them."""

from __future__ import annotations

import csv

import pytest

from medviewer.core.tasks import TaskContext
from medviewer.io.inspect_report import inspect

pytestmark = pytest.mark.corpus


def test_names_of_all_character_sets_are_as_expected(corpus_folder):
    with (corpus_folder / "expected" / "charset_expected.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    found = {}
    for row in rows:
        report = inspect([corpus_folder / row["path"]], pixels=False, context=TaskContext())
        found[row["path"]] = [study["patient_name"] for study in report["studies"]]
    assert found == {row["path"]: [row["expected_patient_name"]] for row in rows}
