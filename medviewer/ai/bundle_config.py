"""What a MONAI bundle's configuration says, read as plain data: nothing in it is evaluated.

A reference (``@image_key``) is replaced by the plain value that it names; an expression (``$...``)
is refused wherever it would have a meaning here.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from medviewer.ai.model_card import InputGrid, Normalisation, Postprocessing, SlidingWindow
from medviewer.ai.networks.monai_networks import PREFIX, monai_names, size_multiple
from medviewer.core.errors import ModelCardError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_HINT = "Only bundles of allowed networks and transforms with plain arguments can be imported."
_EXPRESSIONS = ("$", "@", "%")
_REFERENCE = re.compile(r"@\w+((::|#)\w+)*")
_DEEPEST = 8
_IGNORED = frozenset({"keys", "device", "sw_batch_size", "mode", "padding_mode", "img_size"})
"""Arguments without a meaning here: files, devices, and how tiles are blended."""
_WITHOUT_EFFECT = frozenset(
    {"LoadImaged", "EnsureChannelFirstd", "EnsureTyped", "CastToTyped", "ToTensord",
     "Invertd", "SaveImaged", "AsDiscreted"}
)  # fmt: skip
"""This program does them in any case, or they make another file."""


@dataclass
class BundleFacts:
    """What the card needs of a bundle.

    Attributes
    ----------
    network, arguments : str, dict
        Class of ``monai.networks.nets``, and its keyword arguments.
    labels : dict of int to str
        Output channel to name, without the background.
    """

    network: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    orientation: str = "RAS"
    spacing_mm: tuple[float, ...] | None = None
    normalisation: Normalisation = field(default_factory=lambda: Normalisation("none"))
    window: SlidingWindow | None = None
    activation: str = "softmax"
    is_largest_component_kept: bool = False
    labels: dict[int, str] = field(default_factory=dict)
    modality: str = ""

    @property
    def grid(self) -> InputGrid:
        """The input grid of the card."""
        return InputGrid(
            3,
            self.normalisation,
            self.orientation,
            self.spacing_mm,
            multiple=size_multiple(self.network, self.arguments),
            fill=self.normalisation.output[0] if self.normalisation.clip else 0.0,
            window=self.window,
            convention="monai",
        )

    @property
    def postprocessing(self) -> Postprocessing:
        """The postprocessing of the card."""
        return Postprocessing(
            "sigmoid" if self.activation == "sigmoid" else "softmax",
            is_largest_component_kept=self.is_largest_component_kept,
        )


def refusal(reason: str) -> ModelCardError:
    """Return the error that says why a bundle is not imported."""
    return ModelCardError(f"The bundle cannot be imported: {reason}", hint=_HINT)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object of a bundle.

    Raises
    ------
    ModelCardError
        The file is missing or holds something else.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise refusal(f"{path.name} cannot be read: {error}.") from error
    if not isinstance(document, dict):
        raise refusal(f"{path.name} is no JSON object.")
    return document


def read_facts(inference: dict[str, Any], metadata: dict[str, Any]) -> BundleFacts:
    """Take what is needed from ``inference.json`` and ``metadata.json``.

    Parameters
    ----------
    inference, metadata : dict
        Decoded JSON.

    Returns
    -------
    BundleFacts
        Facts.

    Raises
    ------
    ModelCardError
        Something is not on the allow-list, is an expression, or is missing.
    """
    facts = BundleFacts()
    inference = {
        part: _resolved(inference[part], inference)
        for part in ("network_def", "preprocessing", "postprocessing", "inferer")
        if part in inference
    }
    facts.network, facts.arguments = _target(inference.get("network_def"), "network_def")
    if facts.network not in monai_names():
        raise refusal(f"network '{facts.network}' is not one of {', '.join(monai_names())}.")
    if facts.arguments.get("spatial_dims") != 3 or facts.arguments.get("in_channels") != 1:
        raise refusal("the network must read volumes of one channel.")
    for part in ("preprocessing", "postprocessing"):
        for arguments in _transforms(inference, part):
            name = arguments.pop("_target_")
            if name not in _READERS:
                allowed = ", ".join(sorted({*_READERS, *_WITHOUT_EFFECT}))
                raise refusal(f"transform '{name}' is not one of {allowed}.")
            _READERS[name](facts, arguments)
    name, arguments = _target(inference.get("inferer"), "inferer")
    if name not in {"SlidingWindowInferer", "SimpleInferer"}:
        raise refusal(f"inferer '{name}' is not known.")
    if "roi_size" in arguments:
        size = tuple(int(n) for n in arguments["roi_size"])
        is_gaussian = inference["inferer"].get("mode", "constant") == "gaussian"
        facts.window = SlidingWindow(
            size,
            float(arguments.get("overlap", 0.25)),
            "gaussian" if is_gaussian else "constant",
        )
    _read_channels(facts, metadata)
    return facts


def network_name(facts: BundleFacts) -> str:
    """Return the name on this program's allow-list."""
    return PREFIX + facts.network


def _target(value: Any, place: str) -> tuple[str, dict[str, Any]]:
    if not isinstance(value, dict) or not isinstance(value.get("_target_"), str):
        raise refusal(f"{place} names no '_target_'.")
    plain = _plain({k: v for k, v in value.items() if k not in _IGNORED}, place)
    return plain.pop("_target_").rpartition(".")[2], plain


