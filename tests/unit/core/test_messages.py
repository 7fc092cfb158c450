import copy
import json
import pickle

import pytest

from medviewer.core.errors import PixelDataError
from medviewer.core.messages import Message, joined, message_from_json, message_to_json

REASON = Message("Modality is {modality}; {share:.1%} is lost.", modality="CT", share=0.25)
WARNING = Message("Run anyway: {reason}", reason=joined((REASON, Message("It is constant."))))


def parts(text):
    """Templates and values all the way down; ``==`` of two messages compares the English alone."""
    if not isinstance(text, Message):
        return text
    return text.template, {name: parts(value) for name, value in text.values.items()}


def test_a_message_is_its_english_sentence():
    assert REASON == "Modality is CT; 25.0% is lost."
    assert json.dumps([REASON]) == '["Modality is CT; 25.0% is lost."]'


def test_sentences_are_joined_and_empty_ones_left_out():
    assert joined(("One.", "", "Two.", "Three.")) == "One. Two. Three."
    assert joined(("One.", "")) == "One."
    assert joined(()) == ""


@pytest.mark.parametrize("message", [REASON, WARNING, Message("{x} in braces", x="{a}")])
def test_a_message_survives_a_copy_another_process_and_a_file(message):
    stored = json.loads(json.dumps(message_to_json(message)))
    for other in (copy.deepcopy(message), pickle.loads(pickle.dumps(message)),
                  message_from_json(stored)):  # fmt: skip
        assert other == message
        assert parts(other) == parts(message)


def test_a_plain_text_is_stored_as_it_is():
    assert message_to_json("Plain.") == "Plain."
    assert message_from_json("Plain.") == "Plain."


@pytest.mark.parametrize("stored", [5, None, {"template": "{x}", "values": {}}, {"values": {}}])
def test_what_is_no_message_is_refused(stored):
    with pytest.raises((KeyError, TypeError, ValueError)):
        message_from_json(stored)


def test_the_text_of_an_error_is_message_and_hint():
    error = PixelDataError(Message("{file} is damaged.", file="a.dcm"), hint="Copy it again.")
    assert error.text == str(error) == "a.dcm is damaged. Copy it again."
    assert parts(error.text)[1]["first"] == ("{file} is damaged.", {"file": "a.dcm"})
