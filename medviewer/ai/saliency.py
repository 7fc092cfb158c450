"""What influenced a score: class activation maps and occlusion, in 2-D and 3-D.

Maps are on an absolute scale: the card's reference percentile is 1.0, never the maximum of the
map itself, so a map without evidence looks empty. The network is never changed.
"""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import torch
from torch.nn import functional

from medviewer.ai.device import memory_errors
from medviewer.core.errors import InferenceError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt
    from torch import nn

    from medviewer.ai.loaded_model import LoadedModel, Output
    from medviewer.core.tasks import TaskContext

Score: TypeAlias = "Callable[[Output], torch.Tensor]"

METHOD_NAMES = {
    "grad-cam": "Grad-CAM",
    "grad-cam++": "Grad-CAM++",
    "hirescam": "HiResCAM",
    "layercam": "LayerCAM",
}
SEGMENTATION_METHOD_NAME = "Seg-Grad-CAM"
_BLANK = 1e-6


def class_score(index: int) -> Score:
    """Return the score of one class of a classifier (or of a detector's whole image)."""

    def score(output: Output) -> torch.Tensor:
        logits = output["image"] if isinstance(output, dict) else output
        return logits[:, index].sum()

    return score


def segment_score(number: int, mask: torch.Tensor | None = None) -> Score:
    """Return the summed logits of one segment over its predicted mask (Seg-Grad-CAM).

    Parameters
    ----------
    number : int
        Of the segment.
    mask : torch.Tensor, shape (1, 1, ...), optional
        Sum over this mask instead, which another network may have predicted.
    """

    def score(output: Output) -> torch.Tensor:
        if isinstance(output, dict):
            message = "A network with several outputs has no single label map."
            raise InferenceError(message, hint="Ask for the saliency of a class.")
        where = output.argmax(1, keepdim=True) == number if mask is None else mask
        return (output[:, number : number + 1] * where).sum()

    return score


def detection_score(index: int, cell: Sequence[int]) -> Score:
    """Return the score of one detection: its class' heat map at its centre's cell or next to it.

    Parameters
    ----------
    index : int
        Of the class.
    cell : sequence of int
        Of the heat map, along each of its axes; the strongest of the neighbours counts.
    """
    near = tuple(slice(max(place - 1, 0), place + 2) for place in cell)

    def score(output: Output) -> torch.Tensor:
        if not isinstance(output, dict):
            message = "The network has no heat map of detections."
            raise InferenceError(message, hint="Ask for the saliency of a class.")
        return output["heatmap"][0, index][near].amax()

    return score


def activation_map(
    network: nn.Module, values: torch.Tensor, layer: str, score: Score, method: str = "grad-cam"
) -> npt.NDArray[np.float32]:
    """Compute one class activation map; see :func:`activation_maps`."""
    return activation_maps(network, values, layer, [score], method)[0]


def activation_maps(
    network: nn.Module,
    values: torch.Tensor,
    layer: str,
    scores: Sequence[Score],
    method: str = "grad-cam",
) -> list[npt.NDArray[np.float32]]:
    """Compute the class activation maps of several scores from one forward pass.

    Parameters
    ----------
    network : torch.nn.Module
        In evaluation mode.
    values : torch.Tensor, shape (1, channels, ...)
        Two or three spatial axes.
    layer : str
        Name of the module whose output is explained; in an ensemble the end of the name, and
        the maps of the members are averaged.
    scores : sequence of callable
        From the network's output to the scalar to explain.
    method : str
        ``grad-cam``, ``grad-cam++``, ``hirescam`` or ``layercam``.

    Returns
    -------
    list of float32 array
        On the input's spatial grid, not negative, on the network's own scale.

    Raises
    ------
    InferenceError
        The network has no such layer, or the layer has no spatial axes.

    Notes
    -----
    Grad-CAM: Selvaraju et al. 2017; Grad-CAM++: Chattopadhyay et al. 2018; HiResCAM: Draelos and
    Carin 2020; LayerCAM: Jiang et al. 2021; Seg-Grad-CAM: Vinogradova et al. 2020.
    """
    taps = [_Tap(module) for name, module in network.named_modules() if _is_layer(name, layer)]
    try:
        with torch.enable_grad(), torch.autocast(values.device.type, enabled=False):
            output = network(values)
    finally:
        for tap in taps:
            tap.handle.remove()
    leaves = [tap.leaf for tap in taps if tap.leaf is not None]
    if not leaves or any(leaf.ndim != values.ndim for leaf in leaves):
        message = f"Layer '{layer}' is missing or gives no map over the image."
        raise InferenceError(message, hint="Correct the model card.")
    mode = "trilinear" if values.ndim == 5 else "bilinear"
    maps = []
    for score in scores:
        with torch.enable_grad():
            gradients = torch.autograd.grad(score(output), leaves, retain_graph=True)
        combine = _COMBINATIONS[method]
        raw = [combine(a.detach(), g) for a, g in zip(leaves, gradients, strict=True)]
        mean = torch.stack(raw).mean(0).clamp(min=0)
        full = functional.interpolate(mean, size=values.shape[2:], mode=mode, align_corners=False)
        maps.append(np.asarray(full[0, 0].float().cpu().numpy()))
    return maps


