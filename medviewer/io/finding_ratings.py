"""How solid and how suspicious a finding looks, as content of a structured report."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from highdicom import sr
from highdicom.sr.coding import CodedConcept

if TYPE_CHECKING:
    from collections.abc import Mapping

    from medviewer.core.findings import Finding

_SCHEME = "99MEDVIEWER"
_SOLIDITY = CodedConcept("solidity", _SCHEME, "Solidity")
_SOLIDITIES = {
    name: CodedConcept(name, _SCHEME, meaning)
    for name, meaning in (
        ("solid", "Solid"),
        ("part-solid", "Part-solid"),
        ("non-solid", "Non-solid"),
    )
}
_SUSPICION = CodedConcept(
    "suspicion-rating", _SCHEME, "Suspicion as rated by radiologists (1-5), not a diagnosis"
)
_POINTS = CodedConcept("{score}", "UCUM", "score")


def suspicion_items(
    finding: Finding, algorithm: sr.AlgorithmIdentification
) -> list[sr.Measurement]:
    """Return the rating of suspicion as a measurement, where a finding has one."""
    if finding.suspicion_rating is None:
        return []
    value = round(float(finding.suspicion_rating), 2)
    return [sr.Measurement(name=_SUSPICION, value=value, unit=_POINTS, algorithm_id=algorithm)]


def solidity_items(finding: Finding) -> list[sr.QualitativeEvaluation]:
    """Return the solidity as an evaluation, where a finding has one."""
    value = _SOLIDITIES.get(finding.solidity)
    return [] if value is None else [sr.QualitativeEvaluation(_SOLIDITY, value)]


def with_ratings(
    finding: Finding, numbers: Mapping[str, float], codes: Mapping[str, str]
) -> Finding:
    """Return a finding with the ratings of its measurement group.

    Parameters
    ----------
    finding : Finding
        Read from a report.
    numbers, codes : mapping
        Code values of the group's measurements and evaluations to number and code value.

    Returns
    -------
    Finding
        Unchanged where the group rates nothing.
    """
    solidity = codes.get(_SOLIDITY.value, "")
    return replace(
        finding,
        solidity=solidity if solidity in _SOLIDITIES else "",
        suspicion_rating=numbers.get(_SUSPICION.value),
    )
