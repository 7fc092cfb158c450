import pytest

from medviewer.core.patient_age import age_at_study


def dates(born, studied):
    return {"patient_birth_date": born, "study_date": studied}


@pytest.mark.parametrize(
    ("attributes", "years"),
    [
        ({"patient_age": "63 Y"}, 63.0),
        ({"patient_age": "006M"}, 0.5),
        ({"patient_age": "2 W"}, 14 / 365.25),
        ({"patient_age": "63 Y"} | dates("1900-01-01", "2020-01-01"), 63.0),
        (dates("1950-06-15", "2020-06-14"), 69.0),
        (dates("1950-06-15", "2020-06-15"), 70.0),
        (dates("1952-02-29", "2021-02-28"), 68.0),
        ({"patient_age": "old"} | dates("1950-06-15", "2020-07-01"), 70.0),
    ],
)
def test_the_age_is_the_headers_or_lies_between_birth_and_study(attributes, years):
    assert age_at_study(attributes) == pytest.approx(years)


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"patient_age": "999Y"},
        {"patient_age": "unknown"},
        {"study_date": "2020-01-01"},
        dates("1950", "2020-01-01"),
        dates("1950-13-41", "2020-01-01"),
        dates("2030-01-01", "2020-01-01"),
    ],
)
def test_no_age_is_made_up(attributes):
    assert age_at_study(attributes) is None
