"""Index and load a reference series; compare with pydicom and SimpleITK in the same run.

    python tests/benchmarks/bench_load.py [--slices 600] [--size 512] [--folder FOLDER]

The series is made once (uncompressed, JPEG-LS, JPEG 2000, RLE) in FOLDER, or in a temporary one.
Every measurement runs in a process of its own, the better of two; times in seconds. Exit status
1 where a bound is missed.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

SYNTAXES = {
    "raw": "1.2.840.10008.1.2.1",
    "jpegls": "1.2.840.10008.1.2.4.80",
    "jpeg2000": "1.2.840.10008.1.2.4.90",
    "rle": "1.2.840.10008.1.2.5",
}


def make_series(folder: Path, n_slices: int, size: int) -> None:
    """Write the series in every syntax: a smooth body with noise of 20 HU."""
    from pydicom import dcmread

    from medviewer.core.geometry import VolumeGeometry
    from medviewer.core.volume import Volume
    from medviewer.io.dicom_write import SeriesHeader, write_series

    generator = np.random.default_rng(1)
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    body = np.where(x**2 + (1.3 * y) ** 2 < 0.8, 40.0, -1000.0)
    lungs = ((np.abs(x) - 0.4) ** 2 * 6 + y**2 * 3) < 0.5
    body[lungs] = -850.0
    noise = generator.normal(0, 20, (8, size, size))
    voxels = np.empty((n_slices, size, size), np.int16)
    for k in range(n_slices):
        voxels[k] = np.clip(body + noise[k % 8] + 30 * np.sin(9 * x + k / 20), -1024, 3000)
    affine = np.diag([0.7, 0.7, 1.0, 1.0])
    volume = Volume("reference", voxels, VolumeGeometry(voxels.shape, affine), modality="CT")
    paths = write_series(volume, folder / "raw", SeriesHeader("benchmark"), rescale_intercept=-1024)
    for name, uid in SYNTAXES.items():
        if name == "raw":
            continue
        (folder / name).mkdir(parents=True, exist_ok=True)
        for path in paths:
            ds = dcmread(path)
            ds.compress(uid, generate_instance_uid=False)
            ds.save_as(folder / name / path.name)


def measure(what: str, folder: Path) -> dict[str, float]:
    """Run one measurement here."""
    start = time.perf_counter()
    found = MEASUREMENTS[what](folder)
    found.setdefault("seconds", time.perf_counter() - start)
    found["peak_mb"] = peak_mb()
    return found


def index_medviewer(folder: Path) -> dict[str, float]:
    from medviewer.core.tasks import TaskContext
    from medviewer.io.dicom_index import index_paths

    index_paths([folder], TaskContext())  # warm: imports and the disk cache
    start = time.perf_counter()
    index_paths([folder], TaskContext())
    return {"seconds": time.perf_counter() - start}


def index_pydicom(folder: Path) -> dict[str, float]:
    import pydicom

    paths = sorted(folder.iterdir())
    for turn in range(2):
        start = time.perf_counter()
        for path in paths:
            pydicom.dcmread(path, stop_before_pixels=True)
        del turn
    return {"seconds": time.perf_counter() - start}


def load_medviewer(folder: Path) -> dict[str, float]:
    from medviewer.core.tasks import TaskContext
    from medviewer.io.dicom_index import index_paths
    from medviewer.io.series_loader import load_image

    (study,) = index_paths([folder], TaskContext()).studies
    series = study.series[0]
    times: list[float] = []
    start = time.perf_counter()
    context = TaskContext(on_progress=lambda _: times.append(time.perf_counter() - start))
    image = load_image(series.volumes[0], series, study, context)
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "first": times[0], "voxels_mb": image.n_bytes / 2**20}


def load_simpleitk(folder: Path) -> dict[str, float]:
    import SimpleITK

    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames([str(path) for path in sorted(folder.iterdir())])
    start = time.perf_counter()
    reader.Execute()
    return {"seconds": time.perf_counter() - start}


MEASUREMENTS = {
    "index_medviewer": index_medviewer,
    "index_pydicom": index_pydicom,
    "load_medviewer": load_medviewer,
    "load_simpleitk": load_simpleitk,
}


def best(what: str, folder: Path) -> dict[str, float]:
    """Return the faster of two runs, each in a process of its own."""
    command = [sys.executable, __file__, "--measure", what, "--folder", str(folder)]
    runs = [
        json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        for _ in range(2)
    ]
    return min(runs, key=lambda run: run["seconds"])


def compare(folder: Path) -> bool:
    """Print every comparison; return whether all bounds hold."""
    ours, theirs = best("index_medviewer", folder / "raw"), best("index_pydicom", folder / "raw")
    holds = [report("index vs pydicom", theirs["seconds"] / ours["seconds"], 3.0)]
    for name in SYNTAXES:
        ours, theirs = best("load_medviewer", folder / name), best("load_simpleitk", folder / name)
        say(f"{name}: {ours['seconds']:.2f} s, SimpleITK {theirs['seconds']:.2f} s")
        ratio = theirs["seconds"] / ours["seconds"]
        holds.append(report(f"{name} vs SimpleITK", ratio, 1.0 if name == "raw" else 1.7))
        share = ours["first"] / ours["seconds"]
        holds.append(report(f"{name} first image, share of the whole", share, 0.15, is_most=True))
        allowed = 1.6 * ours["voxels_mb"] + 400
        holds.append(report(f"{name} peak MB", ours["peak_mb"], allowed, is_most=True))
    return all(holds)


def report(name: str, value: float, bound: float, *, is_most: bool = False) -> bool:
    """Print one result and return whether it keeps its bound."""
    holds = value <= bound if is_most else value >= bound
    sign = "at most" if is_most else "at least"
    say(f"  {'ok    ' if holds else 'MISSED'} {name}: {value:.2f} ({sign} {bound:.2f})")
    return holds


def say(text: str) -> None:
    """Write a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def peak_mb() -> float:
    """Return the most memory this process ever held; not what its parent held (Linux)."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(n for n in status.read_text().splitlines() if n.startswith("VmHWM"))
        return float(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Make the series, measure, compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--slices", type=int, default=600)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--measure", choices=MEASUREMENTS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        say(json.dumps(measure(args.measure, args.folder)))
        return 0
    with tempfile.TemporaryDirectory() as temporary:
        folder = args.folder or Path(temporary)
        if not (folder / "rle").is_dir():
            make_series(folder, args.slices, args.size)
        return 0 if compare(folder) else 1


if __name__ == "__main__":
    raise SystemExit(main())
