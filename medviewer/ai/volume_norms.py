"""Volumes of healthy people from the literature: ``resources/norms/<name>.json``. No torch.

A norm holds only numbers that stand in the cited source.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from medviewer.ai.card_schema import parse
from medviewer.core.resources import bundled_path

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class SideNorm:
    """Mean and standard deviation of one side, millilitres."""

    mean_ml: float
    sd_ml: float


@dataclass(frozen=True)
class VolumeNorm:
    """What one study measured in healthy people.

    Attributes
    ----------
    ages_years : tuple of int
        Youngest and oldest, both included.
    by_side : dict of str to SideNorm
        ``left`` and ``right`` of the patient.
    """

    ages_years: tuple[int, int]
    n_subjects: int
    by_side: dict[str, SideNorm]
    method: str
    citation: str
    url: str


@cache
def volume_norms(name: str) -> tuple[VolumeNorm, ...]:
    """Read the norms a model card names; none for an empty name."""
    if not name:
        return ()
    stored = json.loads(_file(name).read_text(encoding="utf-8"))
    return tuple(parse(VolumeNorm, norm) for norm in stored)


def has_norms(name: str) -> bool:
    """Whether there are norms of this name."""
    return _file(name).is_file()


def _file(name: str) -> Path:
    return bundled_path("resources", "norms", f"{name}.json")
