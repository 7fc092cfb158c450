"""Every decodable pixel of a large collection of odd and hostile files, against two other readers.

The manifest of the collection holds the hash of the stored values where independent decoders
agree, and which of them is right where they do not.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from medviewer.core.errors import DataError
from medviewer.io.header_dump import header_rows
from medviewer.io.pixel_hash import px_sha256, rgb_sha256
from medviewer.io.pixel_values import ImageReader

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.corpus

MAX_RSS_MB = 1500
"""Of one process that decodes the whole collection."""
LUT_TOLERANCE = 1e-4
UNSCALED_DOSES = ("pydicom/test_files/rtdose.dcm", "pydicom/test_files/rtdose_rle.dcm")
"""Their manifest rows hold stored numbers; a reader of doses wants Gy (PS3.3 C.8.8.3.4)."""


@pytest.fixture(scope="module")
def manifest(corpus_folder):
    with (corpus_folder / "manifest.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def hash_or_reason(read, path: Path) -> str:
    try:
        return read(path)
    except DataError as error:
        return str(error)


def test_every_agreed_hash_of_stored_values_is_found(corpus_folder, manifest):
    rows = [row for row in manifest if row["agreed"] == "yes" and row["px_sha256"]]
    assert len(rows) > 600
    wrong = {}
    for row in rows:
        found = hash_or_reason(px_sha256, corpus_folder / row["path"])
        if found != row["px_sha256"]:
            wrong[row["path"]] = found
    assert wrong == {}


def test_every_agreed_hash_of_colours_is_found(corpus_folder, manifest):
    rows = [row for row in manifest if row["agreed"] == "yes" and row["rgb_sha256"]]
    assert len(rows) > 60
    wrong = {}
    for row in rows:
        found = hash_or_reason(rgb_sha256, corpus_folder / row["path"])
        if found != row["rgb_sha256"]:
            wrong[row["path"]] = found
    assert wrong == {}


def test_the_same_image_in_different_transfer_syntaxes_has_one_hash(corpus_folder):
    with (corpus_folder / "expected" / "pixel_identical_groups.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["group"] for row in rows}) > 20
    wrong = {}
    for row in rows:
        found = hash_or_reason(px_sha256, corpus_folder / row["path"])
        if found != row["px_sha256"]:
            wrong[row["path"]] = found
    assert wrong == {}


def test_files_that_only_pydicom_decodes_rightly_are_decoded_so(corpus_folder, manifest):
    rows = [
        row
        for row in manifest
        if row["agreed"] == "no" and row["px_sha256"] and "fuzz" not in row["path"]
    ]
    assert len(rows) > 20
    wrong = {}
    for row in rows:
        found = hash_or_reason(px_sha256, corpus_folder / row["path"])
        if found != row["px_sha256"]:
            wrong[row["path"]] = found
    assert wrong == {}


def test_modality_values_have_the_range_and_mean_of_the_manifest(corpus_folder, manifest):
    wrong = {}
    n_compared = 0
    for row in manifest:
        if row["agreed"] != "yes" or not row["lut_min"] or row["path"] in UNSCALED_DOSES:
            continue
        reader = ImageReader(corpus_folder / row["path"])
        if reader.is_color:
            continue
        frames = [reader.read(index) for index in range(reader.n_frames)]
        found = (
            min(float(frame.min()) for frame in frames),
            max(float(frame.max()) for frame in frames),
            float(np.mean([frame.mean(dtype=np.float64) for frame in frames])),
        )
        expected = [float(row[key]) for key in ("lut_min", "lut_max", "lut_mean")]
        n_compared += 1
        if not np.allclose(found, expected, rtol=LUT_TOLERANCE, atol=1e-3):
            wrong[row["path"]] = (found, expected)
    assert n_compared > 500
    assert wrong == {}


_READ_EVERYTHING = """
import resource, sys, time
from pathlib import Path
from medviewer.core.errors import DataError
from medviewer.io.header_dump import header_rows
from medviewer.io.pixel_values import ImageReader

def read(path):
    reader = ImageReader(path)
    for index in range(reader.n_frames):
        reader.read(index)
        reader.vois(index)
        reader.padding_value(index)

def main():
    n_read, silent, slowest = 0, [], (0.0, "")
    for path in sorted(p for p in Path(sys.argv[1]).rglob("*") if p.is_file()):
        begin = time.process_time()
        for function in (header_rows, read):
            try:
                function(path)
                n_read += function is read
            except DataError as error:
                if len(str(error)) < 20:
                    silent.append(path.name)
        slowest = max(slowest, (time.process_time() - begin, path.name))
    usage = [resource.getrusage(w).ru_maxrss // 1024
             for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    print("RESULT", n_read, len(silent), sum(usage), round(slowest[0], 1), slowest[1], silent[:5])

if __name__ == "__main__":
    main()
"""


def test_no_file_ends_or_stops_the_program_or_fills_its_memory(corpus_folder, tmp_path):
    script = tmp_path / "read_everything.py"
    script.write_text(_READ_EVERYTHING)
    done = subprocess.run(
        [sys.executable, str(script), str(corpus_folder)],
        capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("RESULT")]
    n_read, n_silent, rss_mb, slowest_s = line.split()[1:5]
    assert int(n_read) > 680
    assert int(n_silent) == 0, line
    assert int(rss_mb) < MAX_RSS_MB, line
    assert float(slowest_s) < 20, line


def test_the_chinese_names_of_the_collection_are_read(corpus_folder):
    with (corpus_folder / "expected" / "charset_expected.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows
    for row in rows:
        names = [
            r.value for r in header_rows(corpus_folder / row["path"]) if "(0010,0010)" in r.tag
        ]
        family_and_given = row["expected_patient_name"].split("=")[0].split("^")[:2]
        assert names
        assert names[0].startswith(", ".join(family_and_given))
