"""The patient's age at a study, from what the header says."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_YEARS = {"Y": 1.0, "M": 1.0 / 12.0, "W": 7.0 / 365.25, "D": 1.0 / 365.25}
"""Unit of an age string (PS3.5 6.2, AS) in years."""
_OLDEST_YEARS = 130.0


def age_at_study(attributes: Mapping[str, str]) -> float | None:
    """Return the patient's age at the study in years, of two dates the completed ones.

    Parameters
    ----------
    attributes : mapping of str to str
        An image's header facts: ``patient_age`` ("45 Y", PS3.3 C.7.2.2), else
        ``patient_birth_date`` and ``study_date`` (``YYYY-MM-DD``).

    Returns
    -------
    float or None
        ``None`` where neither says a possible age.
    """
    match = re.fullmatch(r"(\d{1,3}) ?([DWMY])", attributes.get("patient_age", "").strip())
    if match:
        years = int(match[1]) * _YEARS[match[2]]
    else:
        try:
            born = date.fromisoformat(attributes.get("patient_birth_date", ""))
            studied = date.fromisoformat(attributes.get("study_date", ""))
        except ValueError:
            return None
        had_birthday = (studied.month, studied.day) >= (born.month, born.day)
        years = float(studied.year - born.year - (not had_birthday))
    return years if 0.0 <= years <= _OLDEST_YEARS else None
