"""The volume of a segmented structure against healthy people of the patient's age. No torch."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import TYPE_CHECKING

import numpy as np

from medviewer.ai.reading_box import window_of
from medviewer.core.messages import Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from medviewer.ai.volume_norms import VolumeNorm
    from medviewer.core.segmentation import Segmentation

_FAR_Z = 4.0
"""Standard deviations beyond which a wrong outline is likelier than an unusual patient."""

_SIDE_WORDS = {
    "right": Message("right side"),
    "left": Message("left side"),
    "": Message("side unknown"),
}


@dataclass(frozen=True)
class NormValue:
    """A norm of the patient's age, of one side.

    Attributes
    ----------
    z : float or None
        (volume - mean) / standard deviation; ``None`` where the volume may be incomplete.
    """

    norm: VolumeNorm
    side: str
    z: float | None

    @property
    def sentence(self) -> Message:
        """What it says."""
        known = self.norm.by_side[self.side]
        norm = Message(
            "Norm of {n} people of {low} to {high} years, {side}: {mean:.2f} ± {sd:.2f} ml",
            n=self.norm.n_subjects,
            low=self.norm.ages_years[0],
            high=self.norm.ages_years[1],
            side=_SIDE_WORDS[self.side],
            mean=known.mean_ml,
            sd=known.sd_ml,
        )
        if self.z is None:
            return Message("{norm}.", norm=norm)
        return Message("{norm}; z score {z:+.1f}.", norm=norm, z=self.z)


@dataclass(frozen=True)
class NormComparison:
    """A volume, and what is known of healthy people of the patient's age.

    Attributes
    ----------
    volume_ml : float
        All segments together.
    side : str
        ``left`` or ``right`` of the patient; empty where unknown: then both sides' norms stand.
    age_years : float or None
        At the study.
    is_cut : bool
        A segment reaches the border of what was read.
    values : tuple of NormValue
        Empty where no norm fits the age.
    notes : tuple of Message
        All this as sentences for a reader.
    """

    volume_ml: float
    side: str
    age_years: float | None
    is_cut: bool
    values: tuple[NormValue, ...]
    notes: tuple[Message, ...]


def compare_with_norms(
    segmentation: Segmentation, norms: Sequence[VolumeNorm]
) -> NormComparison | None:
    """Compare the volume of all segments together with norms.

    Parameters
    ----------
    segmentation : Segmentation
        Of a model, in a volume; its provenance says ``side``, ``age_years`` and ``box_lps_mm``
        as far as the run knew them.
    norms : sequence of VolumeNorm
        As the model's card names them.

    Returns
    -------
    NormComparison or None
        ``None`` where there are no norms, or nothing was found in a volume.
    """
    if not norms or segmentation.is_on_pixels or not segmentation.labels.any():
        return None
    facts = segmentation.provenance.parameters if segmentation.provenance else {}
    volume_ml = sum(segmentation.volume_ml(s.number) for s in segmentation.segments)
    side, known_age = facts.get("side"), facts.get("age_years")
    side = side if side in ("left", "right") else ""
    age_years = float(known_age) if isinstance(known_age, int | float) else None
    is_cut = _reaches_border(segmentation, facts.get("box_lps_mm"))
    values = tuple(_values(norms, side, age_years, None if is_cut else volume_ml))
    notes = [Message("In all {volume:.2f} ml, {side}.", volume=volume_ml, side=_SIDE_WORDS[side])]
    notes += [value.sentence for value in values] or [_missing(norms, age_years)]
    if is_cut:
        notes.append(
            Message("It reaches the border of what was read: the volume may be incomplete.")
        )
    if any(value.z is not None and abs(value.z) > _FAR_Z for value in values):
        notes.append(Message("So far from the norm the outline may be wrong: look at it first."))
    if values:
        notes.append(Message("Studies outline differently: a comparison, no diagnosis."))
    return NormComparison(volume_ml, side, age_years, is_cut, values, tuple(notes))


def _values(
    norms: Sequence[VolumeNorm], side: str, age_years: float | None, volume_ml: float | None
) -> Iterator[NormValue]:
    """Give what fits the age; both sides where the side is unknown."""
    for norm in norms:
        youngest, oldest = norm.ages_years
        if age_years is None or not youngest <= floor(age_years) <= oldest:
            continue
        for name, known in norm.by_side.items():
            if side in ("", name):
                z = None if volume_ml is None else (volume_ml - known.mean_ml) / known.sd_ml
                yield NormValue(norm, name, z)


def _missing(norms: Sequence[VolumeNorm], age_years: float | None) -> Message:
    if age_years is None:
        return Message("No norm: the patient's age at the study is unknown.")
    ages = ", ".join("{}–{}".format(*norm.ages_years) for norm in norms)
    return Message(
        "No norm for {age} years: there are norms for {ages} years.",
        age=floor(age_years),
        ages=ages,
    )


def _reaches_border(segmentation: Segmentation, box_lps_mm: object) -> bool:
    """Whether a segment has voxels on the outermost planes of the box, or of the volume."""
    labels = segmentation.labels
    if isinstance(box_lps_mm, tuple | list):
        labels = labels[window_of(segmentation.geometry, tuple(box_lps_mm))]
    return any(np.take(labels, end, axis).any() for axis in range(3) for end in (0, -1))
