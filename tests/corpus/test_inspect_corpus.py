"""``medviewer inspect`` over every odd and hostile file at once."""

from __future__ import annotations

import csv
import json
import subprocess
import sys

import pytest

pytestmark = [pytest.mark.corpus, pytest.mark.slow, pytest.mark.timeout(900)]

MOST_KB = 3 * 1024 * 1024


@pytest.fixture(scope="module")
def report(corpus_folder):
    command = [sys.executable, "-m", "medviewer", "inspect", str(corpus_folder), "--json"]
    # every process of the verb is below this one: its peak is the largest of them
    code = (
        "import resource, subprocess, sys\n"
        f"done = subprocess.run({[*command, '--pixels']!r})\n"
        "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss\n"
        f"sys.exit(done.returncode or (99 if peak > {MOST_KB} else 0))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[-500:]
    assert b"Traceback" not in done.stderr
    return json.loads(done.stdout)


def test_every_file_is_shown_or_listed_with_a_reason(report, corpus_folder):
    with (corpus_folder / "manifest.csv").open(newline="") as file:
        wanted = {str(corpus_folder / row["path"]) for row in csv.DictReader(file)}
    files = [f for study in report["studies"] for s in study["series"] for f in s["files"]]
    assert all((f["px_sha256"] is None) == bool(f["reason"]) for f in files)
    listed = {entry["path"]: entry["reason"] for entry in report["unreadable"]}
    assert all(listed.values())
    assert wanted <= {f["path"] for f in files} | set(listed)


def test_every_agreed_pixel_hash_is_the_same_here(report, corpus_folder):
    found = {
        f["path"]: f["px_sha256"]
        for study in report["studies"]
        for series in study["series"]
        for f in series["files"]
    }
    with (corpus_folder / "manifest.csv").open(newline="") as file:
        agreed = [row for row in csv.DictReader(file) if row["agreed"] == "yes"]
    assert agreed
    different = [
        row["path"]
        for row in agreed
        if found.get(str(corpus_folder / row["path"])) != row["px_sha256"]
    ]
    assert different == []


def test_ids_of_volumes_are_unique(report):
    ids = [
        volume["id"]
        for study in report["studies"]
        for series in study["series"]
        for volume in series["volumes"]
    ]
    assert len(ids) == len(set(ids))
