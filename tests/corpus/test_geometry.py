"""The geometry of real series against their headers and dcm2niix, where that is right."""

from __future__ import annotations

import csv
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest

from medviewer.core.tasks import TaskContext
from medviewer.io.inspect_report import inspect

CORPUS = Path(
    os.environ.get(
        "MEDVIEWER_CORPUS", Path(__file__).resolve().parents[2].parent / "shared" / "dicom-corpus"
    )
)
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(
        not (CORPUS / "series.csv").exists(),
        reason="the optional DICOM corpus is not here (set MEDVIEWER_CORPUS)",
    ),
]

DCM2NIIX_IS_WRONG = {
    # one volume from two scouts of different orientation
    "pydicom-dicomdir/98892001/CT2N",
    # frames without a position of their own: dcm2niix invents them
    "weasis-dicom-tools/org/dcm4che3/img",
    # irregular series: the affine is the uncorrected one
    "dicom2nifti/failing/gantrytilting/001",
    "dicom2nifti/failing/sliceincrement/001",
    "dicom2nifti/failing/sliceincrement/002",
    "pydicom-dicomdir/77654033/CT2",
    # one position at four times: no volume
    "dicom2nifti/failing/notavolume/001",
}


def rows(name: str) -> list[dict[str, str]]:
    path = CORPUS / name
    if not path.exists():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


SERIES = rows("series.csv")
FILES = rows("manifest.csv")


def volumes_of(row: dict[str, str]) -> list[dict]:
    paths = [
        CORPUS / file["path"]
        for file in FILES
        if file["series_uid"] == row["series_uid"]
        and os.path.dirname(file["path"]).startswith(row["dir"])  # noqa: PTH120 - not a path here
    ]
    report = inspect(paths, pixels=False, context=TaskContext())
    return [v for study in report["studies"] for s in study["series"] for v in s["volumes"]]


def corners(affine: np.ndarray, shape_ijk: list[int]) -> np.ndarray:
    ends = [[a, b, c, 1] for a in (0, 1) for b in (0, 1) for c in (0, 1)]
    index = np.array(ends) * np.array([*(n - 1 for n in shape_ijk), 1])
    return (index @ affine.T)[:, :3]


def farthest(ours: np.ndarray, theirs: np.ndarray) -> float:
    distances = np.linalg.norm(ours[:, None] - theirs[None], axis=2)
    return float(max(distances.min(axis=0).max(), distances.min(axis=1).max()))


def dcm2niix_volume(row: dict[str, str]) -> tuple[np.ndarray, list[int]]:
    name = row["corner_best"] or row["d2n_vols"].split(":")[0]
    size = re.search(re.escape(name) + r": (\d+)x(\d+)x(\d+)", row["d2n_vols"])
    assert size is not None, row["d2n_vols"]
    affine = np.eye(4)
    affine[:3] = json.loads(row["d2n_affine_LPS"])
    return affine, [int(n) for n in size.groups()]


def identify(row: dict[str, str]) -> str:
    return f"{row['dir']}-{row['series_uid'][-8:]}"


@pytest.mark.parametrize(
    "row",
    [r for r in SERIES if r["dir"] not in DCM2NIIX_IS_WRONG and r["d2n_affine_LPS"]],
    ids=identify,
)
def test_every_volume_lies_where_dcm2niix_puts_it(row):
    affine, shape_ijk = dcm2niix_volume(row)
    expected = corners(affine, shape_ijk)
    found = [
        farthest(corners(np.array(v["affine_lps"]), v["shape"][::-1]), expected)
        for v in volumes_of(row)
        if v["affine_lps"] is not None
    ]
    # dcm2niix prints its affine with four decimals: half a unit of the last, times the index
    assert min(found) < 0.05


@pytest.mark.parametrize(
    "row",
    [r for r in SERIES if r["uniform"] == "1" and float(r["shear_deg"] or 0) < 1],
    ids=identify,
)
def test_regular_series_are_volumes_of_the_recorded_spacing_without_warnings(row):
    volumes = volumes_of(row)
    assert sum(v["shape"][0] for v in volumes) == int(row["frames"])
    assert all(not v["warnings"] for v in volumes)
    if row["n_orient"] == "1":
        for v in volumes:
            assert v["spacing_mm"][0] == pytest.approx(float(row["dz_med"]), abs=0.01)


@pytest.mark.parametrize("row", [r for r in SERIES if float(r["shear_deg"] or 0) > 1], ids=identify)
def test_a_tilted_series_is_sheared_and_says_its_angle(row):
    (volume,) = volumes_of(row)
    messages = [w["message"] for w in volume["warnings"] if w["code"] == "geometry.tilt"]
    assert len(messages) == 1
    assert f"{float(row['shear_deg']):.1f} degrees" in messages[0]
    assert volume["affine_lps"] is not None


@pytest.mark.parametrize("row", [r for r in SERIES if r["uniform"] == "0"], ids=identify)
def test_an_irregular_series_names_its_largest_distance(row):
    (volume,) = volumes_of(row)
    messages = " ".join(w["message"] for w in volume["warnings"])
    assert f"{float(row['dz_max']):.2f} mm" in messages
    ratio = float(row["dz_max"]) / float(row["dz_min"])
    assert (volume["affine_lps"] is not None) == (ratio <= 2.5)


@pytest.mark.parametrize(
    "row", [r for r in SERIES if r["dir"].startswith("pydicom-dicomdir/98892003")], ids=identify
)
def test_every_orientation_is_its_own_entry(row):
    assert len(volumes_of(row)) == int(row["n_orient"])


@pytest.mark.parametrize("row", [r for r in SERIES if r["mosaic"] != "0"], ids=identify)
def test_a_mosaic_is_a_volume_for_each_file(row):
    volumes = volumes_of(row)
    assert len(volumes) == int(row["n_files"])
    sizes = re.search(r": (\d+)x(\d+)x(\d+)", row["d2n_vols"])
    assert sizes is not None
    expected = [int(n) for n in sizes.groups()][::-1]
    assert all(v["shape"] == expected for v in volumes)


def test_one_position_at_four_times_is_a_stack_of_four():
    row = next(r for r in SERIES if r["dir"] == "dicom2nifti/failing/notavolume/001")
    (volume,) = volumes_of(row)
    assert volume["shape"][0] == 4
    assert volume["affine_lps"] is None
