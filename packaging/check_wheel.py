"""Check that a wheel holds every shipped file and runs from where it is installed."""

import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def shipped_files() -> set[str]:
    """Paths inside the wheel of everything git tracks below resources/ and models/."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "resources", "models"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return {f"medviewer/_{name}" for name in listing.stdout.split("\0") if name}


def main() -> int:
    """Return non-zero and say what is missing."""
    wheel = Path(sys.argv[1])
    with zipfile.ZipFile(wheel) as archive, tempfile.TemporaryDirectory() as folder:
        missing = sorted(shipped_files() - set(archive.namelist()))
        if missing:
            print(f"{wheel.name} lacks: {', '.join(missing)}")
            return 1
        archive.extractall(folder)
        environment = {**os.environ, "PYTHONPATH": folder, "MEDVIEWER_HOME": f"{folder}/home"}
        version = subprocess.run(
            [sys.executable, "-m", "medviewer", "--version"],
            cwd=folder,
            env=environment,
            check=False,
        )
    print(f"{wheel.name}: {wheel.stat().st_size / 2**20:.1f} MiB, complete")
    return version.returncode


if __name__ == "__main__":
    sys.exit(main())
