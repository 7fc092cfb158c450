"""Saliency maps: what influenced a score, not where disease is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from medviewer.core.geometry import VolumeGeometry
    from medviewer.core.provenance import Provenance


@dataclass(frozen=True, eq=False)
class SaliencyMap:
    """Saliency for one target of one run.

    Attributes
    ----------
    values : float32 array
        ``(slices, rows, columns)`` with ``geometry``, a grid of its own, or ``(rows, columns)``
        on the pixels of a 2-D image. Absolute scale: 1.0 is the model's reference percentile, 0
        no evidence.
    label, method, layer : str
        Target class, ``"Grad-CAM"`` ..., and the layer's name.
    is_above_threshold : bool
        Whether the score reached the operating point; otherwise the map is shown greyed.
    finding_id : str
        The finding whose score is explained; empty where it is that of the image or a segment.
    """

    id: str
    values: npt.NDArray[np.float32]
    label: str
    method: str
    layer: str
    is_above_threshold: bool
    geometry: VolumeGeometry | None = None
    frame_of_reference_uid: str = ""
    source_id: str = ""
    provenance: Provenance | None = None
    frame_index: int = 0
    finding_id: str = ""