def _transforms(inference: dict[str, Any], part: str) -> list[dict[str, Any]]:
    if part not in inference:
        return []
    whole = inference[part]
    steps = whole.get("transforms", []) if isinstance(whole, dict) else None
    if not isinstance(steps, list) or _class_name(whole) != "Compose":
        raise refusal(f"{part} must be a Compose of a list of transforms.")
    found = []
    for number, step in enumerate(steps):
        if isinstance(step, dict) and _class_name(step) in _WITHOUT_EFFECT:
            continue
        target, rest = _target(step, f"{part}[{number}]")
        if not rest.pop("_disabled_", False):
            found.append({"_target_": target, **rest})
    return found


def _class_name(value: dict[str, Any]) -> str:
    return str(value.get("_target_", "")).rpartition(".")[2]


def _resolved(value: Any, root: dict[str, Any], depth: int = 0) -> Any:
    """Replace references by what they name; one that names nothing stays, to be refused."""
    if depth > _DEEPEST:
        raise refusal("its references lead in a circle.")
    if isinstance(value, str) and _REFERENCE.fullmatch(value):
        found: Any = root
        for key in re.split("::|#", value[1:]):
            found = found.get(key) if isinstance(found, dict) else None
        return value if found is None else _resolved(found, root, depth + 1)
    if isinstance(value, list):
        return [_resolved(item, root, depth) for item in value]
    if isinstance(value, dict):
        return {k: v if k in _IGNORED else _resolved(v, root, depth) for k, v in value.items()}
    return value


def _plain(value: Any, place: str) -> Any:
    """Return a value in which nothing asks to be evaluated or looked up."""
    if isinstance(value, str) and value.startswith(_EXPRESSIONS):
        raise refusal(f"{place} is the expression '{value[:60]}', which is never evaluated.")
    if isinstance(value, list):
        return [_plain(item, f"{place}[{number}]") for number, item in enumerate(value)]
    if isinstance(value, dict):
        odd = [k for k in value if k.startswith("_") and k not in {"_target_", "_disabled_"}]
        if odd:
            raise refusal(f"{place} has the key '{odd[0]}'.")
        return {key: _plain(item, f"{place}.{key}") for key, item in value.items()}
    return value


def _read_orientation(facts: BundleFacts, arguments: dict[str, Any]) -> None:
    facts.orientation = str(arguments.get("axcodes", "RAS")).upper()


def _read_spacing(facts: BundleFacts, arguments: dict[str, Any]) -> None:
    facts.spacing_mm = tuple(float(v) for v in arguments["pixdim"])


def _read_range(facts: BundleFacts, arguments: dict[str, Any]) -> None:
    low, high = float(arguments["a_min"]), float(arguments["a_max"])
    output = (float(arguments.get("b_min", 0.0)), float(arguments.get("b_max", 1.0)))
    clip = output if arguments.get("clip", False) else None
    facts.normalisation = Normalisation("window", low, high, output, clip)


def _read_zscore(facts: BundleFacts, arguments: dict[str, Any]) -> None:
    if arguments.get("nonzero", False):
        raise refusal("NormalizeIntensityd with nonzero=true has no counterpart here.")
    _allow_another(facts)
    facts.normalisation = Normalisation("zscore")


def _read_whole_range(facts: BundleFacts, arguments: dict[str, Any]) -> None:
    output = (float(arguments.get("minv", 0.0)), float(arguments.get("maxv", 1.0)))
    _allow_another(facts)
    facts.normalisation = Normalisation("percentiles", 0, 100, output)


def _allow_another(facts: BundleFacts) -> None:
    """Refuse a second scaling after one that clipped; else it makes the first one void."""
    if facts.normalisation.clip is not None:
        raise refusal("a clipped window followed by another normalisation has no counterpart here.")


def _read_activation(facts: BundleFacts, arguments: dict[str, Any]) -> None:
    facts.activation = "sigmoid" if arguments.get("sigmoid", False) else "softmax"


def _read_largest(facts: BundleFacts, _arguments: dict[str, Any]) -> None:
    facts.is_largest_component_kept = True


_READERS: dict[str, Callable[[BundleFacts, dict[str, Any]], None]] = {
    "Orientationd": _read_orientation,
    "Spacingd": _read_spacing,
    "ScaleIntensityRanged": _read_range,
    "NormalizeIntensityd": _read_zscore,
    "ScaleIntensityd": _read_whole_range,
    "Activationsd": _read_activation,
    "KeepLargestConnectedComponentd": _read_largest,
}
"""The transforms that are known, and what each of them says."""


def _read_channels(facts: BundleFacts, metadata: dict[str, Any]) -> None:
    try:
        form = metadata["network_data_format"]
        channels = form["outputs"]["pred"]["channel_def"]
        facts.modality = str(form["inputs"]["image"].get("modality", "")).upper()
        names = {int(number): str(name) for number, name in channels.items()}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise refusal("metadata.json does not name the network's output channels.") from error
    n_outputs = int(facts.arguments.get("out_channels", 0))
    if sorted(names) != list(range(n_outputs)):
        raise refusal(f"{len(names)} channels are named, the network has {n_outputs}.")
    shift = 1 if facts.activation == "sigmoid" else 0
    facts.labels = {n + shift: name for n, name in names.items() if n + shift > 0}
