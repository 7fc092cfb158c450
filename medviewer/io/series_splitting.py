"""Split one SeriesInstanceUID into what a reader expects: the rules are the two tables below."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from medviewer.core.orientation import plane_name
from medviewer.core.planes import is_read_backwards

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence

    from medviewer.io.frame_facts import FrameFacts

POSITION_TOLERANCE_MM = 0.01
"""Images nearer than this along the normal share a position."""
ORIENTATION_TOLERANCE = 2e-3
"""Direction cosines that differ less (0.1 degrees) are one orientation."""
MAX_SINGLE_ORIENTATIONS = 12
"""More single images, each of its own orientation, are a rotation: one stack."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One attribute that tells images of a series apart.

    Attributes
    ----------
    name : str
        Key of :attr:`FrameFacts.values`.
    label : str
        How a value is named; ``{}`` is the value; "" for rules whose value needs no name.
    dimension : str
        Slider axis its values lie on (:attr:`VolumeRecord.dimension`); "" for none.
    """

    name: str
    label: str = ""
    dimension: str = ""


ALWAYS: tuple[Rule, ...] = (
    Rule("sop_class"),
    Rule("frame_of_reference"),
    Rule("stack", "stack {}"),
    Rule("image_type", "{}"),
    Rule("kernel", "kernel {}"),
    Rule("echo", "echo {}", "echo"),
    Rule("effective_echo_time", "TE {} ms", "echo"),
    Rule("component", "{}"),
    Rule("b_value", "b {}", "b_value"),
)
"""Images that differ here never belong to one volume."""

WHERE_POSITIONS_REPEAT: tuple[Rule, ...] = (
    Rule("echo_time", "TE {} ms", "echo"),
    Rule("gradient", "direction {}", "b_value"),
    Rule("inversion_time", "TI {} ms", "time"),
    Rule("flip_angle", "flip {}", "time"),
    Rule("cardiac_phase", "phase {} %", "phase"),
    Rule("trigger_time", "phase {}", "phase"),
    Rule("temporal_position", "time {}", "time"),
    Rule("temporal_offset", "time {}", "time"),
    Rule("frame_time", "time {}", "time"),
    Rule("kvp", "{} kV"),
    Rule("acquisition", "time {}", "time"),
    Rule("acquisition_time", "time {}", "time"),
    Rule("dimension_indices", "time {}", "time"),
)
"""Tried in this order as long as images of a group share a position."""

_GRID = Rule("grid")
_REPEAT = Rule("repeat", "time {}", "time")
_SURPLUS = Rule("surplus", "repeated images {}")

_NUMBERED = frozenset(
    (
        "gradient", "trigger_time", "temporal_position", "temporal_offset", "frame_time",
        "acquisition", "acquisition_time", "dimension_indices",
    )
)  # fmt: skip
"""Rules whose values mean little to a reader: they are counted from 1 instead."""


@dataclass(frozen=True, slots=True)
class Distinction:
    """One rule's value for a group.

    Attributes
    ----------
    text : str
        For the label.
    number : float or None
        Place on the rule's dimension.
    """

    rule: Rule
    text: str
    number: float | None


@dataclass(frozen=True, slots=True)
class FrameGroup:
    """Images that belong into one volume or stack, and what tells them from their siblings.

    Attributes
    ----------
    repeats : tuple of (int, tuple of int)
        Positions, counted from 1 along the normal, that hold images nothing tells apart, with
        their instance numbers; the first image of each is in this group, the others beside it.
    """

    frames: tuple[FrameFacts, ...]
    distinctions: tuple[Distinction, ...] = ()
    repeats: tuple[tuple[int, tuple[int, ...]], ...] = ()

    @property
    def label(self) -> str:
        """Text that tells the group from its siblings; "" for an only child."""
        return ", ".join(d.text for d in self.distinctions if d.text)


def split_series(frames: Iterable[FrameFacts]) -> list[FrameGroup]:
    """Split the images of a series.

    Returns
    -------
    list of FrameGroup
        In the order of the rules' values; every image is in exactly one group.
    """
    groups = [FrameGroup(tuple(frames))]
    groups = [part for group in groups for part in _by_grid(group)]
    for rule in ALWAYS:
        groups = [part for group in groups for part in _by_rule(group, rule)]
    return [part for group in groups for part in _where_positions_repeat(group)]


def position_numbers(frames: Sequence[FrameFacts]) -> np.ndarray:
    """Return, for each image, the number of its position along the normal, from 0.

    Images must share an orientation; an image without a place counts as position 0.
    """
    if not frames or not all(frame.has_geometry for frame in frames):
        return np.zeros(len(frames), int)
    positions = np.array([frame.position_lps_mm for frame in frames])
    orientation = np.array(frames[0].orientation)
    along = positions @ np.cross(orientation[:3], orientation[3:])
    order = np.argsort(along, kind="stable")
    steps = np.diff(along[order], prepend=along[order[0]]) > POSITION_TOLERANCE_MM
    numbers = np.empty(len(frames), int)
    numbers[order] = np.cumsum(steps)
    return numbers


def _by_grid(group: FrameGroup) -> list[FrameGroup]:
    """Split by matrix, colour, place in a patient, pixel spacing and orientation."""
    parts: dict[Hashable, list[FrameFacts]] = defaultdict(list)
    for frame in group.frames:
        parts[frame.matrix, frame.is_color, frame.has_geometry, _spacing_key(frame)].append(frame)
    clusters = [c for frames in parts.values() for c in _by_orientation(frames)]
    names = [_grid_names(members[0]) for members in clusters]
    differing = [len({name[n] for name in names}) > 1 for n in range(3)]
    return [
        FrameGroup(
            tuple(members),
            tuple(Distinction(_GRID, t, None) for t, d in zip(name, differing, strict=True) if d),
        )
        for members, name in zip(clusters, names, strict=True)
    ]


def _spacing_key(frame: FrameFacts) -> Hashable:
    """Pixel spacing to four digits: what header rounding may differ by is the same grid."""
    spacing = frame.pixel_spacing_mm
    return None if spacing is None else tuple(float(f"{mm:.4g}") for mm in spacing)


def _grid_names(frame: FrameFacts) -> tuple[str, str, str]:
    """Name plane, matrix and colour, for the label of a part that differs in them."""
    plane = "no position"
    if frame.has_geometry and frame.orientation is not None:
        normal = np.cross(frame.orientation[:3], frame.orientation[3:])
        plane = plane_name(normal) if np.any(normal) else "no orientation"
    color = "colour" if frame.is_color else "gray"
    return plane, f"{frame.matrix[1]}x{frame.matrix[0]}", color


def _by_orientation(frames: list[FrameFacts]) -> list[list[FrameFacts]]:
    clusters: list[tuple[np.ndarray, list[FrameFacts]]] = []
    for frame in frames:
        cosines = np.array(frame.orientation or (0.0,) * 6)
        for first, members in clusters:
            if np.abs(first - cosines).max() <= ORIENTATION_TOLERANCE:
                members.append(frame)
                break
        else:
            clusters.append((cosines, [frame]))
    parts = [members for _, members in clusters]
    rotation = [members[0] for members in parts if len(members) == 1]
    if len(rotation) > MAX_SINGLE_ORIENTATIONS:
        return [*(members for members in parts if len(members) > 1), rotation]
    return parts


def _by_rule(group: FrameGroup, rule: Rule) -> list[FrameGroup]:
    """Split a group by the values of a rule; images without a value form a group of their own."""
    parts: dict[Hashable, list[FrameFacts]] = defaultdict(list)
    for frame in group.frames:
        parts[frame.values.get(rule.name)].append(frame)
    if len(parts) == 1:
        return [group]
    keys = sorted(parts, key=_sort_key)
    return [
        FrameGroup(tuple(parts[key]), (*group.distinctions, _distinction(rule, key, number, keys)))
        for number, key in enumerate(keys, 1)
    ]


def _sort_key(value: Hashable) -> tuple[int, object]:
    if value is None:
        return 0, 0.0
    if isinstance(value, (int, float)):
        return 1, value
    return 2, str(value)


def _distinction(rule: Rule, value: Hashable, number: int, siblings: list[Hashable]) -> Distinction:
    if rule.name == "image_type":
        return Distinction(rule, _image_type_text(value, siblings), None)
    if rule.name in _NUMBERED:
        return Distinction(rule, rule.label.format(number), float(number))
    text = f"{value:g}" if isinstance(value, (int, float)) else str(value or "")
    place = float(value) if isinstance(value, (int, float)) else None
    return Distinction(rule, rule.label.format(text) if text else "", place)


_IMAGE_TYPES = {"M": "magnitude", "P": "phase", "R": "real", "I": "imaginary"}
"""Letters that stand for a word in the ImageType of MR; the others are words."""


def _image_type_text(value: Hashable, siblings: list[Hashable]) -> str:
    """Words of an ImageType that not all siblings have."""
    if not isinstance(value, tuple):
        return ""
    counts = Counter(word for s in siblings if isinstance(s, tuple) for word in set(s))
    words = [word for word in value if counts[word] < len(siblings)]
    return " ".join(_IMAGE_TYPES.get(word, word.replace("_", " ").lower()) for word in words)


def _where_positions_repeat(group: FrameGroup) -> list[FrameGroup]:
    """Split as long as images share a position: first by the rules, then by their order."""
    if not group.frames[0].has_geometry:
        return [group]
    numbers = position_numbers(group.frames)
    n_repeats = int(np.bincount(numbers).max())
    if n_repeats == 1 or numbers.max() == 0:  # one place, many times: read as a stack
        return [group]
    for rule in WHERE_POSITIONS_REPEAT:
        parts = _by_rule(group, rule)
        if 1 < len(parts) <= n_repeats and _repeats(parts) < n_repeats:
            return [part for p in parts for part in _where_positions_repeat(p)]
    return _by_order(group, numbers)


def _repeats(parts: list[FrameGroup]) -> int:
    return max(int(np.bincount(position_numbers(part.frames)).max()) for part in parts)


def _by_order(group: FrameGroup, numbers: np.ndarray) -> list[FrameGroup]:
    """Group the first image of each position by time, then the second, ...

    Where some position has a single image, the others' further ones are surplus, not a time.
    """
    ordered: dict[int, list[FrameFacts]] = defaultdict(list)
    for number, frame in zip(numbers.tolist(), group.frames, strict=True):
        ordered[number].append(frame)
    ranked: dict[int, list[FrameFacts]] = defaultdict(list)
    for frames in ordered.values():
        for rank, frame in enumerate(sorted(frames, key=lambda f: f.time_key), 1):
            ranked[rank].append(frame)
    is_series = min(len(frames) for frames in ordered.values()) > 1
    repeats = () if is_series else _repeats_of(ordered)
    return [
        FrameGroup(
            tuple(frames),
            (*group.distinctions, _repeat(rank, is_series=is_series)),
            repeats if rank == 1 else (),
        )
        for rank, frames in sorted(ranked.items())
    ]


def _repeats_of(
    ordered: dict[int, list[FrameFacts]],
) -> tuple[tuple[int, tuple[int, ...]], ...]:
    """Positions that hold several images: their number as a reader counts, instance numbers."""
    row_column = np.array(ordered[0][0].orientation)
    is_backwards = is_read_backwards(np.cross(row_column[:3], row_column[3:]))
    return tuple(
        (number, tuple(sorted(f.reference.instance_number or 0 for f in ordered[position])))
        for number, position in enumerate(sorted(ordered, reverse=is_backwards), 1)
        if len(ordered[position]) > 1
    )


def _repeat(rank: int, *, is_series: bool) -> Distinction:
    if is_series:
        return Distinction(_REPEAT, _REPEAT.label.format(rank), float(rank))
    return Distinction(_SURPLUS, "" if rank == 1 else _SURPLUS.label.format(rank), None)
