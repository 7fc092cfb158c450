"""A model runs again on an image: what the reader decided about its earlier findings stays."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from medviewer.core.findings import ReviewState

if TYPE_CHECKING:
    from medviewer.core.findings import Finding, FindingSet


def carry_decisions(earlier: FindingSet, new: FindingSet) -> FindingSet:
    """Hand the reader's decisions on to the findings of a later run.

    A new finding at the place of one that was reviewed, commented or edited takes over its id,
    decision, comment and edited mark; score and ratings are those of the new run. Where the new
    run marks nothing there, the earlier finding stays as the reader left it; only a rejection
    without a comment is dropped, since what it rejected is gone.

    Parameters
    ----------
    earlier, new : FindingSet
        Of one model on one image.

    Returns
    -------
    FindingSet
        The new set with the decisions.
    """
    findings = list(new.findings)
    free = set(range(len(findings)))
    for old in filter(_is_decided, earlier.findings):
        near = [n for n in free if _is_same_place(old, findings[n])]
        if near:
            best = min(near, key=lambda n: _distance(old, findings[n]))
            free.discard(best)
            findings[best] = _decided_as(old, findings[best])
        elif _is_worth_keeping(old):
            findings.append(old)
    return replace(new, findings=tuple(findings))


def _is_decided(finding: Finding) -> bool:
    return bool(finding.review is not ReviewState.OPEN or finding.comment or finding.edited_by)


def _is_worth_keeping(finding: Finding) -> bool:
    return bool(finding.review is not ReviewState.REJECTED or finding.comment or finding.edited_by)


def _decided_as(old: Finding, new: Finding) -> Finding:
    """Return a new finding with an earlier one's identity, decision and edited mark."""
    decided = replace(
        new,
        id=old.id,
        review=old.review,
        comment=old.comment,
        reviewed_by=old.reviewed_by,
        reviewed_at=old.reviewed_at,
    )
    if not old.edited_by:
        return decided
    return replace(
        decided,
        centre_lps_mm=old.centre_lps_mm,
        diameter_mm=old.diameter_mm,
        box_px=old.box_px,
        edited_by=old.edited_by,
        edited_at=old.edited_at,
    )


def _is_same_place(one: Finding, other: Finding) -> bool:
    """Whether two findings of a label lie within each other's larger mark."""
    reach = max(_radius(one), _radius(other))
    return one.label == other.label and _distance(one, other) <= reach


def _radius(finding: Finding) -> float:
    """Half the diameter in mm, or half the shorter side of a box in pixels."""
    if finding.box_px is not None:
        x0, y0, x1, y1 = finding.box_px
        return min(x1 - x0, y1 - y0) / 2.0
    return (finding.diameter_mm or 0.0) / 2.0


def _distance(one: Finding, other: Finding) -> float:
    """Distance of two centres in mm or pixels; infinite where they have no place in common."""
    if one.box_px is not None and other.box_px is not None:
        return math.dist(_middle(one.box_px), _middle(other.box_px))
    if one.centre_lps_mm is not None and other.centre_lps_mm is not None:
        return math.dist(one.centre_lps_mm, other.centre_lps_mm)
    return math.inf


def _middle(box_px: tuple[float, float, float, float]) -> tuple[float, float]:
    x0, y0, x1, y1 = box_px
    return (x0 + x1) / 2.0, (y0 + y1) / 2.0
