"""Is this image what the model was trained for? What is merely unknown never refuses.

Modality and body part are tested where the header states them; size, spacing and values against
the ranges of the card; the picture as a whole by the distance of a small descriptor from the
training images' (principal directions and what they leave), and a 2-D picture by whether it looks
more like other kinds of picture than like the model's own, and by its colours.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

from medviewer.ai.gate_reference import GateReference
from medviewer.ai.lung_region import aerated_share
from medviewer.ai.picture_colors import colored_share
from medviewer.ai.picture_contrast import content, edge_directions, likeness
from medviewer.ai.preparation import PreparedVolume
from medviewer.core.messages import Message

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from medviewer.ai.model_card import ModelCard, Normalisation
    from medviewer.ai.task_answer import Prepared
    from medviewer.core.volume import Frame

_CELLS_2D = 12
_CELLS_3D = 6
_HISTOGRAM_BINS = 16
_HISTOGRAM_LIMITS = (-3.0, 3.0)
_MOST_COMPONENTS = 24
_MARGIN = 1.3
_PERCENTILE = 99.5
_MOST_COLORED = 0.05
_RADIOGRAPHS = frozenset({"CR", "DX", "RG", "RF"})
"""One kind of image under several codes: a card that names one accepts all."""

_STATISTICS = {
    "n_slices": (Message("The number of slices"), ""),
    "smallest_spacing_mm": (Message("The smallest distance of voxels"), " mm"),
    "largest_spacing_mm": (Message("The largest distance of voxels"), " mm"),
    "smallest_extent_mm": (Message("The image's smallest side"), " mm"),
    "largest_extent_mm": (Message("The image's largest side"), " mm"),
    "aerated_share": (Message("The share of what is not air that has the density of lung"), ""),
    "short_side_px": (Message("The picture's shorter side"), " px"),
    "aspect_ratio": (Message("The ratio of the picture's sides"), ""),
}
"""What a card's ranges may name, in words, and its unit."""

_KINDS = {
    "chest radiograph": Message("a chest radiograph"),
    "limb radiograph": Message("a radiograph of a limb"),
}
"""What a card may name as its kind of picture, in words."""


@dataclass(frozen=True, slots=True)
class GateProblem:
    """Why an image does not fit a model.

    Attributes
    ----------
    code : str
        ``dimensions``, ``modality``, ``body_part``, ``values``, ``range``, ``kind``,
        ``distance`` or ``color``.
    message : str
        Thing, value, rule.
    can_be_overridden : bool
        Whether the reader may run the model anyway.
    """

    code: str
    message: Message
    can_be_overridden: bool = True


def check(
    card: ModelCard, prepared: Prepared, modality: str = "", body_part: str = ""
) -> list[GateProblem]:
    """Compare an image with what the card says of its training images.

    Parameters
    ----------
    card : ModelCard
        The model.
    prepared : PreparedVolume or PreparedImage
        The image on the model's grid.
    modality, body_part : str
        From the header; empty where unknown.

    Returns
    -------
    list of GateProblem
        Empty when the image fits.
    """
    problems = header_problems(card, modality, body_part)
    if float(np.ptp(prepared.values)) < 1e-6:
        message = Message("The image is constant: there is nothing to see.")
        return [*problems, GateProblem("values", message)]
    statistics = image_statistics(prepared, card.input.normalisation)
    for name, (low, high) in card.gate.ranges.items():
        value = statistics.get(name)
        if value is not None and not low <= value <= high:
            problems.append(GateProblem("range", _out_of_range(name, value, low, high)))
    return problems + picture_problems(card.gate, prepared)


def picture_problems(reference: GateReference, prepared: Prepared) -> list[GateProblem]:
    """Compare how an image looks with the training images, and with other kinds of picture."""
    problems = []
    if reference.contrast is not None and not isinstance(prepared, PreparedVolume):
        found = float(likeness(edge_directions(content(prepared)), reference.contrast))
        if found < 0:
            kind = reference.contrast.kind
            message = Message(
                "The picture does not look like {kind}: likeness {likeness:.1f}, at least 0 is "
                "accepted.",
                kind=_KINDS.get(kind, kind),
                likeness=found,
            )
            problems.append(GateProblem("kind", message))
    if reference.distance_threshold > 0:
        distance = descriptor_distance(descriptor(prepared.values), reference)
        if distance > reference.distance_threshold:
            message = Message(
                "The picture does not look like the training images: distance {distance:.2f}, "
                "at most {limit:.2f} is accepted.",
                distance=distance,
                limit=reference.distance_threshold,
            )
            problems.append(GateProblem("distance", message))
    return problems


def color_problems(frame: Frame) -> list[GateProblem]:
    """Refuse a picture in colours; a tint as of a scanned film, or a coloured mark, passes."""
    share = colored_share(frame.pixels) if frame.is_color else 0.0
    if share <= _MOST_COLORED:
        return []
    message = Message(
        "{share:.0%} of the picture has colours of its own; a radiograph is gray: at most "
        "{limit:.0%} is accepted.",
        share=share,
        limit=_MOST_COLORED,
    )
    return [GateProblem("color", message)]


def _out_of_range(name: str, value: float, low: float, high: float) -> Message:
    """Say in words which number of an image is outside what the model was made for."""
    words, unit = _STATISTICS.get(name, (name.replace("_", " "), ""))
    return Message(
        "{quantity} is {value:.5g}{unit}; the model is made for {low:.5g} to {high:.5g}{unit}.",
        quantity=words,
        value=float(value),
        unit=unit,
        low=low,
        high=high,
    )


