"""What a model card says of the inputs that the model takes."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class PictureContrast:
    """What tells a model's kind of picture from others (``medviewer.ai.picture_contrast``).

    Attributes
    ----------
    kind : str
        What the model reads: ``chest radiograph``, ``limb radiograph``.
    units : tuple of tuple of float
        One row for each hidden unit, one column for each entry of the descriptor.
    unit_offsets, weights : tuple of float
        Of the hidden units.
    offset : float
        Added to their sum; what is below 0 then is refused.
    """

    kind: str
    units: tuple[tuple[float, ...], ...]
    unit_offsets: tuple[float, ...]
    weights: tuple[float, ...]
    offset: float


@dataclass(frozen=True)
class GateReference:
    """What inputs like the training data look like (see ``medviewer.ai.input_gate``).

    Attributes
    ----------
    ranges : dict of str to tuple of float
        Statistic of the image to the lowest and highest accepted value.
    mean, scale : tuple of float
        Of the training images' descriptor.
    components : tuple of tuple of float
        Principal directions of the standardised descriptor.
    component_scale : tuple of float
        Standard deviation along each of them.
    residual_scale : float
        Root mean square of what the directions leave.
    distance_threshold : float
        Largest accepted distance; 0 means that no distance is tested.
    contrast : PictureContrast or None
        Tells other kinds of picture apart; ``None`` where there are none to learn from.
    measured : dict of str to float
        Shares of what is refused, ``false_refusals...`` of the model's own kind and
        ``caught_...`` of others, and the counts behind them, ``n_...``.
    """

    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    mean: tuple[float, ...] = ()
    scale: tuple[float, ...] = ()
    components: tuple[tuple[float, ...], ...] = ()
    component_scale: tuple[float, ...] = ()
    residual_scale: float = 1.0
    distance_threshold: float = 0.0
    contrast: PictureContrast | None = None
    measured: dict[str, float] = field(default_factory=dict)
