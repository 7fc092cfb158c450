"""The bundled cards in Chinese: every figure is that of the English sentence."""

import json
import re
from collections import Counter
from dataclasses import replace

import pytest

from medviewer.ai.card_words import in_words, read_words, texts_of
from medviewer.ai.registry import bundled_folder, scan
from tests.unit.ai.planted import base_card

MODELS = [entry for entry in scan() if entry.is_bundled and entry.card]
PAIRS = [(entry.id, *pair) for entry in MODELS
         for pair in read_words(entry.folder, "zh_CN").items()]  # fmt: skip


def numbers(text):
    return Counter(re.findall(r"\d+(?:[.,]\d+)*", text.replace("/", " ")))


@pytest.mark.parametrize(("model", "english", "chinese"), PAIRS)
def test_a_translated_sentence_has_the_numbers_of_its_original(model, english, chinese):
    assert numbers(chinese) == numbers(english)
    assert re.search(r"[\u4e00-\u9fff]", chinese)


@pytest.mark.parametrize("entry", MODELS, ids=lambda entry: entry.id)
def test_models_and_what_they_find_have_chinese_names(entry):
    words = read_words(entry.folder, "zh_CN")
    names = [entry.card.name, *(label.display_name for label in entry.card.labels)]
    assert [name for name in names if name not in words] == []


@pytest.mark.parametrize("entry", MODELS, ids=lambda entry: entry.id)
def test_a_translated_card_says_as_much_as_the_english_one(entry):
    shown = in_words(entry.card, read_words(entry.folder, "zh_CN"))
    assert len(texts_of(shown)) >= len(texts_of(entry.card)) - len(entry.card.labels)
    for name in ("out_of_scope", "limitations", "observations", "metrics", "labels"):
        assert len(getattr(shown, name)) == len(getattr(entry.card, name))
    assert [x.name for x in shown.labels] == [x.name for x in entry.card.labels]
    assert shown.weights == entry.card.weights


def test_a_sentence_changed_since_its_translation_is_shown_in_english():
    words = {"Dice is 0.85.": "Dice 为 0.85。", "Tests.": "测试。"}
    card = base_card(limitations=("Dice is 0.87.", "Dice is 0.85."))
    shown = in_words(card, words)
    assert shown.limitations == ("Dice is 0.87.", "Dice 为 0.85。")
    assert shown.intended_use == "测试。"
    assert in_words(card, {}) == card
    assert replace(shown, limitations=card.limitations, intended_use="Tests.") == card


@pytest.mark.parametrize("content", ["", "[]", "{", '"text"', b"\xff\xfe"])
def test_a_damaged_file_of_words_leaves_the_card_in_english(tmp_path, content):
    path = tmp_path / "words.zh_CN.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert read_words(tmp_path, "zh_CN") == {}


def test_a_language_without_a_file_has_no_words(tmp_path):
    (tmp_path / "words.zh_CN.json").write_text(json.dumps({"Lungs": "双肺"}), encoding="utf-8")
    assert read_words(tmp_path, "zh_CN") == {"Lungs": "双肺"}
    assert read_words(tmp_path, "en_US") == {}
    assert read_words(bundled_folder() / "no-such-model", "zh_CN") == {}
