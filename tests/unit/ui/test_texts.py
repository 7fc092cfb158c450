"""Names, dates, warnings and errors as a person reads them; colours that can be read."""

import errno
import re

import pytest

from medviewer.core.errors import ExportError, MemoryBudgetError
from medviewer.core.study import SeriesWarning
from medviewer.ui.error_text import error_text
from medviewer.ui.formats import clock_time, gigabytes, iso_date, person_name
from medviewer.ui.theme import DARK, LIGHT, style_sheet
from medviewer.ui.warning_text import warning_text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Doe^John^^Dr", "Doe, John"),
        ("Wang^XiaoDong=王^小东", "Wang, XiaoDong"),
        ("=王^小东", "王, 小东"),
        ("MADONNA", "MADONNA"),
        ("^^", ""),
        ("", ""),
    ],
)
def test_person_names(value, shown):
    assert person_name(value) == shown


def test_dates_and_times_that_are_none_stay_as_they_are():
    assert iso_date("20200131") == "2020-01-31"
    assert iso_date("2020") == "2020"
    assert clock_time("143015.20") == "14:30"
    assert clock_time("?") == "?"


def test_sizes():
    assert gigabytes(3 * 2**29) == "1.5 GB"
    assert gigabytes(5 * 2**20) == "5 MB"
    assert (gigabytes(2**30 - 2**20), gigabytes(2**30)) == ("1023 MB", "1.0 GB")


def test_a_warning_shows_its_numbers():
    facts = {"n_missing": 2, "gap_mm": 7.5, "spacing_mm": 2.5, "slice": 41}
    text = warning_text(SeriesWarning("geometry.gap", "message", facts))
    assert "7.5" in text
    assert "41" in text
    stacked = warning_text(SeriesWarning("geometry.gap", "message", {**facts, "is_stack": True}))
    assert "not as a volume" in stacked


def test_a_warning_without_a_sentence_or_a_fact_shows_its_message():
    assert "as it is" in warning_text(SeriesWarning("new.code", "as it is"))
    assert "as it is" in warning_text(SeriesWarning("geometry.gap", "as it is", {}))


@pytest.mark.parametrize(
    ("number", "title"),
    [
        (errno.ENOSPC, "The disk is full."),
        (errno.EROFS, "A file or folder may not be used by you."),
        (errno.EIO, "A file or folder could not be used."),
    ],
)
def test_what_the_system_refuses_is_no_fault_of_the_program(number, title):
    shown = error_text(OSError(number, "refused", "/somewhere"))
    assert shown.title == title
    assert shown.remedy
    assert "/somewhere" in shown.detail


def test_what_the_system_refused_is_found_behind_what_a_library_made_of_it():
    wrapped = OSError("With tag (7FE0,0010) got exception")
    wrapped.__cause__ = OSError(errno.ENOSPC, "No space left on device")
    assert error_text(wrapped).title == "The disk is full."


def test_an_unexpected_error_keeps_its_type_and_text():
    shown = error_text(ValueError("odd"))
    assert shown.detail == "ValueError: odd"
    assert shown.remedy


def test_an_error_of_the_program_keeps_message_and_hint_as_details():
    shown = error_text(MemoryBudgetError("Too big.", hint="Close views."))
    assert "memory" in shown.title
    assert shown.detail == "Too big. Close views."


def luminance(color):
    channels = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("tokens", [DARK, LIGHT])
def test_text_can_be_read_in_both_themes(tokens):
    assert contrast(tokens.text, tokens.panel) >= 7.0
    assert contrast(tokens.dim, tokens.panel) >= 4.5
    assert contrast(tokens.disabled, tokens.panel) >= 2.8
    for role in (tokens.warning, tokens.danger, tokens.success, tokens.ai, tokens.accent):
        assert contrast(role, tokens.panel) >= 4.5
    assert contrast(tokens.accent_text, tokens.accent) >= 4.5


def test_views_are_black_in_every_theme():
    assert {DARK.view, LIGHT.view} == {"#000000"}


@pytest.mark.parametrize("tokens", [DARK, LIGHT])
def test_the_style_sheet_has_no_token_left_unfilled_and_its_icons_exist(tokens):
    from pathlib import Path

    sheet = style_sheet(tokens)
    assert not re.findall(r"@\w+@", sheet)
    for path in re.findall(r'url\("([^"]+)"\)', sheet):
        assert Path(path).is_file()


def test_without_a_display_one_sentence_names_the_way_out(monkeypatch):
    from medviewer.core.errors import DisplayUnavailableError
    from medviewer.ui import application

    monkeypatch.setattr(application, "has_display", lambda: False)
    with pytest.raises(DisplayUnavailableError, match="medviewer snapshot") as refused:
        application.run([])
    assert "\n" not in str(refused.value)


def test_an_error_whose_code_has_no_remedy_shows_its_own_hint():
    error = ExportError("/full cannot be written: disk full.", hint="Check the folder.")
    assert error_text(error).remedy == "Check the folder."