def image_statistics(prepared: Prepared, rule: Normalisation) -> dict[str, float]:
    """Return the numbers that a card's ranges may name.

    Parameters
    ----------
    prepared : PreparedVolume or PreparedImage
        The image on the model's grid.
    rule : Normalisation
        How its values were made.

    Returns
    -------
    dict of str to float
        3-D: ``n_slices``, ``smallest_spacing_mm``, ``largest_spacing_mm``, ``smallest_extent_mm``,
        ``largest_extent_mm``, and ``aerated_share`` of a CT in a window of Hounsfield units.
        2-D: ``short_side_px``, ``aspect_ratio`` (>= 1).
    """
    if isinstance(prepared, PreparedVolume):
        spacing = np.asarray(prepared.source.spacing_ijk_mm)
        extent = spacing * prepared.source.shape[::-1]
        result = {
            "n_slices": float(min(prepared.source.shape)),
            "smallest_spacing_mm": float(spacing.min()),
            "largest_spacing_mm": float(spacing.max()),
            "smallest_extent_mm": float(extent.min()),
            "largest_extent_mm": float(extent.max()),
        }
        if rule.method == "window":
            result["aerated_share"] = aerated_share(prepared.values, rule, prepared.spacing_mm)
        return result
    short, long = sorted(prepared.source_shape)
    return {"short_side_px": float(short), "aspect_ratio": long / short}


def descriptor(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """Describe a prepared image by a thumbnail, a histogram and its sharpness.

    Parameters
    ----------
    values : float32 array
        Network values, 2-D or 3-D.

    Returns
    -------
    float64 array
        The same length for every image of a model.
    """
    tensor = torch.from_numpy(np.ascontiguousarray(values, np.float32))[None, None]
    if values.ndim == 3:
        small = functional.adaptive_avg_pool3d(tensor, _CELLS_3D)
    else:
        small = functional.adaptive_avg_pool2d(tensor, _CELLS_2D)
    counts, _ = np.histogram(
        np.clip(values, *_HISTOGRAM_LIMITS), _HISTOGRAM_BINS, _HISTOGRAM_LIMITS
    )
    steps = [float(np.abs(np.diff(values, axis=axis)).mean()) for axis in range(values.ndim)]
    parts = [small.numpy().ravel(), np.sqrt(counts / values.size), np.log(np.add(steps, 1e-3))]
    return np.concatenate(parts).astype(np.float64)


def descriptor_distance(values: npt.NDArray[np.float64], reference: GateReference) -> float:
    """Return how far a descriptor lies from the training images' (about 1 for one of them)."""
    standard = (values - np.asarray(reference.mean)) / np.asarray(reference.scale)
    components = np.asarray(reference.components)
    along = components @ standard
    rest = standard - components.T @ along
    inside = np.mean((along / np.asarray(reference.component_scale)) ** 2)
    outside = np.mean(rest**2) / reference.residual_scale**2
    return float(np.sqrt((inside + outside) / 2))


def fit_gate(
    images: Sequence[npt.NDArray[np.float32]],
    unseen: Sequence[npt.NDArray[np.float32]],
    ranges: dict[str, tuple[float, float]],
) -> GateReference:
    """Learn what a model's inputs look like.

    Parameters
    ----------
    images : sequence of float32 array
        Prepared training images, best with crops and squashed copies among them.
    unseen : sequence of float32 array
        Prepared images of other patients: they set the threshold.
    ranges : dict of str to tuple of float
        Accepted values of :func:`image_statistics`.

    Returns
    -------
    GateReference
        For the card; the threshold leaves the unseen images a margin of 30 %.
    """
    rows = np.stack([descriptor(values) for values in images])
    mean, scale = rows.mean(0), rows.std(0) + 0.05
    standard = (rows - mean) / scale
    n = min(_MOST_COMPONENTS, max(1, len(images) // 8))
    _, singular, directions = np.linalg.svd(standard, full_matrices=False)
    components = directions[:n]
    rest = standard - standard @ components.T @ components
    reference = GateReference(
        ranges,
        _rounded(mean),
        _rounded(scale),
        tuple(_rounded(row) for row in components),
        _rounded(singular[:n] / np.sqrt(len(images))),
        float(np.sqrt(np.mean(rest**2))) + 1e-3,
    )
    distances = [descriptor_distance(descriptor(values), reference) for values in unseen]
    threshold = float(np.percentile(distances, _PERCENTILE)) * _MARGIN
    return replace(reference, distance_threshold=round(threshold, 4))


def header_problems(card: ModelCard, modality: str, body_part: str) -> list[GateProblem]:
    """Compare what a header states with the card; what is empty is unknown and fits."""
    problems = []
    if modality and modality not in _accepted_modalities(card):
        message = Message(
            "Modality is {modality}; this model reads {accepted}.",
            modality=modality,
            accepted=", ".join(card.modalities),
        )
        problems.append(GateProblem("modality", message))
    part = body_part.upper().replace("_", " ").replace(" ", "")
    words = [word.upper().replace(" ", "") for word in card.body_parts]
    if part and words and not any(word in part or part in word for word in words):
        message = Message(
            "Body part is {body_part}; this model was trained on {accepted}.",
            body_part=body_part,
            accepted=", ".join(card.body_parts),
        )
        problems.append(GateProblem("body_part", message))
    return problems


def _accepted_modalities(card: ModelCard) -> set[str]:
    accepted = set(card.modalities)
    return accepted | _RADIOGRAPHS if accepted & _RADIOGRAPHS else accepted


def _rounded(values: npt.NDArray[np.float64]) -> tuple[float, ...]:
    return tuple(round(float(v), 5) for v in values)
