"""``medviewer inspect`` over every odd and hostile file at once."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.slow,
    pytest.mark.timeout(960),
    pytest.mark.skipif(sys.platform != "linux", reason="the memory of processes is read in /proc"),
]

MOST_KB = 3 * 1024 * 1024
SECONDS, SECONDS_WITH_PIXELS = 300, 900


def memory_kb(root_pid):
    """Memory of a process and all below it, shared pages counted once."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    family = {root_pid}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    total = 0
    for pid in family:
        with suppress(OSError):
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += int(re.search(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[1])
    return total


@pytest.fixture(scope="module")
def report(corpus_folder, tmp_path_factory):
    """What ``inspect --json --pixels`` says; it keeps to its time and memory."""
    folder = tmp_path_factory.mktemp("inspect")
    # the wrapper's children are every process of the verb: the peak of the largest is known exactly
    command = [sys.executable, "-m", "medviewer", "inspect", str(corpus_folder), "--json"]
    code = (
        "import resource, subprocess, sys\n"
        f"done = subprocess.run({[*command, '--pixels']!r})\n"
        "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss\n"
        f"sys.exit(done.returncode or (99 if peak > {MOST_KB} else 0))\n"
    )
    peak_kb, start = 0, time.monotonic()
    with (folder / "out").open("wb") as out, (folder / "err").open("wb") as err:
        process = subprocess.Popen([sys.executable, "-c", code], stdout=out, stderr=err)
        while process.poll() is None:
            peak_kb = max(peak_kb, memory_kb(process.pid))
            time.sleep(0.2)
    errors = (folder / "err").read_text("utf-8", "replace")
    assert process.returncode == 0, errors[-500:]
    assert "Traceback" not in errors
    assert 30 * 1024 < peak_kb < MOST_KB, "memory of all processes together"
    assert time.monotonic() - start < SECONDS_WITH_PIXELS
    return json.loads((folder / "out").read_bytes())


def test_headers_alone_are_walked_in_their_time(corpus_folder):
    command = [sys.executable, "-m", "medviewer", "inspect", str(corpus_folder), "--json"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=SECONDS)
    assert json.loads(done.stdout)["studies"]


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
