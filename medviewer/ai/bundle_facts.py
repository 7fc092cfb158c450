"""What the card of an imported MONAI bundle needs to know, and the error that refuses one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from medviewer.ai.model_card import InputGrid, Normalisation, Postprocessing, SlidingWindow
from medviewer.ai.networks.monai_networks import size_multiple
from medviewer.core.errors import ModelCardError

_HINT = "Only bundles of allowed networks and transforms with plain arguments can be imported."


@dataclass
class BundleFacts:
    """What the card needs of a bundle.

    Attributes
    ----------
    network, arguments : str, dict
        Class of ``monai.networks.nets``, and its keyword arguments.
    orientation : str
        Empty until a transform names it.
    scaling : str
        The transform that scales the values last; empty where none does.
    is_scaled_first : bool
        It does so before the spacing changes.
    labels : dict of int to str
        Output channel to name, without the background.
    """

    network: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    orientation: str = ""
    spacing_mm: tuple[float, ...] | None = None
    normalisation: Normalisation = field(default_factory=lambda: Normalisation("none"))
    scaling: str = ""
    is_scaled_first: bool = False
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
            is_normalised_first=self.is_scaled_first and self.spacing_mm is not None,
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
