"""Networks by name: the allow-list from which a model card may build, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from medviewer.ai.networks.efficientnet_classifier import EfficientNetClassifier
from medviewer.ai.networks.efficientnet_detector import EfficientNetDetector
from medviewer.ai.networks.ensemble import Ensemble
from medviewer.ai.networks.lung_crop import LungCrop
from medviewer.ai.networks.monai_networks import PREFIX, build_monai, monai_names
from medviewer.ai.networks.multilevel_classifier import MultilevelClassifier
from medviewer.ai.networks.onednn import use_onednn
from medviewer.ai.networks.subpixel_detector import SubpixelDetector
from medviewer.ai.networks.subpixel_unet import SubpixelUNet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from torch import nn

_BUILDERS: dict[str, Callable[..., nn.Module]] = {
    "efficientnet_classifier": EfficientNetClassifier,
    "efficientnet_detector": EfficientNetDetector,
    "multilevel_classifier": MultilevelClassifier,
    "subpixel_detector": SubpixelDetector,
    "subpixel_unet": SubpixelUNet,
}


def network_names() -> tuple[str, ...]:
    """Return the names that :func:`build_network` accepts, sorted."""
    imported = (PREFIX + name for name in monai_names())
    return tuple(sorted((*_BUILDERS, "ensemble", "lung_crop", *imported)))


def build_network(name: str, parameters: Mapping[str, Any]) -> nn.Module:
    """Build a network of the allow-list with random weights.

    Parameters
    ----------
    name : str
        One of :func:`network_names`.
    parameters : mapping
        Keyword arguments of the architecture; for ``ensemble`` the keys ``members`` (count),
        ``activation`` (``softmax`` or ``sigmoid``), ``mirror``, ``shift``, ``network`` (name) and
        ``parameters``; for ``lung_crop`` the keys ``filters``, ``side``, ``network`` and
        ``parameters`` of the classifier within.

    Returns
    -------
    torch.nn.Module
        The network; its forward pass returns logits.

    Raises
    ------
    ValueError
        The name is not on the allow-list.
    """
    return use_onednn(_build(name, parameters))


def _build(name: str, parameters: Mapping[str, Any]) -> nn.Module:
    if name == "ensemble":
        members = [
            _build(parameters["network"], parameters["parameters"])
            for _ in range(int(parameters["members"]))
        ]
        passes = {name: bool(parameters.get(name, False)) for name in ("mirror", "shift")}
        return Ensemble(members, str(parameters["activation"]), **passes)
    if name == "lung_crop":
        inner = _build(parameters["network"], parameters["parameters"])
        return LungCrop(parameters["filters"], inner, int(parameters["side"]))
    if name.startswith(PREFIX):
        return build_monai(name.removeprefix(PREFIX), parameters)
    if name not in _BUILDERS:
        message = f"Network '{name}' is not on the allow-list {network_names()}."
        raise ValueError(message)
    return _BUILDERS[name](**parameters)
