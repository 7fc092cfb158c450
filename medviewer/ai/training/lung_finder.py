"""The trained lung finder as a part of radiograph models that look at the lungs alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import yaml
from safetensors.torch import load_file

from medviewer.ai.networks.lung_crop import LungCrop
from medviewer.ai.networks.subpixel_unet import SubpixelUNet

if TYPE_CHECKING:
    from pathlib import Path

    from torch import nn

LUNG_MODEL = "chest-xray-lungs"
_MEMBER = "members.0."


class LungFinder:
    """The first member of the bundled lung model.

    Parameters
    ----------
    models : Path
        Folder that holds the trained lung model.
    side : int
        Side of the crop around the lungs in pixels.
    """

    def __init__(self, models: Path, side: int) -> None:
        self.side = side
        folder = models / LUNG_MODEL
        options = yaml.safe_load((folder / "train.yaml").read_text(encoding="utf-8"))
        self.filters = list(options["options"]["filters"])
        stored = load_file(folder / "weights.safetensors")
        self.network = SubpixelUNet(2, 1, 2, self.filters)
        state = {k[len(_MEMBER) :]: v for k, v in stored.items() if k.startswith(_MEMBER)}
        self.network.load_state_dict(
            {k: v.float() if v.is_floating_point() else v for k, v in state.items()}
        )
        self.network.eval()

    def shipped_spec(self, name: str, parameters: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return the description of the lung finder with a classifier inside."""
        outer = {"filters": self.filters, "side": self.side}
        return "lung_crop", outer | {"network": name, "parameters": parameters}

    def wrap(self, classifier: nn.Module) -> nn.Module:
        """Put the lung finder before a classifier."""
        whole = LungCrop(self.filters, classifier, self.side)
        whole.lungs.load_state_dict(self.network.state_dict())
        return whole
