"""Add up JUnit reports and print one line; a report that is missing counts as a failure."""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path


def count(report: Path) -> dict[str, int]:
    """Return what a report says; a process that crashed left none, or an unfinished one."""
    try:
        suites = ET.parse(report).getroot().iter("testsuite")
    except (OSError, ET.ParseError):
        print(f"{report.name}: no report, the test process did not end by itself")
        return {"tests": 1, "failures": 1, "errors": 0, "skipped": 0}
    keys = ("tests", "failures", "errors", "skipped")
    counts = [{key: int(suite.get(key, 0)) for key in keys} for suite in suites]
    return {key: sum(c[key] for c in counts) for key in keys}


def main() -> int:
    """Print ``N passed, N failed, N skipped``; non-zero where anything failed."""
    counts = [count(Path(name)) for name in sys.argv[1:]]
    failed = sum(c["failures"] + c["errors"] for c in counts)
    skipped = sum(c["skipped"] for c in counts)
    passed = sum(c["tests"] for c in counts) - failed - skipped
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
