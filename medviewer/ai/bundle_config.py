"""What a MONAI bundle's configuration says, read as plain data: nothing in it is evaluated.

A reference (``@image_key``) is replaced by the plain value that it names; an expression (``$...``)
is refused wherever it would have a meaning here.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from medviewer.ai.bundle_facts import BundleFacts, refusal
from medviewer.ai.bundle_transforms import TRANSFORMS, read_transform, refuse_others
from medviewer.ai.model_card import SlidingWindow
from medviewer.ai.networks.monai_networks import PREFIX, monai_names

if TYPE_CHECKING:
    from pathlib import Path

_EXPRESSIONS = ("$", "@", "%")
_TILE_ARGUMENTS = frozenset({"roi_size", "overlap", "mode"})
_TILES = {"padding_mode": ("constant",), "cval": (0,), "sigma_scale": (0.125,)}
"""What else an inferer may say: MONAI's defaults."""

_REFERENCE = re.compile(r"@\w+((::|#)\w+)*")
_DEEPEST = 8
_IGNORED = frozenset(
    {"keys", "device", "sw_device", "sw_batch_size", "img_size", "progress", "lazy", "dtype",
     "allow_missing_keys", "channel_wise", "cache_roi_weight_map"}
)  # fmt: skip
"""Arguments that change no result here: files, devices, and what one channel has no use for."""
_WITHOUT_EFFECT = frozenset(
    {"LoadImaged", "EnsureChannelFirstd", "EnsureTyped", "CastToTyped", "ToTensord",
     "Invertd", "SaveImaged"}
)  # fmt: skip
"""This program does them in any case, or they make another file."""


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
            if name not in TRANSFORMS:
                allowed = ", ".join(sorted({*TRANSFORMS, *_WITHOUT_EFFECT}))
                raise refusal(f"transform '{name}' is not one of {allowed}.")
            read_transform(facts, name, arguments)
    if not facts.orientation:
        raise refusal("without Orientationd the network sees the axes that a file happens to have.")
    facts.window = _window(inference.get("inferer"))
    _read_channels(facts, metadata)
    return facts


def network_name(facts: BundleFacts) -> str:
    """Return the name on this program's allow-list."""
    return PREFIX + facts.network


def _window(inferer: Any) -> SlidingWindow | None:
    """Return the tiles of an inferer; ``None`` where it looks at the whole image."""
    name, arguments = _target(inferer, "inferer")
    if name not in {"SlidingWindowInferer", "SimpleInferer"}:
        raise refusal(f"inferer '{name}' is not known.")
    refuse_others(name, arguments, _TILE_ARGUMENTS, _TILES)
    if "roi_size" not in arguments:
        return None
    return SlidingWindow(
        tuple(int(n) for n in arguments["roi_size"]),
        float(arguments.get("overlap", 0.25)),
        "gaussian" if arguments.get("mode", "constant") == "gaussian" else "constant",
    )


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
