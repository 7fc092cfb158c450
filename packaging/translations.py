"""Bring the translations up to date: extract the texts, list what is untranslated, compile.

Run ``python packaging/translations.py`` after changing a text of the interface, translate what it
lists in ``resources/translations/medviewer_zh_CN.ts``, and run it again. The English file holds
plural forms alone. The templates of messages from below the interface, and the hints of errors,
stand in the context ``Message``. What the bundled cards say in words is translated beside them, in
``models/<id>/words.zh_CN.json``; what is missing or no longer said there is listed too.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

from medviewer.ai.card_words import read_words, texts_of
from medviewer.ai.registry import scan

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "resources" / "translations"
LANGUAGES = {"zh_CN": (), "en": ("-pluralonly",)}
BELOW = ("ai", "app", "core", "io", "processing")
"""Packages whose messages reach the window; training speaks on the command line alone."""
_TOOLS = Path(sys.executable).parent


def main() -> int:
    """Update both files; 1 where something is untranslated."""
    n_missing = 0
    for language, options in LANGUAGES.items():
        path = FOLDER / f"medviewer_{language}.ts"
        extract(path, *options)
        for context, text in unfinished(path):
            n_missing += 1
            print(f"{path.name}: {context}: {text!r}")
        tool = _TOOLS / "pyside6-lrelease"
        subprocess.run([tool, path, "-qm", path.with_suffix(".qm"), "-silent"], check=True)
    for path, kind, text in card_words("zh_CN"):
        print(f"{path}: {kind}: {text!r}")
    return int(n_missing > 0)


def card_words(language: str) -> list[tuple[str, str, str]]:
    """(file, ``shown in English`` or ``no longer said``, text) of the bundled cards' words."""
    found = []
    for entry in scan():
        if entry.card is not None:
            texts, words = texts_of(entry.card), read_words(entry.folder, language)
            name = f"{entry.id}/words.{language}.json"
            found += [(name, "shown in English", text) for text in texts if text not in words]
            found += [(name, "no longer said", text) for text in words if text not in texts]
    return found


def extract(path: Path, *options: str) -> None:
    """Write the texts of the interface and of the messages into a .ts file."""
    sources = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "medviewer" / "ui").rglob("*.py"))
    with tempfile.NamedTemporaryFile("w", suffix=".py", encoding="utf-8") as listed:
        for text in messages():  # lupdate reads no calls but those of Qt
            quoted = json.dumps(text, ensure_ascii=False)
            listed.write(f'QCoreApplication.translate("Message", {quoted})\n')
        listed.flush()
        command = [_TOOLS / "pyside6-lupdate", *sources, listed.name, "-ts", path, "-no-obsolete"]
        command += ["-locations", "none", *options, "-silent"]
        subprocess.run(command, check=True, cwd=ROOT)


def messages() -> list[str]:
    """Return the templates of messages and the hints of errors below the interface."""
    found: dict[str, None] = {}
    for package in BELOW:
        for path in sorted((ROOT / "medviewer" / package).rglob("*.py")):
            if "training" not in path.parts:
                found |= dict.fromkeys(_messages_of(ast.parse(path.read_text(encoding="utf-8"))))
    return list(found)


def _messages_of(tree: ast.Module) -> list[str]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    texts = [call.args[0] for call in calls if getattr(call.func, "id", "") == "Message"]
    texts += [k.value for call in calls for k in call.keywords if k.arg == "hint"]
    return [
        text.value
        for text in texts
        if isinstance(text, ast.Constant) and isinstance(text.value, str) and text.value
    ]


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
