"""Bring the translations up to date: extract the texts, list what is untranslated, compile.

Run ``python packaging/translations.py`` after changing a text of the interface, translate what it
lists in ``resources/translations/medviewer_zh_CN.ts``, and run it again. The English file holds
plural forms alone.
"""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "resources" / "translations"
LANGUAGES = {"zh_CN": (), "en": ("-pluralonly",)}
_TOOLS = Path(sys.executable).parent


def main() -> int:
    """Update both files; 1 where something is untranslated."""
    sources = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "medviewer" / "ui").rglob("*.py"))
    n_missing = 0
    for language, options in LANGUAGES.items():
        path = FOLDER / f"medviewer_{language}.ts"
        extract(sources, path, *options)
        for context, text in unfinished(path):
            n_missing += 1
            print(f"{path.name}: {context}: {text!r}")
        tool = _TOOLS / "pyside6-lrelease"
        subprocess.run([tool, path, "-qm", path.with_suffix(".qm"), "-silent"], check=True)
    return int(n_missing > 0)


def extract(sources: list[str], path: Path, *options: str) -> None:
    """Write the texts of the sources (relative to the repository) into a .ts file."""
    command = [_TOOLS / "pyside6-lupdate", *sources, "-ts", path, "-no-obsolete"]
    command += ["-locations", "none", *options, "-silent"]
    subprocess.run(command, check=True, cwd=ROOT)


def unfinished(path: Path) -> list[tuple[str, str]]:
    """(context, text) of what a .ts file does not translate."""
    found = []
    for context in ET.parse(path).getroot().iter("context"):
        for message in context.iter("message"):
            translation = message.find("translation")
            if translation is None or translation.get("type") == "unfinished":
                name, text = context.findtext("name", ""), message.findtext("source", "")
                found.append((name, text))
    return found


if __name__ == "__main__":
    raise SystemExit(main())
