"""Every text of the interface exists in every language, with the same placeholders."""

import ast
import runpy
import xml.etree.ElementTree as ET
from pathlib import Path
from string import Formatter

import pytest
from PySide6.QtCore import QCoreApplication, QTranslator

from medviewer.core.resources import bundled_path
from medviewer.core.windowing import VoiWindow
from medviewer.ui.translation import LANGUAGES, chosen_language
from medviewer.ui.views.corner_text import window_text
from tests.speaking import speaking

ROOT = Path(__file__).resolve().parents[3]
TRANSLATIONS = runpy.run_path(str(ROOT / "packaging" / "translations.py"))
CHINESE = bundled_path("resources", "translations", "medviewer_zh_CN.ts")


def messages(path):
    for context in ET.parse(path).getroot().iter("context"):
        for message in context.iter("message"):
            yield context.findtext("name"), message


def placeholders(text):
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


@pytest.fixture(scope="module")
def extracted(tmp_path_factory):
    path = tmp_path_factory.mktemp("texts") / "now.ts"
    TRANSLATIONS["extract"](path)
    return {(context, message.findtext("source")) for context, message in messages(path)}


def test_every_text_of_the_program_is_translated(extracted):
    translated = {
        (context, message.findtext("source"))
        for context, message in messages(CHINESE)
        if "".join(message.find("translation").itertext()).strip()
        and message.find("translation").get("type") is None
    }
    assert extracted - translated == set(), "run packaging/translations.py and translate these"


def test_no_text_hides_inside_an_f_string_where_the_extraction_cannot_see_it():
    hidden = [
        f"{path.name}:{call.lineno}"
        for path in (ROOT / "medviewer" / "ui").rglob("*.py")
        for joined in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(joined, ast.JoinedStr)
        for call in ast.walk(joined)
        if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in {"tr", "translate"}
    ]
    assert hidden == []


def test_translations_have_the_placeholders_of_their_source():
    for context, message in messages(CHINESE):
        source = message.findtext("source")
        forms = [form.text for form in message.iter("numerusform")]
        for text in forms or [message.findtext("translation")]:
            assert placeholders(text) == placeholders(source), (context, source)
            assert text.count("%n") == source.count("%n"), (context, source)
            assert text.count("*.") == source.count("*."), (context, source)


def test_the_compiled_file_says_what_the_source_file_says():
    translator = QTranslator()
    assert translator.load(str(CHINESE.with_suffix(".qm")))
    for context, message in messages(CHINESE):
        source = message.findtext("source")
        if message.get("numerus") != "yes":
            shown = translator.translate(context, source)
            assert shown == message.findtext("translation"), "run packaging/translations.py"


def test_english_has_a_singular_and_a_plural(qapp):
    with speaking(qapp, "en"):
        one, two = (
            QCoreApplication.translate("SeriesDelegate", "%n image(s)", "", n) for n in (1, 2)
        )
        assert (one, two) == ("1 image", "2 images")


def test_the_corner_names_windows_in_chinese_but_leaves_a_headers_words(qapp):
    with speaking(qapp, "zh_CN"):
        lines = [window_text(VoiWindow(40.0, 400.0, explanation=x)) for x in ("Lung", "auto", "X1")]
    assert [line.split()[-1] for line in lines] == ["肺", "自动", "X1"]


def test_the_chosen_language_is_the_setting_else_the_systems_else_english():
    assert chosen_language("zh_CN") == "zh_CN"
    assert chosen_language("") in LANGUAGES
    assert chosen_language("xx") in LANGUAGES
