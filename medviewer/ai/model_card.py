"""The model card: what a model is, expects, returns, how good it is and on whom.

``models/<id>/card.json`` is this dataclass as JSON. The registry, the command line and the
window read cards without torch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from medviewer.ai.gate_reference import GateReference

CARD_SCHEMA: Literal["medviewer.card/1"] = "medviewer.card/1"

CONTRAST_GRID = (8, 8, 6)
"""Rows and columns of cells, and directions of edges in each, that a picture contrast reads."""

Task: TypeAlias = Literal["segmentation", "classification", "detection"]
Scope: TypeAlias = Literal["image", "finding"]


@dataclass(frozen=True)
class CardCode:
    """A coded concept: ``SCT`` (SNOMED CT) or ``RADLEX``."""

    scheme: str
    value: str
    meaning: str


@dataclass(frozen=True)
class CardLabel:
    """One class, segment or kind of finding.

    Attributes
    ----------
    name : str
        Fixed machine name, written into results.
    number : int
        Segment number, or the place of the class among the network's outputs, from 1.
    display_name : str
        What a reader sees (English; the window translates it).
    """

    name: str
    number: int = field(metadata={"minimum": 1})
    display_name: str
    codes: tuple[CardCode, ...] = ()
    color_rgb: tuple[int, int, int] | None = None


@dataclass(frozen=True)
class NetworkSpec:
    """Architecture by its name on the allow-list, and its arguments."""

    name: str
    parameters: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class WeightsFile:
    """The safetensors file beside the card."""

    sha256: str = field(metadata={"pattern": "^[0-9a-f]{64}$"})
    file: str = field(default="weights.safetensors", metadata={"pattern": r"^[\w.-]+$"})
    n_parameters: int = 0


@dataclass(frozen=True)
class Normalisation:
    """How source values become network values.

    Attributes
    ----------
    method : str
        ``zscore``: mean 0, standard deviation 1 over the image. ``percentiles``: the percentiles
        ``lower`` and ``upper`` of the image are mapped to ``output``. ``window``: the values
        ``lower`` and ``upper`` (HU) are mapped to ``output``. ``none``: as they are.
    clip : tuple of float, or None
        Limits of the network values, applied last.
    """

    method: Literal["none", "zscore", "percentiles", "window"]
    lower: float = 0.0
    upper: float = 1.0
    output: tuple[float, float] = (-1.0, 1.0)
    clip: tuple[float, float] | None = None


@dataclass(frozen=True)
class SlidingWindow:
    """Tiles for images that are larger than the training patch.

    Attributes
    ----------
    blending : str
        How MONAI weighs tiles where they overlap; this program's own are always ``gaussian``.
    """

    size: tuple[int, ...]
    overlap: float = field(default=0.25, metadata={"minimum": 0, "exclusiveMaximum": 1})
    blending: Literal["gaussian", "constant"] = "gaussian"


@dataclass(frozen=True)
class InputGrid:
    """The grid and the values a network takes.

    Attributes
    ----------
    dimensions : int
        2 or 3 spatial axes.
    orientation : str
        3-D: for each tensor axis the patient direction towards which its index grows, e.g.
        ``"SPL"`` = slices to superior, rows to posterior, columns to left. 2-D: empty.
    spacing_mm : tuple of float, or None
        Of the tensor's axes; ``None`` keeps the source's.
    fit : str
        ``native``: the source's size, centred and filled up to ``multiple``. ``squash``: resized
        to ``size`` whatever the aspect ratio. ``letterbox``: resized to fit ``size`` with its
        aspect ratio kept, upper left, the rest filled.
    size : tuple of int, or None
        Rows and columns (2-D) for ``squash`` and ``letterbox``.
    multiple : int
        Tensor sizes are multiples of it.
    fill : float
        Network value of what lies outside the image.
    window : SlidingWindow or None
        How large images are cut; ``None`` looks at the whole image at once.
    region : str
        ``lungs``: a 3-D detector looks only where the lungs are, if they can be told apart.
    convention : str
        ``monai``: grid, values and tiles of a 3-D segmentation are MONAI's, which an imported
        network was trained with (:mod:`medviewer.ai.monai_grid`).
    is_normalised_first : bool
        ``monai``: values are normalised on the source's voxels, before the spacing changes.
    """

    dimensions: Literal[2, 3]
    normalisation: Normalisation
    orientation: str = field(default="", metadata={"pattern": "^([LRAPSI]{3})?$"})
    spacing_mm: tuple[float, ...] | None = None
    fit: Literal["native", "squash", "letterbox"] = "native"
    size: tuple[int, ...] | None = None
    multiple: int = 1
    fill: float = 0.0
    window: SlidingWindow | None = None
    region: Literal["whole", "lungs"] = "whole"
    convention: Literal["own", "monai"] = "own"
    is_normalised_first: bool = False


@dataclass(frozen=True)
class Postprocessing:
    """What happens to the network's answer.

    Attributes
    ----------
    activation : str
        ``softmax`` (channel 0 is background) or ``sigmoid``.
    refinement : str
        ``lungs`` in Hounsfield units: :mod:`medviewer.ai.lung_refinement`; empty for none.
    is_largest_component_kept : bool
        One connected component for each label.
    minimum_volume_ml : float
        Smaller components are dropped.
    stride : int
        Detection: network pixels for each cell of the heat map.
    overlap : float
        Detection: of two boxes with more intersection over union the weaker is dropped.
    candidate_floor : float
        Detection: calibrated score below which nothing is ever reported.
    """

    activation: Literal["softmax", "sigmoid"] = "softmax"
    refinement: Literal["", "lungs"] = ""
    is_largest_component_kept: bool = False
    are_holes_filled: bool = False
    minimum_volume_ml: float = 0.0
    stride: int = 8
    overlap: float = 0.3
    candidate_floor: float = 0.01


@dataclass(frozen=True)
class OperatingPoint:
    """A threshold of the calibrated score and what it costs.

    ``scope`` tells the score of the whole image from the score of a single finding.
    """

    label: str
    threshold: float
    scope: Scope = "image"
    sensitivity: float | None = None
    specificity: float | None = None
    false_positives_per_image: float | None = None
    is_default: bool = False


@dataclass(frozen=True)
class Calibration:
    """Probability = sigmoid(slope x logit + intercept); a temperature T is slope 1 / T."""

    label: str
    scope: Scope = "image"
    slope: float = 1.0
    intercept: float = 0.0
    method: Literal["none", "temperature", "platt"] = "none"
    ece_before: float | None = None
    ece_after: float | None = None


@dataclass(frozen=True)
class SaliencySpec:
    """Which layer explains the model, on what scale, and how it passed the checks.

    Attributes
    ----------
    layer : str
        End of the name of a module; an ensemble has one in each member, their maps are averaged.
    reference : dict of str to float
        Label to the raw map's ``percentile`` over a reference set: 1.0 on the display's scale.
    checks : dict of str to float
        ``pointing_game``, ``pointing_game_control``, ``randomised_rank_correlation``, ...
    """

    layer: str
    method: Literal["grad-cam", "grad-cam++", "hirescam", "layercam"] = "grad-cam"
    percentile: float = 99.0
    reference: dict[str, float] = field(default_factory=dict)
    checks: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class DataSource:
    """A data set that was used, with the attribution its licence asks for."""

    name: str
    licence: str
    attribution: str = ""
    url: str = ""
    n_patients: int = 0
    n_images: int = 0


@dataclass(frozen=True)
class TrainingFacts:
    """What the model learned from.

    Attributes
    ----------
    split_sha256 : str
        Hash of the whole assignment of patients.
    case_hashes : tuple of str
        ``medviewer.ai.case_hash`` of every image the weights have seen.
    """

    data: tuple[DataSource, ...]
    split_sha256: str = ""
    case_hashes: tuple[str, ...] = ()
    description: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Metric:
    """One measured number with its 95 % interval.

    Attributes
    ----------
    name : str
        ``dice``, ``hd95_mm``, ``auc``, ``ece``, ``map50``, ``sensitivity``, ``cpm``, ...
    label, subgroup : str
        Empty means all.
    split : str
        ``cv`` (out of fold) or ``validation`` (patients the weights never saw).
    """

    name: str
    value: float
    split: str
    low: float | None = None
    high: float | None = None
    n: int | None = None
    label: str = ""
    subgroup: str = ""
    is_headline: bool = False


@dataclass(frozen=True)
class Licences:
    """Of the weights and, in one line, of the data behind them."""

    weights: str
    data: str


@dataclass(frozen=True)
class ModelCard:
    """Everything the program and a reader need to know about one model.

    Attributes
    ----------
    modalities : tuple of str
        Accepted DICOM Modality values (0008,0060).
    body_parts : tuple of str
        Words one of which a known BodyPartExamined (0018,0015) must contain; empty accepts all.
    observations : tuple of str
        What the evaluation found in single cases, written by it.
    is_experimental : bool
        Not useful enough yet: off by default.
    is_localised : bool
        Runs inside a box the reader places in a larger image (whole-head MR).
    volume_norm : str
        Name of the norms that the volume of all segments together is compared with
        (:mod:`medviewer.ai.volume_norms`); empty for none.
    plausible_ml : tuple of float or None
        All segments together, from and to: outside it the answer carries a warning.
    """

    id: str = field(metadata={"pattern": "^[a-z0-9][a-z0-9-]*$"})
    version: str
    name: str
    task: Task
    modalities: tuple[str, ...]
    network: NetworkSpec
    weights: WeightsFile
    input: InputGrid
    labels: tuple[CardLabel, ...]
    training: TrainingFacts
    metrics: tuple[Metric, ...]
    licences: Licences
    intended_use: str
    out_of_scope: tuple[str, ...]
    schema: Literal["medviewer.card/1"] = CARD_SCHEMA
    summary: str = ""
    body_parts: tuple[str, ...] = ()
    postprocessing: Postprocessing = field(default_factory=Postprocessing)
    operating_points: tuple[OperatingPoint, ...] = ()
    calibration: tuple[Calibration, ...] = ()
    saliency: SaliencySpec | None = None
    gate: GateReference = field(default_factory=GateReference)
    limitations: tuple[str, ...] = ()
    observations: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    created: str = ""
    is_experimental: bool = False
    is_localised: bool = False
    volume_norm: str = field(default="", metadata={"pattern": "^[a-z0-9-]*$"})
    plausible_ml: tuple[float, float] | None = None

    def label(self, name: str) -> CardLabel:
        """Return a label by its machine name; ``KeyError`` if there is none."""
        for label in self.labels:
            if label.name == name:
                return label
        raise KeyError(name)

    def threshold(self, label: str, scope: Scope = "image") -> float:
        """Return the default operating point's threshold; 0.5 if none is given."""
        points = [p for p in self.operating_points if (p.label, p.scope) == (label, scope)]
        chosen = [p for p in points if p.is_default] or points
        return chosen[0].threshold if chosen else 0.5

    def can_explain(self, label: str) -> bool:
        """Whether the score of a label can be explained, and on which scale."""
        return self.saliency is not None and self.saliency.reference.get(label, 0.0) > 0

    def calibrate(self, logit: float, label: str, scope: Scope = "image") -> float:
        """Return the calibrated probability of a logit."""
        rule = next(
            (c for c in self.calibration if (c.label, c.scope) == (label, scope)),
            Calibration(label),
        )
        value = rule.slope * logit + rule.intercept
        return 1.0 / (1.0 + math.exp(-max(-700.0, min(700.0, value))))

    @property
    def headline(self) -> Metric | None:
        """The metric that stands for the model in a list."""
        chosen = [m for m in self.metrics if m.is_headline] or list(self.metrics)
        return chosen[0] if chosen else None
