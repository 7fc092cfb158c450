"""The transforms of a MONAI bundle that have a counterpart here, and what each of them says.

Each is read with its arguments and in its place: what would make this program compute something
else than MONAI does is refused by name.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from medviewer.ai.bundle_facts import BundleFacts, refusal
from medviewer.ai.model_card import Normalisation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_AXES = ("LR", "AP", "SI")


def read_transform(facts: BundleFacts, name: str, arguments: dict[str, Any]) -> None:
    """Take over what a transform says.

    Parameters
    ----------
    facts : BundleFacts
        What the transforms before it said; changed.
    name : str
        Its class, a key of :data:`TRANSFORMS`.
    arguments : dict
        Plain values, without those that change no result here.

    Raises
    ------
    ModelCardError
        An argument, or its place among the others, has no counterpart here.
    """
    transform = TRANSFORMS[name]
    refuse_others(name, arguments, transform.read_arguments, transform.accepted)
    transform.read(facts, name, arguments)


def refuse_others(
    name: str,
    arguments: Mapping[str, Any],
    read: frozenset[str],
    accepted: Mapping[str, tuple[Any, ...]],
) -> None:
    """Refuse arguments that are neither read nor have a value that is taken for granted here.

    Parameters
    ----------
    name : str
        Whose arguments they are.
    arguments : mapping
        Plain values.
    read : frozenset of str
        Those that may have any value.
    accepted : mapping of str to tuple
        The values that others may have; a list of one value counts as that value.

    Raises
    ------
    ModelCardError
        Names the argument and its value.
    """
    for key, value in arguments.items():
        plain = value[0] if isinstance(value, list) and len(value) == 1 else value
        if key not in read and plain not in accepted.get(key, ()):
            raise refusal(f"{name} with {key}={value!r} has no counterpart here.")


def _numbers(name: str, *values: Any) -> list[float]:
    """Return finite numbers, or refuse."""
    if not all(isinstance(v, int | float) and math.isfinite(v) for v in values):
        raise refusal(f"{name} needs numbers and has {', '.join(map(str, values))}.")
    return [float(value) for value in values]


def _read_orientation(facts: BundleFacts, name: str, arguments: dict[str, Any]) -> None:
    codes = str(arguments.get("axcodes", "")).upper()
    axes = [i for code in codes for i, pair in enumerate(_AXES) if code in pair]
    if sorted(axes) != [0, 1, 2]:
        raise refusal(f"{name} names the axes '{codes}'.")
    if facts.spacing_mm is not None:
        raise refusal("Spacingd before Orientationd has no counterpart here.")
    facts.orientation = codes


def _read_spacing(facts: BundleFacts, name: str, arguments: dict[str, Any]) -> None:
    sizes = arguments.get("pixdim")
    spacing = _numbers(name, *(sizes if isinstance(sizes, list) else [sizes]))
    if len(spacing) != len(_AXES) or min(spacing) <= 0:
        raise refusal(f"{name} needs three distances of voxels and has {sizes}.")
    if facts.spacing_mm is not None:
        raise refusal(f"{name} more than once has no counterpart here.")
    facts.spacing_mm = tuple(spacing)


def _read_range(facts: BundleFacts, name: str, arguments: dict[str, Any]) -> None:
    low, high = _numbers(name, arguments.get("a_min"), arguments.get("a_max"))
    ends = [arguments.get("b_min"), arguments.get("b_max")]
    is_clipped = bool(arguments.get("clip", False))
    bottom, top = _numbers(name, *([0, 1] if ends == [None, None] and not is_clipped else ends))
    if high <= low:
        raise refusal(f"{name} maps the empty range {low:g} to {high:g}.")
    clip = (bottom, top) if is_clipped else None
    _scale(facts, name, Normalisation("window", low, high, (bottom, top), clip))


def _read_zscore(facts: BundleFacts, name: str, _arguments: dict[str, Any]) -> None:
    _scale(facts, name, Normalisation("zscore"))


def _read_whole_range(facts: BundleFacts, name: str, arguments: dict[str, Any]) -> None:
    bottom, top = _numbers(name, arguments.get("minv", 0.0), arguments.get("maxv", 1.0))
    _scale(facts, name, Normalisation("percentiles", 0, 100, (bottom, top)))


def _scale(facts: BundleFacts, name: str, rule: Normalisation) -> None:
    """Set how values are scaled.

    A scaling by the image's own statistics makes one before it void, unless that one clipped.
    """
    if facts.scaling and (facts.normalisation.clip is not None or rule.method == "window"):
        raise refusal(f"{facts.scaling} followed by {name} has no counterpart here.")
    facts.normalisation, facts.scaling = rule, name
    facts.is_scaled_first = facts.spacing_mm is None


def _read_activation(facts: BundleFacts, _name: str, arguments: dict[str, Any]) -> None:
    facts.activation = "sigmoid" if arguments.get("sigmoid", False) else "softmax"


def _read_largest(facts: BundleFacts, name: str, arguments: dict[str, Any]) -> None:
    chosen = arguments.get("applied_labels")
    n_outputs = int(facts.arguments.get("out_channels", 0))
    if chosen is not None and chosen != list(range(1, n_outputs)):
        raise refusal(f"{name} for the labels {chosen} alone has no counterpart here.")
    facts.is_largest_component_kept = True


def _read_nothing(_facts: BundleFacts, _name: str, _arguments: dict[str, Any]) -> None:
    """Accept what this program does in any case."""


@dataclass(frozen=True)
class _Transform:
    """How a transform is read; ``accepted`` are the values that its other arguments may have."""

    read: Callable[[BundleFacts, str, dict[str, Any]], None]
    read_arguments: frozenset[str] = frozenset()
    accepted: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)


TRANSFORMS = {
    "Orientationd": _Transform(
        _read_orientation,
        frozenset({"axcodes"}),
        {"as_closest_canonical": (False,), "labels": (None,)},
    ),
    "Spacingd": _Transform(
        _read_spacing,
        frozenset({"pixdim", "ensure_same_shape"}),
        {"mode": ("bilinear",), "padding_mode": ("border",), "diagonal": (False,),
         "align_corners": (False,), "scale_extent": (False,), "recompute_affine": (False,),
         "min_pixdim": (None,), "max_pixdim": (None,)},
    ),
    "ScaleIntensityRanged": _Transform(
        _read_range, frozenset({"a_min", "a_max", "b_min", "b_max", "clip"})
    ),
    "NormalizeIntensityd": _Transform(
        _read_zscore, accepted={"nonzero": (False,), "subtrahend": (None,), "divisor": (None,)}
    ),
    "ScaleIntensityd": _Transform(
        _read_whole_range, frozenset({"minv", "maxv"}), {"factor": (None,)}
    ),
    "Activationsd": _Transform(
        _read_activation, frozenset({"sigmoid", "softmax"}), {"other": (None,)}
    ),
    "AsDiscreted": _Transform(
        _read_nothing,
        frozenset({"argmax", "to_onehot"}),
        {"threshold": (None, 0.5), "rounding": (None,)},
    ),
    "KeepLargestConnectedComponentd": _Transform(
        _read_largest,
        frozenset({"applied_labels", "is_onehot"}),
        {"independent": (None, True), "connectivity": (None,), "num_components": (1,)},
    ),
}  # fmt: skip
"""The transforms that are known."""