def occlusion_map(
    network: nn.Module,
    values: torch.Tensor,
    score: Score,
    patch: Sequence[int],
    context: TaskContext,
) -> npt.NDArray[np.float32]:
    """Measure how much the score falls when a patch is covered by the image's mean.

    Parameters
    ----------
    network : torch.nn.Module
        In evaluation mode.
    values : torch.Tensor, shape (1, channels, ...)
        Input.
    score : callable
        As in :func:`activation_map`.
    patch : sequence of int
        Size of the cover along each axis; it moves by half of it.
    context : TaskContext
        One checkpoint for each place.

    Returns
    -------
    float32 array
        Mean fall of the score over the covers of each voxel, not negative.
    """
    shape = values.shape[2:]
    total, count = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    fill = values.mean()
    axes = [range(0, max(n - p, 0) + max(1, p // 2), max(1, p // 2))
            for n, p in zip(shape, patch, strict=True)]  # fmt: skip
    places = list(product(*axes))
    with torch.inference_mode():
        whole = float(score(network(values)))
        for number, place in enumerate(places):
            context.checkpoint(number / len(places), "explain.occlusion")
            window = tuple(slice(s, s + p) for s, p in zip(place, patch, strict=True))
            covered = values.clone()
            covered[(slice(None), slice(None), *window)] = fill
            total[window] += whole - float(score(network(covered)))
            count[window] += 1
    return np.maximum(total / np.maximum(count, 1), 0).astype(np.float32)


def explain(
    model: LoadedModel, values: npt.NDArray[np.float32], targets: Sequence[tuple[str, Score]]
) -> dict[str, npt.NDArray[np.float32]]:
    """Explain scores of a model on the card's absolute scale.

    Parameters
    ----------
    model : LoadedModel
        Its card names layer, method and references.
    values : float32 array
        Network values on the tensor's axes.
    targets : sequence of (label, callable)
        What to explain, and the label whose reference scales it.

    Returns
    -------
    dict of str to float32 array
        Maps on the tensor's grid, 1.0 = the reference. A label is left out where there is
        nothing to explain: a blank image, or a card without a layer or a reference for it.
    """
    spec = model.card.saliency
    references = spec.reference if spec else {}
    known = [(label, score) for label, score in targets if references.get(label, 0.0) > 0]
    if spec is None or not known or float(values.std()) < _BLANK:
        return {}
    tensor = torch.from_numpy(values)[None, None].to(model.device.torch_device)
    with memory_errors(model.device):
        maps = activation_maps(
            model.network, tensor, spec.layer, [score for _, score in known], spec.method
        )
    return {
        label: values / np.float32(references[label])
        for (label, _), values in zip(known, maps, strict=True)
    }


def reference_percentile(
    maps: Sequence[npt.NDArray[np.float32]], percentile: float = 99.0
) -> float:
    """Return the percentile of raw maps over a reference set: 1.0 of the absolute scale."""
    return float(np.percentile(np.concatenate([m.ravel() for m in maps]), percentile))


class _Tap:
    """Cuts the graph at a layer's first output: gradients are taken to it and no farther.

    Later calls in the same pass are a mirrored image's and pass through.
    """

    def __init__(self, module: nn.Module) -> None:
        self.leaf: torch.Tensor | None = None
        self.handle = module.register_forward_hook(self._cut)

    def _cut(self, _module: nn.Module, _inputs: object, output: torch.Tensor) -> torch.Tensor:
        if self.leaf is not None:
            return output
        self.leaf = output.detach().requires_grad_()
        return self.leaf


def _is_layer(name: str, layer: str) -> bool:
    return name == layer or name.endswith(f".{layer}")


def _spatial(values: torch.Tensor) -> tuple[int, ...]:
    return tuple(range(2, values.ndim))


def _grad_cam(features: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
    weights = gradient.mean(_spatial(gradient), keepdim=True)
    return (weights * features).sum(1, keepdim=True)


def _grad_cam_plus_plus(features: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
    square, cube = gradient**2, gradient**3
    total = features.sum(_spatial(features), keepdim=True)
    alpha = square / (2 * square + total * cube).where(square > 0, torch.ones_like(square))
    weights = (alpha * gradient.clamp(min=0)).sum(_spatial(gradient), keepdim=True)
    return (weights * features).sum(1, keepdim=True)


def _hirescam(features: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
    return (gradient * features).sum(1, keepdim=True)


def _layercam(features: torch.Tensor, gradient: torch.Tensor) -> torch.Tensor:
    return (gradient.clamp(min=0) * features).sum(1, keepdim=True)


_COMBINATIONS = {
    "grad-cam": _grad_cam,
    "grad-cam++": _grad_cam_plus_plus,
    "hirescam": _hirescam,
    "layercam": _layercam,
}
