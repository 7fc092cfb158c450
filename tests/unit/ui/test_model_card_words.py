"""What a model card says of the patients it was measured on."""

import pytest

from medviewer.ui.panels.model_card_dialog import subgroup_words


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("5_10mm", "5\u201310 mm"),
        ("10mm_up", "10 mm up"),
        ("at_0.125_per_scan", "at 0.125 per scan"),
        ("volume below 3 ml", "volume below 3 ml"),
        ("", ""),
    ],
)
def test_the_key_of_a_subgroup_is_written_as_words(key, words):
    assert subgroup_words(key) == words
